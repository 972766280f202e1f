// Reads lines of JSON, {"widget": ..., "values": ...}, and writes for each what the widget makes of them. The Python
// half of each widget is held to it by tests/widgets/test_models.py.
import { createInterface } from "node:readline";
import { WIDGETS } from "../src/widgets/registry.ts";

let number = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { widget, values } = JSON.parse(line);
  const found = WIDGETS[widget]!;
  const outcome = found.model(values);
  const steps = found.steps?.(outcome) ?? null;
  const told = { outcome, twin: found.twin(values, outcome), steps };
  // Of some a picture is drawn, at the narrowest and the widest, at the first step, one between and the last: one has to
  // come of everything.
  const last = (steps?.length ?? 1) - 1;
  const shown = number++ % 8 ? [] : [...new Set([0, last >> 1, last])];
  const drawn = [240, 760].flatMap((width) => shown.map((step) => found.draw(values, outcome, { width, step })));
  const odd = drawn.filter((svg) => !svg.startsWith("<svg ") || /NaN|undefined|Infinity|null|(width|height|r)="-/.test(svg));
  process.stdout.write(`${JSON.stringify({ ...told, odd })}\n`);
}
