// Elements that few pages have come in scripts of their own, asked for by a page that has one. Classic scripts, like the
// page's own: a page that was opened by double click may load no other.
import { SITE } from "./place.ts";

/** The script of each such element, by its tag. */
declare const ELEMENTS: Record<string, string>;

const asked = new Set<string>();

/** Look what stands on the page, and ask for what it needs and does not have yet. */
export function bringElements(): void {
  for (const [tag, script] of Object.entries(ELEMENTS)) {
    if (asked.has(script) || !document.querySelector(tag)) continue;
    asked.add(script);
    const wanted = document.createElement("script");
    wanted.src = new URL(`assets/${script}`, SITE).href;
    // What could not be fetched is asked for again on the next page; this one stays as readable as it is.
    wanted.addEventListener("error", () => {
      asked.delete(script);
      wanted.remove();
    });
    document.head.append(wanted);
  }
}
