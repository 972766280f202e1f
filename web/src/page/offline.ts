// Making the course available without a network: an element where somebody asks for it, and a notice on every page when
// a newer version could be fetched. Nothing of it happens by itself.
import { copy, megabytes, type View } from "./copy.ts";
import { button, element } from "./elements.ts";

/** What both have: a sentence that is read out when it changes, a bar, buttons. */
class Parts {
  readonly status = element("p", { class: "ka-o-status", role: "status" });
  readonly #bar = element("progress", { class: "ka-o-bar", "aria-label": "Fetching the course" });
  readonly #amount = element("span", { class: "ka-o-amount" });
  readonly #buttons = element("div", { class: "ka-o-buttons" });
  #offered = "";

  constructor(place: HTMLElement) {
    const progress = element("div", { class: "ka-o-progress" }, this.#bar, this.#amount);
    place.replaceChildren(this.status, progress, this.#buttons);
    this.fetching(undefined);
  }

  say(text: string): void {
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  /** Not read out at every step; a screen reader finds the bar. */
  fetching(fetching: View["fetching"]): void {
    this.#bar.parentElement!.hidden = !fetching;
    if (!fetching) return;
    this.#bar.max = Math.max(fetching.of, 1);
    this.#bar.value = fetching.arrived;
    this.#amount.textContent = `${megabytes(fetching.arrived)} of ${megabytes(fetching.of)}`;
  }

  /** The same buttons stay where they are, and keep the focus. Others take it over from those before. */
  offer(buttons: Record<string, () => unknown>): void {
    const offered = Object.keys(buttons).join("\n");
    if (offered === this.#offered) return;
    this.#offered = offered;
    const hadFocus = this.#buttons.contains(document.activeElement);
    const made = Object.entries(buttons).map(([text, act], place) =>
      button(text, () => void act(), `ka-o-button ${place ? "" : "ka-o-first"}`),
    );
    this.#buttons.replaceChildren(...made);
    if (hadFocus) made[0]?.focus();
  }
}

function reload(): void {
  location.reload();
}

class OfflineElement extends HTMLElement {
  #parts: Parts | undefined;
  #end: (() => void) | undefined;

  connectedCallback(): void {
    this.#parts = new Parts(this);
    this.#end = copy.onChange(() => this.#show());
    copy.tell(); // the notice, too: it keeps quiet where this element is
    void copy.look();
  }

  disconnectedCallback(): void {
    this.#end?.();
    copy.tell();
  }

  #show(): void {
    const { view } = copy;
    const parts = this.#parts!;
    const fetchIt = () => copy.fetch();
    const remove = { Remove: () => copy.remove() };
    const leftover: Record<string, () => unknown> = {};
    if (view.leftover) leftover["Remove what has arrived"] = () => copy.remove();
    parts.fetching(view.fetching);
    if (view.why) {
      parts.say(view.why);
      parts.offer({});
    } else if (!view.known) {
      parts.say("");
    } else if (view.fetching) {
      parts.say(view.current ? "Fetching the new version." : "Fetching the course.");
      parts.offer({ Stop: () => copy.stop() });
    } else if (view.current) {
      const { manifest, since } = view.current;
      const version = `${manifest.version.slice(0, 7)} of ${day(since)}`;
      const held = `Available offline: version ${version}, ${megabytes(manifest.bytes)}.`;
      const isNew = view.latest && view.latest.version !== manifest.version;
      const news = view.updated
        ? "Updated. Reload to see it."
        : isNew
          ? `A new version of the course is there (${megabytes(view.toFetch)} to fetch).`
          : view.toFetch
            ? `The browser has lost ${megabytes(view.toFetch)} of it.`
            : "";
      parts.say([view.said, held, news].filter(Boolean).join(" "));
      parts.offer({
        ...(view.updated ? { Reload: reload } : {}),
        ...(isNew ? { Update: fetchIt } : view.toFetch ? { "Fetch it again": fetchIt } : {}),
        ...remove,
      });
    } else if (view.latest) {
      parts.say(view.said);
      const all = megabytes(view.latest.bytes);
      const size = view.leftover ? `${megabytes(view.toFetch)} of ${all} to fetch` : all;
      parts.offer({ [`Make available offline (${size})`]: fetchIt, ...leftover });
    } else {
      parts.say("The server cannot be reached, or has no list of its files: there is nothing to make a copy from now.");
      parts.offer({ "Try again": reload, ...leftover });
    }
  }
}

function day(iso: string): string {
  return new Date(iso).toLocaleDateString([], { dateStyle: "medium" });
}

// ---- the notice

const LATER = "keepalive: not now";

class Notice {
  readonly #box = element("aside", { class: "ka-notice", "aria-label": "The copy of the course", hidden: "" });
  readonly #parts = new Parts(this.#box);
  #asked = false;

  start(): void {
    document.body.append(this.#box);
    copy.onChange(() => this.#show());
    void copy.look();
  }

  #show(): void {
    const { view } = copy;
    const { current, latest } = view;
    const isNew = !!current && !!latest && latest.version !== current.manifest.version && later() !== latest.version;
    const news = view.updated || (isNew && view.known) || (this.#asked && !!view.fetching);
    // The element says it itself, and better.
    this.#box.hidden = !news || document.querySelector("keepalive-offline") !== null;
    const update = () => {
      this.#asked = true;
      return copy.fetch();
    };
    const notNow = { "Not now": () => this.#later() };
    this.#parts.fetching(view.fetching);
    if (view.fetching) {
      this.#parts.say("Fetching the new version of the course.");
      this.#parts.offer({ Stop: () => copy.stop() });
    } else if (view.updated) {
      this.#parts.say("Updated. Reload to see it.");
      this.#parts.offer({ Reload: reload });
    } else {
      const there = `A new version of the course is there (${megabytes(view.toFetch)} to fetch).`;
      this.#parts.say(this.#box.hidden ? "" : [this.#asked ? view.said : "", there].filter(Boolean).join(" "));
      this.#parts.offer({ Update: update, ...notNow });
    }
  }

  #later(): void {
    try {
      sessionStorage.setItem(LATER, copy.view.latest!.version);
    } catch {
      // It will ask again on the next page.
    }
    this.#box.hidden = true;
  }
}

function later(): string | null {
  try {
    return sessionStorage.getItem(LATER);
  } catch {
    return null;
  }
}

export function defineOffline(): void {
  customElements.define("keepalive-offline", OfflineElement);
  if (copy.isUsed) new Notice().start();
}
