// An exercise in a page. The page has the brief and the starter as plain HTML; this puts an editor in the starter's
// place, and below it what can be done: run, check, hints, right answers. All of it is fetched when somebody begins.
import type { Checked } from "../grader.ts";
import type { ExerciseCode, Verdict } from "../messages.ts";
import type { Draft } from "../store/store.ts";
import type { Editor } from "./editor.ts";
import { button, download, element, plural, when } from "./elements.ts";
import { gapsOf, linkLines, markOf, marksOf } from "./marks.ts";
import { type Panel, Panels } from "./panels.ts";
import { EDITOR_ADDRESS, whyNothingRuns } from "./place.ts";
import { grader, startPython } from "./python.ts";
import { store } from "./store.ts";

interface Task {
  id: string;
  text: string;
  hints: number;
  /** Whether a pass does not need it. */
  extension: boolean;
}

/** The data of an exercise, as keepalive.website.exercises writes it. */
interface Data {
  about: { id: string; number: string; entry: string | string[]; tasks: Task[] };
  version: string;
  file: string;
  starter: string;
  hints: Record<string, string[]>;
  solutions: { name: string; about: string; source: string; html: string }[];
  grader: { drive: string; grader: string };
}

interface Told {
  html: string;
  tasks: Record<string, string>;
  headline: string;
  points: string;
}

/**
 * Milliseconds that a scenario, or a run of `main()`, may take before the worker is ended: long, because a worker that
 * waits for a processor looks the same from here. The engine itself stops sooner what it can, and there is Stop.
 */
const LIMIT = 20_000;
/** A pause in typing, after which the code is kept and looked at. */
const PAUSE = 500;

/** Kept in this browser: whether long lines are wrapped. */
const WRAP = "wrap";

let count = 0;

class ExerciseElement extends HTMLElement {
  #id = "";
  #code!: HTMLElement;
  #bar!: HTMLElement;
  #status!: HTMLElement;
  #progress!: HTMLProgressElement;
  #note!: HTMLElement;
  #panels!: Panels;
  #buttons: Record<string, HTMLButtonElement> = {};
  #begun: Promise<{ data: Data; editor: Editor }> | undefined;
  #data: Data | undefined;
  #editor: Editor | undefined;
  #busy = false;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #verdict: Verdict | undefined;
  #cleanUp: (() => void)[] = [];

  connectedCallback(): void {
    this.#id = this.dataset.exercise!;
    this.#code = this.querySelector<HTMLElement>(".ka-x-code")!;
    const why = whyNothingRuns();
    if (why) {
      this.#code.after(element("p", { class: "ka-x-note" }, why));
      return;
    }
    this.#build();
    const keep = () => this.#keep();
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep);
    this.#cleanUp = [
      () => window.removeEventListener("pagehide", keep),
      () => document.removeEventListener("visibilitychange", keep),
      store.onChange((exercise) => {
        if (exercise === undefined || exercise === this.#id) this.#otherTabWrote();
      }),
    ];
    // Who was here before finds their own code, not the starter.
    if (store.draft(this.#id)) this.#beginWhenSeen();
    this.#showTrouble();
  }

  disconnectedCallback(): void {
    this.#keep();
    this.#editor?.destroy();
    for (const each of this.#cleanUp) each();
  }

  // ---- what is on the page

  #build(): void {
    const name = `ka-x-${++count}`;
    const { number } = this.dataset;
    const make = (key: string, text: string, act: () => unknown, look = "") => {
      this.#buttons[key] = button(text, () => void this.#guarded(act), `ka-x-button ${look}`);
      return this.#buttons[key];
    };
    this.#status = element("p", { class: "ka-x-status", role: "status" });
    this.#progress = element("progress", { class: "ka-x-progress", max: "1", "aria-label": "Python", hidden: "" });
    this.#note = element("div", { class: "ka-x-notes" });
    this.#panels = new Panels(name, (panel) => this.#buttons[panel]?.focus());
    this.#bar = element(
      "div",
      { class: "ka-x-bar", role: "group", "aria-label": `Exercise ${number}` },
      make("edit", "Edit here", () => this.#edit(), "ka-x-first"),
      make("check", "Check", () => this.#check(), "ka-x-first"),
      make("run", "Run", () => this.#run()),
      make("next", "Next task", () => this.#nextTask()),
      make("hint", "Hint", () => this.#hint()),
      make("solution", "Solution", () => this.#solution()),
      make("compare", "Compare", () => this.#compare()),
      make("reset", "Start over", () => this.#startOver()),
      make("wrap", "Wrap lines", () => this.#wrap()),
      make("save", "Download", () => this.#download()),
      make("open", "Open file", () => this.#openFile()),
      make("versions", "Other versions", () => this.#versions()),
      make("verdict", "Save verdict", () => this.#saveVerdict()),
      make("stop", "Stop", () => grader.stop(), "ka-x-first"), // last, so that no other button moves
    );
    for (const key of ["stop", "versions", "verdict", "next", "wrap"]) this.#buttons[key]!.hidden = true;
    const leave = element(
      "p",
      { class: "ka-x-leave", id: `${name}-leave` },
      "In the editor Tab indents; Escape, then Tab leaves it. Ctrl-Enter checks. Your code stays in this browser.",
    );
    this.#code.id = name;
    const foot = element("div", { class: "ka-x-foot" }, this.#bar, this.#progress, this.#status, this.#note);
    // The buttons stay in sight while the code is, and not over the brief above it.
    const desk = element("div", { class: "ka-x-desk" });
    this.#code.replaceWith(desk);
    desk.append(this.#code, foot);
    desk.after(leave, this.#panels.element);
    this.#say(this.#soFar());
    this.#code.addEventListener("click", this.#onTouch);
    this.#cleanUp.push(() => this.#code.removeEventListener("click", this.#onTouch));
  }

  /** What the record says of this exercise, for whoever comes back. */
  #soFar(): string {
    if (store.answers.passed(this.#id)) return "You have passed this exercise.";
    const best = store.answers.best(this.#id);
    return best === undefined ? "" : `Your best check so far: ${plural(best, "point")}.`;
  }

  #onTouch = (): void => {
    if (!this.#begun) void this.#guarded(() => this.#edit());
  };

  #beginWhenSeen(): void {
    const seen = new IntersectionObserver((entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      seen.disconnect();
      void this.#guarded(() => this.#begin());
    });
    seen.observe(this);
    this.#cleanUp.push(() => seen.disconnect());
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  /** Below the buttons: something to know, and what to do about it. */
  #notice(key: string, ...parts: (Node | string)[]): void {
    this.#note.querySelector(`[data-note="${key}"]`)?.remove();
    if (parts.length) this.#note.append(element("p", { class: "ka-x-note", "data-note": key }, ...parts));
  }

  // ---- beginning

  /** The data and the editor, fetched once. */
  #begin(): Promise<{ data: Data; editor: Editor }> {
    this.#begun ??= this.#fetchAll().catch((error: unknown) => {
      this.#begun = undefined; // it may be there the next time
      throw error;
    });
    return this.#begun;
  }

  async #fetchAll(): Promise<{ data: Data; editor: Editor }> {
    const [response, { makeEditor }] = await Promise.all([
      fetch(new URL(this.dataset.source!, location.href)),
      import(EDITOR_ADDRESS) as Promise<typeof import("./editor.ts")>,
    ]);
    if (!response.ok) throw new Error(`the server answered ${response.status} for the exercise; reload the page`);
    const data = (this.#data = (await response.json()) as Data);
    const text = store.open(this.#id) ?? data.starter;
    const place = element("div", { class: "ka-x-editor" });
    this.#editor = makeEditor(place, {
      text,
      label: `Your code for exercise ${this.dataset.number}, Python`,
      describedBy: `${this.#code.id}-leave`,
      covered: () => this.#bar.parentElement!.offsetHeight + 8,
      onChange: () => this.#changed(),
      onSubmit: () => void this.#guarded(() => this.#check()),
    });
    this.#code.replaceChildren(place);
    this.#code.removeAttribute("role");
    this.#code.removeAttribute("aria-label");
    this.#code.classList.remove("highlight");
    this.#buttons.edit!.hidden = true;
    this.#buttons.next!.hidden = this.#buttons.wrap!.hidden = false;
    this.#showWrap();
    const [gap] = gapsOf(text);
    if (gap) this.#editor.goTo(gap, false); // the code before it is there already, and long
    this.#showVersions();
    return { data, editor: this.#editor };
  }

  async #edit(): Promise<void> {
    const python = this.#python(); // beside the editor
    python.catch(() => {}); // said below, where it is waited for
    const { editor } = await this.#begin();
    editor.goTo(editor.line, true);
    await python;
    this.#say("Python is ready.");
    void this.#look();
  }

  async #python(): Promise<void> {
    if (grader.isReady) return;
    this.#progress.hidden = false;
    this.#progress.value = 0;
    try {
      await startPython(({ share, text }) => {
        this.#progress.value = share;
        this.#say(text);
      });
    } catch (error) {
      throw new Error(
        `Python did not start: ${reason(error)}. Try again; if it stays so, reload the page, or work in your editor ` +
          "or a notebook, as said below",
      );
    } finally {
      this.#progress.hidden = true;
    }
  }

  /** Whatever goes wrong is said in a sentence, and the code is still there. */
  async #guarded(act: () => unknown): Promise<void> {
    try {
      await act();
    } catch (error) {
      this.#say(`${capital(reason(error))}. Your code is still here.`);
    }
  }

  // ---- the code

  #changed(): void {
    clearTimeout(this.#pause);
    if (this.#panels.outdate("check", "run", "compare")) this.#say("");
    this.#pause = setTimeout(() => {
      this.#keep();
      this.#look();
    }, PAUSE);
  }

  #keep(): void {
    clearTimeout(this.#pause);
    if (!this.#editor || !this.#data) return;
    const { text } = this.#editor;
    // A starter that nobody touched is no draft.
    if (text !== this.#data.starter || store.draft(this.#id) !== undefined) store.keep(this.#id, text);
    this.#showTrouble();
  }

  #showTrouble(): void {
    if (!store.trouble) this.#notice("trouble");
    else this.#notice("trouble", `${store.trouble} `, button("Export all work", () => this.#exportAll(), "ka-x-link"));
  }

  #exportAll(): void {
    this.#keep();
    download("keepalive-progress.json", store.exported());
  }

  /** What does not compile is marked while it is being written, where Python has nothing else to do. */
  async #look(): Promise<void> {
    const editor = this.#editor;
    if (!editor) return;
    const { text } = editor;
    const problem = await grader.problem(text).catch(() => undefined);
    if (problem === undefined || editor !== this.#editor || text !== editor.text) return;
    editor.mark(problem ? [{ line: problem.line, column: problem.column, text: problem.text, severity: "error" }] : []);
  }

  #replace(text: string, said: string): void {
    const editor = this.#editor!;
    const before = editor.text;
    this.#keep();
    store.setAside(this.#id);
    editor.replace(text);
    editor.mark([]);
    this.#panels.close("check", "run", "compare"); // of the code before
    this.#buttons.verdict!.hidden = true;
    this.#keep();
    this.#showVersions();
    this.#say(said);
    const undo = button("Undo", () => {
      this.#replace(before, "Your code is back.");
      this.#notice("undo");
      editor.focus();
    }, "ka-x-link");
    this.#notice("undo", `${said} `, undo);
  }

  /** To the next line where a task is to be written; after the last one, to the first. */
  #nextTask(): void {
    const editor = this.#editor!;
    const gaps = gapsOf(editor.text);
    const gap = gaps.find((line) => line > editor.line) ?? gaps[0];
    if (gap === undefined) return this.#say("No task is left to begin: every gap has code of yours. Check says what it does.");
    editor.goTo(gap, true);
    this.#say(`Task ${gaps.indexOf(gap) + 1} of ${gaps.length} that are still to write: line ${gap}.`);
  }

  #wrap(): void {
    store.keepText(WRAP, store.text(WRAP) ? null : "1");
    this.#showWrap();
    this.#say(store.text(WRAP) ? "Long lines are wrapped." : "Long lines go on to the right.");
  }

  #showWrap(): void {
    const on = store.text(WRAP) !== null;
    this.#editor!.wrap(on);
    this.#buttons.wrap!.setAttribute("aria-pressed", String(on));
  }

  async #startOver(): Promise<void> {
    const { data, editor } = await this.#begin();
    if (editor.text === data.starter) this.#say("This is the starter.");
    else this.#replace(data.starter, "The starter is back; what you had is kept.");
  }

  async #download(): Promise<void> {
    const { data, editor } = await this.#begin();
    download(data.file, editor.text, "text/x-python");
    this.#say(`Downloaded ${data.file}.`);
  }

  async #openFile(): Promise<void> {
    await this.#begin();
    const input = element("input", { type: "file", accept: ".py,text/x-python" });
    input.addEventListener("change", () => void this.#guarded(() => this.#read(input.files?.[0])));
    input.click();
  }

  async #read(file: File | undefined): Promise<void> {
    if (!file) return;
    if (file.size > 500_000) throw new Error(`the file ${file.name} has ${file.size} bytes: that is no answer to an exercise`);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    } catch {
      throw new Error(`the file ${file.name} is not UTF-8; save it as UTF-8 in your editor`);
    }
    this.#replace(text.replace(/\r\n?/g, "\n"), `${file.name} is in the editor; what you had is kept.`);
  }

  // ---- versions, of other tabs and of before

  #others(): Draft[] {
    const own = this.#editor?.text ?? store.draft(this.#id);
    return store.versions(this.#id).filter(({ code }) => code !== own);
  }

  #showVersions(): void {
    const others = this.#others();
    this.#buttons.versions!.hidden = !others.length;
    if (this.#panels.has("versions")) {
      if (others.length) this.#versions();
      else this.#panels.close("versions");
    }
  }

  #otherTabWrote(): void {
    this.#showVersions();
    if (!this.#editor) {
      if (store.draft(this.#id)) this.#beginWhenSeen();
      return;
    }
    if (!this.#others().length) return;
    const see = button("See the other versions", () => void this.#guarded(() => this.#versions()), "ka-x-link");
    this.#notice("tabs", "This exercise was changed in another tab. Both versions are kept. ", see);
  }

  #versions(): void {
    this.#notice("tabs");
    const list = element("ul", { class: "ka-x-versions" });
    for (const { id, at, code } of this.#others()) {
      const take = button("Take this one", () => {
        this.#replace(code, `The version of ${when(at)} is in the editor; what you had is kept.`);
        this.#editor!.focus();
      }, "ka-x-link");
      const drop = button("Remove", () => {
        store.discard(this.#id, id);
        this.#showVersions();
      }, "ka-x-link");
      const text = element("pre", { tabindex: "0" }, element("code", {}, code));
      const more = element("details", {}, element("summary", {}, `Show its ${plural(code.split("\n").length, "line")}`), text);
      list.append(element("li", {}, `${when(at)} `, take, " ", drop, more));
    }
    this.#panels.show("versions", list);
  }

  // ---- running and checking

  /** One thing at a time; Stop ends it. */
  async #work(what: string, act: (data: Data, editor: Editor) => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const { check, run, stop } = this.#buttons;
    // Not `disabled`: the keyboard would lose its place.
    for (const each of [check!, run!]) each.setAttribute("aria-disabled", "true");
    try {
      const { data, editor } = await this.#begin();
      this.#keep();
      this.#notice("undo");
      await this.#python();
      stop!.hidden = false;
      this.#say(what);
      await act(data, editor);
    } finally {
      this.#busy = false;
      for (const each of [check!, run!]) each.removeAttribute("aria-disabled");
      stop!.hidden = true;
    }
  }

  #files({ about, file, grader: { drive, grader: judge } }: Data, text: string): { learner: string; code: ExerciseCode } {
    const folder = `/course/${about.id}`;
    const learner = `${folder}/mine/${file}`;
    const code = {
      id: about.id,
      version: this.#data!.version,
      entry: about.entry,
      tasks: about.tasks.map(({ id }) => id),
      extensions: about.tasks.filter(({ extension }) => extension).map(({ id }) => id),
      drive: `${folder}/drive.py`,
      grader: `${folder}/grader.py`,
    };
    grader.write({ [learner]: text, [code.drive]: drive, [code.grader]: judge });
    return { learner, code };
  }

  #check(): Promise<void> {
    return this.#work("Checking", async (data, editor) => {
      const { learner, code } = this.#files(data, editor.text);
      this.#panels.close("run", "compare"); // of the code before
      let checked: Checked | undefined;
      try {
        checked = await grader.check({ exercise: code, learner, frontend: "page" }, LIMIT);
      } catch (error) {
        if (!grader.wasStopped(error)) throw error;
        this.#say("Stopped by you. Nothing was checked.");
        return;
      }
      const { verdict } = checked;
      const hints = Object.fromEntries(data.about.tasks.map(({ id }) => [id, store.answers.hintsShown(this.#id, id)]));
      const told = await grader.tell<Told>({ what: "tell", order: { exercise: data.about, verdict, hints } });
      this.#verdict = verdict;
      if (verdict.status !== "grader_fault") {
        const { status, passed, points, max, bonus, bonus_max } = verdict;
        const beside = bonus_max ? { bonus, bonus_max } : {};
        store.add("check", this.#id, { status, passed, points, max, ...beside, tasks: told.tasks });
      }
      const result = element("div", {});
      result.innerHTML = told.html; // made by keepalive.report, which escapes whatever a learner's code said
      this.#enliven(result, data);
      this.#panels.show("check", result);
      this.#buttons.verdict!.hidden = false;
      editor.mark(marksOf(verdict, data.file));
      this.#say(`${told.headline} ${told.points}`.trim());
      this.dispatchEvent(new CustomEvent("keepalive-checked", { bubbles: true, detail: verdict }));
      this.#showTrouble();
    });
  }

  #run(): Promise<void> {
    return this.#work("Running main()", async (data, editor) => {
      const { learner } = this.#files(data, editor.text);
      this.#panels.closeOld();
      const printed = element("pre", { class: "ka-x-printed", tabindex: "0", role: "log", "aria-label": "Output" });
      const result = element("div", {});
      this.#panels.show("run", printed, result);
      const outcome = await grader.run({ learner }, LIMIT, (text) => {
        printed.append(text);
        printed.scrollTop = printed.scrollHeight;
      });
      if (outcome.status === "stopped_by_you") {
        this.#say("Stopped by you.");
        result.append(element("p", {}, "Stopped by you. Python starts anew with the next run or check."));
        return;
      }
      if (!printed.textContent) printed.append(element("span", { class: "ka-x-quiet" }, "Nothing was printed."));
      const told = await grader.tell<{ html: string; headline: string }>({ what: "script_run", order: { outcome } });
      result.innerHTML = told.html;
      this.#enliven(result, data);
      editor.mark(outcome.diagnoses.flatMap((found) => markOf(found, data.file)));
      this.#say(told.headline);
    });
  }

  /** What a result names becomes a way there: a line of the code, the next hint of a task. */
  #enliven(result: HTMLElement, data: Data): void {
    linkLines(result, (line) => this.#editor?.goTo(line, true));
    for (const name of result.querySelectorAll(".ka-v-hints strong, .ka-v-next strong")) {
      if (name.textContent !== "Hint") continue;
      const title = name.closest(".ka-v-task")?.querySelector("h4")?.textContent ?? "";
      const task = data.about.tasks.find(({ text }) => title.includes(text.replace(/[`*]/g, "")));
      const hint = button("Hint", () => void this.#guarded(() => this.#hint(task?.id, true)), "ka-x-link");
      hint.setAttribute("aria-label", `Hint: ${(task?.text ?? "the first task that is open").replace(/[`*]/g, "")}`); // there are several
      name.replaceWith(hint);
    }
  }

  #saveVerdict(): void {
    const verdict = this.#verdict;
    if (!verdict) return;
    const name = `${this.#data!.file.replace(/\.py$/, "")}-verdict.json`;
    download(name, JSON.stringify(verdict, null, 1));
    this.#say(`Downloaded ${name}.`);
  }

  // ---- help

  /** `asked`: the task. `next`: show one more of it in any case. */
  async #hint(asked?: string, next = asked === undefined): Promise<void> {
    const { data } = await this.#begin();
    const { tasks } = data.about;
    const status = store.answers.taskStatus(this.#id);
    const task = tasks.find(({ id }) => id === asked) ?? tasks.find(({ id }) => status[id] !== "passed") ?? tasks[0]!;
    const hints = data.hints[task.id]!;
    let shown = store.answers.hintsShown(this.#id, task.id);
    const select = element("select", { id: `${this.#code.id}-task` });
    for (const { id, text } of tasks) {
      select.append(element("option", { value: id, ...(id === task.id ? { selected: "" } : {}) }, text));
    }
    select.addEventListener("change", () => void this.#guarded(() => this.#hint(select.value)));
    const list = element("ol", { class: "ka-x-hints" });
    const add = (number: number) => {
      const item = element("li", {});
      item.innerHTML = hints[number - 1]!;
      list.append(item);
      return item;
    };
    const more = button("", () => {
      shown += 1;
      store.add("hint", this.#id, { task: task.id, number: shown });
      const item = add(shown);
      item.tabIndex = -1;
      rename();
      item.focus({ preventScroll: true });
    }, "ka-x-link");
    const rename = () => {
      more.textContent = `Show hint ${shown + 1} of ${hints.length}`;
      more.hidden = shown >= hints.length;
      this.#showTrouble();
    };
    for (let number = 1; number <= shown; number++) add(number);
    // Whoever presses Hint wants the next one, as in a terminal; whoever looks at another task wants at least one.
    if (shown < hints.length && (!shown || next)) more.click();
    else rename();
    const label = element("label", { for: select.id }, "Task ");
    this.#panels.show("hint", element("p", {}, label, select), list, element("p", {}, more));
    this.#say(`Hint ${shown} of ${hints.length}: ${task.text}.`);
  }

  /** After a pass at once; before it, when somebody says that they want to see it all the same. */
  async #revealed(panel: Panel, show: (data: Data) => unknown): Promise<void> {
    const { data } = await this.#begin();
    const seen = () => {
      store.add("solution", this.#id, {});
      return this.#guarded(() => show(data));
    };
    if (store.answers.passed(this.#id) || store.answers.solutionSeen(this.#id)) {
      await seen();
      return;
    }
    const reveal = button("Show it all the same", () => void seen(), "ka-x-link");
    this.#panels.show(panel, element("p", {}, "This is shown after you have passed. A hint may do. ", reveal));
    reveal.focus({ preventScroll: true });
  }

  #solution(): Promise<void> {
    return this.#revealed("solution", (data) => {
      const parts = data.solutions.map(({ name, about, html }) => {
        const code = element("code", {});
        code.innerHTML = html;
        const pre = element("div", { class: "highlight" }, element("pre", { tabindex: "0" }, code));
        const title = `${name}${about ? `: ${about}` : ""}`;
        const box = element("details", { class: "ka-x-answer" }, element("summary", {}, title), pre);
        box.open = name === "reference.py";
        return box;
      });
      this.#panels.show("solution", ...parts);
      this.#say("Right answers are shown below.");
    });
  }

  #compare(): Promise<void> {
    return this.#revealed("compare", async (data) => {
      const order = { own: this.#editor!.text, other: data.solutions[0]!.source, names: [data.file, "reference.py"] };
      await this.#python();
      const html = await grader.tell<string>({ what: "compare", order });
      if (!html) {
        this.#panels.show("compare", element("p", {}, "Your code is the reference, line for line."));
        this.#say("There is no difference.");
        return;
      }
      const code = element("code", {});
      code.innerHTML = html;
      const key = element("p", { class: "ka-x-quiet" }, "− yours alone, + the reference's alone.");
      this.#panels.show("compare", key, element("pre", { class: "ka-x-diff", tabindex: "0" }, code));
      this.#say("What differs is shown below.");
    });
  }
}

function reason(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.startsWith("Failed to fetch") ? "The server cannot be reached" : text).replace(/\.$/, "");
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

export function defineExercise(): void {
  customElements.define("keepalive-exercise", ExerciseElement);
}
