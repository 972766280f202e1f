// What a certificate proves: the same sentences as keepalive.exam.certificate. A test holds both to them.
import { type Bank, LENGTH, draw, missing } from "../exam/form.ts";
import { type Keys, PASS, type Result, score } from "../exam/score.ts";
import type { Certificate } from "./contents.ts";

export const PROVES =
  "That somebody gave these answers to these questions, and how many are right by the course's own keys, is worked out " +
  "again here.";
export const PROVES_NOT =
  "Who that was, and whether they had help, is not known. The questions and their keys are open to every reader of the " +
  "course, and anybody can make such a file: it is self-attested.";

export interface Verified {
  result: Result;
  /** Whether the certificate says what its answers are worth. */
  holds: boolean;
  /** Sentences on what was looked at. */
  found: string[];
}

/** Score the embedded answers again, and look whether the form is the one that its seed draws. */
export function verify(certificate: Certificate, bank: Bank, keys: Keys): Verified {
  const result = score(keys, certificate.form, certificate.answers);
  const found: string[] = [];
  const same = result.right === certificate.right;
  const scored = `The embedded answers were scored again: ${result.right} of ${result.items.length} are right`;
  found.push(same ? `${scored}, as it says.` : `${scored}. The certificate says ${certificate.right}.`);
  const unknown = result.items.filter((item) => item.right === null).length;
  if (unknown) found.push(`${unknown} of its questions are not known to this version of the course, and count as not right.`);
  const spread = result.items.length === LENGTH && result.items.every(({ cell }, place) => cell === place + 1);
  if (!spread && !unknown) found.push("Its questions are not one of each objective, as an exam's are.");
  const drawn = isDrawn(certificate, bank);
  if (drawn) found.push("Its questions are the ones that its seed draws.");
  else if (drawn === false) found.push("Its questions are not the ones that its seed draws: somebody chose them.");
  else found.push("It was made with another version of the questions, so whether its seed draws them was not looked at.");
  if (!result.passed) found.push(`That is no pass: ${PASS} of ${LENGTH} pass.`);
  return { result, holds: same && result.passed && drawn !== false && (spread || unknown > 0), found };
}

/** Undefined where that cannot be known. */
function isDrawn({ form }: Certificate, bank: Bank): boolean | undefined {
  if (form.bank !== bank.version || missing(bank).size) return undefined;
  const { seed, bank: version, excluded, items } = form;
  const asked = items.map(({ id, version, options }) => ({ id, version, options }));
  return JSON.stringify({ seed, bank: version, excluded, items: asked }) === JSON.stringify(draw(bank, seed, excluded));
}
