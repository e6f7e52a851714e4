/**
 * Which emotions are taken for which, and what a change did to that.
 *
 * @module
 */

import { type Emotion, EMOTIONS } from "../emotion.ts";
import { compareOutcomes, type Comparison, type PairedRuns } from "./paired.ts";
import { type Verdict, verdicts } from "./verdict.ts";

/** Draws of the bootstrap for one class or pair: a report has many, each with few images. */
const CLASS_RESAMPLES = 2_000;

/** Images of one class predicted as another. */
export interface Confusion {
  readonly true: Emotion;
  readonly predicted: Emotion;
  readonly count: number;
  /** Of the images of the true class, from 0 to 1. */
  readonly share: number;
}

/** Two classes, whichever was the true one. */
export type EmotionPair = readonly [Emotion, Emotion];

/** A comparison about one class or pair of classes, with its verdict. */
export interface Judged<T> {
  readonly of: T;
  readonly comparison: Comparison;
  readonly verdict: Verdict;
}

/** The pairs that people and models mix up most on FER2013. */
export const HARD_PAIRS: readonly EmotionPair[] = [
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
 * @param confusion `matrix[true][predicted]`, shape [7, 7].
 * @param options `limit`: how many at most (default 5).
 */
export function mostFrequentConfusions(
  confusion: readonly (readonly number[])[],
  options: { readonly limit?: number } = {},
): Confusion[] {
  const all = EMOTIONS.flatMap((truth, t) => {
    const support = confusion[t]!.reduce((sum, count) => sum + count, 0);
    return EMOTIONS.map((predicted, p) => {
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
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function recallDifferences(runs: PairedRuns): Judged<Emotion>[] {
  const paired = { resamples: CLASS_RESAMPLES, ...runs };
  const present = EMOTIONS.filter((emotion) => hasImages(runs, emotion));
  return judged(
    present,
    present.map((emotion) => {
      const c = EMOTIONS.indexOf(emotion);
      return compareOutcomes(
        paired,
        (label, predicted) => label === predicted,
        (label) => label === c,
      );
    }),
  );
}

/**
 * How often two classes are taken for each other against the baseline: a fall is an improvement,
 * and the verdict "better" then says that they are taken for each other less often.
 *
 * @param runs The runs of both, scored on the same images (`resamples`: default 2,000).
 * @param pairs Which classes (default {@linkcode HARD_PAIRS}); a pair without images is left out.
 * @returns Effects in points of the images of the two classes that are *not* taken for the other.
 * @throws {UserError} Where the test images differ or no seed is common to both.
 */
export function pairDifferences(
  runs: PairedRuns,
  pairs: readonly EmotionPair[] = HARD_PAIRS,
): Judged<EmotionPair>[] {
  const paired = { resamples: CLASS_RESAMPLES, ...runs };
  const present = pairs.filter((pair) => pair.some((emotion) => hasImages(runs, emotion)));
  return judged(
    present,
    present.map((pair) => {
      const [a, b] = pair.map((emotion) => EMOTIONS.indexOf(emotion)) as [number, number];
      return compareOutcomes(
        paired,
        (label, predicted) => predicted !== (label === a ? b : a),
        (label) => label === a || label === b,
      );
    }),
  );
}

/** Whether any test image is of the class. */
function hasImages({ baseline }: PairedRuns, emotion: Emotion): boolean {
  return baseline[0]?.labels.includes(EMOTIONS.indexOf(emotion)) ?? false;
}

function judged<T>(about: readonly T[], comparisons: readonly Comparison[]): Judged<T>[] {
  const words = verdicts(comparisons);
  return about.map((of, i) => ({ of, comparison: comparisons[i]!, verdict: words[i]! }));
}
