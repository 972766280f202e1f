// Reads lines of JSON, {"widget": ..., "values": ...}, and writes for each what the widget makes of them. The Python
// half of each widget is held to it by tests/widgets/test_models.py.
import { createInterface } from "node:readline";
import { WIDGETS } from "../src/widgets/registry.ts";

for await (const line of createInterface({ input: process.stdin })) {
  const { widget, values } = JSON.parse(line);
  const found = WIDGETS[widget]!;
  const outcome = found.model(values);
  const told = { outcome, twin: found.twin(values, outcome), steps: found.steps?.(outcome) ?? null };
  // Drawn at the narrowest and the widest, at the first step and the last: a picture has to come of everything.
  const last = (told.steps?.length ?? 1) - 1;
  const drawn = [240, 760].flatMap((width) => [0, last].map((step) => found.draw(values, outcome, { width, step })));
  const odd = drawn.filter((svg) => !svg.startsWith("<svg ") || /NaN|undefined|Infinity|null|="-\d+(\.\d+)?" height/.test(svg));
  process.stdout.write(`${JSON.stringify({ ...told, odd })}\n`);
}
