/**
 * Scores under another circumstance of the test, such as a modality that is missing.
 *
 * @module
 */

import type { ConditionScores } from "../schema/run.ts";
import { classScores, type Evaluation } from "./metrics.ts";

/**
 * What a confusion matrix under a test condition says.
 *
 * @param confusion `matrix[true][predicted]`, of one sample or more.
 */
export function conditionScores(
  name: string,
  confusion: Evaluation["confusion"],
  classes: readonly string[],
): ConditionScores {
  const images = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
  return {
    name,
    accuracy: correct / images,
    macroF1: classScores(confusion, classes).macro.f1,
    confusion,
  };
}
