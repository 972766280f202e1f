// Things to be put in order: by two buttons each, or by dragging.
import { button, element } from "../page/elements.ts";
import { copied, whyOf } from "./form.ts";
import type { Item } from "./item.ts";
import type { Answer } from "./key.ts";

export interface OrderList {
  element: HTMLElement;
  order(): string[];
  set(order: string[]): void;
  explain(answer?: Answer): void;
  focus(): void;
}

export function orderList(item: Item, first: string[], hears: { moved: (text: string) => void }): OrderList {
  const list = element("ol", { class: "ka-q-order" });
  const rows = new Map<string, HTMLLIElement>();
  let dragged: HTMLLIElement | undefined;

  const order = () => [...list.children].map((row) => (row as HTMLElement).dataset.id!);
  const placed = (row: HTMLLIElement, place: number) => {
    const at = Math.max(0, Math.min(place, list.children.length - 1));
    const before = [...list.children].indexOf(row);
    if (at === before) return;
    list.insertBefore(row, list.children[at > before ? at + 1 : at] ?? null);
    mark();
    const text = row.querySelector(".ka-q-text")!.textContent!.trim();
    hears.moved(`${text} Now ${at + 1} of ${list.children.length}.`);
  };
  /** At an end there is nowhere to go; the button stays, so that the focus does. */
  const mark = () => {
    const last = list.children.length - 1;
    for (const [place, row] of [...list.children].entries()) {
      const [up, down] = row.querySelectorAll("button");
      up?.setAttribute("aria-disabled", String(place === 0));
      down?.setAttribute("aria-disabled", String(place === last));
    }
  };

  for (const id of first) {
    const text = element("span", { class: "ka-q-text" }, ...copied(item.choices.get(id)!));
    const row = element("li", { class: "ka-q-row", "data-id": id, draggable: "true" }, text);
    const said = text.textContent!.trim();
    const move = (by: number, pressed: () => HTMLElement) => () => {
      placed(row, [...list.children].indexOf(row) + by);
      pressed().focus(); // which a node loses that is put elsewhere
    };
    const up: HTMLButtonElement = button("\u2191", move(-1, () => up), "ka-q-move");
    const down: HTMLButtonElement = button("\u2193", move(1, () => down), "ka-q-move");
    up.setAttribute("aria-label", `Up: ${said}`);
    down.setAttribute("aria-label", `Down: ${said}`);
    row.append(element("span", { class: "ka-q-moves" }, up, down));
    row.addEventListener("dragstart", (event) => {
      dragged = row;
      row.classList.add("ka-q-dragged");
      event.dataTransfer?.setData("text/plain", said);
    });
    row.addEventListener("dragend", () => {
      dragged = undefined;
      row.classList.remove("ka-q-dragged");
    });
    row.addEventListener("dragover", (event) => {
      if (dragged) event.preventDefault(); // a place to drop
    });
    row.addEventListener("drop", (event) => {
      event.preventDefault();
      if (dragged) placed(dragged, [...list.children].indexOf(row));
    });
    rows.set(id, row);
    list.append(row);
  }
  mark();

  return {
    element: list,
    order,
    set(ids) {
      list.append(...ids.flatMap((id) => rows.get(id) ?? []));
      mark();
    },
    explain(answer) {
      const right = item.key.right!;
      const given = (answer ?? []) as string[];
      for (const [place, id] of right.entries()) {
        const row = rows.get(id)!;
        row.draggable = false;
        row.querySelector(".ka-q-moves")?.remove();
        const own = given.indexOf(id);
        row.classList.add(own === place ? "ka-q-is-right" : "ka-q-is-wrong");
        const head = own === place ? "Right place." : own < 0 ? "Its place." : `You had it at ${own + 1}.`;
        row.append(whyOf(item, id, head)!);
      }
      list.append(...right.map((id) => rows.get(id)!));
    },
    focus: () => list.querySelector("button")?.focus(),
  };
}
