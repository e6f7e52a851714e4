/**
 * The original report, and how other results stand beside it.
 *
 * @module
 */

import type { Estimate, ExperimentReport } from "./record.ts";
import { percent, points } from "./text.ts";

/** What the original report states for FER2013: a four-layer CNN, 71 epochs, weighted averages. */
export const ORIGINAL = {
  accuracy: 0.6208,
  weightedPrecision: 0.6190,
  weightedRecall: 0.6208,
  weightedF1: 0.6197,
} as const;

/** Whether results on these data may stand beside the original report's. */
export function hasOriginal({ name, synthetic }: ExperimentReport["dataset"]): boolean {
  return name === "fer2013" && !synthetic;
}

/** Where an accuracy lies beside the original report's, in a sentence. */
export function besideOriginal({ mean, low, high }: Estimate): string {
  const difference = mean - ORIGINAL.accuracy;
  const side = low === null || high === null
    ? "beside"
    : ORIGINAL.accuracy < low
    ? "below"
    : ORIGINAL.accuracy > high
    ? "above"
    : "inside";
  return `That is ${points(Math.abs(difference)).replace("+", "")} points ` +
    `${difference < 0 ? "less" : "more"} than the original report's ${
      percent(ORIGINAL.accuracy)
    } %, ` +
    `which lies ${side} the interval.`;
}
