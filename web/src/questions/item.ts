// A question as it stands in a page, taken out of its HTML: src/keepalive/website/questions.py writes it.
import type { Key } from "./key.ts";

export interface Item {
  id: string;
  /** A hash of what is asked. */
  version: string;
  key: Key;
  /** What a reader is told to do. */
  how: string;
  /** The stem, and the code under it: the page's own, to which its theme has added what it adds to code. */
  stem: Node[];
  /** The choices by option id. */
  choices: Map<string, Node[]>;
  /** Of spot: every line of the code. */
  lines: Line[];
  /** Why each option is right or not, by its id. */
  whys: Map<string, Node[]>;
  /** Why the answer is the right one; empty where every option says it. */
  reason: Node[];
}

export interface Line {
  number: number;
  nodes: Node[];
  /** What is chosen with it; "" for a line that cannot be. */
  answer: string;
}

/** Read a question's HTML. All nodes but the stem's are copies. */
export function itemOf(element: HTMLElement): Item {
  const inside = (selector: string) => copies(element.querySelector(selector));
  const lines = [...element.querySelectorAll<HTMLElement>(".ka-q-lines > li")].map((line, place) => {
    const answer = line.dataset.option ?? (line.dataset.line ? `line-${line.dataset.line}` : "");
    return { number: place + 1, nodes: copies(line), answer };
  });
  return {
    id: element.dataset.question!,
    version: element.dataset.version!,
    key: JSON.parse(element.dataset.key!) as Key,
    how: element.querySelector(".ka-q-how")?.textContent ?? "",
    stem: [...element.querySelectorAll(".ka-q-stem, .ka-q-code")],
    choices: byId(element, ".ka-q-options > li", "option"),
    lines,
    whys: byId(element, ".ka-q-why", "why"),
    reason: inside(".ka-q-reason"),
  };
}

function byId(element: HTMLElement, selector: string, name: string): Map<string, Node[]> {
  const found = [...element.querySelectorAll<HTMLElement>(selector)];
  return new Map(found.map((each) => [each.dataset[name]!, copies(each)]));
}

function copies(element: Element | null): Node[] {
  return element ? [...element.childNodes].map((node) => node.cloneNode(true)) : [];
}
