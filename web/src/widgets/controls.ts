// The controls of a widget: real inputs with labels, units and help, made from the data that the element carries.
import { element } from "../page/elements.ts";
import { fitted, type Control, type Value, type Values } from "./widget.ts";

/** More options than this are a list to choose from; fewer stand side by side. */
const MANY_OPTIONS = 4;

interface Made {
  box: HTMLElement;
  show(value: Value): void;
  enable(on: boolean): void;
}

let made = 0;

export class Controls {
  readonly box = element("div", { class: "ka-w-controls" });
  readonly #made = new Map<Control, Made>();

  /** `set` hears every change that a person makes; `say` hears why a value is not the one that was typed. */
  constructor(controls: Control[], set: (id: string, value: Value) => void, say: (text: string) => void) {
    const makers = { number: numberOf, choice: choiceOf, flag: flagOf };
    for (const control of controls) {
      const one = makers[control.kind](control, (value) => set(control.id, value), say);
      this.#made.set(control, one);
      this.box.append(one.box);
    }
  }

  show(values: Values): void {
    for (const [control, one] of this.#made) {
      one.show(values[control.id]!);
      if (control.only_if) one.enable(values[control.only_if[0]] === control.only_if[1]);
    }
  }
}

/** An id of its own in the page, for a label or a text that describes. */
function fresh(control: Control): string {
  return `ka-w-${++made}-${control.id}`;
}

function numberOf(control: Control, set: (value: number) => void, say: (text: string) => void): Made {
  const { label, unit = "", least = 0, most = 0, step = 1 } = control;
  const id = fresh(control);
  const bounds = { min: `${least}`, max: `${most}`, step: `${step}` };
  const slider = element("input", { type: "range", id, ...bounds });
  const named = unit ? `${label}, ${unit}` : label;
  const field = element("input", { type: "number", inputmode: "decimal", "aria-label": named, ...bounds });
  const inputs = [slider, field];
  const help = described(control, id, inputs);
  const show = (value: Value) => {
    slider.value = `${value}`;
    slider.setAttribute("aria-valuetext", unit ? `${value} ${unit}` : `${value}`);
    // Not under the hands of somebody who is typing.
    if (field !== document.activeElement || fitted(control, field.value) !== value) field.value = `${value}`;
  };
  slider.addEventListener("input", () => set(Number(slider.value)));
  field.addEventListener("input", () => {
    const value = fitted(control, field.value);
    if (value !== undefined && value === Number(field.value)) set(value);
  });
  field.addEventListener("change", () => {
    const typed = field.value;
    const value = fitted(control, typed) ?? Number(slider.value);
    field.value = `${value}`;
    set(value);
    if (typed === "" || value !== Number(typed)) {
      const range = `from ${least} to ${most}${unit ? ` ${unit}` : ""}${step === 1 ? "" : `, in steps of ${step}`}`;
      say(`${label} goes ${range}; it is ${value} now.`);
    }
  });
  const row = element("div", { class: "ka-w-number" }, slider, field, element("span", { "aria-hidden": "true" }, unit));
  const box = element("div", { class: "ka-w-control" }, element("label", { for: id }, label), row, ...help);
  return { box, show, enable: (on) => enabled(box, inputs, on) };
}

function choiceOf(control: Control, set: (value: string) => void): Made {
  const id = fresh(control);
  const options = control.options!;
  if (options.length > MANY_OPTIONS) {
    const list = element("select", { id }, ...options.map(([value, text]) => element("option", { value }, text)));
    list.addEventListener("change", () => set(list.value));
    const help = described(control, id, [list]);
    const box = element("div", { class: "ka-w-control" }, element("label", { for: id }, control.label), list, ...help);
    return { box, show: (value) => (list.value = `${value}`), enable: (on) => enabled(box, [list], on) };
  }
  const radios = options.map(([value]) => element("input", { type: "radio", name: id, value }));
  for (const radio of radios) radio.addEventListener("change", () => radio.checked && set(radio.value));
  const help = described(control, id, []);
  const box = element(
    "fieldset",
    { class: "ka-w-control", ...(help[0] ? { "aria-describedby": help[0].id } : {}) },
    element("legend", {}, control.label),
    ...radios.map((radio, place) => element("label", { class: "ka-w-option" }, radio, options[place]![1])),
    ...help,
  );
  const show = (value: Value) => radios.forEach((radio) => (radio.checked = radio.value === value));
  return { box, show, enable: (on) => enabled(box, radios, on) };
}

function flagOf(control: Control, set: (value: boolean) => void): Made {
  const id = fresh(control);
  const tick = element("input", { type: "checkbox", id });
  tick.addEventListener("change", () => set(tick.checked));
  const help = described(control, id, [tick]);
  const label = element("label", { class: "ka-w-option" }, tick, control.label);
  const box = element("div", { class: "ka-w-control" }, label, ...help);
  return { box, show: (value) => (tick.checked = value === true), enable: (on) => enabled(box, [tick], on) };
}

/** The help, and the inputs told of it. */
function described(control: Control, id: string, inputs: HTMLElement[]): HTMLElement[] {
  if (!control.help) return [];
  for (const input of inputs) input.setAttribute("aria-describedby", `${id}-help`);
  return [element("p", { class: "ka-w-help", id: `${id}-help` }, control.help)];
}

function enabled(box: HTMLElement, inputs: { disabled: boolean }[], on: boolean): void {
  for (const input of inputs) input.disabled = !on;
  box.classList.toggle("ka-w-off", !on);
}
