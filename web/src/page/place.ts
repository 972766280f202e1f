// Where the site and its parts are. The bundler puts the names in.
declare const EDITOR: string;
declare const WORKER: string;
declare const RUNTIME: string;

// A classic script knows its own address only while it runs for the first time.
const script = document.currentScript as HTMLScriptElement;

/** The site's root, whatever path it has on its host. Ends in a slash. */
export const SITE = new URL("..", script.src);
export const EDITOR_ADDRESS = new URL(`assets/${EDITOR}`, SITE).href;
export const WORKER_ADDRESS = new URL(`assets/${WORKER}`, SITE).href;
export const RUNTIME_ADDRESS = new URL(RUNTIME, SITE).href;

/** Why nothing can run here, in a sentence or two, or "". */
export function whyNothingRuns(): string {
  if (location.protocol === "file:") {
    return (
      "This page was opened from a folder, and browsers start no Python there. Serve the folder instead: " +
      "python3 -m http.server in it, then http://127.0.0.1:8000/. Or work in your editor or a notebook, as said below."
    );
  }
  if (typeof Worker === "undefined" || typeof WebAssembly === "undefined") {
    return (
      "This browser cannot run Python in a page: Web Workers or WebAssembly are missing or switched off. " +
      "Work in your editor or a notebook, as said below."
    );
  }
  return "";
}
