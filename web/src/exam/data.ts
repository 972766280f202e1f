// The questions of the exam, in the file that src/keepalive/website/exam.py writes. It is fetched when an exam begins.
import { type Item, itemOf } from "../questions/item.ts";
import type { Bank, Asked } from "./form.ts";
import type { Keys } from "./score.ts";

const SCHEMA = 1;

/** A question with everything that is shown of it. */
export interface Question extends Asked {
  /** The number of the chapter that teaches it. */
  chapter: string;
  html: string;
}

export interface Data extends Bank {
  questions: Question[];
  /** The title of each objective, by its number. */
  cells: Record<string, string>;
  /** The chapters that there are, by their number. */
  chapters: Record<string, { title: string; href: string }>;
}

/** The questions could not be had; the message is a sentence that says what to do. */
export class NoData extends Error {
  override name = "NoData";
}

export async function fetched(address: URL): Promise<Data> {
  let sent: any;
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(String(answer.status));
    sent = await answer.json();
  } catch {
    throw new NoData("The questions could not be fetched. Is the network there? Then press the button again.");
  }
  if (sent?.schema !== SCHEMA) throw new NoData("The questions are of another version of the course. Reload the page.");
  return sent as Data;
}

/** The question to be shown. Its nodes are new each time. */
export function itemFor({ id, version, key, html }: Question): Item {
  const box = document.createElement("div");
  Object.assign(box.dataset, { question: id, version, key: JSON.stringify(key) });
  box.innerHTML = html;
  return itemOf(box);
}

export function keysOf(data: Data): Keys {
  const known = new Map(data.questions.map((question) => [`${question.id} ${question.version}`, question]));
  return (id, version) => known.get(`${id} ${version}`);
}
