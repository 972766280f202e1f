// Numbers as a reader sees them, to the letter as `src/keepalive/widgets/text.py` writes them.

export function fixed(value: number, digits: number): string {
  return value.toFixed(digits);
}

/** A time given in milliseconds: "80 ms", "8.24 s", "125 s". */
export function milliseconds(value: number): string {
  if (value < 999.5) return `${fixed(value, value >= 10 || Number.isInteger(value) ? 0 : 1)} ms`;
  return `${fixed(value / 1000, value < 9_995 ? 2 : value < 99_950 ? 1 : 0)} s`;
}

/** "1 connection", "2 connections". */
export function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? "" : "s"}`;
}

/** "999", "1 000", "10 000": digits in groups of three, with no break between them. */
export function grouped(number: number): string {
  return `${number}`.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
}
