/**
 * How well predictions fit labels: accuracy, cross-entropy, the confusion matrix, and precision,
 * recall and F1 per class and averaged.
 *
 * Definitions are scikit-learn's: `confusion_matrix(labels, predicted, labels=range(classes))` and
 * `precision_recall_fscore_support(labels, predicted, zero_division=0)`, whose averages are over the
 * classes that labels or predictions have. Where scikit-learn has a 0 for want of a number, a class of
 * its own has none here; in averages it counts as that 0.
 *
 * @module
 */

import { add, diag, dot, dotDivide, mean, sum, transpose } from "mathjs";
import { UserError } from "../error.ts";
import type { Evaluation } from "../schema/common.ts";

export type { Evaluation };

/** Keras's `epsilon()`: a probability of 0 would cost infinitely much. */
const SMALLEST_PROBABILITY = 1e-7;

/**
 * Scores class probabilities against labels.
 *
 * @param labels Label numbers, shape [n].
 * @param probabilities Of each class for each sample, shape [n, classes], row by row.
 * @param classes The classes' names, index = label number.
 * @throws {RangeError} Where shapes do not fit or a label is of no class.
 * @throws {UserError} Where a probability is not a number: the training diverged.
 */
export function evaluate(
  labels: Uint8Array,
  probabilities: ArrayLike<number>,
  classes: readonly string[],
): Evaluation {
  return evaluatePredictions(labels, predictedClasses(probabilities, classes.length), classes, {
    loss: crossEntropy(labels, probabilities, classes.length),
  });
}

/**
 * Scores predicted classes against labels. The scores of no samples are 0.
 *
 * @param labels Label numbers, shape [n].
 * @param predicted Predicted label numbers, shape [n].
 * @param classes The classes' names, index = label number.
 * @param options `loss`: the mean cross-entropy where it is known (default 0).
 * @throws {RangeError} Where lengths differ or a number is of no class.
 */
export function evaluatePredictions(
  labels: Uint8Array,
  predicted: Uint8Array,
  classes: readonly string[],
  options: { readonly loss?: number } = {},
): Evaluation {
  const confusion = confusionMatrix(labels, predicted, classes.length);
  const correct = sum(diag(confusion) as unknown as number[]);
  return {
    images: labels.length,
    correct,
    accuracy: ratio(correct, labels.length),
    loss: options.loss ?? 0,
    ...classScores(confusion, classes),
    confusion,
  };
}

/**
 * The scores by class and their averages that follow from a confusion matrix.
 *
 * @param confusion `matrix[true][predicted]`, shape [classes, classes].
 * @param classes The classes' names in the order of the matrix.
 */
export function classScores(
  confusion: Evaluation["confusion"],
  classes: readonly string[],
): Pick<Evaluation, "weighted" | "macro" | "perClass"> {
  const matrix = confusion.map((row) => [...row]);
  const hits = diag(matrix) as unknown as number[];
  const supports = rowSums(matrix);
  const predictions = rowSums(transpose(matrix));
  const images = sum(supports);

  const precision = ratios(hits, predictions);
  const recall = ratios(hits, supports);
  // 2 TP / (2 TP + FP + FN), which is the harmonic mean of precision and recall where both exist.
  const f1 = ratios(add(hits, hits), add(supports, predictions));

  const weightedMean = (scores: number[]) => ratio(dot(scores, supports), images);
  const occurs = classes.map((_, c) => supports[c]! + predictions[c]! > 0);
  const macroMean = (scores: number[]) =>
    images === 0 ? 0 : mean(scores.filter((_, c) => occurs[c]));
  return {
    weighted: {
      precision: weightedMean(precision),
      recall: weightedMean(recall),
      f1: weightedMean(f1),
    },
    macro: { precision: macroMean(precision), recall: macroMean(recall), f1: macroMean(f1) },
    perClass: classes.map((emotion, c) => ({
      emotion,
      support: supports[c]!,
      predicted: predictions[c]!,
      precision: occurs[c] ? precision[c]! : null,
      recall: supports[c]! > 0 ? recall[c]! : null,
      f1: occurs[c] ? f1[c]! : null,
    })),
  };
}

/**
 * Counts samples by true and predicted class.
 *
 * @param labels Label numbers, shape [n].
 * @param predicted Predicted label numbers, shape [n].
 * @param classes How many there are.
 * @returns `matrix[true][predicted]`, shape [classes, classes].
 * @throws {RangeError} Where lengths differ or a number is of no class.
 */
export function confusionMatrix(
  labels: Uint8Array,
  predicted: Uint8Array,
  classes: number,
): number[][] {
  if (labels.length !== predicted.length) {
    throw new RangeError(`${labels.length} labels for ${predicted.length} predictions`);
  }
  const matrix = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[labels[i]!];
    if (row?.[predicted[i]!] === undefined) {
      throw new RangeError(
        `Not a class from 0 to ${classes - 1}: sample ${i}: ${labels[i]}, ${predicted[i]}`,
      );
    }
    row[predicted[i]!]! += 1;
  }
  return matrix;
}

/**
 * The most probable class of each sample, the first of them where several are equally probable.
 *
 * @param probabilities Shape [n, classes], row by row.
 * @param classes How many there are.
 * @returns Label numbers, shape [n].
 * @throws {UserError} Where a probability is not a number: the training diverged.
 */
export function predictedClasses(probabilities: ArrayLike<number>, classes: number): Uint8Array {
  const predicted = new Uint8Array(rowCount(probabilities, classes));
  for (let i = 0; i < predicted.length; i++) {
    let best = 0;
    for (let c = 0; c < classes; c++) {
      const probability = probabilities[i * classes + c]!;
      if (Number.isNaN(probability)) {
        throw new UserError(
          `The model's output for sample ${i} is not a number: the training diverged; ` +
            "lower learningRate or set clipNorm",
        );
      }
      if (probability > probabilities[i * classes + best]!) best = c;
    }
    predicted[i] = best;
  }
  return predicted;
}

/**
 * Mean cross-entropy in nats: the mean over the samples of -ln(probability of the true class), the
 * probability held between 1e-7 and 1 - 1e-7 as Keras does.
 *
 * @param labels Label numbers, shape [n].
 * @param probabilities Shape [n, classes], row by row.
 * @param classes How many there are.
 * @returns 0 where there are no samples.
 * @throws {RangeError} Where shapes do not fit.
 */
export function crossEntropy(
  labels: Uint8Array,
  probabilities: ArrayLike<number>,
  classes: number,
): number {
  if (rowCount(probabilities, classes) !== labels.length) {
    throw new RangeError(`${labels.length} labels for ${probabilities.length / classes} rows`);
  }
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const probability = probabilities[i * classes + labels[i]!]!;
    const held = Math.min(
      Math.max(probability, SMALLEST_PROBABILITY),
      1 - SMALLEST_PROBABILITY,
    );
    total -= Math.log(held);
  }
  return ratio(total, labels.length);
}

function rowCount(probabilities: ArrayLike<number>, classes: number): number {
  const count = probabilities.length / classes;
  if (!Number.isInteger(count)) {
    throw new RangeError(`${probabilities.length} probabilities are not ${classes} per sample`);
  }
  return count;
}

function rowSums(matrix: number[][]): number[] {
  return matrix.map((row) => sum(row));
}

function ratio(above: number, below: number): number {
  return below === 0 ? 0 : above / below;
}

/** Elementwise; 0 where there is nothing below the line (`zero_division=0`). */
function ratios(above: number[], below: number[]): number[] {
  const quotients = dotDivide(above, below) as number[];
  return quotients.map((quotient, i) => below[i] === 0 ? 0 : quotient);
}
