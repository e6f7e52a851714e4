/**
 * Variants against the baseline variant, on the saved predictions: the numbers and verdicts of
 * `lib/evaluation`, in the shape and the unit (shares) of a report.
 *
 * @module
 */

import { type Judged, pairDifferences, recallDifferences } from "../evaluation/confusions.ts";
import {
  comparePaired,
  type PairedComparison,
  type PairedRuns,
  type PredictedRun,
} from "../evaluation/paired.ts";
import { type Judgement, verdicts } from "../evaluation/verdict.ts";
import type { Comparison, Effect, GroupDifference, Interval } from "./record.ts";

/** The bootstrap's seed: a report is a function of its runs. */
const SEED = 0;

/** Draws for the thirteen tables' cells by class and pair, whose limits are shown to one digit. */
const PART_RESAMPLES = 2000;

/** How {@linkcode compareVariants} computes. */
export interface CompareOptions {
  /** Draws of the bootstrap (default 10,000; for classes and pairs 2,000). */
  readonly resamples?: number;
  /** What was scored is called (default `images`). */
  readonly samples?: string;
}

/**
 * Compares every variant with the first.
 *
 * Holm's correction is over the variants, separately for all of PrivateTest and for its clean
 * images: the second repeats the first's question on fewer images.
 *
 * @param variants The runs of each, on the same images in the same order.
 * @param clean 1 for each image that has no copy in Training or PublicTest, shape [n].
 * @param classes The classes' names, index = label number.
 * @param options How often the bootstrap draws.
 * @returns One entry per variant; null for the first, and for one that shares no seed with it.
 * @throws {UserError} Where test images differ.
 */
export function compareVariants(
  variants: readonly (readonly PredictedRun[])[],
  clean: Uint8Array,
  classes: readonly string[],
  options: CompareOptions = {},
): (Comparison | null)[] {
  const [baseline, ...others] = variants;
  if (!baseline) return [];
  const seeds = new Set(baseline.map(({ seed }) => seed));
  const pairs = others.map((variant): PairedRuns | null =>
    variant.some(({ seed }) => seeds.has(seed))
      ? { baseline, variant, seed: SEED, ...options }
      : null
  );
  const comparable = pairs.filter((runs) => runs !== null);
  const tests = effectsOf(comparable.map((runs) => comparePaired(runs)), options.samples);
  const cleanTests = effectsOf(
    comparable.map((runs) =>
      comparePaired({
        ...runs,
        baseline: runs.baseline.map((run) => onlyClean(run, clean)),
        variant: runs.variant.map((run) => onlyClean(run, clean)),
      })
    ),
    options.samples,
  );
  return [
    null,
    ...pairs.map((runs): Comparison | null => {
      if (runs === null) return null;
      const i = comparable.indexOf(runs);
      const parts = { ...runs, resamples: options.resamples ?? PART_RESAMPLES };
      return {
        seeds: runs.baseline.map(({ seed }) => seed)
          .filter((seed) => runs.variant.some((run) => run.seed === seed)),
        test: tests[i]!,
        cleanTest: cleanTests[i]!,
        recalls: recallDifferences(parts, classes)
          .map((judged) => ({ name: judged.of, ...groupDifference(judged) })),
        pairs: pairDifferences(parts, classes)
          .map((judged) => ({ pair: judged.of, ...groupDifference(judged) })),
      };
    }),
  ];
}

/**
 * Puts the comparisons that one report draws conclusions from into its shape, with their verdicts.
 *
 * @param comparisons Of which Holm's correction is taken together.
 * @param samples What was scored is called (default `images`).
 */
export function effectsOf(
  comparisons: readonly PairedComparison[],
  samples?: string,
): Effect[] {
  const words = verdicts(comparisons, samples === undefined ? {} : { samples });
  return comparisons.map((comparison, i) => {
    const { probabilityOfImprovement: improvement, overSeeds, overBoth } = comparison;
    return {
      ...difference(comparison, words[i]!),
      about: comparison.about,
      p: comparison.p,
      reason: words[i]!.reason,
      overSeeds: overSeeds && shares(overSeeds),
      overImages: shares(comparison.overImages),
      overBoth: overBoth && shares(overBoth),
      probabilityOfImprovement: { runs: improvement.runs, ...improvement.interval },
      mcnemar: comparison.perSeed.map(({ seed, mcnemar }) => ({ seed, ...mcnemar })),
    };
  });
}

function groupDifference({ comparison, verdict }: Judged<unknown>): GroupDifference {
  return difference(comparison, verdict);
}

function difference(
  { effect, interval }: PairedComparison,
  { adjustedP, verdict, models }: Judgement,
): GroupDifference {
  return { difference: effect / 100, interval: shares(interval), adjustedP, verdict, models };
}

function onlyClean(run: PredictedRun, clean: Uint8Array): PredictedRun {
  const isClean = (_: unknown, i: number) => clean[i] === 1;
  return {
    seed: run.seed,
    labels: run.labels.filter(isClean),
    predicted: run.predicted.filter(isClean),
    ...(run.images ? { images: run.images.filter(isClean) } : {}),
  };
}

/** From points to shares, cut off where no difference of shares can be: t intervals know no bounds. */
function shares({ low, high }: Interval): Interval {
  return { low: Math.max(low / 100, -1), high: Math.min(high / 100, 1) };
}
