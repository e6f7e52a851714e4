/**
 * How well predictions fit labels: accuracy, cross-entropy, the confusion matrix, and precision,
 * recall and F1 per class and averaged.
 *
 * Definitions are scikit-learn's: `confusion_matrix(labels, predicted, labels=range(7))` and
 * `precision_recall_fscore_support(labels, predicted, zero_division=0)`, whose averages are over the
 * classes that labels or predictions have. Where scikit-learn has a 0 for want of a number, a class of
 * its own has none here; in averages it counts as that 0.
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
  /**
   * Plain means over the classes that labels or predictions have; a class of which nothing is known
   * counts with neither a 0 nor in the number of classes. All 0 where there are no images.
   */
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
export interface ClassScores {
  readonly emotion: Emotion;
  /** Images of this class. */
  readonly support: number;
  /** Images predicted as this class. */
  readonly predicted: number;
  /** 0 for a class with images that is never predicted; null where it has no images either. */
  readonly precision: number | null;
  /** Null for a class without images. */
  readonly recall: number | null;
  /** Null for a class that neither has images nor is predicted. */
  readonly f1: number | null;
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
 * Scores predicted classes against labels. The scores of no images are 0.
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
  const correct = sum(diag(confusion) as unknown as number[]);
  return {
    images: labels.length,
    correct,
    accuracy: ratio(correct, labels.length),
    loss: options.loss ?? 0,
    ...classScores(confusion),
    confusion,
  };
}

/**
 * The scores by class and their averages that follow from a confusion matrix.
 *
 * @param confusion `matrix[true][predicted]`, shape [7, 7].
 */
export function classScores(
  confusion: Evaluation["confusion"],
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
  const occurs = EMOTIONS.map((_, c) => supports[c]! + predictions[c]! > 0);
  const macroMean = (scores: number[]) =>
    images === 0 ? 0 : mean(scores.filter((_, c) => occurs[c]));
  return {
    weighted: {
      precision: weightedMean(precision),
      recall: weightedMean(recall),
      f1: weightedMean(f1),
    },
    macro: { precision: macroMean(precision), recall: macroMean(recall), f1: macroMean(f1) },
    perClass: EMOTIONS.map((emotion, c) => ({
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
