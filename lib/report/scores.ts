/**
 * The table of a trained network's scores, the same in a report, in the overview and in notebooks.
 *
 * @module
 */

import { ORIGINAL } from "./original.ts";
import type { VariantReport } from "./record.ts";
import { hasCopies } from "./summary.ts";
import { NOTHING, percent, percentEstimate, percentScore } from "./text.ts";

/** The scores that the original report states too. */
export const WEIGHTED_SCORES = [
  ["accuracy", "Accuracy"],
  ["weightedPrecision", "Precision, weighted"],
  ["weightedRecall", "Recall, weighted"],
  ["weightedF1", "F1, weighted"],
] as const;

const MACRO_SCORES = [
  ["macroPrecision", "Precision, macro"],
  ["macroRecall", "Recall, macro"],
  ["macroF1", "F1, macro"],
] as const;

/**
 * Accuracy, precision, recall and F1 in per cent: a row each of what it is, the score on all test
 * images, and the score on the clean ones where those are fewer ({@linkcode hasCopies}).
 *
 * @param variant Whose.
 * @param options `original`: whether a last cell has what the original report states. `absent`: what
 * stands in it where it states nothing (default a dash).
 */
export function scoreRows(
  { test, cleanTest }: Pick<VariantReport, "test" | "cleanTest">,
  { original, absent = NOTHING }: { readonly original: boolean; readonly absent?: string },
): string[][] {
  const row = (score: Parameters<typeof percentScore>[1], title: string, stated: string) => [
    title,
    percentEstimate(test[score]),
    ...(hasCopies({ test, cleanTest }) ? [percentScore(cleanTest, score)] : []),
    ...(original ? [stated] : []),
  ];
  return [
    ...WEIGHTED_SCORES.map(([score, title]) => row(score, title, percent(ORIGINAL[score]))),
    ...MACRO_SCORES.map(([score, title]) => row(score, title, absent)),
  ];
}
