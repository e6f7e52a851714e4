/**
 * The name somebody may have meant.
 *
 * @module
 */

import { distance } from "fastest-levenshtein";

/**
 * The candidate nearest to a name by Levenshtein's distance (1966), small and capital letters,
 * hyphens and underscores taken for equal.
 *
 * @param name What was written.
 * @param candidates What there is.
 * @returns Nothing where even the nearest has more than a third of its letters wrong (at least two).
 */
export function nearest(name: string, candidates: readonly string[]): string | undefined {
  const plain = (text: string) => text.toLowerCase().replaceAll(/[-_]/g, "");
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const wrong = distance(plain(name), plain(candidate));
    const allowed = Math.max(2, Math.floor(candidate.length / 3));
    if (wrong < least && wrong <= allowed && wrong < candidate.length) {
      best = candidate;
      least = wrong;
    }
  }
  return best;
}

/**
 * What follows an "Unknown x" in a message: the nearest name, else all names.
 *
 * @returns Such as `did you mean "filters"?` or `expected one of smoke, small, full`.
 */
export function didYouMean(name: string, candidates: readonly string[]): string {
  const found = nearest(name, candidates);
  return found === undefined
    ? `expected one of ${candidates.join(", ")}`
    : `did you mean "${found}"?`;
}
