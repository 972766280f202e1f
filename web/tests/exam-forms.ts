// Reads banks, seeds and answers, one JSON a line; writes what the page makes of them, one JSON a line. For Python's tests.
import { createInterface } from "node:readline";
import { type Bank, draw, missing } from "../src/exam/form.ts";
import { score } from "../src/exam/score.ts";
import { answered, begin, broughtUpTo, flagged, moved, parsed, written } from "../src/exam/sitting.ts";

const banks: Bank[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  if (order.bank) {
    banks.push(order.bank);
    continue;
  }
  const bank = banks[order.of]!;
  const form = draw(bank, order.seed, order.exclude);
  const known = new Map(bank.questions.map((question) => [`${question.id} ${question.version}`, question]));
  const { items, right, passed } = score((id, version) => known.get(`${id} ${version}`), form, order.answers);
  let sitting = begin(form, new Date(order.began), order.minutes);
  for (const [id, answer] of Object.entries<any>(order.answers)) sitting = answered(sitting, id, answer);
  for (const id of order.flags) sitting = flagged(sitting, id, true);
  sitting = moved(sitting, order.at);
  const kept = JSON.parse(written(parsed(written(sitting))));
  const later = banks[order.later];
  const brought = later && broughtUpTo(sitting, later);
  const now = brought && { sitting: JSON.parse(written(brought.sitting)), lost: brought.lost };
  console.log(JSON.stringify({ missing: [...missing(bank)], form, items, right, passed, kept, now }));
}
