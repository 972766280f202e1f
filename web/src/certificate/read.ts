// The certificate in a file's bytes, whatever kind of file it is.
import { type Certificate, NotACertificate, parsed } from "./contents.ts";
import { embeddedIn } from "./pdf.ts";
import { SIGNATURE, textOf } from "./png.ts";

/** Bytes of a file that is looked into; a certificate has less than one in fifty of it. */
export const LARGEST = 50_000_000;

const PDF = [0x25, 0x50, 0x44, 0x46, 0x2d]; // %PDF-

/** Throws NotACertificate. */
export function certificateIn(content: Uint8Array): Certificate {
  const begins = (with_: number[]) => with_.every((byte, place) => content[place] === byte);
  const text = begins(SIGNATURE) ? textOf(content) : begins(PDF) ? embeddedIn(content) : content;
  if (!text) {
    throw new NotACertificate(
      "This picture or PDF has no certificate in it. A screenshot, a print or a file that another program saved again " +
        "has lost what was embedded: ask for the file that the course made.",
    );
  }
  return parsed(text);
}

/** The certificate in a file that somebody chose. Throws NotACertificate. */
export async function certificateOf(file: Blob): Promise<Certificate> {
  if (file.size > LARGEST) throw new NotACertificate("This file is too large to be a certificate of this course.");
  return certificateIn(new Uint8Array(await file.arrayBuffer()));
}
