/**
 * How many seeds would decide a difference of so many points?
 *
 * The test is that of `paired.ts`. With runs s = 1..S on images i = 1..n, outcomes differ by
 * d(s,i) = difference + seed(s) + image(i) + rest(s,i). Found in runs that are there, these three spreads
 * say how the effect, its error over seeds and its error over images would turn out for other numbers of
 * seeds: the effect is normal with variance seeds^2 / S + images^2 / n, where seeds^2 is the variance of the
 * S means, rest included; the error over seeds is a chi-squared of S - 1 degrees of freedom apart from it;
 * the error over images, of thousands of them, is taken as it is expected.
 *
 * @module
 */

import { chiSquaredQuantile, normalCdf, tQuantile } from "./distributions.ts";
import { type PairedRuns, type PredictedRun, varianceOverBoth } from "./paired.ts";

/** What differences of accuracy on the same images spread by. Variances are in points squared. */
export interface Spread {
  /** Between seeds, of the differences of accuracy on these images. */
  readonly seedVariance: number;
  /** Degrees of freedom of it: seeds less one, of all pairs of variants together. */
  readonly freedom: number;
  /** Of the mean difference by which images are drawn, whatever the number of seeds. */
  readonly imageVariance: number;
  /** Of the mean difference of one seed by what neither seed nor image explains. */
  readonly restVariance: number;
  /** How many images. */
  readonly images: number;
}

/** How a comparison is going to be decided. */
export interface PowerOptions {
  readonly seeds: number;
  /** How many comparisons Holm's correction is over (default 1). */
  readonly comparisons?: number;
  /** The chance of any false claim that is allowed (default 0.05). */
  readonly alpha?: number;
}

/** Most seeds that are looked at. */
export const MOST_SEEDS = 200;

/** Strata of the error over seeds, of equal chance: the power then moves by less than 0.001. */
const STRATA = 400;

/**
 * The spreads of a pair of methods, by the analysis of variance of seeds by images without repetition
 * (Searle, Casella and McCulloch 1992, chapter 4).
 *
 * @param runs Of both, two seeds or more in common, on the same images in the same order.
 * @throws {RangeError} Where fewer than two seeds are common to both.
 */
export function spreadOf({ baseline, variant }: Pick<PairedRuns, "baseline" | "variant">): Spread {
  const rows = baseline.flatMap((run) => {
    const other = variant.find(({ seed }) => seed === run.seed);
    return other ? [differences(run, other)] : [];
  });
  const seeds = rows.length;
  if (seeds < 2) throw new RangeError(`No spread between seeds: ${seeds} in common`);
  const images = rows[0]!.length;
  const ofSeed = rows.map((row) => sum(row) / images);
  const ofImage = Float64Array.from({ length: images }, (_, i) => {
    let total = 0;
    for (const row of rows) total += row[i]!;
    return total / seeds;
  });
  const grand = sum(ofSeed) / seeds;
  const squares = (values: ArrayLike<number>) =>
    sum(Array.from(values, (value) => (value - grand) ** 2));
  const seedSquares = squares(ofSeed);
  const imageSquares = squares(ofImage);
  const all = sum(rows.map(squares));
  const rest = (all - images * seedSquares - seeds * imageSquares) / ((images - 1) * (seeds - 1));
  const between = imageSquares / (images - 1) - rest / seeds;
  const points = (variance: number) => 100 ** 2 * Math.max(variance, 0);
  return {
    seedVariance: points(seedSquares / (seeds - 1)),
    freedom: seeds - 1,
    imageVariance: points(between / images),
    restVariance: points(rest / images),
    images,
  };
}

/** The mean of several spreads on the same images, each counted by its degrees of freedom. */
export function pooledSpread(spreads: readonly Spread[]): Spread {
  const freedom = sum(spreads.map((spread) => spread.freedom));
  const pooled = (pick: (spread: Spread) => number) =>
    sum(spreads.map((spread) => spread.freedom * pick(spread))) / freedom;
  return {
    seedVariance: pooled((spread) => spread.seedVariance),
    freedom,
    imageVariance: pooled((spread) => spread.imageVariance),
    restVariance: pooled((spread) => spread.restVariance),
    images: spreads[0]!.images,
  };
}

/**
 * The variance between seeds as it may be: its 95 % interval, by the chi-squared distribution.
 *
 * @returns In points squared.
 */
export function seedVarianceInterval({ seedVariance, freedom }: Spread) {
  const limit = (p: number) => seedVariance * freedom / chiSquaredQuantile(p, freedom);
  return { low: limit(0.975), high: limit(0.025) };
}

/**
 * The chance that a difference is decided: that the verdict is "better" or "worse", whichever is true.
 *
 * Holm's correction is taken at its strictest: the comparison would be decided whatever becomes of the
 * others.
 *
 * @param difference True difference of accuracy, in points.
 * @returns From 0 to 1.
 */
export function power(difference: number, spread: Spread, options: PowerOptions): number {
  const { seeds, comparisons = 1, alpha = 0.05 } = options;
  const freedom = seeds - 1;
  const tail = 1 - alpha / comparisons / 2;
  const ofSeeds = tQuantile(tail, freedom);
  const imageVariance = spread.imageVariance + spread.restVariance / seeds;
  const error = Math.sqrt(spread.seedVariance / seeds + spread.imageVariance);
  let decided = 0;
  for (let stratum = 0; stratum < STRATA; stratum++) {
    const found = chiSquaredQuantile((stratum + 0.5) / STRATA, freedom) / freedom;
    const seedVariance = found * spread.seedVariance / seeds;
    const errors = { seedVariance, seeds, imageVariance, images: spread.images };
    const both = varianceOverBoth(errors);
    const critical = Math.max(
      ofSeeds * Math.sqrt(seedVariance),
      tQuantile(tail, both.freedom) * Math.sqrt(both.variance),
    );
    decided += normalCdf((Math.abs(difference) - critical) / error);
  }
  return decided / STRATA;
}

/**
 * The fewest seeds with which a difference is decided by such a chance.
 *
 * @param difference True difference of accuracy, in points.
 * @param options `chance`: the power to reach (default 0.8); otherwise as for {@linkcode power}.
 * @returns Nothing where {@linkcode MOST_SEEDS} do not: then the test images are too few, mostly.
 */
export function seedsNeeded(
  difference: number,
  spread: Spread,
  options: Omit<PowerOptions, "seeds"> & { readonly chance?: number } = {},
): number | undefined {
  const { chance = 0.8, ...others } = options;
  const enough = (seeds: number) => power(difference, spread, { ...others, seeds }) >= chance;
  if (!enough(MOST_SEEDS)) return undefined;
  // More seeds never decide less.
  let [few, many] = [1, MOST_SEEDS];
  while (many - few > 1) {
    const middle = Math.floor((few + many) / 2);
    if (enough(middle)) many = middle;
    else few = middle;
  }
  return many;
}

/** Right by the variant less right by the baseline, for each image: -1, 0 or 1. */
function differences(baseline: PredictedRun, variant: PredictedRun): Int8Array {
  return Int8Array.from(
    baseline.labels,
    (label, i) => Number(variant.predicted[i] === label) - Number(baseline.predicted[i] === label),
  );
}

function sum(values: ArrayLike<number>): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += values[i]!;
  return total;
}
