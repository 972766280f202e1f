// What of the course is done in this browser, to be taken elsewhere, brought from there, and begun anew.
import { NotProgress } from "../store/shape.ts";
import { button, download, element, plural, when } from "./elements.ts";
import { store } from "./store.ts";

class WorkElement extends HTMLElement {
  #status = element("p", { class: "ka-x-status", role: "status" });
  #list = element("ul", { class: "ka-x-work" });
  #bar = element("div", { class: "ka-x-bar", role: "group", "aria-label": "Your work" });
  #titles: Record<string, string> = {};
  #forget = () => {};

  connectedCallback(): void {
    this.#titles = JSON.parse(this.dataset.exercises ?? "{}");
    this.#bar.replaceChildren(
      button("Export", () => this.#export(), "ka-x-button"),
      button("Import", () => this.#choose(), "ka-x-button"),
      button("Reset checks", () => this.#reset(), "ka-x-button"),
      button("Undo reset", () => this.#undo(), "ka-x-button"),
    );
    this.replaceChildren(this.#list, this.#bar, this.#status);
    this.#forget = store.onChange(() => this.#draw());
    this.#draw();
  }

  disconnectedCallback(): void {
    this.#forget();
  }

  #draw(): void {
    const items = Object.entries(this.#titles).map(([id, title]) => {
      const draft = store.versions(id)[0];
      const best = store.answers.best(id);
      const said = [
        store.answers.passed(id) ? "passed" : best === undefined ? "not checked yet" : `best check so far: ${plural(best, "point")}`,
        draft ? `your code is of ${when(draft.at)}` : "no code of yours",
      ];
      return element("li", {}, element("strong", {}, title), `: ${said.join("; ")}`);
    });
    this.#list.replaceChildren(...items);
    if (store.trouble) this.#status.textContent = store.trouble;
    // The map above shows the same events; a change made here comes from no other tab.
    document.dispatchEvent(new Event("keepalive-work"));
  }

  #export(): void {
    download("keepalive-progress.json", store.exported());
    this.#say("Exported as keepalive-progress.json. In a terminal, keepalive progress import reads it.");
  }

  #choose(): void {
    const input = element("input", { type: "file", accept: ".json,application/json" });
    input.addEventListener("change", () => void this.#import(input.files?.[0]));
    input.click();
  }

  async #import(file: File | undefined): Promise<void> {
    if (!file) return;
    try {
      const { events, drafts } = store.imported(await file.text());
      const what = `${plural(events, "event")}, ${plural(drafts, "version")} of code`;
      this.#say(
        events + drafts
          ? `Imported from ${file.name}: ${what}. Nothing of yours was replaced.`
          : `Everything in ${file.name} is here already. What you have reset stays so; Undo reset takes that back.`,
      );
    } catch (error) {
      if (!(error instanceof NotProgress)) throw error;
      this.#say(`${file.name} was not imported. ${error.message}`);
    }
    this.#draw();
  }

  #reset(): void {
    const withdrawn = store.reset();
    this.#say(
      withdrawn.length
        ? "What you read, answered, checked and looked up counts no longer. Your code stays. Undo reset takes it back."
        : "There is nothing to reset.",
    );
    this.#draw();
  }

  #undo(): void {
    this.#say(store.undo() ? "All is as it was before the reset." : "There is no reset to take back.");
    this.#draw();
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }
}

export function defineWork(): void {
  customElements.define("keepalive-work", WorkElement);
}
