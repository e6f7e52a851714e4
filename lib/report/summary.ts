/**
 * What Markdown, overview and comparison say about a report, in numbers.
 *
 * @module
 */

import { mean } from "mathjs";
import type {
  ExperimentReport,
  GroupDifference,
  RunFacts,
  VariantReport,
  Verdict,
} from "./record.ts";

/** What the original report states for FER2013: a four-layer CNN, 71 epochs, weighted averages. */
export const ORIGINAL = {
  accuracy: 0.6208,
  weightedPrecision: 0.6190,
  weightedRecall: 0.6208,
  weightedF1: 0.6197,
} as const;

/**
 * The variant that PublicTest would choose: the highest mean validation accuracy of the best epochs,
 * the first where several are equal. Choosing by PrivateTest would be selecting on the test set.
 */
export function chosenVariant({ variants }: ExperimentReport): VariantReport {
  const score = ({ runs }: VariantReport) => meanOver(runs, (run) => run.best.validationAccuracy);
  return variants.reduce((best, variant) => score(variant) > score(best) ? variant : best);
}

/** The mean of what is picked from each item. */
export function meanOver<T>(items: readonly T[], pick: (item: T) => number): number {
  return mean(items.map(pick));
}

/** Training accuracy less PrivateTest accuracy, mean over the runs. */
export function testGap({ runs }: VariantReport, which: "best" | "last"): number {
  return meanOver(runs, (run) => run[which].trainingAccuracy - run[which].test.accuracy);
}

/** Seconds that a run took, training and scoring. */
export function secondsOf({ trainingSeconds, scoringSeconds }: RunFacts): number {
  return trainingSeconds + scoringSeconds;
}

/** What can be said of the methods, or for one seed of the two trained models. */
export function saidOf({ verdict, models }: GroupDifference): Verdict {
  return models ?? verdict;
}

/** {@linkcode saidOf} in words; for one seed it names that it speaks of these networks only. */
export function verdictText({ verdict, models }: GroupDifference): string {
  return models && models !== verdict ? `${verdict} (this network: ${models})` : verdict;
}
