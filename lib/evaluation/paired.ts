/**
 * Did a change help? Two methods compared on the same test images, runs paired by seed.
 *
 * Two things are left to chance: which seed a model is trained with, and which images it is tested
 * on. With runs s = 1..S of each method and images i = 1..n, an outcome o is 1 (predicted right) or
 * 0, and d(s,i) = o(variant, s, i) - o(baseline, s, i). The effect is the mean of all d.
 *
 * - **Over seeds**: Student's paired t interval on the S means over images. It says what other
 *   seeds would give on these same images.
 * - **Over images**: the bootstrap on the n means over seeds. It says what these same trained models
 *   would give on other images.
 * - **Over both**: what matters for "is the method better". Clark's min F' (1973), made for people
 *   and words both drawn by chance: t = effect / sqrt(SEs^2 + SEi^2), with SEs the standard error
 *   over seeds, SEi over images, and Satterthwaite's degrees of freedom
 *   (SEs^2 + SEi^2)^2 / (SEs^4 / (S - 1) + SEi^4 / (n - 1)).
 *
 * The one p of a comparison is the larger of the paired t test's over seeds and min F's, and the
 * interval shown is the wider of the two, so that p < 0.05 exactly where the 95 % interval leaves
 * out 0. Both must reject, so it errs no more often than either (an intersection-union test, Berger
 * 1982). It is careful: in simulations with no true difference (normal, S = 2, 3 and 5, any mix of
 * variances) it claimed one in at most 5 %, while the paired t test alone, which takes the test images
 * for the whole world, did so in up to 32 % where images outweigh seeds, and min F' alone in up to
 * 10 % at S = 2; with right-or-wrong outcomes drawn image by image it was 1 to 4 % against 5 to 7 %
 * for the t test.
 *
 * With a single seed nothing is known about other seeds: p is then McNemar's exact test, which speaks
 * about these two trained models only, and so does the interval.
 *
 * Where images are of groups, such as clips of actors, all that is said of images above is done with
 * groups: the bootstrap draws these, SEi is the cluster-robust standard error with their number less one
 * as degrees of freedom, and one seed's p is that of its t test, since McNemar's takes images for
 * independent.
 *
 * @module
 */

import { mean } from "mathjs";
import { UserError } from "../error.ts";
import { drawPaired, probabilityOfImprovement } from "./_paired_bootstrap.ts";
import { tCdf, tQuantile } from "./distributions.ts";
import {
  type Interval,
  percentileInterval,
  RESAMPLES,
  standardError,
  tInterval,
  upperShare,
} from "./intervals.ts";
import { type McNemar, mcnemar } from "./mcnemar.ts";

export { probabilityOfImprovement } from "./_paired_bootstrap.ts";

/** The predictions of one run on the test images. */
export interface PredictedRun {
  /** What pairs it with a run of the other method. */
  readonly seed: number;
  /** Label numbers, shape [n]. */
  readonly labels: Uint8Array;
  /** Predicted label numbers, shape [n]. */
  readonly predicted: Uint8Array;
  /** The images' names; where both sides give them, they must be the same. */
  readonly images?: readonly string[];
  /**
   * Whose each image is, shape [n], where that is known: other images would be of other people, so that
   * these are what is drawn by chance, in place of the images.
   */
  readonly groups?: readonly string[] | undefined;
}

/** A baseline's and a variant's runs, and the seed of the bootstrap. */
export interface PairedRuns {
  readonly baseline: readonly PredictedRun[];
  readonly variant: readonly PredictedRun[];
  /** Of the bootstrap's draws. */
  readonly seed: number;
  /** Draws of the bootstrap (default 10,000). */
  readonly resamples?: number;
}

/** The seeds that both methods have, in the baseline's order. */
export function commonSeeds(
  { baseline, variant }: Pick<PairedRuns, "baseline" | "variant">,
): number[] {
  return baseline.map(({ seed }) => seed)
    .filter((seed) => variant.some((run) => run.seed === seed));
}

/** A variant against its baseline. Differences and intervals are in points (hundredths). */
export interface PairedComparison {
  /** Seeds that both methods have: the pairs that are compared. */
  readonly seeds: readonly number[];
  /** Seeds that only one of them has: left out. */
  readonly unpaired: readonly number[];
  readonly images: number;
  /** Mean of variant less baseline. */
  readonly effect: number;
  /** The interval to show beside the effect, which the verdict goes by. */
  readonly interval: Interval;
  /** The p value to hand to Holm: below 0.05 only where `interval` leaves out 0. */
  readonly p: number;
  /** What `interval` and `p` speak about: the methods, or (one seed) these two trained models. */
  readonly about: "methods" | "models";
  /** Paired t interval over seeds; null for one seed. */
  readonly overSeeds: Interval | null;
  /** Percentile bootstrap interval over images, these trained models kept. */
  readonly overImages: Interval;
  /** Interval over seeds and images (min F'); null for one seed. */
  readonly overBoth: Interval | null;
  readonly probabilityOfImprovement: {
    /** Chance that a run of the variant beats a run of the baseline on these images (rliable). */
    readonly runs: number;
    /** Its percentile bootstrap interval over images and pairs of runs. */
    readonly interval: Interval;
    /** Share of bootstrap draws (images and pairs of runs) whose mean difference is above 0. */
    readonly effectAboveZero: number;
  };
  readonly perSeed: readonly SeedComparison[];
}

/** One seed's pair of runs. */
export interface SeedComparison {
  readonly seed: number;
  /** Shares from 0 to 1. */
  readonly baseline: number;
  readonly variant: number;
  /** In points. */
  readonly difference: number;
  readonly mcnemar: McNemar;
}

/**
 * Compares the accuracy of two methods; see the module's text for what is computed.
 *
 * @param runs The runs of both, scored on the same images in the same order.
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function comparePaired(runs: PairedRuns): PairedComparison {
  return compareOutcomes(runs, (label, predicted) => label === predicted);
}

/**
 * Compares two methods by any yes-or-no outcome of an image, such as "predicted as sad", over all
 * images or those of some classes.
 *
 * @param runs The runs of both, scored on the same images in the same order.
 * @param outcome What is counted, from the true and the predicted label number.
 * @param among Which images are looked at, from the true label number (default: all).
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function compareOutcomes(
  runs: PairedRuns,
  outcome: (label: number, predicted: number) => boolean,
  among: (label: number) => boolean = () => true,
): PairedComparison {
  refuseDifferentImages([...runs.baseline, ...runs.variant]);
  const ofVariant = new Map(runs.variant.map((run) => [run.seed, run]));
  const pairs = runs.baseline.flatMap((baseline) => {
    const variant = ofVariant.get(baseline.seed);
    return variant ? [{ seed: baseline.seed, baseline, variant }] : [];
  });
  if (pairs.length === 0) {
    throw new UserError("No seed is common to both: run the variant with the baseline's seeds");
  }
  const seeds = pairs.map((pair) => pair.seed);
  const all = new Set([...runs.baseline, ...runs.variant].map((run) => run.seed));
  const chosen = Array.from(runs.baseline[0]!.labels.keys())
    .filter((i) => among(runs.baseline[0]!.labels[i]!));
  const outcomes = (run: PredictedRun) =>
    Uint8Array.from(chosen, (i) => outcome(run.labels[i]!, run.predicted[i]!) ? 1 : 0);
  return {
    ...compare(
      seeds,
      pairs.map((pair) => outcomes(pair.baseline)),
      pairs.map((pair) => outcomes(pair.variant)),
      { ...runs, groups: groupNumbers(chosen, runs.baseline[0]!.groups) },
    ),
    unpaired: [...all.difference(new Set(seeds))],
  };
}

/** A number for each of the chosen images: the same for images of one group. */
function groupNumbers(
  chosen: readonly number[],
  groups: readonly string[] | undefined,
): Uint32Array | undefined {
  if (!groups) return undefined;
  const numbers = new Map<string, number>();
  return Uint32Array.from(chosen, (i) => {
    const group = groups[i]!;
    if (!numbers.has(group)) numbers.set(group, numbers.size);
    return numbers.get(group)!;
  });
}

function compare(
  seeds: readonly number[],
  baseline: readonly Uint8Array[],
  variant: readonly Uint8Array[],
  options: {
    readonly seed: number;
    readonly resamples?: number;
    readonly groups?: Uint32Array | undefined;
  },
): Omit<PairedComparison, "unpaired"> {
  const images = baseline[0]!.length;
  const perSeed = seeds.map((seed, s): SeedComparison => {
    const test = mcnemar(baseline[s]!, variant[s]!);
    return {
      seed,
      baseline: share(baseline[s]!),
      variant: share(variant[s]!),
      difference: points(test.onlyVariant - test.onlyBaseline, images),
      mcnemar: test,
    };
  });
  if (images < 2) return nothingToCompare(seeds, images, perSeed);

  const draws = drawPaired(baseline, variant, {
    seed: options.seed,
    resamples: options.resamples ?? RESAMPLES,
    groups: options.groups,
  });
  const effect = mean(perSeed.map((s) => s.difference));
  const overImages = percentileInterval(draws.overImages.map((d) => 100 * d));
  const spread = imageSpread(baseline, variant, options.groups);
  const p = options.groups
    ? twoSidedP(effect, Math.sqrt(spread.variance), spread.freedom)
    : perSeed[0]!.mcnemar.p;
  const shown = { effect, interval: overImages, p };
  const several = seeds.length > 1 ? overSeedsAndImages(perSeed, images, spread) : undefined;
  return {
    seeds,
    images,
    ...shown,
    ...(several ?? { overSeeds: null, overBoth: null }),
    about: several ? "methods" : "models",
    overImages,
    probabilityOfImprovement: {
      runs: probabilityOfImprovement(
        perSeed.map((s) => s.baseline),
        perSeed.map((s) => s.variant),
      ),
      interval: percentileInterval(draws.improvement),
      effectAboveZero: mean(Array.from(draws.overBoth, (d) => d > 0 ? 1 : d === 0 ? 0.5 : 0)),
    },
    perSeed,
  };
}

/** The squared standard error of the mean difference over what is drawn, in points squared. */
interface Spread {
  readonly variance: number;
  /** Degrees of freedom. */
  readonly freedom: number;
}

/**
 * How much other images would change; of images in groups, other groups: the variance of a mean whose
 * terms are summed by group, times G / (G - 1), as cluster-robust standard errors have it (Cameron and
 * Miller 2015).
 */
function imageSpread(
  baseline: readonly Uint8Array[],
  variant: readonly Uint8Array[],
  groups: Uint32Array | undefined,
): Spread {
  const images = baseline[0]!.length;
  const ofImage = Array.from({ length: images }, (_, i) => {
    let sum = 0;
    for (let s = 0; s < baseline.length; s++) sum += variant[s]![i]! - baseline[s]![i]!;
    return sum;
  });
  if (!groups) {
    const variance = points(standardError(ofImage), baseline.length) ** 2;
    return { variance, freedom: images - 1 };
  }
  const center = mean(ofImage);
  const sums = new Float64Array(Math.max(...groups) + 1);
  groups.forEach((group, i) => sums[group]! += ofImage[i]! - center);
  const count = sums.length;
  // One group says nothing of others.
  if (count < 2) return { variance: Infinity, freedom: 1 };
  const squares = sums.reduce((sum, each) => sum + each ** 2, 0);
  const error = Math.sqrt(count / (count - 1) * squares) / images;
  return { variance: points(error, baseline.length) ** 2, freedom: count - 1 };
}

/** The paired t test over seeds, min F' over seeds and images, and the more careful of the two. */
function overSeedsAndImages(
  perSeed: readonly SeedComparison[],
  images: number,
  spread: Spread,
) {
  // Whole numbers, so that equal differences have a spread of exactly 0.
  const ofSeed = perSeed.map(({ mcnemar: m }) => m.onlyVariant - m.onlyBaseline);
  const effect = points(mean(ofSeed), images);
  const seedVariance = points(standardError(ofSeed), images) ** 2;
  const errors = {
    seedVariance,
    seeds: perSeed.length,
    imageVariance: spread.variance,
    images: spread.freedom + 1,
  };
  const { variance, freedom } = varianceOverBoth(errors);
  const half = tQuantile(upperShare(), freedom) * Math.sqrt(variance);
  const inImages = tInterval(ofSeed)!;
  const overSeeds = { low: points(inImages.low, images), high: points(inImages.high, images) };
  const overBoth = { low: effect - half, high: effect + half };
  return {
    overSeeds,
    overBoth,
    interval: overSeeds.low < overBoth.low ? overSeeds : overBoth,
    p: pairedP(effect, errors),
  };
}

/** How far an effect may be off: the squares of its standard errors, and of how many they are. */
export interface EffectErrors {
  readonly seedVariance: number;
  readonly seeds: number;
  readonly imageVariance: number;
  /** Images, or groups where images are of some: what is drawn by chance. */
  readonly images: number;
}

/** The p of several seeds, from an effect and its errors in one unit; see the module's text. */
export function pairedP(effect: number, errors: EffectErrors): number {
  const { variance, freedom } = varianceOverBoth(errors);
  return Math.max(
    twoSidedP(effect, Math.sqrt(errors.seedVariance), errors.seeds - 1),
    twoSidedP(effect, Math.sqrt(variance), freedom),
  );
}

/** The variance over seeds and images, with Satterthwaite's degrees of freedom (1946). */
export function varianceOverBoth(
  { seedVariance, seeds, imageVariance, images }: EffectErrors,
): { readonly variance: number; readonly freedom: number } {
  const variance = seedVariance + imageVariance;
  const freedom = variance === 0 ? seeds - 1 : variance ** 2 /
    (seedVariance ** 2 / (seeds - 1) + imageVariance ** 2 / (images - 1));
  return { variance, freedom };
}

/** Student's t test of a mean being 0. */
function twoSidedP(effect: number, error: number, freedom: number): number {
  if (error === 0) return effect === 0 ? 1 : 0;
  return 2 * tCdf(-Math.abs(effect) / error, freedom);
}

/** Of no image, or one, nothing can be said: every difference is possible. */
function nothingToCompare(
  seeds: readonly number[],
  images: number,
  perSeed: readonly SeedComparison[],
): Omit<PairedComparison, "unpaired"> {
  const anything = { low: -100, high: 100 };
  return {
    seeds,
    images,
    effect: mean(perSeed.map((s) => s.difference)),
    interval: anything,
    p: 1,
    about: seeds.length > 1 ? "methods" : "models",
    overSeeds: null,
    overImages: anything,
    overBoth: null,
    probabilityOfImprovement: { runs: 0.5, interval: { low: 0, high: 1 }, effectAboveZero: 0.5 },
    perSeed,
  };
}

function refuseDifferentImages(runs: readonly PredictedRun[]): void {
  const first = runs[0];
  for (const run of runs) {
    if (run.predicted.length !== run.labels.length) {
      throw new RangeError(`${run.predicted.length} predictions for ${run.labels.length} labels`);
    }
    const differ = run.labels.length !== first!.labels.length ||
      run.labels.some((label, i) => label !== first!.labels[i]) ||
      (run.images && first!.images && run.images.some((image, i) => image !== first!.images![i]));
    if (differ) {
      throw new UserError(
        `The runs of seeds ${first!.seed} and ${run.seed} were scored on different test images: ` +
          "compare runs on the same data and split",
      );
    }
  }
}

function share(outcomes: Uint8Array): number {
  let hits = 0;
  for (const outcome of outcomes) hits += outcome;
  return outcomes.length === 0 ? 0 : hits / outcomes.length;
}

function points(count: number, of: number): number {
  return of === 0 ? 0 : 100 * count / of;
}
