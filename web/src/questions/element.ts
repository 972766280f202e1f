// <keepalive-question>: a question to practise with. Its HTML can be read without this; with it, it can be answered.
import { button, element } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import { answers, latest, record } from "./answers.ts";
import { type Form, formOf, reason } from "./form.ts";
import { type Item, itemOf } from "./item.ts";
import { type Answer, amount, judge, NoAnswer, taken } from "./key.ts";

class QuestionElement extends HTMLElement {
  #item!: Item;
  #form!: Form;
  #stem!: HTMLElement;
  #place = element("div", {});
  #bar!: HTMLElement;
  #status = element("p", { class: "ka-q-status", role: "status" });
  #note = element("p", { class: "ka-q-note" });
  #button = button("Check", () => this.#act(), "ka-q-button");
  #answered = false;
  /** Whether something was chosen here that is not checked yet. */
  #touched = false;
  #forget = () => {};

  connectedCallback(): void {
    if (!this.#item) this.#build();
    this.#forget = sharedStore().onChange((id) => {
      if ((id === undefined || id === this.#item.id) && !this.#touched) this.#show();
    });
  }

  disconnectedCallback(): void {
    this.#forget();
  }

  #build(): void {
    this.#item = itemOf(this);
    this.#stem = element("div", { class: "ka-q-asked", id: `${this.id}-stem` }, ...this.#item.stem);
    this.#bar = element("div", { class: "ka-q-bar" }, this.#button);
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", "Question");
    this.replaceChildren(this.#stem, this.#place, this.#bar, this.#status, this.#note);
    this.#show();
  }

  /** As it was left: with the latest answer explained, or to be answered. With `data-fresh` it is asked in any case. */
  #show(): void {
    const { id, version, key } = this.#item;
    const given = "fresh" in this.dataset ? undefined : latest(sharedStore(), id, version, key);
    if (given === undefined) this.#ask();
    else this.#explain(given, answers(sharedStore(), id, version).length);
  }

  #ask(): void {
    this.#answered = this.#touched = false;
    const seed = String(answers(sharedStore(), this.#item.id, this.#item.version).length + 1);
    this.#put(seed);
    this.#button.textContent = "Check";
    this.#bar.after(this.#status); // beside the button that is pressed
    this.#status.removeAttribute("tabindex");
    this.#say("");
  }

  #put(seed: string): void {
    this.#form = formOf(this.#item, seed, {
      describedBy: this.#stem.id,
      changed: () => {
        this.#touched = true;
      },
      entered: () => this.#check(),
      said: (text) => this.#say(text),
    });
    this.#place.replaceChildren(this.#form.element);
  }

  #act(): void {
    if (!this.#answered) return this.#check();
    this.#ask();
    this.#form.focus();
  }

  #check(): void {
    const given = this.#form.answer();
    if (given === undefined) {
      this.#say(this.#item.key.format === "number" ? "Type a number first." : "Choose first.");
      return;
    }
    const store = sharedStore();
    const { id, version, key } = this.#item;
    try {
      record(store, id, version, key, given);
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      this.#say(error.message);
      return;
    }
    delete this.dataset.fresh;
    this.#explain(taken(key, given), answers(store, id, version).length);
    this.#note.textContent = store.trouble;
    // What follows may be longer than the window: whoever answered begins to read at its top.
    this.#status.focus();
    this.dispatchEvent(new CustomEvent("keepalive-answered", { bubbles: true, detail: { id, version } }));
  }

  /** `times`: how often it has been answered; the order of the options is that of the latest. */
  #explain(given: Answer, times: number): void {
    this.#put(String(times));
    this.#form.set(given);
    this.#form.explain(given);
    if (this.#item.key.format === "order") this.#form.element.append(...reason(this.#item));
    this.#answered = true;
    this.#touched = false;
    this.#button.textContent = "Try again";
    this.#place.before(this.#status);
    this.#status.tabIndex = -1;
    const right = judge(this.#item.key, given);
    this.#say([right ? "Right." : "Not yet.", ...verdict(this.#item, given, right)].join(" "), right);
  }

  #say(text: string, right?: boolean): void {
    this.#status.textContent = text;
    this.#status.classList.toggle("ka-q-good", right === true);
    this.#status.classList.toggle("ka-q-bad", right === false);
  }
}

/** What there is to say of an answer beside whether it is right: sentences. */
function verdict({ key, lines }: Item, given: Answer, right: boolean): string[] {
  if (typeof given === "number") {
    const wanted = amount(key.answer!, key.unit);
    return right ? [`It is ${wanted}.`] : [`You said ${amount(given, key.unit)}. Right is ${wanted}.`];
  }
  if (key.format !== "spot") return ["Every choice is explained below."];
  const line = lines.find(({ answer }) => answer === given)?.number;
  const yours = right || key.options.includes(given as string) ? [] : [`You chose line ${line}, which is in order.`];
  return [...yours, `The lines that are easily taken for the wrong one are explained below.`];
}

export function defineQuestion(): void {
  // Two scripts may bring it.
  if (!customElements.get("keepalive-question")) customElements.define("keepalive-question", QuestionElement);
}
