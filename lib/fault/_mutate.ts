/**
 * Seeded damage to text and to JSON, for fuzzing.
 *
 * @module
 */

import type { RandomStream } from "../seed.ts";

/** What text is broken with. */
const PIECES = ["\0", "\n", ",", '"', "{", "]", "-", "1e999", "NaN", "é", "\ud800", "null", "%"];

/** One to six changes: a character replaced, a piece put in, cut out, doubled; or the end cut off. */
export function mutateText(text: string, random: RandomStream): string {
  let result = text;
  for (let n = random.integer(1, 7); n > 0 && result.length > 0; n--) {
    const at = random.integer(0, result.length);
    const end = Math.min(result.length, at + random.integer(1, 200));
    const piece = PIECES[random.integer(0, PIECES.length)]!;
    const [before, rest] = [result.slice(0, at), result.slice(at)];
    result = [
      () => before + piece + rest.slice(1),
      () => before + piece + rest,
      () => before + result.slice(end),
      () => result.slice(0, end) + rest,
      () => random.integer(0, 3) === 0 ? before : result,
    ][random.integer(0, 5)]!();
  }
  return result;
}

/** What a value in JSON is replaced with. */
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 0.5, 1, 2, 7, 1e9, 1e308, -0, 2 ** 53],
  ...["", "a", "../..", "__proto__", "\n", "\0", "long".repeat(2000), " ".repeat(100_000)],
  ...[[], {}, [0], [null], { constructor: 1 }],
];

/** JSON with one to three places replaced, removed, doubled or swapped for another place's value. */
export function mutateJson(text: string, random: RandomStream): string {
  const root = { json: JSON.parse(text) };
  for (let n = random.integer(1, 4); n > 0; n--) {
    const { holder, key } = place(root, random);
    const values = holder as Record<string, unknown>;
    const kind = random.integer(0, 5);
    if (kind <= 1) values[key] = structuredClone(VALUES[random.integer(0, VALUES.length)]);
    else if (kind === 2 && typeof values[key] === "number") {
      values[key] = (values[key] as number) * [-1, 2, 0.5, 1000][random.integer(0, 4)]!;
    } else if (kind === 3 && Array.isArray(holder)) {
      if (random.integer(0, 2) === 0) holder.splice(Number(key), 1);
      else holder.splice(Number(key), 0, structuredClone(holder[Number(key)]));
    } else if (kind === 3) delete values[key];
    else {
      const other = place(root, random);
      values[key] = structuredClone((other.holder as Record<string, unknown>)[other.key]);
    }
  }
  return JSON.stringify(root.json ?? null);
}

/** A random place: deeper ones as often as others. */
function place(root: object, random: RandomStream): { holder: object; key: string } {
  let found = { holder: root, key: "json" };
  for (;;) {
    const value = (found.holder as Record<string, unknown>)[found.key];
    const keys = typeof value === "object" && value !== null ? Object.keys(value) : [];
    if (keys.length === 0 || random.integer(0, 6) === 0) return found;
    found = { holder: value as object, key: keys[random.integer(0, keys.length)]! };
  }
}
