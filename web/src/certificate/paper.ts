// The sheets a certificate is drawn for, lying on their long side.

export type PaperName = "a4" | "letter";

/** Millimetres. `css`: its name in a style sheet. */
export interface Paper {
  name: PaperName;
  title: string;
  css: string;
  width: number;
  height: number;
}

export const PAPERS: Record<PaperName, Paper> = {
  a4: { name: "a4", title: "A4", css: "A4 landscape", width: 297, height: 210 },
  letter: { name: "letter", title: "Letter", css: "letter landscape", width: 279.4, height: 215.9 },
};

export const DOTS_PER_INCH = 300;

/** Where people print on Letter (Unicode's CLDR, paperSize US-Letter). */
const LETTER = "BZ CA CL CO CR GT MX NI PA PH PR SV US VE".split(" ");

/** The paper that is usual where this language (such as de-AT) is spoken. */
export function usualPaper(language: string): PaperName {
  try {
    return LETTER.includes(new Intl.Locale(language).maximize().region ?? "") ? "letter" : "a4";
  } catch {
    return "a4";
  }
}

/** Points on a length of paper. */
export function dots(millimetres: number): number {
  return Math.round((millimetres / 25.4) * DOTS_PER_INCH);
}
