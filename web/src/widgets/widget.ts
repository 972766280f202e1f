// What a widget is. Its other half, in Python, is `src/keepalive/widgets`: there the controls are data, and there stand
// the same model and the same words. A test holds the two to each other on thousands of inputs.

export type Value = number | string | boolean;
export type Values = Record<string, Value>;

/** One thing that a reader can set, as `shape.py` describes it. */
export interface Control {
  id: string;
  label: string;
  kind: "number" | "choice" | "flag";
  default: Value;
  unit?: string;
  help?: string;
  least?: number;
  most?: number;
  step?: number;
  options?: [value: string, label: string][];
  only_if?: [control: string, value: Value];
}

/** An outcome in words. */
export interface Twin {
  finding: string;
  caption: string;
  header: string[];
  rows: string[][];
}

/** What a picture is drawn for: its width in pixels, and the step that is shown, from 0. */
export interface View {
  width: number;
  step: number;
}

export interface Widget<Outcome = any> {
  model(values: any): Outcome;
  twin(values: any, outcome: Outcome): Twin;
  /** An SVG. It is hidden from screen readers: all that it shows is in the finding and in the table. */
  draw(values: any, outcome: Outcome, view: View): string;
  /** For a widget that goes through steps: what happens in each, as a sentence. */
  steps?(outcome: Outcome): string[];
}

/** As the sentence of settings has it. */
export function told(control: Control, value: Value): string {
  if (control.kind === "flag") return `${control.label}: ${value ? "yes" : "no"}`;
  if (control.kind === "choice") {
    return `${control.label}: ${control.options!.find(([option]) => option === value)![1]}`;
  }
  return `${control.label}: ${value}${control.unit ? ` ${control.unit}` : ""}`;
}

export function defaults(controls: Control[]): Values {
  return Object.fromEntries(controls.map((control) => [control.id, control.default]));
}

/** A number within a control's bounds and on its step; undefined where the text is none. */
export function fitted(control: Control, text: string): number | undefined {
  const number = text.trim() === "" ? NaN : Number(text);
  if (!Number.isFinite(number)) return undefined;
  const { least = 0, most = 0, step = 1 } = control;
  const within = Math.min(most, Math.max(least, number));
  const steps = Math.round((within - least) / step);
  return Number(Math.min(most, least + steps * step).toFixed(6)); // 0.1 * 3 is not 0.3
}
