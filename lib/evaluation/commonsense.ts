/**
 * Predictions that need no training: what any model must beat.
 *
 * @module
 */

import type { DataForm } from "../dataset/dataset.ts";
import type { SampleValues } from "../sample.ts";
import type { CommonsenseScore } from "../schema/common.ts";
import { classScores, evaluatePredictions } from "./metrics.ts";

/** Samples with their labels; a `Split` of a data set is one. */
export interface LabelledSamples {
  /** Shape [n, ...]. */
  readonly samples: SampleValues;
  /** Label numbers, shape [n]. */
  readonly labels: Uint8Array;
}

/**
 * The scores of all three baselines on the test samples.
 *
 * @param training Where class shares and means are taken from.
 * @param test What is predicted.
 * @param classes The classes' names, index = label number.
 */
export function commonsenseScores(
  training: LabelledSamples,
  test: LabelledSamples,
  classes: readonly string[],
): CommonsenseScore[] {
  const scored = (name: string, predicted: Uint8Array): CommonsenseScore => {
    const { accuracy, macro } = evaluatePredictions(test.labels, predicted, classes);
    return { name, accuracy, macroF1: macro.f1 };
  };
  return [
    scored("majority class", majorityClass(training.labels, test.labels.length)),
    { name: "class prior", ...classPrior(training.labels, test.labels) },
    scored("nearest class mean", nearestClassMean(training, test)),
  ];
}

/**
 * The class with the most training samples, for every sample; the first of equals.
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
  for (let c = 0; c < Math.max(guessed.length, real.length); c++) {
    const [q, r] = [guessed[c] ?? 0, real[c] ?? 0];
    accuracy += q * r;
    f1 += q * r === 0 ? 0 : 2 * (q * r) / (q + r);
    // As scikit-learn has it: a class that is neither guessed nor there is none.
    if (q + r > 0) classes++;
  }
  return { accuracy, macroF1: f1 / Math.max(classes, 1) };
}

/**
 * The class whose mean training sample is nearest by Euclid's distance on the raw values; the first
 * of equals. Classes without training samples are never predicted.
 *
 * @param training Samples with labels, one at least.
 * @param test What is predicted; its labels are counted only.
 * @returns Label numbers, shape [n].
 */
export function nearestClassMean(training: LabelledSamples, test: LabelledSamples): Uint8Array {
  const size = training.samples.length / training.labels.length;
  const means = classMeans(training, size);
  const predicted = new Uint8Array(test.labels.length);
  for (let i = 0; i < predicted.length; i++) {
    const sample = test.samples.subarray(i * size, (i + 1) * size);
    let nearest = Infinity;
    means.forEach((mean, c) => {
      if (!mean) return;
      let distance = 0;
      for (let v = 0; v < size; v++) distance += (sample[v]! - mean[v]!) ** 2;
      if (distance < nearest) {
        nearest = distance;
        predicted[i] = c;
      }
    });
  }
  return predicted;
}

/**
 * The plurality of each modality's votes, or the most probable class, with ties broken at random: not drawn but computed, as the
 * expected confusion counts. Scores follow from these.
 *
 * @param test Samples of votes or probabilities; see `SampleForm`.
 * @param form The data's, with modalities or without any.
 */
export function pluralities(
  test: LabelledSamples,
  { sample, classes }: DataForm,
): CommonsenseScore[] {
  let start = 0;
  return (sample.modalities ?? []).flatMap(({ name, length, type }) => {
    const from = start;
    start += length;
    if (type === "features") return [];
    const confusion = classes.map(() => classes.map(() => 0));
    test.labels.forEach((label, i) => {
      const at = i * sample.shape[0]! + from;
      const votes = Array.from(test.samples.subarray(at, at + length));
      const most = Math.max(...votes);
      const ties = votes.filter((count) => count === most).length;
      votes.forEach((count, c) => confusion[label]![c]! += count === most ? 1 / ties : 0);
    });
    const hits = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
    return {
      name: type === "votes" ? `plurality of ${name}` : `most probable by ${name}`,
      accuracy: hits / test.labels.length,
      macroF1: classScores(confusion, classes).macro.f1,
    };
  });
}

/** The mean sample of each class, shape [size]; undefined without samples. */
function classMeans(
  { samples, labels }: LabelledSamples,
  size: number,
): (Float64Array | undefined)[] {
  const counts = classCounts(labels);
  const sums = counts.map(() => new Float64Array(size));
  labels.forEach((label, i) => {
    const sum = sums[label]!;
    for (let v = 0; v < size; v++) sum[v]! += samples[i * size + v]!;
  });
  return sums.map((sum, c) => counts[c] === 0 ? undefined : sum.map((value) => value / counts[c]!));
}

/** By label number, up to the highest there is. */
function classCounts(labels: Uint8Array): number[] {
  const counts: number[] = [];
  for (const label of labels) {
    while (counts.length <= label) counts.push(0);
    counts[label]! += 1;
  }
  return counts;
}

function classShares(labels: Uint8Array): number[] {
  return classCounts(labels).map((count) => labels.length === 0 ? 0 : count / labels.length);
}
