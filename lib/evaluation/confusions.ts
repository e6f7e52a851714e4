/**
 * Which classes are taken for which, and what a change did to that.
 *
 * @module
 */

import { compareOutcomes, type PairedComparison, type PairedRuns } from "./paired.ts";
import { type Judgement, verdicts } from "./verdict.ts";

/** Draws of the bootstrap for one class or pair: a report has many, each with few images. */
const CLASS_RESAMPLES = 2_000;

/** Images of one class predicted as another. */
export interface Confusion {
  readonly true: string;
  readonly predicted: string;
  readonly count: number;
  /** Of the images of the true class, from 0 to 1. */
  readonly share: number;
}

/** Two classes, whichever was the true one. */
export type ClassPair = readonly [string, string];

/** A comparison about one class or pair of classes, with its verdict. */
export interface Judged<T> {
  readonly of: T;
  readonly comparison: PairedComparison;
  readonly verdict: Judgement;
}

/** The pairs that people and models mix up most on FER2013; of other data those that it has. */
export const HARD_PAIRS: readonly ClassPair[] = [
  ["fear", "sad"],
  ["angry", "fear"],
  ["angry", "sad"],
  ["sad", "neutral"],
  ["fear", "surprise"],
  ["angry", "disgust"],
];

/**
 * The most frequent confusions, most images first; equal ones in the order of the classes.
 *
 * @param confusion `matrix[true][predicted]`, shape [classes, classes].
 * @param classes The classes' names in the order of the matrix.
 * @param options `limit`: how many at most (default 5).
 */
export function mostFrequentConfusions(
  confusion: readonly (readonly number[])[],
  classes: readonly string[],
  options: { readonly limit?: number } = {},
): Confusion[] {
  const all = classes.flatMap((truth, t) => {
    const support = confusion[t]!.reduce((sum, count) => sum + count, 0);
    return classes.map((predicted, p) => {
      const count = confusion[t]![p]!;
      return { true: truth, predicted, count, share: support === 0 ? 0 : count / support };
    });
  });
  return all
    .filter((entry) => entry.true !== entry.predicted && entry.count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, options.limit ?? 5);
}

/**
 * Each class's recall against the baseline's, with the intervals and tests of a paired comparison on
 * the images of that class, and Holm's adjustment over the classes. A class without images is left
 * out: nothing is asked of it.
 *
 * @param runs The runs of both, scored on the same images (`resamples`: default 2,000).
 * @param classes The classes' names, index = label number.
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function recallDifferences(
  runs: PairedRuns,
  classes: readonly string[],
): Judged<string>[] {
  const paired = { resamples: CLASS_RESAMPLES, ...runs };
  const present = [...classes.keys()].filter((c) => hasImages(runs, c));
  return judged(
    present.map((c) => classes[c]!),
    present.map((c) =>
      compareOutcomes(
        paired,
        (label, predicted) => label === predicted,
        (label) => label === c,
      )
    ),
  );
}

/**
 * How often two classes are taken for each other against the baseline: a fall is an improvement,
 * and the verdict "better" then says that they are taken for each other less often.
 *
 * @param runs The runs of both, scored on the same images (`resamples`: default 2,000).
 * @param classes The classes' names, index = label number.
 * @param pairs Which classes (default {@linkcode HARD_PAIRS}); a pair without images is left out, and
 *   one of classes that are not there.
 * @returns Effects in points of the images of the two classes that are *not* taken for the other.
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function pairDifferences(
  runs: PairedRuns,
  classes: readonly string[],
  pairs: readonly ClassPair[] = HARD_PAIRS,
): Judged<ClassPair>[] {
  const paired = { resamples: CLASS_RESAMPLES, ...runs };
  const present = pairs
    .map((pair) => ({ pair, numbers: pair.map((name) => classes.indexOf(name)) }))
    .filter(({ numbers }) => !numbers.includes(-1) && numbers.some((c) => hasImages(runs, c)));
  return judged(
    present.map(({ pair }) => pair),
    present.map(({ numbers }) => {
      const [a, b] = numbers as [number, number];
      return compareOutcomes(
        paired,
        (label, predicted) => predicted !== (label === a ? b : a),
        (label) => label === a || label === b,
      );
    }),
  );
}

/** Whether any test image is of the class. */
function hasImages({ baseline }: PairedRuns, label: number): boolean {
  return baseline[0]?.labels.includes(label) ?? false;
}

function judged<T>(about: readonly T[], comparisons: readonly PairedComparison[]): Judged<T>[] {
  const words = verdicts(comparisons);
  return about.map((of, i) => ({ of, comparison: comparisons[i]!, verdict: words[i]! }));
}
