// Going through the steps of a widget: back, forward, and by itself where the reader has not asked for less motion.
import { button, element } from "../page/elements.ts";

/** Milliseconds that a step stands when they go by themselves. */
const PACE = 1800;

export class Player {
  readonly box: HTMLElement;
  readonly #back = button("Step back", () => this.#go(this.#at - 1), "ka-w-button");
  readonly #forward = button("Step forward", () => this.#go(this.#at + 1), "ka-w-button ka-w-first");
  readonly #play = button("Play", () => (this.#timer === undefined ? this.#start() : this.stop()), "ka-w-button");
  readonly #place = element("span", { class: "ka-w-place" });
  readonly #told = element("span", {});
  readonly #set: (step: number) => void;
  readonly #less = matchMedia("(prefers-reduced-motion: reduce)");
  #at = 0;
  #of = 1;
  #timer: number | undefined;

  constructor(set: (step: number) => void) {
    this.#set = set;
    const buttons = element("div", { class: "ka-w-buttons" }, this.#back, this.#forward, this.#play);
    // Read out when it changes; not while the steps go by themselves, which would be faster than any voice.
    const said = element("p", { class: "ka-w-step", role: "status" }, this.#place, " ", this.#told);
    this.box = element("div", { class: "ka-w-player" }, buttons, said);
  }

  /** It is in the page. A notebook takes an output out and puts it back as it is scrolled. */
  begin(): void {
    this.#obey();
    this.#less.addEventListener("change", this.#obey);
  }

  show(step: number, steps: string[]): void {
    [this.#at, this.#of] = [step, steps.length];
    this.#place.textContent = `Step ${step + 1} of ${steps.length}.`;
    this.#told.textContent = steps[step]!;
    // Not `disabled`: that would take the focus away from under a finger.
    this.#back.setAttribute("aria-disabled", `${step === 0}`);
    this.#forward.setAttribute("aria-disabled", `${step === steps.length - 1}`);
    if (step === steps.length - 1) this.stop();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#play.textContent = "Play";
    this.box.querySelector(".ka-w-step")!.setAttribute("aria-live", "polite");
  }

  /** No longer in the page. */
  end(): void {
    this.stop();
    this.#less.removeEventListener("change", this.#obey);
  }

  #start(): void {
    if (this.#at === this.#of - 1) this.#set(0);
    this.#play.textContent = "Pause";
    this.box.querySelector(".ka-w-step")!.setAttribute("aria-live", "off");
    this.#timer = window.setInterval(() => this.#set(this.#at + 1), PACE);
  }

  #go(step: number): void {
    this.stop();
    if (step >= 0 && step < this.#of) this.#set(step);
  }

  readonly #obey = (): void => {
    this.#play.hidden = this.#less.matches;
    if (this.#less.matches) this.stop();
  };
}
