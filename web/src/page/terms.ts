// A term of the glossary shows what it means in a tip: on hover, on focus, and on the first tap. The texts stand in a
// <template> of the page. Without this module a term is a link to the glossary, and a click is one with it, too.
import { element } from "./elements.ts";

/** Pixels that a tip keeps from the window's edges. */
const MARGIN = 8;
/** Milliseconds that a pointer rests on a term before its tip opens: who moves across the text is left alone. */
const REST = 150;

const TERM = "a.ka-term";
const ID = "ka-tip";

let shown: HTMLAnchorElement | undefined;
let tip: HTMLElement | undefined;
let opening: ReturnType<typeof setTimeout> | undefined;
/** The term that a finger is on, and whether its tip was open before. */
let touched: { term: HTMLAnchorElement; wasShown: boolean } | undefined;

const termAt = (target: EventTarget | null) =>
  target instanceof Element ? (target.closest<HTMLAnchorElement>(TERM) ?? undefined) : undefined;
const isIn = (box: Element | undefined, target: EventTarget | null) => target instanceof Node && !!box?.contains(target);

function hide(): void {
  clearTimeout(opening);
  tip?.remove();
  shown?.removeAttribute("aria-describedby");
  tip = shown = undefined;
}

/** `y`: where the pointer is, if it is one that opens the tip. */
function show(term: HTMLAnchorElement, { y, link = false }: { y?: number; link?: boolean } = {}): void {
  clearTimeout(opening);
  if (shown === term) return;
  hide();
  const text = document
    .querySelector<HTMLTemplateElement>("template.ka-tips")
    ?.content.querySelector(`[data-term="${term.hash.slice(1)}"]`);
  const main = term.closest("main");
  if (!text || !main) return;
  const said = element("div", { role: "tooltip", id: ID }, ...text.cloneNode(true).childNodes);
  tip = element("div", { class: "ka-tip md-typeset" }, element("div", { class: "ka-tip-box" }, said));
  // A finger has no way to the glossary while a tap opens the tip; a tooltip itself holds nothing to click on.
  if (link) said.after(element("a", { href: term.href }, "Glossary"));
  main.append(tip);
  shown = term;
  term.setAttribute("aria-describedby", ID);
  place(tip, boxOf(term, y));
}

/** What the tip stands beside: the whole term; of one that goes over two lines the line that the pointer comes from. */
function boxOf(term: Element, y?: number): DOMRect {
  const line = [...term.getClientRects()].find(({ top, bottom }) => y !== undefined && y >= top && y <= bottom);
  return line ?? term.getBoundingClientRect();
}

/** Below its term, or above where there is more room; never beyond the window's sides. */
function place(box: HTMLElement, term: DOMRect): void {
  const { width, height, left, top } = box.getBoundingClientRect();
  const header = document.querySelector("header")?.getBoundingClientRect().bottom ?? 0;
  const below = innerHeight - term.bottom;
  const isAbove = height > below && term.top - header > below;
  const furthest = document.documentElement.clientWidth - width - MARGIN;
  box.style.left = `${Math.max(MARGIN, Math.min(term.left, furthest)) - left}px`;
  box.style.top = `${(isAbove ? term.top - height : term.bottom) - top}px`;
}

function onOver(event: PointerEvent): void {
  const term = termAt(event.target);
  if (!term || event.pointerType === "touch") return;
  clearTimeout(opening);
  opening = setTimeout(() => show(term, { y: event.clientY }), REST);
}

function onOut(event: PointerEvent): void {
  if (event.pointerType === "touch") return;
  clearTimeout(opening);
  const to = event.relatedTarget;
  if (isIn(tip, to) || isIn(shown, to) || document.activeElement === shown) return;
  if (isIn(tip, event.target) || isIn(shown, event.target)) hide();
}

function onDown(event: PointerEvent): void {
  const term = termAt(event.target);
  touched = term && event.pointerType === "touch" ? { term, wasShown: shown === term } : undefined;
  if (shown && !term && !isIn(tip, event.target)) hide();
}

// Before the theme hears of it, which would go to the glossary.
function onClick(event: MouseEvent): void {
  const term = termAt(event.target);
  const isFirstTap = !!term && touched?.term === term && !touched.wasShown;
  touched = undefined; // a key that comes next is no tap
  if (!isFirstTap) return;
  event.preventDefault();
  event.stopPropagation();
  show(term, { link: true });
}

function onFocus(event: FocusEvent): void {
  const term = termAt(event.target);
  if (term && touched?.term !== term) show(term);
}

function onBlur(event: FocusEvent): void {
  if (isIn(shown, event.target) && !isIn(tip, event.relatedTarget) && !tip?.matches(":hover")) hide();
  else if (isIn(tip, event.target) && !isIn(shown, event.relatedTarget)) hide();
}

function onKey(event: KeyboardEvent): void {
  touched = undefined;
  if (event.key !== "Escape") return;
  if (isIn(tip, document.activeElement)) shown?.focus();
  hide();
}

// What is folded opens when a link leads into it: not every browser does so by itself.
function unfoldTarget(): void {
  const target = document.getElementById(location.hash.slice(1));
  const folded = target?.closest<HTMLDetailsElement>("details:not([open])");
  if (!folded) return;
  folded.open = true;
  target!.scrollIntoView();
}

/** Listens once for all pages. `eachPage(work)`: see theme.ts. */
export function defineTerms(eachPage: (work: () => void) => void): void {
  document.addEventListener("pointerover", onOver);
  document.addEventListener("pointerout", onOut);
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("click", onClick, true);
  document.addEventListener("focusin", onFocus);
  document.addEventListener("focusout", onBlur);
  document.addEventListener("keydown", onKey);
  window.addEventListener("hashchange", unfoldTarget);
  eachPage(() => {
    hide();
    unfoldTarget();
  });
}
