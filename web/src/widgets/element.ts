// <keepalive-widget>: takes the complete HTML that stands in it, and brings controls, a picture and what follows from
// them. In light DOM, so that the page's style, its search and its printer see what a reader sees.
import { button, element } from "../page/elements.ts";
import { Controls } from "./controls.ts";
import { Player } from "./player.ts";
import { WIDGETS } from "./registry.ts";
import { read, written } from "./state.ts";
import { defaults, told, type Control, type Value, type Values, type Widget } from "./widget.ts";

/** Milliseconds without a change after which the finding is said. A slider would say it at each step. */
const QUIET = 350;

/** A picture is no narrower than this, and no wider: then its lines would be too long to follow. */
const WIDTHS = [240, 760] as const;

class WidgetElement extends HTMLElement {
  #widget: Widget | undefined;
  #id = "";
  #controls: Control[] = [];
  #values: Values = {};
  #step = 0;
  /** Before the start values were brought back, for one way back. */
  #before: { values: Values; step: number } | undefined;

  #inputs!: Controls;
  #player: Player | undefined;
  #picture!: HTMLElement;
  #finding!: HTMLElement;
  #undo!: HTMLElement;
  #reset!: HTMLElement;
  #said!: HTMLElement;
  #link!: HTMLElement;
  #quiet: number | undefined;
  #outcome: unknown;
  #frame = 0;
  #drawn = "";
  readonly #watch = new ResizeObserver(() => this.#draw());
  readonly #beforePrint = () => {
    this.#tell();
    this.#drawNow();
  };

  connectedCallback(): void {
    if (!this.#widget && !this.#build()) return;
    this.#watch.observe(this.#picture);
    this.#player?.begin();
    window.addEventListener("beforeprint", this.#beforePrint);
  }

  disconnectedCallback(): void {
    this.#watch.disconnect();
    window.removeEventListener("beforeprint", this.#beforePrint);
    clearTimeout(this.#quiet);
    cancelAnimationFrame(this.#frame);
    this.#player?.end();
  }

  // ---- once

  #build(): boolean {
    const widget = WIDGETS[(this.#id = this.dataset["widget"] ?? "")];
    const body = this.querySelector<HTMLElement>(".ka-w");
    if (!widget || !body || body.querySelector(".ka-w-controls")) return false; // of a copy of a page: it stays as it is
    this.#widget = widget;
    this.#controls = JSON.parse(this.dataset["controls"]!) as Control[];
    const found = this.#inPage ? read(location.search, this.#id, this.#controls) : undefined;
    this.#values = found?.values ?? defaults(this.#controls);
    this.#step = found?.step ?? 0;

    this.#inputs = new Controls(this.#controls, (id, value) => this.#set(id, value), (text) => this.#say(text));
    this.#picture = element("div", { class: "ka-w-picture" });
    this.#finding = body.querySelector<HTMLElement>(".ka-w-finding")!;
    this.#finding.setAttribute("aria-live", "polite");
    this.#said = element("p", { class: "ka-w-said", role: "status" });
    this.#link = element("div", { class: "ka-w-link" });
    this.#reset = button("Back to the start values", () => this.#toStart(), "ka-w-button");
    this.#undo = button("Undo", () => this.#goBack(), "ka-w-button");
    this.#undo.hidden = true;
    const buttons = element("div", { class: "ka-w-buttons" }, this.#reset, this.#undo);
    if (this.#inPage) buttons.append(button("Copy link", () => void this.#copyLink(), "ka-w-button"));

    body.querySelector(".ka-w-without")!.remove();
    body.querySelector(".ka-w-settings")!.classList.add("ka-w-on-paper");
    this.#finding.before(this.#inputs.box, buttons, this.#said, this.#link);
    if (widget.steps) {
      this.#player = new Player((step) => this.#goTo(step));
      this.#finding.after(this.#player.box, this.#picture);
    } else {
      this.#finding.after(this.#picture);
    }
    if (!this.#inPage) {
      // JupyterLab would take an arrow key on a slider, or a letter, for a command of its own.
      for (const stop of body.querySelectorAll("input, select, button, summary")) {
        stop.setAttribute("data-lm-suppress-shortcuts", "true");
      }
    }
    if (found?.ignored.length) {
      this.#say(`The address of this page asks for what this widget does not know: ${found.ignored.join(", ")}.`);
    }
    this.#update();
    this.#tell();
    return true;
  }

  /** In a notebook the address belongs to somebody else. */
  get #inPage(): boolean {
    return this.dataset["frontend"] === "page";
  }

  // ---- each time

  #set(id: string, value: Value): void {
    if (this.#values[id] === value) return;
    this.#values = { ...this.#values, [id]: value };
    this.#step = 0;
    this.#player?.stop();
    this.#keepBefore(undefined);
    this.#update();
    this.#keep();
  }

  #goTo(step: number): void {
    this.#step = step;
    this.#showStep();
    this.#draw();
    this.#keep();
  }

  #toStart(): void {
    const before = { values: this.#values, step: this.#step };
    this.#player?.stop();
    this.#take({ values: defaults(this.#controls), step: 0 });
    this.#keepBefore(before);
    this.#say("The start values are back.");
  }

  #goBack(): void {
    this.#take(this.#before!);
    this.#reset.focus(); // the button under the focus goes
    this.#keepBefore(undefined);
    this.#say("Your values are back.");
  }

  #take({ values, step }: { values: Values; step: number }): void {
    [this.#values, this.#step] = [values, step];
    this.#update();
    this.#keep();
  }

  #keepBefore(before: { values: Values; step: number } | undefined): void {
    this.#before = before;
    this.#undo.hidden = !before;
    this.#link.replaceChildren();
    if (!before) this.#say("");
  }

  /** Everything but the finding, which is said when the hand rests. */
  #update(): void {
    this.#outcome = this.#widget!.model(this.#values);
    this.#inputs.show(this.#values);
    const { caption, header, rows } = this.#widget!.twin(this.#values, this.#outcome);
    for (const box of this.querySelectorAll(".ka-w-table caption, .ka-w-fold > summary")) box.textContent = caption;
    this.querySelector(".ka-w-table thead")!.replaceChildren(
      element("tr", {}, ...header.map((cell) => element("th", { scope: "col" }, cell))),
    );
    this.querySelector(".ka-w-table tbody")!.replaceChildren(
      ...rows.map(([first = "", ...rest]) =>
        element("tr", {}, element("th", { scope: "row" }, first), ...rest.map((cell) => element("td", {}, cell))),
      ),
    );
    this.#showStep();
    this.#draw();
    const settings = this.#controls.map((control) => told(control, this.#values[control.id]!)).join("; ");
    this.querySelector(".ka-w-settings")!.textContent = `${settings}.`;
    clearTimeout(this.#quiet);
    this.#quiet = window.setTimeout(() => this.#tell(), QUIET);
  }

  #tell(): void {
    clearTimeout(this.#quiet);
    const { finding } = this.#widget!.twin(this.#values, this.#outcome);
    if (this.#finding.textContent !== finding) this.#finding.textContent = finding;
  }

  #showStep(): void {
    const steps = this.#widget!.steps?.(this.#outcome);
    if (!steps) return;
    this.#step = Math.min(this.#step, steps.length - 1);
    this.#player!.show(this.#step, steps);
    this.querySelectorAll(".ka-w-table tbody tr").forEach((row, place) => {
      if (place === this.#step) row.setAttribute("aria-current", "step");
      else row.removeAttribute("aria-current");
    });
  }

  /** With the next frame, once for all that changes until then: the browser lays the page out for it anyway. */
  #draw(): void {
    cancelAnimationFrame(this.#frame);
    this.#frame = requestAnimationFrame(() => this.#drawNow());
  }

  #drawNow(): void {
    const width = Math.round(Math.min(WIDTHS[1], Math.max(WIDTHS[0], this.#picture.clientWidth)));
    const drawn = this.#widget!.draw(this.#values, this.#outcome, { width, step: this.#step });
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    this.#picture.innerHTML = drawn;
  }

  #say(text: string): void {
    if (this.#said.textContent !== text) this.#said.textContent = text;
  }

  // ---- the address

  #address(): string {
    const query = written(location.search, this.#id, this.#controls, this.#values, this.#step);
    return `${location.pathname}${query}${location.hash}`;
  }

  #keep(): void {
    if (!this.#inPage) return;
    try {
      history.replaceState(history.state, "", this.#address());
    } catch {
      // A browser may refuse it for a page from a folder, or when it is asked too often; the link can still be copied.
    }
  }

  async #copyLink(): Promise<void> {
    const link = new URL(this.#address(), location.href).href;
    try {
      await navigator.clipboard.writeText(link);
      this.#link.replaceChildren();
      this.#say("The link is in the clipboard.");
    } catch {
      const field = element("input", { type: "text", readonly: "", value: link, "aria-label": "Link to these values" });
      this.#link.replaceChildren(field);
      field.focus();
      field.select();
      this.#say("The browser does not let this page write to the clipboard. Copy the link from here.");
    }
  }
}

export function defineWidget(): void {
  // In a notebook each output brings this script.
  if (!customElements.get("keepalive-widget")) customElements.define("keepalive-widget", WidgetElement);
}
