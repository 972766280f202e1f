// A PDF of one page, written by hand (ISO 32000-1): the picture, what it says in words for those who do not see it, and
// the certificate as an embedded file. Whoever reads it needs nothing of the course.
import { KEYWORD } from "./contents.ts";
import { bytes, joined } from "./png.ts";

/** The beginning of an embedded file. keepalive.exam.certificate looks for the same. */
const EMBEDDED = /\/Type[ \t\n\r\f\v]*\/EmbeddedFile[^>]*?\/Length[ \t\n\r\f\v]+(\d{1,9})[^>]*>>[ \t\n\r\f\v]*stream\r?\n/g;

export interface Picture {
  /** Red, green, blue, opacity of each point, row by row. The opacity is left out: a page is not seen through. */
  points: Uint8ClampedArray;
  width: number;
  height: number;
}

export interface Words {
  title: string;
  /** Everything that the picture says. */
  text: string;
  /** What made it. */
  maker: string;
  /** The day of the exam, as 2026-03-01. */
  day: string;
}

/** `size`: of the page, in millimetres. `embedded`: the certificate's JSON. */
export async function pdf(
  picture: Picture,
  size: { width: number; height: number },
  words: Words,
  embedded: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const [across, up] = [size.width, size.height].map((length) => ((length / 25.4) * 72).toFixed(2));
  const told = new TextEncoder().encode(embedded);
  const when = `(D:${words.day.replaceAll("-", "")}000000Z)`;
  const content = bytes(`/Figure << /MCID 0 >> BDC\nq ${across} 0 0 ${up} 0 0 cm /Picture Do Q\nEMC\n`);
  const name = `(${KEYWORD}.json)`;
  const objects = [
    // 1: the whole. 2, 3: the page. 4: what is on it. 5: the picture.
    "<< /Type /Catalog /Pages 2 0 R /Lang (en) /MarkInfo << /Marked true >> /StructTreeRoot 6 0 R /Metadata 10 0 R " +
      `/ViewerPreferences << /DisplayDocTitle true >> /AF [11 0 R] /Names << /EmbeddedFiles << /Names [${name} 11 0 R] >> >> >>`,
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${across} ${up}] /Resources << /XObject << /Picture 5 0 R >> >> ` +
      "/Contents 4 0 R /StructParents 0 /Tabs /S >>",
    stream("", content),
    stream(
      `/Type /XObject /Subtype /Image /Width ${picture.width} /Height ${picture.height} /ColorSpace /DeviceRGB ` +
        "/BitsPerComponent 8 /Filter /FlateDecode",
      await deflated(colours(picture)),
    ),
    // 6 to 9: that the page is one figure, and what it says.
    "<< /Type /StructTreeRoot /K 7 0 R /ParentTree 9 0 R /ParentTreeNextKey 1 >>",
    "<< /Type /StructElem /S /Document /P 6 0 R /K 8 0 R >>",
    `<< /Type /StructElem /S /Figure /P 7 0 R /Pg 3 0 R /K 0 /Alt ${text(words.text)} ` +
      `/A << /O /Layout /Placement /Block /BBox [0 0 ${across} ${up}] >> >>`,
    "<< /Nums [0 [8 0 R]] >>",
    stream("/Type /Metadata /Subtype /XML", new TextEncoder().encode(metadata(words))),
    // 11, 12: the certificate. 13: the title where older readers look for it.
    `<< /Type /Filespec /F ${name} /UF ${text(`${KEYWORD}.json`)} /Desc ${text("The certificate as data, to be verified")} ` +
      "/AFRelationship /Data /EF << /F 12 0 R /UF 12 0 R >> >>",
    stream("/Type /EmbeddedFile /Subtype /application#2Fjson", told),
    `<< /Title ${text(words.title)} /Creator ${text(words.maker)} /CreationDate ${when} >>`,
  ];
  // The four bytes say that what follows is not only text.
  const parts = [bytes("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")];
  let at = parts[0]!.length;
  const places = objects.map((object, number) => {
    const place = at;
    const part = joined([bytes(`${number + 1} 0 obj\n`), typeof object === "string" ? bytes(object) : object, bytes("\nendobj\n")]);
    parts.push(part);
    at += part.length;
    return `${String(place).padStart(10, "0")} 00000 n \n`;
  });
  const count = objects.length + 1;
  const table = `xref\n0 ${count}\n0000000000 65535 f \n${places.join("")}`;
  parts.push(bytes(`${table}trailer\n<< /Size ${count} /Root 1 0 R /Info 13 0 R >>\nstartxref\n${at}\n%%EOF\n`));
  return joined(parts);
}

/** The embedded file that is ours; undefined is none. */
export function embeddedIn(file: Uint8Array): Uint8Array | undefined {
  const said = new TextDecoder("latin1").decode(file); // a character for each byte
  for (const found of said.matchAll(EMBEDDED)) {
    const from = found.index + found[0].length;
    const to = from + Number(found[1]);
    if (said.slice(from, to).includes(KEYWORD)) return file.subarray(from, to);
  }
  return undefined;
}

function stream(about: string, content: Uint8Array): Uint8Array {
  const head = `<< ${about} /Length ${content.length} >>`.replace("<<  ", "<< ");
  return joined([bytes(`${head}\nstream\n`), content, bytes("\nendstream")]);
}

/** As PDF has text of any script: UTF-16, in hexadecimal. */
function text(said: string): string {
  const units = Array.from({ length: said.length }, (_, place) => said.charCodeAt(place).toString(16).padStart(4, "0"));
  return `<feff${units.join("")}>`;
}

function metadata({ title, maker, day }: Words): string {
  const safe = (said: string) => said.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
  return `<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${safe(title)}</rdf:li></rdf:Alt></dc:title>
<dc:language><rdf:Bag><rdf:li>en</rdf:li></rdf:Bag></dc:language>
<xmp:CreatorTool>${safe(maker)}</xmp:CreatorTool><xmp:CreateDate>${day}T00:00:00Z</xmp:CreateDate>
</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>`;
}

function colours({ points, width, height }: Picture): Uint8Array<ArrayBuffer> {
  const found = new Uint8Array(width * height * 3);
  for (let from = 0, to = 0; to < found.length; from += 4, to += 3) {
    found[to] = points[from]!;
    found[to + 1] = points[from + 1]!;
    found[to + 2] = points[from + 2]!;
  }
  return found;
}

async function deflated(content: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const packed = new Blob([content]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}
