// What an exercise shows below its code: one section for each kind of result, the newest first and alone open. The others
// are folded to their titles, and one that is of older code says so.
import { button, element } from "./elements.ts";

export type Panel = "hint" | "check" | "run" | "compare" | "solution" | "versions";
const PANELS: Record<Panel, string> = {
  hint: "Hints",
  check: "What the check found",
  run: "What Run did",
  compare: "Your code beside the reference",
  solution: "Right answers",
  versions: "Other versions of your code",
};

/** Pixels at the top of the window under the theme's header, and at the bottom too few to see a result in. */
const HEADER = 60;
const TOO_LOW = 160;

export class Panels {
  readonly element = element("div", { class: "ka-x-panels" });
  readonly #name: string;
  readonly #closed: (panel: Panel) => void;

  /** `name` begins the ids. `closed` hears when a person closes one. */
  constructor(name: string, closed: (panel: Panel) => void) {
    this.#name = name;
    this.#closed = closed;
  }

  has(panel: Panel): boolean {
    return this.#find(panel) !== null;
  }

  /** Show this in the panel, whatever it had before, and bring it into sight. */
  show(panel: Panel, ...parts: (Node | string)[]): void {
    this.close(panel);
    for (const other of this.element.children) fold(other, true);
    const id = `${this.#name}-${panel}`;
    const head = button(PANELS[panel], () => fold(box, head.getAttribute("aria-expanded") === "true"), "ka-x-fold");
    head.setAttribute("aria-controls", `${id}-body`);
    const title = element("p", { class: "ka-x-title", id }, head);
    const close = () => {
      this.close(panel);
      this.#closed(panel);
    };
    const shut = button("Close", close, "ka-x-close");
    shut.setAttribute("aria-label", `Close: ${PANELS[panel]}`);
    const box = element(
      "section",
      { class: `ka-x-panel ka-x-${panel}`, "data-panel": panel, "aria-labelledby": id },
      element("div", { class: "ka-x-head" }, title, shut),
      element("div", { class: "ka-x-body", id: `${id}-body` }, ...parts),
    );
    fold(box, false);
    this.element.prepend(box);
    const { top } = box.getBoundingClientRect();
    if (top < HEADER || top > window.innerHeight - TOO_LOW) box.scrollIntoView({ block: "start" });
  }

  /** Say of these that they are of the code before. Returns whether any of them was of the code as it stood. */
  outdate(...panels: Panel[]): boolean {
    const fresh = panels.flatMap((panel) => this.#find(panel) ?? []).filter((box) => !box.classList.contains("ka-x-old"));
    for (const box of fresh) {
      box.classList.add("ka-x-old");
      box.querySelector(".ka-x-title")!.append(" ", element("span", { class: "ka-x-since" }, "of your code before you changed it"));
    }
    return fresh.length > 0;
  }

  closeOld(): void {
    for (const box of this.element.querySelectorAll(".ka-x-old")) box.remove();
  }

  close(...panels: Panel[]): void {
    for (const panel of panels) this.#find(panel)?.remove();
  }

  #find(panel: Panel): Element | null {
    return this.element.querySelector(`[data-panel="${panel}"]`);
  }
}

function fold(box: Element, isFolded: boolean): void {
  box.querySelector(".ka-x-fold")!.setAttribute("aria-expanded", String(!isFolded));
  box.querySelector<HTMLElement>(".ka-x-body")!.hidden = isFolded;
}
