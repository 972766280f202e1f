// When requests come, over time, with the outage shaded; below it the waits before each attempt, from the shortest to the
// longest.
import { marks, timeAxis } from "./axis.ts";
import { BIN, type Outcome, type Values } from "./backoff.ts";
import { label, line, rect, svg } from "./svg.ts";
import { grouped, milliseconds } from "./text.ts";

type Parts = Outcome["bins"][0];

const HEIGHT = 170;
const ROW = 19;

/** Pixels of the least column. */
const COLUMN = 3;

export function drawBackoff(values: Values, outcome: Outcome, width: number): string {
  const until = Math.max(outcome.bins.length * BIN, values.outage, 1000);
  const scale = width / until;
  const named = marks(0, width, [
    ["ka-w-part ka-w-failed", "server is down"],
    ...(outcome.turned_away ? [["ka-w-part ka-w-wait", "turned away"] as [string, string]] : []),
    ["ka-w-part ka-w-kept", "served"],
  ]);
  const body = [named.drawn];
  let y = named.y;

  // All send at 0. A column of its own for them would leave the others flat: they are a sentence.
  body.push(label(0, y + 12, `Requests in a tenth of a second, without the ${grouped(values.clients)} at the start`));
  y += 24;
  const perColumn = Math.max(1, Math.ceil(COLUMN / (BIN * scale)));
  const columns = tallest(outcome, values, perColumn);
  const highest = Math.max(1, ...columns.map(sum));
  if (values.outage) body.push(rect(0, y, values.outage * scale, HEIGHT, "ka-w-shade"));
  const looks = ["ka-w-failed", "ka-w-wait", "ka-w-kept"];
  const paths = ["", "", ""];
  const room = perColumn * BIN * scale;
  columns.forEach((parts, place) => {
    let top = y + HEIGHT;
    parts.forEach((part, which) => {
      if (!part) return;
      const size = (part / highest) * HEIGHT;
      const left = place * room;
      paths[which] += `M${near(left)} ${near(top)}V${near(top - size)}H${near(left + Math.max(1, room - 1))}V${near(top)}Z`;
      top -= size;
    });
  });
  paths.forEach((path, which) => path && body.push(`<path d="${path}" class="${looks[which]}"/>`));
  body.push(line(0, y, width, y, "ka-w-faint"));
  body.push(label(width, y + 13, `${grouped(highest)}`, "ka-w-quiet", "end"));
  y += HEIGHT;
  body.push(timeAxis(y, until, scale, width));
  y += 36;

  const waited = outcome.attempts.flatMap(([, , least, mean, most], place) =>
    least === null || mean === null || most === null ? [] : [{ number: place + 1, least, mean, most }],
  );
  if (!waited.length) return svg(width, y, body.join(""));
  body.push(label(0, y + 11, "Wait before each attempt: shortest, mean, longest"));
  y += 22;
  const from = 24;
  const longest = Math.max(1, ...waited.map((each) => each.most));
  const across = (width - from - 1) / longest;
  for (const { number, least, mean, most } of waited) {
    const left = from + least * across;
    body.push(label(0, y + 11, `${number}`, "ka-w-quiet"));
    body.push(rect(left, y + 2, Math.max(2, (most - least) * across), ROW - 8, "ka-w-new-2"));
    body.push(rect(from + mean * across - 1, y, 3, ROW - 4, "ka-w-new"));
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
