// What an exercise shows below its code: one section for each kind of result, the newest first.
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
    const id = `${this.#name}-${panel}`;
    const title = element("p", { class: "ka-x-title", id }, PANELS[panel]);
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
      ...parts,
    );
    this.element.prepend(box);
    const { top } = box.getBoundingClientRect();
    if (top < HEADER || top > window.innerHeight - TOO_LOW) box.scrollIntoView({ block: "start" });
  }

  close(...panels: Panel[]): void {
    for (const panel of panels) this.#find(panel)?.remove();
  }

  #find(panel: Panel): Element | null {
    return this.element.querySelector(`[data-panel="${panel}"]`);
  }
}
