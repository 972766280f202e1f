// The choices of a question as something to answer with, and to explain afterwards. Knows nothing of when it is checked
// and where an answer is kept: a question in a chapter and one in an exam use the same.
import { element } from "../page/elements.ts";
import type { Item } from "./item.ts";
import { type Answer, amount, type Format, met } from "./key.ts";
import { orderList } from "./order.ts";
import { shownOrder } from "./shuffle.ts";

export interface Form {
  readonly element: HTMLFieldSetElement;
  /** What is chosen; undefined where nothing is. Of number, the text as it was typed. */
  answer(): Answer | undefined;
  set(answer: Answer): void;
  /** Say of every choice what it comes from, and let none be chosen any more. `answer`: the one that is set, if any. */
  explain(answer?: Answer): void;
  focus(): void;
}

let count = 0;

/**
 * `seed`: that of the order of the options. `describedBy`: the id of the stem. `changed` hears of every change a person
 * makes, `entered` of Enter in a field to type in, `said` of what only happens before the eyes.
 */
export function formOf(
  item: Item,
  seed: string,
  hears: { describedBy: string; changed?: () => void; entered?: () => void; said?: (text: string) => void },
): Form {
  const name = `ka-q-${++count}`;
  const box = element("fieldset", { class: `ka-q-form ka-q-of-${item.key.format}`, "aria-describedby": hears.describedBy });
  box.append(element("legend", { class: "ka-q-how" }, item.how));
  box.addEventListener("input", () => hears.changed?.());
  const { format, options, right = [] } = item.key;
  if (format === "number") return numberForm(item, box, name, hears.entered);
  if (format === "order") {
    const list = orderList(item, shownOrder(seed, item.id, options, right), {
      moved: (text) => {
        hears.said?.(text);
        hears.changed?.();
      },
    });
    box.append(list.element);
    return { element: box, answer: list.order, set: (answer) => list.set(answer as string[]), explain: list.explain, focus: list.focus };
  }
  return choiceForm(item, box, name, seed);
}

/** One row of a choice: its input, and where its explanation goes. */
interface Row {
  input: HTMLInputElement;
  element: HTMLElement;
  id: string;
}

function choiceForm(item: Item, box: HTMLFieldSetElement, name: string, seed: string): Form {
  const { format, options, right = [] } = item.key;
  const type = format === "multiple" ? "checkbox" : "radio";
  const rows: Row[] = [];
  const scroll = element("div", { class: "ka-q-scroll", role: "group", "aria-label": "The code, line by line" });
  const choice = (id: string, nodes: Node[], before: Node[] = []): HTMLElement => {
    const input = element("input", { type, name, value: id, class: "ka-q-input" });
    const label = element("label", { class: "ka-q-choice" }, input, ...before, element("span", { class: "ka-q-text" }, ...nodes));
    const row = element("div", { class: "ka-q-row" }, label);
    rows.push({ input, element: row, id });
    return row;
  };
  if (format === "spot") {
    const lines = item.lines.map(({ number, nodes, answer }) => {
      const place = element("span", { class: "ka-q-number" }, String(number));
      if (answer) return choice(answer, copied(nodes), [place]);
      return element("div", { class: "ka-q-row ka-q-still" }, place, element("span", { class: "ka-q-text" }, ...copied(nodes)));
    });
    scroll.append(element("div", { class: "ka-q-code-lines" }, ...lines));
    box.append(scroll);
  } else {
    for (const id of shownOrder(seed, item.id, options)) box.append(choice(id, copied(item.choices.get(id)!)));
  }
  const chosen = () => rows.filter(({ input }) => input.checked).map(({ id }) => id);
  return {
    element: box,
    answer() {
      const ids = chosen();
      if (!ids.length) return undefined;
      return format === "multiple" ? options.filter((id) => ids.includes(id)) : ids[0]!;
    },
    set(answer) {
      for (const { input, id } of rows) input.checked = Array.isArray(answer) ? answer.includes(id) : answer === id;
    },
    explain() {
      const ids = chosen();
      box.append(...reason(item));
      scroll.tabIndex = 0; // none of its lines can have the focus any more
      for (const { input, element: row, id } of rows) {
        input.disabled = true;
        const isRight = right.includes(id);
        const isYours = ids.includes(id);
        if (isRight) row.classList.add("ka-q-is-right");
        else if (isYours) row.classList.add("ka-q-is-wrong");
        const number = item.lines.find(({ answer }) => answer === id)?.number;
        const why = whyOf(item, id, number ? ofLine(number, isRight, isYours) : ofChoice(format, isRight, isYours, ids.length > 0));
        if (!why) continue;
        why.id = `${name}-${id}`;
        input.setAttribute("aria-describedby", why.id);
        (format === "spot" ? box : row).append(why);
      }
    },
    focus: () => (rows.find(({ input }) => input.checked) ?? rows[0])?.input.focus(),
  };
}

/** The word on an option: what the reader did with it, and whether that was right. */
function ofChoice(format: Format, isRight: boolean, isYours: boolean, isAnswered: boolean): string {
  if (isYours) return isRight ? "You chose this, rightly." : "You chose this. It is not right.";
  if (format !== "multiple" || !isAnswered) return isRight ? "This is right." : "This is not right.";
  return isRight ? "You left this out. It is right." : "You left this out, rightly.";
}

function ofLine(number: number, isRight: boolean, isYours: boolean): string {
  if (isRight) return `Line ${number} is the one that is wrong.${isYours ? " You chose it." : ""}`;
  return `Line ${number} is in order.${isYours ? " You chose it." : ""}`;
}

function numberForm(item: Item, box: HTMLFieldSetElement, name: string, entered?: () => void): Form {
  const { unit = "", options, values = [] } = item.key;
  const input = element("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    size: "10",
    class: "ka-q-field",
    id: name,
    "aria-label": `Your answer, in ${unit}`,
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") entered?.();
  });
  const label = element("label", { for: name }, "Your answer");
  box.append(element("div", { class: "ka-q-type" }, label, input, element("span", { "aria-hidden": "true" }, unit)));
  return {
    element: box,
    answer: () => (input.value.trim() ? input.value : undefined),
    set: (answer) => void (input.value = String(answer)),
    explain(answer) {
      input.disabled = true;
      box.append(...reason(item));
      const mistakes = answer === undefined ? [] : met(item.key, answer);
      for (const [place, id] of options.entries()) {
        const yours = mistakes.includes(id) ? " Your answer." : "";
        const why = whyOf(item, id, `${amount(values[place] ?? 0, unit)}:${yours}`);
        if (why) box.append(element("div", { class: "ka-q-row ka-q-is-wrong" }, why));
      }
    },
    focus: () => input.focus(),
  };
}

/** Why the answer is the right one. */
export function reason(item: Item): HTMLElement[] {
  return item.reason.length ? [element("div", { class: "ka-q-reason" }, ...copied(item.reason))] : [];
}

/** What an option comes from, under a word on it; undefined where nobody wrote of it. */
export function whyOf(item: Item, id: string, head: string): HTMLElement | undefined {
  const nodes = item.whys.get(id);
  if (!nodes) return undefined;
  return element("div", { class: "ka-q-why" }, element("p", { class: "ka-q-head" }, element("strong", {}, head)), ...copied(nodes));
}

export function copied(nodes: Node[]): Node[] {
  return nodes.map((node) => node.cloneNode(true));
}
