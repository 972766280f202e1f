// A drawn certificate as files.
import { type Certificate, written } from "./contents.ts";
import { pdf, type Words } from "./pdf.ts";
import { type Paper, DOTS_PER_INCH } from "./paper.ts";
import { withText } from "./png.ts";

/** The browser cannot make a file of it; the message is a sentence. */
export class NoFile extends Error {
  override name = "NoFile";
}

export async function pngOf(canvas: HTMLCanvasElement, certificate: Certificate): Promise<Blob> {
  look(canvas);
  const drawn = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, "image/png"));
  if (!drawn) throw new NoFile("This browser has no room for the picture. Try the other paper, or close other pages.");
  const png = new Uint8Array(await drawn.arrayBuffer());
  return new Blob([withText(png, written(certificate), DOTS_PER_INCH)], { type: "image/png" });
}

export async function pdfOf(canvas: HTMLCanvasElement, paper: Paper, certificate: Certificate, said: string): Promise<Blob> {
  look(canvas);
  if (typeof CompressionStream !== "function") throw new NoFile("This browser is too old to write a PDF. Save the PNG, or use Print.");
  const { data, width, height } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
  const words: Words = {
    title: `Keepalive: certificate of ${certificate.name}`,
    text: said,
    maker: `Keepalive ${certificate.course}`,
    day: certificate.day,
  };
  return new Blob([await pdf({ points: data, width, height }, paper, words, written(certificate))], { type: "application/pdf" });
}

/** Some browsers answer with noise, against pages that tell people apart by their letters. The paper's edge is white. */
function look(canvas: HTMLCanvasElement): void {
  const { data } = canvas.getContext("2d")!.getImageData(0, 0, 40, 1);
  if (data.some((value) => value < 250)) {
    throw new NoFile(
      "This browser does not let a page read what it has drawn (it is set to resist fingerprinting), so there is no file. " +
        "Allow it for this page, or use Print.",
    );
  }
}
