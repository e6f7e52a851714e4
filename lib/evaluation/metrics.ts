/**
 * How well predictions fit labels: accuracy, cross-entropy, the confusion matrix, and precision,
 * recall and F1 per class and averaged.
 *
 * Definitions are scikit-learn's: `precision_recall_fscore_support(labels, predicted,
 * labels=range(7), zero_division=0)` and `confusion_matrix(labels, predicted, labels=range(7))`.
 *
 * @module
 */

import { add, diag, dot, dotDivide, mean, sum, transpose } from "mathjs";
import { CLASS_COUNT, type Emotion, EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";

/** The scores of predictions on one set of images. Shares are from 0 to 1. */
export interface Evaluation {
  /** How many images were scored. */
  readonly images: number;
  /** How many of them were predicted right. */
  readonly correct: number;
  /** `correct / images`. */
  readonly accuracy: number;
  /** Mean cross-entropy in nats; see {@linkcode crossEntropy}. */
  readonly loss: number;
  /** Means over the classes, each weighted by its images. */
  readonly weighted: Averages;
  /** Plain means over all seven classes, also those without an image. */
  readonly macro: Averages;
  /** One entry per class, in FER2013's order. */
  readonly perClass: readonly ClassScores[];
  /** `confusion[true][predicted]`: how many images, shape [7, 7]. */
  readonly confusion: readonly (readonly number[])[];
}

/** Precision, recall and F1 averaged over the classes. */
export interface Averages {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}

/** The scores of one class. */
export interface ClassScores extends Averages {
  readonly emotion: Emotion;
  /** Images of this class. */
  readonly support: number;
  /** Images predicted as this class. */
  readonly predicted: number;
}

/** Keras's `epsilon()`: a probability of 0 would cost infinitely much. */
const SMALLEST_PROBABILITY = 1e-7;

/**
 * Scores class probabilities against labels.
 *
 * @param labels Label numbers 0 to 6, shape [n].
 * @param probabilities Of each class for each image, shape [n, 7], row by row.
 * @throws {RangeError} Where shapes do not fit or a label is not 0 to 6.
 * @throws {UserError} Where a probability is not a number: the training diverged.
 */
export function evaluate(labels: Uint8Array, probabilities: ArrayLike<number>): Evaluation {
  return evaluatePredictions(labels, predictedClasses(probabilities), {
    loss: crossEntropy(labels, probabilities),
  });
}

/**
 * Scores predicted classes against labels. A ratio with nothing below the line (the precision of a
 * class never predicted, the recall of a class without images, any score of no images) is 0.
 *
 * @param labels Label numbers 0 to 6, shape [n].
 * @param predicted Predicted label numbers 0 to 6, shape [n].
 * @param options `loss`: the mean cross-entropy where it is known (default 0).
 * @throws {RangeError} Where lengths differ or a number is not 0 to 6.
 */
export function evaluatePredictions(
  labels: Uint8Array,
  predicted: Uint8Array,
  options: { readonly loss?: number } = {},
): Evaluation {
  const confusion = confusionMatrix(labels, predicted);
  const hits = diag(confusion) as unknown as number[];
  const supports = rowSums(confusion);
  const predictions = rowSums(transpose(confusion));
  const correct = sum(hits);

  const precision = ratios(hits, predictions);
  const recall = ratios(hits, supports);
  // 2 TP / (2 TP + FP + FN), which is the harmonic mean of precision and recall where both exist.
  const f1 = ratios(add(hits, hits), add(supports, predictions));

  const weightedMean = (scores: number[]) => ratio(dot(scores, supports), labels.length);
  return {
    images: labels.length,
    correct,
    accuracy: ratio(correct, labels.length),
    loss: options.loss ?? 0,
    weighted: {
      precision: weightedMean(precision),
      recall: weightedMean(recall),
      f1: weightedMean(f1),
    },
    macro: { precision: mean(precision), recall: mean(recall), f1: mean(f1) },
    perClass: EMOTIONS.map((emotion, c) => ({
      emotion,
      support: supports[c]!,
      predicted: predictions[c]!,
      precision: precision[c]!,
      recall: recall[c]!,
      f1: f1[c]!,
    })),
    confusion,
  };
}

/**
 * Counts images by true and predicted class.
 *
 * @param labels Label numbers 0 to 6, shape [n].
 * @param predicted Predicted label numbers 0 to 6, shape [n].
 * @returns `matrix[true][predicted]`, shape [7, 7].
 * @throws {RangeError} Where lengths differ or a number is not 0 to 6.
 */
export function confusionMatrix(labels: Uint8Array, predicted: Uint8Array): number[][] {
  if (labels.length !== predicted.length) {
    throw new RangeError(`${labels.length} labels for ${predicted.length} predictions`);
  }
  const matrix = EMOTIONS.map(() => EMOTIONS.map(() => 0));
  for (let i = 0; i < labels.length; i++) {
    const row = matrix[labels[i]!];
    if (row?.[predicted[i]!] === undefined) {
      throw new RangeError(`Not a class from 0 to 6: image ${i}: ${labels[i]}, ${predicted[i]}`);
    }
    row[predicted[i]!]! += 1;
  }
  return matrix;
}

/**
 * The most probable class of each image, the first of them where several are equally probable.
 *
 * @param probabilities Shape [n, 7], row by row.
 * @returns Label numbers 0 to 6, shape [n].
 * @throws {UserError} Where a probability is not a number: the training diverged.
 */
export function predictedClasses(probabilities: ArrayLike<number>): Uint8Array {
  const predicted = new Uint8Array(imageCount(probabilities));
  for (let i = 0; i < predicted.length; i++) {
    let best = 0;
    for (let c = 0; c < CLASS_COUNT; c++) {
      const probability = probabilities[i * CLASS_COUNT + c]!;
      if (Number.isNaN(probability)) {
        throw new UserError(
          `The model's output for image ${i} is not a number: the training diverged; ` +
            "lower learningRate or set clipNorm",
        );
      }
      if (probability > probabilities[i * CLASS_COUNT + best]!) best = c;
    }
    predicted[i] = best;
  }
  return predicted;
}

/**
 * Mean cross-entropy in nats: the mean over the images of -ln(probability of the true class), the
 * probability held between 1e-7 and 1 - 1e-7 as Keras does.
 *
 * @param labels Label numbers 0 to 6, shape [n].
 * @param probabilities Shape [n, 7], row by row.
 * @returns 0 where there are no images.
 * @throws {RangeError} Where shapes do not fit.
 */
export function crossEntropy(labels: Uint8Array, probabilities: ArrayLike<number>): number {
  if (imageCount(probabilities) !== labels.length) {
    throw new RangeError(`${labels.length} labels for ${probabilities.length / CLASS_COUNT} rows`);
  }
  let total = 0;
  for (let i = 0; i < labels.length; i++) {
    const probability = probabilities[i * CLASS_COUNT + labels[i]!]!;
    const held = Math.min(
      Math.max(probability, SMALLEST_PROBABILITY),
      1 - SMALLEST_PROBABILITY,
    );
    total -= Math.log(held);
  }
  return ratio(total, labels.length);
}

function imageCount(probabilities: ArrayLike<number>): number {
  const count = probabilities.length / CLASS_COUNT;
  if (!Number.isInteger(count)) {
    throw new RangeError(`${probabilities.length} probabilities are not ${CLASS_COUNT} per image`);
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
