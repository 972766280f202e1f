// What the theme leaves out for people who use a keyboard or a screen reader. Pages read the same without it.

// The theme's menu and search buttons are labels of hidden checkboxes: a mouse reaches them, a keyboard does not.
const BUTTONS = { __drawer: "Menu", __search: "Search" };

function mendButtons(): void {
  for (const [id, name] of Object.entries(BUTTONS)) {
    const label = document.querySelector<HTMLElement>(`.md-header__button[for="${id}"]:not([hidden])`);
    const box = document.getElementById(id) as HTMLInputElement | null;
    if (!label || !box) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = `${label.className} ka-button${id}`;
    button.setAttribute("aria-label", name);
    button.setAttribute("aria-expanded", String(box.checked));
    button.innerHTML = label.innerHTML;
    button.addEventListener("click", () => box.click());
    box.addEventListener("change", () => button.setAttribute("aria-expanded", String(box.checked)));
    label.hidden = true;
    label.after(button);
  }
}

// Escape closes the menu, and the keyboard goes back to where it was opened.
function closeMenu(event: KeyboardEvent): void {
  const box = document.getElementById("__drawer") as HTMLInputElement | null;
  if (event.key !== "Escape" || !box?.checked) return;
  box.click();
  document.querySelector<HTMLElement>(".ka-button__drawer")?.focus();
}

// The copy buttons stand in a nav without a name.
function nameToolbars(): void {
  document
    .querySelectorAll(".md-code__nav")
    .forEach((nav, place) => nav.setAttribute("aria-label", `Code ${place + 1}`));
}

const SCROLLERS = ".md-typeset pre > code, .ka-text, .ka-figure, .ka-scroll, .md-typeset__scrollwrap";

// What scrolls sideways can be scrolled by keyboard; what does not is no stop on the way.
export function reachScrollers(): void {
  for (const box of document.querySelectorAll(SCROLLERS)) {
    if (box.scrollWidth > box.clientWidth) box.setAttribute("tabindex", "0");
    else box.removeAttribute("tabindex");
  }
}

function mend(): void {
  mendButtons();
  nameToolbars();
  reachScrollers();
  // The theme adds its copy buttons as code comes into view.
  const content = document.querySelector(".md-content");
  if (content) new MutationObserver(nameToolbars).observe(content, { childList: true, subtree: true });
  for (const box of document.querySelectorAll("details")) box.addEventListener("toggle", reachScrollers);
}

// What is folded on the screen is printed too. The style sheet asks for it as well, and not every browser obeys it.
let opened: HTMLDetailsElement[] = [];
function unfold(): void {
  opened = [...document.querySelectorAll<HTMLDetailsElement>("details:not([open])")];
  for (const box of opened) box.open = true;
}
function fold(): void {
  for (const box of opened) box.open = false;
  opened = [];
}

/** `eachPage(work)`: does the work now or when the page is there, and again for each page that comes without a reload. */
export function mendTheme(eachPage: (work: () => void) => void): void {
  // A page opened from a folder has no search: the browser keeps the theme's worker from starting.
  if (location.protocol === "file:") document.documentElement.classList.add("ka-file");
  document.addEventListener("keydown", closeMenu);
  window.addEventListener("beforeprint", unfold);
  window.addEventListener("afterprint", fold);
  window.addEventListener("resize", reachScrollers);
  eachPage(mend);
}
