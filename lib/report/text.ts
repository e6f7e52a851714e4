/**
 * Numbers in words, alike in every report: shares as per cent, differences as signed points.
 *
 * @module
 */

import { percent } from "../text.ts";
import type { Estimate, GroupReport, Interval } from "./record.ts";

export { capital, count, list, percent, plural } from "../text.ts";

/** The cell of a table without a value. */
export const NOTHING = "–";

/** A difference of shares in percentage points, signed: `+1.23`, `-0.40`; `0.00` has no sign. */
export function points(difference: number, digits = 2): string {
  const text = (100 * difference).toFixed(digits);
  if (Number(text) === 0) return text.replace("-", "");
  return difference > 0 ? `+${text}` : text;
}

/** {@linkcode percent} of what may be unknown: a dash where it is. */
export function percentOrNothing(share: number | null, digits = 2): string {
  return share === null ? NOTHING : percent(share, digits);
}

/** An interval of shares in per cent: `[60.4, 63.7]`; an empty text where there is none. */
export function percentInterval(
  { low, high }: Pick<Estimate, "low" | "high">,
  digits = 1,
): string {
  if (low === null || high === null) return "";
  return `[${percent(low, digits)}, ${percent(high, digits)}]`;
}

/** A share with its interval, in per cent: `62.08 [60.4, 63.7]`. */
export function percentEstimate(estimate: Estimate): string {
  return `${percent(estimate.mean)} ${percentInterval(estimate)}`.trim();
}

/** A score of some images with its interval, in per cent; a dash where there are no images. */
export function percentScore(
  group: GroupReport,
  score: keyof { [K in keyof GroupReport as GroupReport[K] extends Estimate ? K : never]: unknown },
): string {
  return group.images === 0 ? NOTHING : percentEstimate(group[score]);
}

/** An interval of differences in points: `[-0.4, +1.2]`. */
export function pointsInterval(interval: Interval, digits = 1): string {
  return `[${points(interval.low, digits)}, ${points(interval.high, digits)}]`;
}

/** A p value: three digits, or `< 0.001`. */
export function pValue(p: number): string {
  return p < 0.001 ? "< 0.001" : p.toFixed(3);
}

/** Minutes with one digit under ten: `3.4`, `27`. */
export function minutes(seconds: number): string {
  const value = seconds / 60;
  return value < 9.95 ? value.toFixed(1) : value.toFixed(0);
}
