/**
 * Whether a model that says 80 % is right in 80 % of the cases.
 *
 * @module
 */

/** What calibration needs of a run's predictions; those of a predictions file fit. */
export interface ProbablePredictions {
  /** The classes' names, index = label number. */
  readonly classes: readonly string[];
  /** Label numbers, shape [n]. */
  readonly labels: Uint8Array;
  /** Predicted label numbers, shape [n]. */
  readonly predicted: Uint8Array;
  /** Shape [n, classes], row by row. */
  readonly probabilities: ArrayLike<number>;
}

/** Images whose confidence lies in (low, high]; the first bin also holds 0. */
export interface CalibrationBin {
  readonly low: number;
  readonly high: number;
  readonly images: number;
  /** Share predicted right; 0 where there are no images. */
  readonly accuracy: number;
  /** Mean probability of the predicted class; 0 where there are no images. */
  readonly confidence: number;
}

/** Expected calibration error and the bars of a reliability diagram. */
export interface Calibration {
  /** From 0 to 1. */
  readonly expectedError: number;
  readonly bins: readonly CalibrationBin[];
}

/** An image predicted wrong. */
export interface Mistake {
  /** The image's place among the predictions, from 0. */
  readonly index: number;
  readonly true: string;
  readonly predicted: string;
  /** Probability given to the predicted class. */
  readonly confidence: number;
  /** Probability given to the true class. */
  readonly probabilityOfTrue: number;
}

/**
 * Expected calibration error (Naeini et al. 2015; Guo et al. 2017): images are binned by confidence,
 * the probability of the predicted class, in bins of equal width; the error is the mean over images
 * of the gap |accuracy - confidence| of their bin.
 *
 * @param predictions Labels, predictions and probabilities of n images.
 * @param options `bins`: how many (default 15, as in Guo et al.).
 */
export function calibration(
  predictions: ProbablePredictions,
  options: { readonly bins?: number } = {},
): Calibration {
  const count = options.bins ?? 15;
  const { labels, predicted } = predictions;
  const images = new Float64Array(count);
  const right = new Float64Array(count);
  const confidences = new Float64Array(count);
  for (let i = 0; i < labels.length; i++) {
    const confidence = confidenceOf(predictions, i);
    const bin = Math.min(Math.max(Math.ceil(confidence * count) - 1, 0), count - 1);
    images[bin]! += 1;
    right[bin]! += labels[i] === predicted[i] ? 1 : 0;
    confidences[bin]! += confidence;
  }
  const bins = Array.from(images, (n, b): CalibrationBin => ({
    low: b / count,
    high: (b + 1) / count,
    images: n,
    accuracy: n === 0 ? 0 : right[b]! / n,
    confidence: n === 0 ? 0 : confidences[b]! / n,
  }));
  const gaps = bins.map((bin) => bin.images * Math.abs(bin.accuracy - bin.confidence));
  const total = gaps.reduce((sum, gap) => sum + gap, 0);
  return { expectedError: labels.length === 0 ? 0 : total / labels.length, bins };
}

/**
 * The wrong predictions the model was surest of, surest first; equal ones in the images' order.
 *
 * @param predictions Labels, predictions and probabilities of n images.
 * @param options `limit`: how many at most (default 10).
 */
export function mostConfidentMistakes(
  predictions: ProbablePredictions,
  options: { readonly limit?: number } = {},
): Mistake[] {
  const { classes, labels, predicted, probabilities } = predictions;
  return Array.from(labels.keys())
    .filter((i) => labels[i] !== predicted[i])
    .map((i): Mistake => ({
      index: i,
      true: classes[labels[i]!]!,
      predicted: classes[predicted[i]!]!,
      confidence: confidenceOf(predictions, i),
      probabilityOfTrue: probabilities[i * classes.length + labels[i]!]!,
    }))
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, options.limit ?? 10);
}

function confidenceOf(
  { classes, predicted, probabilities }: ProbablePredictions,
  i: number,
): number {
  return probabilities[i * classes.length + predicted[i]!]!;
}
