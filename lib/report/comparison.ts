/**
 * Variants against the baseline variant and against each other, on the saved predictions: the numbers and verdicts of
 * `lib/evaluation`, in the shape and the unit (shares) of a report.
 *
 * @module
 */

import { type Judged, pairDifferences, recallDifferences } from "../evaluation/confusions.ts";
import {
  commonSeeds,
  comparePaired,
  type PairedComparison,
  type PairedRuns,
  type PredictedRun,
} from "../evaluation/paired.ts";
import { type Judgement, verdicts } from "../evaluation/verdict.ts";
import type { Comparison, Contrast, Effect, GroupDifference, Interval } from "./record.ts";

/** The bootstrap's seed: a report is a function of its runs. */
const SEED = 0;

/** Draws for the thirteen tables' cells by class and pair, whose limits are shown to one digit. */
const PART_RESAMPLES = 2000;

/** What came out of {@linkcode compareVariants}. */
export interface VariantComparisons {
  /** One per variant; null for the first, and for one that shares no seed with it. */
  readonly comparisons: readonly (Comparison | null)[];
  /** One per contrast; null where the two share no seed. */
  readonly contrasts: readonly (ContrastEffects | null)[];
}

/** Two variants compared. */
export type ContrastEffects = Pick<Contrast, "seeds" | "test" | "cleanTest">;

/** How {@linkcode compareVariants} computes. */
export interface CompareOptions {
  /** Draws of the bootstrap (default 10,000; for classes and pairs 2,000). */
  readonly resamples?: number;
  /** What was scored is called (default `images`). */
  readonly samples?: string;
}

/**
 * Compares every variant with the first, and the variants of each planned contrast.
 *
 * Holm's correction is over all of these, separately for all of PrivateTest and for its clean
 * images: the second repeats the first's question on fewer images.
 *
 * @param variants The runs of each, on the same images in the same order.
 * @param clean 1 for each image that has no copy in Training or PublicTest, shape [n].
 * @param classes The classes' names, index = label number.
 * @param options How often the bootstrap draws; `contrasts`: the numbers of a variant and of the one
 *   that it is compared with.
 * @throws {UserError} Where test images differ.
 */
export function compareVariants(
  variants: readonly (readonly PredictedRun[])[],
  clean: Uint8Array,
  classes: readonly string[],
  options: CompareOptions & { readonly contrasts?: readonly (readonly [number, number])[] } = {},
): VariantComparisons {
  const { contrasts = [], ...drawing } = options;
  const pairOf = (variant: number, against: number): PairedRuns | null => {
    const runs = { baseline: variants[against]!, variant: variants[variant]! };
    return commonSeeds(runs).length === 0 ? null : { ...runs, seed: SEED, ...drawing };
  };
  const pairs = [
    ...variants.slice(1).map((_, i) => pairOf(i + 1, 0)),
    ...contrasts.map(([variant, against]) => pairOf(variant, against)),
  ];
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
  const effects = (runs: PairedRuns): ContrastEffects => {
    const i = comparable.indexOf(runs);
    return { seeds: commonSeeds(runs), test: tests[i]!, cleanTest: cleanTests[i]! };
  };
  const whole = (runs: PairedRuns): Comparison => {
    const parts = { ...runs, resamples: options.resamples ?? PART_RESAMPLES };
    return {
      ...effects(runs),
      recalls: recallDifferences(parts, classes)
        .map((judged) => ({ name: judged.of, ...groupDifference(judged) })),
      pairs: pairDifferences(parts, classes)
        .map((judged) => ({ pair: judged.of, ...groupDifference(judged) })),
    };
  };
  const others = variants.slice(1).length;
  return {
    comparisons: [null, ...pairs.slice(0, others).map((runs) => runs && whole(runs))],
    contrasts: pairs.slice(others).map((runs) => runs && effects(runs)),
  };
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
    ...(run.groups ? { groups: run.groups.filter(isClean) } : {}),
  };
}

/** From points to shares, cut off where no difference of shares can be: t intervals know no bounds. */
function shares({ low, high }: Interval): Interval {
  return { low: Math.max(low / 100, -1), high: Math.min(high / 100, 1) };
}
