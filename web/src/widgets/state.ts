// A widget's values in the address of the page: `?connection-cost.rtt=20`, and nothing for a value as it is at the
// start. What belongs to somebody else stays as it is.
import { defaults, fitted, type Control, type Value, type Values } from "./widget.ts";

/** Where a widget that goes through steps keeps the step, beside its controls. Counted from 1, as it is shown. */
export const STEP = "step";

export interface Read {
  values: Values;
  /** From 0. */
  step: number;
  /** What the address says and a control cannot be, each in words. */
  ignored: string[];
}

export function read(query: string, id: string, controls: Control[]): Read {
  const values = defaults(controls);
  const ignored: string[] = [];
  let step = 0;
  for (const [key, text] of new URLSearchParams(query)) {
    if (!key.startsWith(`${id}.`)) continue;
    const name = key.slice(id.length + 1);
    const control = controls.find((each) => each.id === name);
    const value = control && parsed(control, text);
    if (value !== undefined) values[name] = value;
    else if (!control && name === STEP && /^[1-9]\d{0,3}$/.test(text)) step = Number(text) - 1;
    else ignored.push(`${shortened(name)}=${shortened(text)}`);
  }
  return { values, step, ignored };
}

/** The query with this widget's values in place of those that it had. */
export function written(query: string, id: string, controls: Control[], values: Values, step: number): string {
  const params = new URLSearchParams(query);
  for (const key of [...params.keys()]) if (key.startsWith(`${id}.`)) params.delete(key);
  for (const control of controls) {
    const value = values[control.id]!;
    if (value !== control.default) params.set(`${id}.${control.id}`, value === true ? "1" : value === false ? "0" : `${value}`);
  }
  if (step > 0) params.set(`${id}.${STEP}`, `${step + 1}`);
  const said = params.toString();
  return said && `?${said}`;
}

function parsed(control: Control, text: string): Value | undefined {
  if (control.kind === "flag") return text === "1" ? true : text === "0" ? false : undefined;
  if (control.kind === "choice") return control.options!.some(([option]) => option === text) ? text : undefined;
  const number = fitted(control, text);
  return number === Number(text) ? number : undefined;
}

function shortened(text: string): string {
  return text.length > 24 ? `${text.slice(0, 24)}…` : text;
}
