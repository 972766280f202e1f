// Every widget, by the id that it has in `src/keepalive/widgets`.
import { connectionCost } from "./connection-cost.ts";
import type { Widget } from "./widget.ts";

export const WIDGETS: Record<string, Widget> = {
  "connection-cost": connectionCost,
};
