// node questions-same.ts CASES.json: what this side says of each case, as JSON, to be held against what Python says.
import fs from "node:fs";

import { judge, type Key, met, NoAnswer, taken } from "../src/questions/key.ts";
import { shownOrder } from "../src/questions/shuffle.ts";

interface Case {
  key: Key;
  answer: unknown;
  seed: string;
  id: string;
}

const cases = JSON.parse(fs.readFileSync(process.argv[2]!, "utf8")) as Case[];
const said = cases.map(({ key, answer, seed, id }) => {
  const order = shownOrder(seed, id, key.options, key.format === "order" ? key.right : []);
  try {
    return { order, right: judge(key, answer), taken: taken(key, answer), met: met(key, answer) };
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return { order, right: null };
  }
});
process.stdout.write(JSON.stringify(said));
