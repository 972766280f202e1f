// When requests come, over time, with the outage shaded; below it the waits before each attempt, from the shortest to
// the longest.
import { heading, marks, timeAxis } from "./axis.ts";
import { BIN, type Outcome, type Values } from "./backoff.ts";
import { label, line, rect, svg, widthOf } from "./svg.ts";
import { grouped, milliseconds } from "./text.ts";

type Parts = Outcome["bins"][0];

const DOWN = "the server is down";

/** For words above the columns. */
const STRIP = 17;

const HEIGHT = 170;
const ROW = 19;

/** Pixels of the least column. */
const COLUMN = 3;

export function drawBackoff(values: Values, outcome: Outcome, width: number): string {
  const until = Math.max(outcome.bins.length * BIN, values.outage, 1000);
  const scale = width / until;
  const named = marks(0, width, [
    ["ka-w-part ka-w-failed", "failed"],
    ...(outcome.turned_away ? [["ka-w-part ka-w-wait", "turned away"] as [string, string]] : []),
    ["ka-w-part ka-w-kept", "served"],
  ]);
  const body = [named.drawn];
  let y = named.y;

  // All send at 0. A column of its own for them would leave the others flat: they are a sentence.
  const said = `Requests in a tenth of a second, without the ${grouped(values.clients)} at the start`;
  const over = heading(y, width, said);
  body.push(over.drawn);
  y = over.y;
  const perColumn = Math.max(1, Math.ceil(COLUMN / (BIN * scale)));
  const columns = tallest(outcome, values, perColumn);
  const highest = Math.max(1, ...columns.map(sum));
  if (values.outage) {
    body.push(rect(0, y, values.outage * scale, STRIP + HEIGHT, 'ka-w-faint" fill-opacity="0.4'));
    const room = Math.min(values.outage * scale, width - widthOf(grouped(highest)));
    if (room > widthOf(DOWN) + 8) body.push(label(4, y + 12, DOWN));
  }
  body.push(label(width, y + 12, grouped(highest), "ka-w-quiet", "end"));
  y += STRIP;
  const looks = ["ka-w-failed", "ka-w-wait", "ka-w-kept"];
  const paths = ["", "", ""];
  const room = perColumn * BIN * scale;
  columns.forEach((parts, place) => {
    let top = y + HEIGHT;
    parts.forEach((part, which) => {
      if (!part) return;
      const size = (part / highest) * HEIGHT;
      const left = place * room;
      const right = Math.min(width, left + Math.max(1, room - 1));
      paths[which] += `M${near(left)} ${near(top)}V${near(top - size)}H${near(right)}V${near(top)}Z`;
      top -= size;
    });
  });
  paths.forEach((path, which) => path && body.push(`<path d="${path}" class="${looks[which]}"/>`));
  body.push(line(0, y, width, y, ""));
  y += HEIGHT;
  body.push(timeAxis(y, until, scale, width));
  y += 36;

  const waited = outcome.attempts.flatMap(([, , least, mean, most], place) =>
    least === null || mean === null || most === null ? [] : [{ number: place + 1, least, mean, most }],
  );
  if (!waited.length) return svg(width, y, body.join(""));
  const below = heading(y, width, "Wait before each attempt: shortest, mean, longest");
  body.push(below.drawn);
  y = below.y + 2;
  const from = 24;
  const longest = Math.max(1, ...waited.map((each) => each.most));
  const across = (width - from - 1) / longest;
  for (const { number, least, mean, most } of waited) {
    const left = from + least * across;
    body.push(label(0, y + 11, `${number}`, "ka-w-quiet"));
    body.push(rect(left, y + 2, Math.max(2, (most - least) * across), ROW - 8, 'ka-w-wait" fill-opacity="0.5'));
    body.push(rect(from + mean * across - 1, y, 3, ROW - 4, "ka-w-wait"));
    y += ROW;
  }
  body.push(line(from, y, width, y, "ka-w-axis"));
  body.push(label(from, y + 14, "0 s", "ka-w-quiet"), label(width, y + 14, milliseconds(longest), "ka-w-quiet", "end"));
  return svg(width, y + 20, body.join(""));
}

/** For each column the fullest of its tenths of a second; of the first, without what all send at the start. */
function tallest(outcome: Outcome, values: Values, perColumn: number): Parts[] {
  const failed = outcome.attempts[0]![1];
  const start: Parts = values.outage ? [failed, 0, 0] : [0, failed, values.clients - failed];
  const columns: Parts[] = [];
  outcome.bins.forEach((bin, place) => {
    const found = place ? bin : (bin.map((part, which) => part - start[which]!) as Parts);
    const column = Math.floor(place / perColumn);
    const before = columns[column];
    if (!before || sum(found) > sum(before)) columns[column] = found;
  });
  return columns;
}

function sum(parts: Parts): number {
  return parts[0] + parts[1] + parts[2];
}

function near(value: number): number {
  return Math.round(value * 10) / 10;
}
