// Chance that is the same in every language. `src/keepalive/widgets/chance.py` has the same, and says whose it is.

import { mixed } from "../questions/shuffle.ts";

/** A state to begin with: one for each `number`, another series of them for each `seed`. */
export function seeded(seed: number, number: number): number {
  return mixed(mixed(Math.imul(seed, 0x9e3779b1)) + number);
}

/** The next state. */
export function next(state: number): number {
  return (state + 0x6d2b79f5) | 0;
}

/** What is drawn in a state: a number from 0 up to but not including 1. */
export function drawn(state: number): number {
  let t = Math.imul(state ^ (state >>> 15), state | 1);
  t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
}
