// The order in which options, and items of an exam, are shown: the same as keepalive.course.questions.shuffle.

/** FNV-1a, 32 bit, over the text's UTF-8. */
export function fnv1a(text: string): number {
  let found = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) found = Math.imul(found ^ byte, 0x01000193);
  return found >>> 0;
}

/** The 32-bit finaliser of murmur3: neighbours in, strangers out. */
export function mixed(number: number): number {
  number ^= number >>> 16;
  number = Math.imul(number, 0x85ebca6b);
  number ^= number >>> 13;
  number = Math.imul(number, 0xc2b2ae35);
  return (number ^ (number >>> 16)) >>> 0;
}

/** The place of `seed|group|id` among its neighbours. */
export function rank(...parts: string[]): number {
  return mixed(fnv1a(parts.join("|")));
}

/** The ids in the order that this seed gives them. `group`: the question of options, the cell of questions. */
export function inOrder(seed: string, group: string, ids: readonly string[]): string[] {
  const ranked = ids.map((id) => [rank(seed, group, id), id] as const);
  return ranked.sort(([a, x], [b, y]) => a - b || (x < y ? -1 : x > y ? 1 : 0)).map(([, id]) => id);
}

/** The order in which a question's options are shown. One that would be the answer itself is turned by one. */
export function shownOrder(seed: string, question: string, ids: readonly string[], answer: readonly string[] = []): string[] {
  const found = inOrder(seed, question, ids);
  const same = answer.length > 0 && answer.join("|") === found.join("|");
  return same ? [...found.slice(1), found[0]!] : found;
}
