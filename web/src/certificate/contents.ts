// What a certificate holds: the same as keepalive.exam.certificate, which says why. Tests hold both to it.
import type { Form } from "../exam/form.ts";
import { isForm } from "../exam/sitting.ts";
import { isTable } from "../store/shape.ts";

const SCHEMA = 1;
/** The name of the text in a PNG, and of the file that is embedded in a PDF. */
export const KEYWORD = "keepalive-certificate";

export interface Certificate {
  /** As the learner typed it. */
  name: string;
  /** The version of the course. */
  course: string;
  /** When the exam was handed in, as 2026-03-01. */
  day: string;
  form: Form;
  answers: Readonly<Record<string, unknown>>;
  /** How many right answers it says it has. */
  right: number;
}

/** The file holds no certificate of this course, or one that was damaged; the message is a sentence. */
export class NotACertificate extends Error {
  override name = "NotACertificate";
}

/** As it is embedded in a file. */
export function written({ name, course, day, form, answers, right }: Certificate): string {
  return JSON.stringify({ schema: SCHEMA, kind: KEYWORD, name, course, day, form, answers, right });
}

/** What `written` wrote. Throws NotACertificate. */
export function parsed(content: Uint8Array): Certificate {
  let data: unknown;
  try {
    data = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content));
  } catch {
    throw new NotACertificate("This is no certificate of this course: neither PNG, PDF nor JSON that can be read.");
  }
  const none = new NotACertificate("What is embedded in this file is no whole certificate of this course.");
  if (!isTable(data) || data.kind !== KEYWORD || !Number.isInteger(data.schema)) throw none;
  if ((data.schema as number) > SCHEMA) throw new NotACertificate("This certificate was made by a newer version of the course.");
  const { name, course, day, form, answers, right } = data;
  const whole =
    typeof name === "string" && typeof course === "string" && isDay(day) && isForm(form) && isTable(answers) && Number.isInteger(right);
  if (!whole) throw none;
  return { name, course, day, form, answers, right: right as number };
}

/** The name as it is drawn and embedded: what cannot be seen is not in it, or is one space. */
export function nameOf(typed: string): string {
  // Marks that turn the direction of what follows would turn the page's words as well; letters know their own.
  const bare = typed.toWellFormed().normalize("NFC").replace(/[\u202a-\u202e\u2066-\u2069\ufeff]/gu, "");
  return /[\p{L}\p{N}\p{P}\p{S}]/u.test(bare) ? bare.replace(/[\s\p{Cc}]+/gu, " ").trim() : "";
}

function isDay(text: unknown): text is string {
  if (typeof text !== "string" || !/^\d{4}-\d\d-\d\d$/.test(text) || text.startsWith("0000")) return false;
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text); // the 30th of February is another day
}
