/**
 * How far an estimate may be off: intervals for a proportion, for a mean over seeds, and from what a
 * bootstrap drew.
 *
 * @module
 */

import { mean, quantileSeq, std } from "mathjs";
import type { Interval } from "../schema/report.ts";
import { normalQuantile, tQuantile } from "./distributions.ts";

/** In the unit of what it is about. */
export type { Interval };

/** The level of every interval of a report, unless another is asked for: 95 %. */
export const LEVEL = 0.95;

/** How often the bootstrap draws, unless told otherwise: its limits then move by less than 1 % of its width. */
export const RESAMPLES = 10_000;

/**
 * Wilson's score interval of a proportion (Wilson 1927), such as an accuracy over images: unlike the
 * normal one it stays within 0 to 1 and keeps its level near the ends (Brown, Cai and DasGupta 2001).
 *
 * @param successes How many hits, such as images predicted right.
 * @param trials Of how many.
 * @param options `level`: of the interval (default 0.95).
 * @returns Shares from 0 to 1; all of it where there are no trials.
 * @throws {RangeError} Where these are not counts.
 */
export function wilsonInterval(
  successes: number,
  trials: number,
  options: { readonly level?: number } = {},
): Interval {
  const counts = Number.isInteger(successes) && Number.isInteger(trials);
  if (!counts || successes < 0 || successes > trials) {
    throw new RangeError(`Not a count of hits among trials: ${successes} of ${trials}`);
  }
  if (trials === 0) return { low: 0, high: 1 };
  const z = normalQuantile(upperShare(options.level));
  const share = successes / trials;
  const shrink = 1 + z ** 2 / trials;
  const center = (share + z ** 2 / (2 * trials)) / shrink;
  const half = z * Math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2) / shrink;
  return {
    // At the ends the formula gives 0 and 1 but for rounding.
    low: successes === 0 ? 0 : center - half,
    high: successes === trials ? 1 : center + half,
  };
}

/**
 * Student's t interval of a mean over few values, such as the accuracies of several seeds.
 *
 * @param values One per seed.
 * @param options `level`: of the interval (default 0.95).
 * @returns In the unit of the values; null for fewer than two: one run shows no spread.
 */
export function tInterval(
  values: readonly number[],
  options: { readonly level?: number } = {},
): Interval | null {
  if (values.length < 2) return null;
  const center = mean([...values]);
  const half = tQuantile(upperShare(options.level), values.length - 1) * standardError(values);
  return { low: center - half, high: center + half };
}

/**
 * The standard error of a mean: the standard deviation (with n - 1) over the root of n.
 *
 * @param values Two or more.
 */
export function standardError(values: readonly number[]): number {
  return Number(std([...values])) / Math.sqrt(values.length);
}

/**
 * The percentile interval of the bootstrap (Efron 1979): the middle share of the values of a statistic
 * that were drawn, by linear interpolation between them.
 *
 * @param drawn One value per draw, in any order.
 * @param options `level`: the share (default 0.95).
 */
export function percentileInterval(
  drawn: Float64Array,
  options: { readonly level?: number } = {},
): Interval {
  const sorted = Array.from(drawn.toSorted());
  const upper = upperShare(options.level);
  return {
    low: Number(quantileSeq(sorted, 1 - upper, true)),
    high: Number(quantileSeq(sorted, upper, true)),
  };
}

/** The share below the upper limit of a two-sided interval: 0.975 for 95 %. */
export function upperShare(level = LEVEL): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`Not a level between 0 and 1: ${level}`);
  return (1 + level) / 2;
}
