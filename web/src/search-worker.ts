// The search's worker as the theme starts it on every page. Its own and the index of all pages weigh more than a page:
// they are fetched with the first letter that somebody types. Until then this answers, in the theme's messages.
//
// The theme asks for `search/search_index.json` at once. The build leaves the index's settings there and no page; the
// pages lie beside it (src/keepalive/website/search.py).

/** The theme's worker, as seen from here. */
declare const THEME: string;

const SETUP = 0;
const READY = 1;
const QUERY = 2;
const RESULT = 3;

interface Message {
  type: number;
  data?: unknown;
}

interface Scope {
  addEventListener(type: "message", hear: (event: MessageEvent<Message>) => void): void;
  removeEventListener(type: "message", hear: (event: MessageEvent<Message>) => void): void;
  dispatchEvent(event: Event): boolean;
  postMessage(message: Message): void;
  importScripts(...urls: string[]): void;
}

const scope = self as unknown as Scope;
const post = scope.postMessage.bind(self);
let settings: object = {};
let query = "";
let loading = false;

function hear({ data: { type, data } }: MessageEvent<Message>): void {
  if (type === SETUP) {
    settings = data as object;
    post({ type: READY });
  } else if (type === QUERY) {
    query = String(data);
    if (query.trim()) void load();
    else post({ type: RESULT, data: { items: [] } });
  }
}

async function load(): Promise<void> {
  if (loading) return;
  loading = true;
  try {
    const response = await fetch(new URL("../search/pages.json", self.location.href));
    if (!response.ok) throw new Error(String(response.status));
    const { docs } = (await response.json()) as { docs: unknown };
    scope.importScripts(new URL(THEME, self.location.href).href);
    scope.removeEventListener("message", hear);
    // It has an index only when it says so, and the page has been told before.
    scope.postMessage = (message) => {
      if (message.type !== READY) return post(message);
      scope.postMessage = post;
      tell({ type: QUERY, data: query });
    };
    tell({ type: SETUP, data: { ...settings, docs } });
  } catch {
    loading = false; // the next letter tries again
    post({ type: RESULT, data: { items: [] } });
  }
}

/** Have the theme's part hear this. */
function tell(message: Message): void {
  scope.dispatchEvent(new MessageEvent("message", { data: message }));
}

scope.addEventListener("message", hear);

export {};
