// Every widget, by the id that it has in `src/keepalive/widgets`.
import { backoff } from "./backoff.ts";
import { connectionCost } from "./connection-cost.ts";
import { lifecycle } from "./lifecycle.ts";
import { pool } from "./pool.ts";
import type { Widget } from "./widget.ts";

export const WIDGETS: Record<string, Widget> = {
  "connection-cost": connectionCost,
  lifecycle,
  pool,
  backoff,
};
