/**
 * From comparisons to words: "better", "worse" or "not distinguishable", each with its reason.
 *
 * @module
 */

import type { Verdict } from "../schema/report.ts";
import type { Interval } from "./intervals.ts";
import type { PairedComparison } from "./paired.ts";

/** What is said of one comparison. */
export interface Judgement {
  /** Of the method; always "not distinguishable" for a single seed. */
  readonly verdict: Verdict;
  /** Of these two trained models only; null for several seeds, where the question is the method. */
  readonly models: Verdict | null;
  /** By Holm's method over all comparisons given. */
  readonly adjustedP: number;
  /** One line for a report, such as `+1.9 points, interval 0.4 to 3.3, p 0.01`. */
  readonly reason: string;
}

/** What verdicts go by, and how they are put. */
export interface VerdictOptions {
  /** The chance of any false claim that is allowed (default 0.05). */
  readonly alpha?: number;
  /** What was scored is called (default `images`). */
  readonly samples?: string;
}

/**
 * The verdicts on a family of comparisons, such as all variants of an experiment against its
 * baseline: the more comparisons, the more likely that one looks better by chance, so the p values
 * are adjusted by Holm's method (Holm 1979).
 *
 * "Better" or "worse" is said only where the adjusted p is below `alpha` and every interval of the
 * comparison (over seeds, over images, over both) leaves out 0.
 *
 * @param comparisons All that one report draws conclusions from.
 * @param options How sure to be, and what the samples are called.
 * @returns One per comparison, in their order.
 */
export function verdicts(
  comparisons: readonly PairedComparison[],
  options: VerdictOptions = {},
): Judgement[] {
  const { alpha = 0.05, samples = "images" } = options;
  const adjusted = holm(comparisons.map((comparison) => comparison.p));
  return comparisons.map((comparison, i) => {
    const adjustedP = adjusted[i]!;
    const { word, doubt } = judge(comparison, adjustedP, { alpha, samples });
    const oneSeed = comparison.about === "models";
    const facts = [
      `${signed(comparison.effect)} points`,
      `interval ${range(comparison.interval)}`,
      comparisons.length === 1
        ? `p ${probability(adjustedP)}`
        : `adjusted p ${probability(adjustedP)} over ${comparisons.length} comparisons`,
    ].join(", ");
    return {
      verdict: oneSeed ? "not distinguishable" : word,
      models: oneSeed ? word : null,
      adjustedP,
      reason: oneSeed
        ? `one seed cannot tell how other seeds would turn out; of these two trained models: ${facts}`
        : doubt === undefined
        ? facts
        : `${facts}: ${doubt}`,
    };
  });
}

/**
 * Holm's adjusted p values: compared with alpha, they keep the chance of any false claim among
 * them at alpha (Holm 1979). The smallest of m is multiplied by m, the next by m - 1 and so on, and
 * none is below the one before it, nor above 1.
 *
 * @param values The p values of one family.
 * @returns In the same order; each 0 to 1.
 */
export function holm(values: readonly number[]): number[] {
  const adjusted = new Array<number>(values.length);
  const ascending = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  let largest = 0;
  ascending.forEach((index, rank) => {
    largest = Math.max(largest, Math.min(1, (values.length - rank) * values[index]!));
    adjusted[index] = largest;
  });
  return adjusted;
}

function judge(
  comparison: PairedComparison,
  adjustedP: number,
  { alpha, samples }: Required<VerdictOptions>,
): { word: Verdict; doubt?: string } {
  const word = "not distinguishable";
  const intervals: [string, Interval | null][] = [
    ["the interval", comparison.interval],
    ["the interval over seeds", comparison.overSeeds],
    [`the bootstrap interval over ${samples}`, comparison.overImages],
    [`the interval over seeds and ${samples}`, comparison.overBoth],
  ];
  for (const [name, interval] of intervals) {
    if (interval && interval.low <= 0 && interval.high >= 0) {
      return { word, doubt: `${name} includes 0` };
    }
  }
  if (adjustedP >= alpha) return { word, doubt: `p is not below ${alpha}` };
  return { word: comparison.effect > 0 ? "better" : "worse" };
}

/** One decimal; more where a number that is not 0 would read as 0. */
function decimal(value: number): string {
  const rounded = value.toFixed(1);
  if (Number(rounded) !== 0) return rounded;
  return Math.abs(value) < 1e-9 ? "0.0" : String(Number(value.toPrecision(1)));
}

function signed(value: number): string {
  return value > 0 ? `+${decimal(value)}` : decimal(value);
}

function range({ low, high }: Interval): string {
  return `${decimal(low)} to ${decimal(high)}`;
}

/** Two digits; three where two would hide on which side of 0.05 it lies. */
function probability(p: number): string {
  if (p < 0.001) return "< 0.001";
  const two = Number(p.toPrecision(2));
  return String(two === 0.05 ? Number(p.toPrecision(3)) : two);
}
