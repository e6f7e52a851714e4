/**
 * Predictions that need no training: what any model must beat.
 *
 * @module
 */

import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import { evaluatePredictions } from "./metrics.ts";

/** A baseline without training: `majority class`, `class prior`, `nearest class mean`. */
export interface CommonsenseScore {
  readonly name: string;
  readonly accuracy: number;
  readonly macroF1: number;
}

/** Images with their labels; a `Split` of a data set is one. */
export interface LabelledImages {
  /** Gray values 0 to 255, shape [n, 48, 48]. */
  readonly images: Uint8Array;
  /** Label numbers, shape [n]. */
  readonly labels: Uint8Array;
}

/**
 * The scores of all three baselines on the test images.
 *
 * @param training Where class shares and means are taken from.
 * @param test What is predicted.
 */
export function commonsenseScores(
  training: LabelledImages,
  test: LabelledImages,
): CommonsenseScore[] {
  const scored = (name: string, predicted: Uint8Array): CommonsenseScore => {
    const { accuracy, macro } = evaluatePredictions(test.labels, predicted);
    return { name, accuracy, macroF1: macro.f1 };
  };
  return [
    scored("majority class", majorityClass(training.labels, test.labels.length)),
    { name: "class prior", ...classPrior(training.labels, test.labels) },
    scored("nearest class mean", nearestClassMean(training, test.images)),
  ];
}

/**
 * The class with the most training images, for every image; the first of equals.
 *
 * @param trainingLabels Label numbers, shape [m].
 * @param count How many predictions, n.
 * @returns Label numbers, shape [n].
 */
export function majorityClass(trainingLabels: Uint8Array, count: number): Uint8Array {
  const counts = classCounts(trainingLabels);
  return new Uint8Array(count).fill(counts.indexOf(Math.max(...counts)));
}

/**
 * Guessing at random, each class as often as in Training: not drawn but computed. With class shares
 * q in Training and r in the test images, a class's expected confusion counts are n r[true]
 * q[predicted]; its recall is then q, its precision r, its F1 2 q r / (q + r). The accuracy is the
 * expected one, the sum of q r; the macro F1 is that of the expected counts, to which the F1 of
 * drawn guesses tends as images become many.
 *
 * @param trainingLabels Label numbers, shape [m].
 * @param testLabels Label numbers, shape [n].
 */
export function classPrior(
  trainingLabels: Uint8Array,
  testLabels: Uint8Array,
): { accuracy: number; macroF1: number } {
  const guessed = classShares(trainingLabels);
  const real = classShares(testLabels);
  let accuracy = 0;
  let f1 = 0;
  let classes = 0;
  for (let c = 0; c < CLASS_COUNT; c++) {
    const both = guessed[c]! * real[c]!;
    accuracy += both;
    f1 += both === 0 ? 0 : 2 * both / (guessed[c]! + real[c]!);
    // As scikit-learn has it: a class that is neither guessed nor there is none.
    if (guessed[c]! + real[c]! > 0) classes++;
  }
  return { accuracy, macroF1: f1 / Math.max(classes, 1) };
}

/**
 * The class whose mean training image is nearest by Euclid's distance on the raw pixels; the first
 * of equals. Classes without training images are never predicted.
 *
 * @param training Images with labels.
 * @param images What is predicted, shape [n, 48, 48].
 * @returns Label numbers, shape [n].
 */
export function nearestClassMean(training: LabelledImages, images: Uint8Array): Uint8Array {
  const means = classMeans(training);
  const predicted = new Uint8Array(images.length / IMAGE_PIXELS);
  for (let i = 0; i < predicted.length; i++) {
    const image = images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
    let nearest = Infinity;
    means.forEach((mean, c) => {
      if (!mean) return;
      let distance = 0;
      for (let p = 0; p < IMAGE_PIXELS; p++) distance += (image[p]! - mean[p]!) ** 2;
      if (distance < nearest) {
        nearest = distance;
        predicted[i] = c;
      }
    });
  }
  return predicted;
}

/** The mean image of each class, shape [48, 48] in gray values; undefined without images. */
function classMeans({ images, labels }: LabelledImages): (Float64Array | undefined)[] {
  const counts = classCounts(labels);
  const sums = counts.map(() => new Float64Array(IMAGE_PIXELS));
  labels.forEach((label, i) => {
    const sum = sums[label]!;
    for (let p = 0; p < IMAGE_PIXELS; p++) sum[p]! += images[i * IMAGE_PIXELS + p]!;
  });
  return sums.map((sum, c) => counts[c] === 0 ? undefined : sum.map((value) => value / counts[c]!));
}

function classCounts(labels: Uint8Array): number[] {
  const counts = new Array<number>(CLASS_COUNT).fill(0);
  for (const label of labels) counts[label]! += 1;
  return counts;
}

function classShares(labels: Uint8Array): number[] {
  return classCounts(labels).map((count) => labels.length === 0 ? 0 : count / labels.length);
}
