// <keepalive-verify>: a file is chosen or dropped, and what is in it is scored again, here in the page.
import type { Asked } from "../exam/form.ts";
import type { Keys } from "../exam/score.ts";
import { element } from "../page/elements.ts";
import type { Key } from "../questions/key.ts";
import { type Certificate, NotACertificate } from "./contents.ts";
import { spelled } from "./draw.ts";
import { certificateOf } from "./read.ts";
import { PROVES, PROVES_NOT, type Verified, verify } from "./verify.ts";

const SCHEMA = 1;

/** Keys of the questions as src/keepalive/website/verify.py writes them. */
interface Data {
  schema: number;
  /** The version of the bank. */
  version: string;
  /** Id and version of each question that an exam may draw, in the order of the bank. */
  exam: [string, string][];
  /** Of every question as it ever read, by id and version. */
  keys: Record<string, Record<string, { cell: number; key: Key }>>;
  /** The title of each objective. */
  cells: Record<string, string>;
}

class VerifyElement extends HTMLElement {
  #source!: URL;
  #data: Promise<Data> | undefined;
  /** The latest file counts, also where an earlier one takes longer. */
  #turn = 0;
  readonly #out = element("div", { class: "ka-c-out" });
  readonly #status = element("p", { class: "ka-c-status", role: "status" });

  connectedCallback(): void {
    if (this.#source) return;
    this.#source = new URL(this.dataset.source!, location.href);
    const input = element("input", { type: "file", id: "ka-c-file", accept: ".pdf,.png,.json,application/pdf,image/png,application/json" });
    input.addEventListener("change", () => {
      const file = input.files?.[0];
      if (file) void this.#take(file);
    });
    const drop = element(
      "div",
      { class: "ka-c-drop" },
      element("label", { for: input.id }, "The certificate"),
      input,
      element("p", {}, "PDF, PNG or JSON; or drop the file here. It stays on this machine."),
    );
    const over = (is: boolean) => (event: DragEvent) => {
      event.preventDefault();
      drop.classList.toggle("ka-c-over", is);
    };
    drop.addEventListener("dragover", over(true));
    drop.addEventListener("dragleave", over(false));
    drop.addEventListener("drop", (event) => {
      over(false)(event);
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      input.value = ""; // it names the file that was chosen before
      void this.#take(file);
    });
    this.replaceChildren(drop, this.#status, this.#out);
  }

  async #take(file: File): Promise<void> {
    const turn = ++this.#turn;
    this.#out.replaceChildren();
    this.#status.textContent = `Looking into ${file.name}.`;
    this.#status.classList.remove("ka-c-holds", "ka-c-fails");
    let said: string;
    let holds = false;
    let shown: Node[] = [];
    try {
      const certificate = await certificateOf(file);
      const data = await (this.#data ??= fetched(this.#source));
      const verified = verify(certificate, bankOf(data), keysOf(data));
      holds = verified.holds;
      said = holds ? "This certificate holds." : "This certificate does not hold.";
      shown = report(certificate, verified, data);
    } catch (error) {
      if (error instanceof NotACertificate) said = error.message;
      else if (error instanceof NoKeys) {
        this.#data = undefined;
        said = error.message;
      } else if (error instanceof DOMException) said = "The file could not be read.";
      else throw error;
    }
    if (turn !== this.#turn) return;
    this.#status.textContent = said;
    this.#status.classList.toggle("ka-c-holds", holds);
    this.#status.classList.toggle("ka-c-fails", !holds);
    this.#out.replaceChildren(...shown);
  }
}

class NoKeys extends Error {}

async function fetched(source: URL): Promise<Data> {
  if (location.protocol === "file:") {
    throw new NoKeys(
      "This page was opened from a folder, where a browser fetches no keys. Verify it in a terminal: keepalive verify FILE.",
    );
  }
  try {
    const answer = await fetch(source);
    if (!answer.ok) throw new Error(String(answer.status));
    const data = (await answer.json()) as Data;
    if (data.schema === SCHEMA) return data;
  } catch {
    throw new NoKeys("The keys could not be fetched. Is the network there? Then choose the file again.");
  }
  throw new NoKeys("The keys are of another version of the course. Reload the page.");
}

function bankOf({ version, exam, keys }: Data): { version: string; questions: Asked[] } {
  return { version, questions: exam.map(([id, version]) => ({ id, version, ...keys[id]![version]! })) };
}

function keysOf({ keys }: Data): Keys {
  return (id, version) => (Object.hasOwn(keys, id) && Object.hasOwn(keys[id]!, version) ? keys[id]![version] : undefined);
}

function report({ name, course, day, form }: Certificate, { result, found }: Verified, { cells }: Data): Node[] {
  const facts: [string, string][] = [
    ["Name", name || "none"],
    ["Date", spelled(day)],
    ["Course", course],
    ["Seed", form.seed],
    ["Score", `${result.right} of ${result.items.length}`],
  ];
  const listed = facts.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, element("bdi", {}, value))]);
  const rows = result.items.map(({ cell, right }, place) => {
    const title = cells[cell] ?? `Question ${place + 1}, not known here`;
    return element("li", {}, `${title}: ${right ? "right" : right === null ? "not known" : "missed"}`);
  });
  return [
    element("dl", { class: "ka-c-facts" }, ...listed),
    element("h2", {}, "What was looked at"),
    element("ul", {}, ...found.map((sentence) => element("li", {}, sentence))),
    element("details", {}, element("summary", {}, "Each objective"), element("ul", {}, ...rows)),
    element("h2", {}, "What that proves"),
    element("p", {}, PROVES),
    element("h2", {}, "What it does not prove"),
    element("p", {}, PROVES_NOT),
  ];
}

export function defineVerify(): void {
  customElements.define("keepalive-verify", VerifyElement);
}
