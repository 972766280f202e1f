// Drawing: strings of SVG. Colours come from widgets.css by class.

export function svg(width: number, height: number, body: string): string {
  const size = `width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}"`;
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} aria-hidden="true" focusable="false">${body}</svg>`;
}

export function rect(x: number, y: number, width: number, height: number, look: string): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" class="${look}"/>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, look: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${look}"/>`;
}

export function label(x: number, y: number, text: string, look = "", anchor = "start"): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${look}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

/** About how wide a text is at 12 pixels, in a wide font; no picture hangs on more. */
export function widthOf(text: string): number {
  return text.length * 7.1;
}

export function escaped(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;").replace(/"/g, "&quot;");
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
