// <keepalive-read>: stands at a chapter's end, says whether it is read, and keeps where in it somebody is.
//
// Read is what had every section on the screen for a moment, over as many visits as it took. A jump to the end is not;
// whoever has read it elsewhere says so with the button.
import { button, element, when } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import { leave, sawSections, sectionsSeen } from "./place.ts";
import { markRead, markUnread, readAt } from "./reading.ts";
import { CHAPTER } from "./standing.ts";

/** Milliseconds that a heading has to stay on the screen. */
const A_MOMENT = 1_000;
/** A section is where somebody is once its heading is above this part of the window. */
const LINE = 0.4;

class ReadElement extends HTMLElement {
  #said = element("p", { class: "ka-p-read" });
  #status = element("p", { class: "ka-q-note", role: "status" });
  #mark = button("Mark as read", () => this.#toggle(), "ka-x-button");
  #headings: HTMLElement[] = [];
  #seen = new Set<string>();
  #inView = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  #waits = false;
  #forget: (() => void)[] = [];

  connectedCallback(): void {
    const chapter = this.#chapter;
    this.#headings = [...document.querySelectorAll<HTMLElement>(".md-content h2[id]")];
    this.#seen = sectionsSeen(sharedStore(), chapter);
    this.replaceChildren(this.#said, element("div", { class: "ka-x-bar" }, this.#mark), this.#status);
    this.#draw();
    const observer = new IntersectionObserver((entries) => {
      for (const { target, isIntersecting } of entries) this.#came(target.id, isIntersecting);
    });
    for (const heading of this.#headings) observer.observe(heading);
    const scrolled = () => this.#scrolled();
    const turned = () => this.#turned();
    window.addEventListener("scroll", scrolled, { passive: true });
    document.addEventListener("visibilitychange", turned);
    this.#forget = [
      () => observer.disconnect(),
      () => window.removeEventListener("scroll", scrolled),
      () => document.removeEventListener("visibilitychange", turned),
      sharedStore().onChange((ref) => {
        if (ref === undefined || ref === CHAPTER + chapter) this.#draw();
      }),
    ];
    this.#keepPlace();
  }

  disconnectedCallback(): void {
    for (const forget of this.#forget) forget();
    this.#forget = [];
    for (const timer of this.#inView.values()) clearTimeout(timer);
    this.#inView.clear();
  }

  get #chapter(): string {
    return this.dataset.chapter!;
  }

  // ---- which sections were seen -----------------------------------------------------------------------------------------

  #came(id: string, inView: boolean): void {
    clearTimeout(this.#inView.get(id));
    this.#inView.delete(id);
    if (inView) this.#inView.set(id, document.hidden ? undefined : setTimeout(() => this.#saw(id), A_MOMENT));
  }

  /** What is on the screen of a tab that nobody looks at is not seen. */
  #turned(): void {
    for (const id of [...this.#inView.keys()]) this.#came(id, true);
  }

  #saw(id: string): void {
    if (this.#seen.has(id)) return;
    this.#seen.add(id);
    sawSections(sharedStore(), this.#chapter, this.#seen);
    if (!this.#headings.every((heading) => this.#seen.has(heading.id))) return;
    if (readAt(sharedStore(), this.#chapter) !== undefined) return;
    markRead(sharedStore(), this.#chapter);
    this.#draw();
  }

  // ---- where somebody is ------------------------------------------------------------------------------------------------

  #scrolled(): void {
    if (this.#waits) return;
    this.#waits = true;
    requestAnimationFrame(() => {
      this.#waits = false;
      if (this.isConnected) this.#keepPlace();
    });
  }

  #keepPlace(): void {
    // At a page's end the last sections cannot come up so far.
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 2 && scrollY > 0;
    const line = end ? innerHeight : innerHeight * LINE;
    const above = this.#headings.filter((each) => each.getBoundingClientRect().top < line).at(-1);
    const left = { chapter: this.#chapter, page: this.dataset.page!, section: above?.id ?? "", title: above ? titleOf(above) : "" };
    leave(sharedStore(), left);
  }

  // ---- what stands there ------------------------------------------------------------------------------------------------

  #toggle(): void {
    const store = sharedStore();
    if (readAt(store, this.#chapter) === undefined) {
      markRead(store, this.#chapter);
      this.#status.textContent = "Marked as read.";
    } else {
      markUnread(store, this.#chapter);
      // It takes every section again, or the button.
      this.#seen.clear();
      sawSections(store, this.#chapter, this.#seen);
      this.#status.textContent = "No longer marked as read.";
    }
    this.#draw();
  }

  #draw(): void {
    const at = readAt(sharedStore(), this.#chapter);
    const mark = element("span", { class: `ka-p-mark ka-p-${at ? "full" : "empty"}`, "aria-hidden": "true" });
    const said = at
      ? `You have read this chapter (${when(at)}).`
      : "Not marked as read yet. That happens by itself once every section was on your screen.";
    this.#said.replaceChildren(mark, said);
    this.#mark.textContent = at ? "Mark as not read" : "Mark as read";
    // Whether it could be kept is known when its turn to be written has come.
    void sharedStore().idle().then(() => {
      const trouble = sharedStore().trouble;
      if (trouble) this.#status.textContent = trouble;
    });
  }
}

/** What the heading says, without the link that the theme adds to it. */
function titleOf(heading: HTMLElement): string {
  const copy = heading.cloneNode(true) as HTMLElement;
  copy.querySelector(".headerlink")?.remove();
  return copy.textContent!.trim();
}

export function defineRead(): void {
  customElements.define("keepalive-read", ReadElement);
}
