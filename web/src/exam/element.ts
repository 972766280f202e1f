// <keepalive-exam>: the exam on its page. What it is, is read without this; with it, it can be taken.
import { element, plural } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import { type Asking, asking, handingIn } from "./asking.ts";
import { type Data, NoData, fetched, keysOf } from "./data.ts";
import { Desk, type Lying } from "./desk.ts";
import { draw, newSeed } from "./form.ts";
import { type Sat, record, sat } from "./record.ts";
import { type Offer, again, result } from "./result.ts";
import { score } from "./score.ts";
import { NotASitting, type Sitting, answered, begin, broughtUpTo, flagged, left, moved, unanswered } from "./sitting.ts";
import { type Start, type Wish, start } from "./start.ts";

const ON_FILE =
  "This page was opened from a folder, and browsers fetch nothing there. Serve the folder instead: " +
  "python3 -m http.server in it, then http://127.0.0.1:8000/exam.html.";
const NOT_KEPT =
  "This browser's storage is full or blocked, so what you answer is not kept. Leave this page open until you have handed in.";

/** Milliseconds; when a person hears how much is left. */
const SAID_AT = [600_000, 300_000, 60_000];

let offer: Offer | undefined;
/** An id of this page's own, for the desk: an element that comes back is the same page. */
const ME = newSeed(random) + newSeed(random);

class ExamElement extends HTMLElement {
  #place = element("div", { class: "ka-e-view" });
  #note = element("p", { class: "ka-q-note" });
  #status = element("p", { class: "ka-q-status", role: "status" });
  #desk = new Desk(sharedStore(), ME);
  #data: Data | undefined;
  #sitting: Sitting | undefined;
  #asking: Asking | undefined;
  #start: Start | undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;
  #saidAt = Infinity;
  #forget: (() => void)[] = [];

  connectedCallback(): void {
    this.#place.replaceChildren();
    this.replaceChildren(this.#status, this.#note, this.#place);
    if (location.protocol === "file:") {
      this.#place.append(element("p", {}, ON_FILE));
      return;
    }
    const drawAgain = () => {
      if (this.#start && !this.#place.contains(document.activeElement)) void this.#begin();
    };
    this.#forget = [this.#desk.onChange(() => this.#heard(drawAgain)), sharedStore().onChange(drawAgain)];
    window.addEventListener("beforeunload", this.#warn);
    void this.#begin();
  }

  disconnectedCallback(): void {
    for (const forget of this.#forget) forget();
    this.#forget = [];
    window.removeEventListener("beforeunload", this.#warn);
    this.#leave();
  }

  // ---- what stands there ----------------------------------------------------------------------------------------------

  /** `view`: what a style sheet may want to know. With a heading the focus goes there, as a screen reader's does. */
  #show(view: "start" | "question" | "result" | "aside", shown: HTMLElement, heading?: HTMLElement): void {
    this.#start = this.#asking = undefined;
    this.dataset.view = view;
    this.#place.replaceChildren(shown);
    this.#say("");
    this.#note.textContent = this.#sitting && !this.#desk.kept ? NOT_KEPT : "";
    // Whether a result could be kept is known when its turn to be written has come.
    void sharedStore().idle().then(() => {
      if (!this.#sitting && this.#place.contains(shown)) this.#note.textContent = sharedStore().trouble;
    });
    heading?.focus({ preventScroll: true });
    if (heading) this.scrollIntoView({ block: "start" });
  }

  async #begin(focus = false, said = ""): Promise<void> {
    let lying: Lying | undefined;
    let problem = "";
    try {
      lying = this.#desk.look();
    } catch (error) {
      if (!(error instanceof NotASitting)) throw error;
      problem = error.message;
    }
    const elsewhere = lying && !lying.gaveUp ? await this.#desk.elsewhere() : false;
    if (!this.isConnected || this.#sitting) return;
    const there = start(
      { lying, problem, elsewhere, sat: sat(sharedStore()) },
      {
        begin: () => void this.#wanted(),
        goOn: () => void this.#goOn(),
        giveUp: () => this.#giveUp(lying!.sitting),
        undo: () => {
          this.#desk.undo();
          void this.#begin(true, "It is under way again.");
        },
        look: (each) => void this.#look(each),
      },
    );
    const heading = there.element.querySelector("h2")!;
    heading.tabIndex = -1;
    this.#show("start", there.element, focus ? heading : undefined);
    this.#start = there;
    this.#say(said);
  }

  #ask(sitting: Sitting, said = ""): void {
    this.#sitting = sitting;
    const { id } = sitting.form.items[sitting.at]!;
    const question = this.#data!.questions.find((each) => each.id === id)!;
    const there = asking(question, sitting, {
      answered: (answer) => {
        const before = unanswered(this.#sitting!).length;
        if (!this.#put(answered(this.#sitting!, id, answer))) return;
        const open = unanswered(this.#sitting!).length;
        const count = this.#sitting!.form.items.length;
        // Of things in order it was said where they are now.
        if (open < before && question.key.format !== "order") this.#say(`Answered: ${count - open} of ${count}.`);
      },
      flagged: (flag) => this.#put(flagged(this.#sitting!, id, flag)) && this.#say(flag ? "Flagged." : "No longer flagged."),
      moved: (at) => this.#move(at),
      handIn: () => this.#beforeHandingIn(),
      giveUp: () => this.#giveUp(this.#sitting!),
      said: (text) => this.#say(text),
    });
    this.#show("question", there.element, there.heading);
    this.#asking = there;
    this.#say(said);
    this.#tick();
  }

  #beforeHandingIn(): void {
    const problem = this.#problem();
    const { element: shown, heading } = handingIn(this.#sitting!, {
      handIn: () => this.#handIn(""),
      moved: (at) => this.#move(at),
    });
    this.#show("aside", shown, heading);
    this.#say(problem);
  }

  // ---- what a person does -----------------------------------------------------------------------------------------------

  /** Keep a change; whether this page still has the exam. */
  #put(sitting: Sitting): boolean {
    if (!this.#desk.put(sitting)) {
      this.#lost();
      return false;
    }
    this.#sitting = sitting;
    this.#asking?.update(sitting);
    this.#note.textContent = this.#desk.kept ? "" : NOT_KEPT;
    return true;
  }

  #move(at: number): void {
    const problem = this.#problem();
    if (this.#put(moved(this.#sitting!, at))) this.#ask(this.#sitting!, problem);
  }

  /** What is to be said of a text that was typed and is no answer, once it is left. */
  #problem(): string {
    const problem = this.#asking?.problem() ?? "";
    return problem && `Question ${this.#sitting!.at + 1} stays without an answer. ${problem}`;
  }

  async #wanted(): Promise<void> {
    const wish = this.#start!.wish();
    if (typeof wish === "string") return this.#say(wish);
    const data = await this.#fetch();
    if (!data) return;
    const latest = sat(sharedStore()).at(-1);
    const back = () => void this.#begin(true);
    const first = latest && !wish.seed ? again(data, latest, { begin: () => this.#draw(data, wish, latest), back }) : undefined;
    if (first) this.#show("aside", first.element, first.heading);
    else this.#draw(data, wish, latest);
  }

  #draw(data: Data, { minutes, seed }: Wish, latest: Sat | undefined): void {
    if (this.#desk.busy) return void this.#begin(true, "An exam was begun in another tab meanwhile.");
    // A room that is given a seed gets one form, whoever has seen what of it.
    const seen = latest && !seed ? latest.form.items.map(({ id }) => id) : [];
    const sitting = begin(draw(data, seed || newSeed(random), seen), new Date(), minutes);
    this.#take(sitting);
    this.#ask(sitting);
  }

  async #goOn(): Promise<void> {
    const data = await this.#fetch();
    const lying = data && this.#desk.look();
    if (!lying) return;
    try {
      const { sitting, lost } = broughtUpTo(lying.sitting, data);
      this.#take(sitting);
      const places = sitting.form.items.flatMap(({ id }, at) => (lost.includes(id) ? [at + 1] : []));
      const were = places.length === 1 ? "was" : "were";
      const changed = `${plural(places.length, "question")} ${were} changed since you began, and asked again: ${places.join(", ")}.`;
      if (left(sitting, new Date()) === 0) this.#handIn("The time was over. What was answered is handed in.");
      else this.#ask(sitting, places.length ? changed : "");
    } catch (error) {
      if (!(error instanceof NotASitting)) throw error;
      this.#desk.giveUp(lying.sitting);
      void this.#begin(true, error.message);
    }
  }

  #take(sitting: Sitting): void {
    this.#sitting = sitting;
    this.#saidAt = Infinity;
    this.#desk.take(sitting);
    if (sitting.minutes !== null) this.#ticking ??= setInterval(() => this.#tick(), 1000);
  }

  #handIn(said: string): void {
    const sitting = this.#sitting!;
    if (!this.#desk.mine) return this.#lost();
    const found = record(sharedStore(), sitting, score(keysOf(this.#data!), sitting.form, sitting.answers));
    this.#desk.clear();
    this.#leave();
    this.#result(found, said);
  }

  #result(found: Sat, said: string): void {
    const hears = { again: () => void this.#begin(true), back: () => void this.#begin(true) };
    const { element: shown, heading } = result(this.#data!, found, hears, offer);
    this.#show("result", shown, heading);
    this.#say(said);
  }

  async #look(found: Sat): Promise<void> {
    if (await this.#fetch()) this.#result(found, "");
  }

  #giveUp(sitting: Sitting): void {
    this.#leave();
    this.#desk.giveUp(sitting);
    void this.#begin(true, "The exam is given up. Undo takes that back.");
  }

  /** This page goes on with nothing. */
  #leave(): void {
    this.#sitting = undefined;
    clearInterval(this.#ticking);
    this.#ticking = undefined;
    this.#desk.leave();
  }

  // ---- what happens meanwhile ---------------------------------------------------------------------------------------------

  #tick(): void {
    const time = this.#sitting && left(this.#sitting, new Date());
    if (time === null || time === undefined) return this.#asking?.time("");
    const minutes = Math.ceil(time / 60_000);
    this.#asking?.time(`Time left: ${time > 120_000 ? plural(minutes, "minute") : plural(Math.ceil(time / 1000), "second")}`);
    const due = SAID_AT.find((at) => time <= at && at < this.#saidAt && time > at - 2000);
    if (due !== undefined) {
      this.#saidAt = due;
      this.#say(`${plural(due / 60_000, "minute")} left.`);
    }
    if (time === 0) this.#handIn("The time is over. What was answered is handed in.");
  }

  /** Another tab wrote on the desk, or cleared it. */
  #heard(drawAgain: () => void): void {
    if (this.#sitting && !this.#desk.mine) this.#lost();
    else drawAgain();
  }

  #lost(): void {
    this.#leave();
    let lying: Lying | undefined;
    try {
      lying = this.#desk.look();
    } catch {
      // Of a newer version; the beginning says so.
    }
    const over = !lying || lying.gaveUp;
    void this.#begin(true, over ? "The exam was handed in or given up in another tab." : "The exam was gone on with in another tab. Its answers are all there.");
  }

  async #fetch(): Promise<Data | undefined> {
    if (this.#data) return this.#data;
    this.#say("Fetching the questions.");
    try {
      this.#data = await fetched(new URL(this.dataset.source!, location.href));
    } catch (error) {
      if (!(error instanceof NoData)) throw error;
      this.#say(error.message);
      return undefined;
    }
    return this.isConnected ? this.#data : undefined;
  }

  /** What could not be kept would be gone with the page. */
  #warn = (event: BeforeUnloadEvent): void => {
    if (this.#sitting && !this.#desk.kept) event.preventDefault();
  };

  #say(text: string): void {
    this.#status.textContent = text;
  }
}

function random(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}

/** `certificates`: makes them after a pass. */
export function defineExam(certificates?: Offer): void {
  offer = certificates;
  customElements.define("keepalive-exam", ExamElement);
}
