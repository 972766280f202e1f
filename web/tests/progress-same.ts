// node progress-same.ts CASES.json: how far somebody is by this side, as JSON, to be held against what Python says.
import fs from "node:fs";

import type { Outline } from "../src/progress/outline.ts";
import { ahead, chaptersRead, mastery, minutesLeft, places, review } from "../src/progress/standing.ts";
import { Answers } from "../src/store/answers.ts";
import type { Raw } from "../src/store/shape.ts";

interface Case {
  outline: Outline;
  events: Raw[];
  now: string;
}

const cases = JSON.parse(fs.readFileSync(process.argv[2]!, "utf8")) as Case[];
const said = cases.map(({ outline, events, now }) => {
  const { counting } = new Answers(events);
  return {
    read: Object.fromEntries(chaptersRead(counting)),
    mastery: mastery(outline, counting),
    places: places(outline, counting),
    left: minutesLeft(outline, counting),
    review: review(outline, counting, new Date(now)),
    ahead: ahead(outline, counting),
  };
});
process.stdout.write(JSON.stringify(said));
