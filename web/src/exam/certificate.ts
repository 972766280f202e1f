// What makes a certificate after a pass: a name to type, a paper to choose, the drawing, and three ways to take it along.
// The name is drawn and embedded here, in this browser; nobody is sent it.
import { type Certificate, nameOf } from "../certificate/contents.ts";
import { type Cell, draw, inWords } from "../certificate/draw.ts";
import { NoFile, pdfOf, pngOf } from "../certificate/files.ts";
import { PAPERS, type PaperName, usualPaper } from "../certificate/paper.ts";
import { button, download, element } from "../page/elements.ts";
import { sharedStore } from "../page/shared.ts";
import type { Form } from "./form.ts";

/** The version of the course; the bundler puts it in. */
declare const COURSE: string;

/** A passed exam. `day`: as 2026-03-01, where the learner is. */
export interface Passed {
  form: Form;
  answers: Readonly<Record<string, unknown>>;
  day: string;
  right: number;
  cells: readonly Cell[];
}

/** Where a name is kept that was asked to be. */
const KEPT = "certificate-name";
const LONGEST = 160;

let count = 0;

export function offerCertificate(into: HTMLElement, { form, answers, day, right, cells }: Passed): void {
  const store = sharedStore();
  const id = `ka-c-${++count}`;
  const kept = store.text(KEPT) ?? "";
  const name = element("input", { type: "text", id: `${id}-name`, class: "ka-c-name", dir: "auto", autocomplete: "name", maxlength: String(LONGEST), "aria-describedby": `${id}-how` });
  name.value = kept;
  const keep = element("input", { type: "checkbox" });
  keep.checked = kept !== "";
  const canvas = element("canvas", { class: "ka-c-canvas", role: "img" });
  const status = element("p", { class: "ka-c-status", role: "status" });
  let paper = PAPERS[usualPaper(navigator.language)];

  const certificate = (): Certificate => ({ name: nameOf(name.value), course: COURSE, day, form, answers, right });
  const show = () => {
    draw(canvas, paper, certificate(), cells);
    canvas.setAttribute("aria-label", inWords(certificate(), cells));
  };
  let waiting = 0;
  const showSoon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  };
  const remember = () => {
    const wanted = keep.checked ? nameOf(name.value) : "";
    if (wanted === (store.text(KEPT) ?? "")) return;
    const there = store.keepText(KEPT, wanted || null);
    if (!there) status.textContent = "The browser keeps nothing for this page, so the name will not be there next time.";
  };
  name.addEventListener("input", () => {
    status.textContent = "";
    showSoon();
  });
  name.addEventListener("change", remember);
  keep.addEventListener("change", remember);

  /** Do something with the drawing, once there is a name on it. */
  const withName = (act: () => Promise<string>) => async () => {
    if (!nameOf(name.value)) {
      status.textContent = "Type your name first.";
      name.focus();
      return;
    }
    remember();
    cancelAnimationFrame(waiting);
    show();
    try {
      status.textContent = await act();
    } catch (error) {
      if (!(error instanceof NoFile)) throw error;
      status.textContent = error.message;
    }
  };
  const file = (suffix: string) => `keepalive-certificate-${day}.${suffix}`;
  const save = (suffix: string, made: () => Promise<Blob>) =>
    withName(async () => {
      download(file(suffix), await made());
      return `Saved as ${file(suffix)}. Keep this file itself: a screenshot or a print cannot be verified.`;
    });

  const papers = Object.values(PAPERS).map(({ name: each, title }) => {
    const input = element("input", { type: "radio", name: `${id}-paper`, value: each });
    input.checked = each === paper.name;
    input.addEventListener("change", () => {
      paper = PAPERS[input.value as PaperName];
      show();
    });
    return element("label", { class: "ka-c-choice" }, input, title);
  });

  into.append(
    element("h3", { id: `${id}-title` }, "Your certificate"),
    element(
      "div",
      { class: "ka-c", role: "group", "aria-labelledby": `${id}-title` },
      element("p", { class: "ka-c-field" }, element("label", { for: name.id }, "Name on it"), name),
      element("p", { id: `${id}-how`, class: "ka-c-how" }, "In any script. It is drawn here and sent to nobody."),
      element("p", {}, element("label", { class: "ka-c-choice" }, keep, "Remember the name in this browser")),
      element("fieldset", { class: "ka-c-papers" }, element("legend", {}, "Paper"), ...papers),
      canvas,
      element(
        "div",
        { class: "ka-x-bar" },
        button("Save PDF", save("pdf", () => pdfOf(canvas, paper, certificate(), inWords(certificate(), cells))), "ka-x-button ka-x-first"),
        button("Save PNG", save("png", () => pngOf(canvas, certificate())), "ka-x-button"),
        button("Print", withName(() => printed(canvas, paper.css)), "ka-x-button"),
      ),
      status,
      element(
        "p",
        {},
        "It is self-attested: your answers are in the file, and whoever has it can score them again. ",
        element("a", { href: "verify.html" }, "What that proves, and what not"),
      ),
    ),
  );
  show();
}

/** Print the drawing alone, on a page of its paper. */
async function printed(canvas: HTMLCanvasElement, page: string): Promise<string> {
  const copy = element("canvas", { class: "ka-c-print" });
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext("2d")!.drawImage(canvas, 0, 0);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${page}; margin: 0 }`);
  document.body.append(copy);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  document.documentElement.classList.add("ka-c-printing");
  const over = () => {
    document.documentElement.classList.remove("ka-c-printing");
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((each) => each !== sheet);
    copy.remove();
  };
  window.addEventListener("afterprint", over, { once: true });
  window.print();
  return "";
}
