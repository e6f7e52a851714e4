/**
 * From a data set to what one run trains on.
 *
 * @module
 */

import { balance } from "../augmentation/balance.ts";
import { parsePipeline } from "../augmentation/pipeline.ts";
import type { Configuration } from "../configuration.ts";
import { classCounts, trainingWithoutCopies } from "../dataset/audit.ts";
import type { Dataset, Split } from "../dataset/dataset.ts";
import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import type { TrainingImages } from "./batch.ts";

/** Training as configured, with the loss weight of each class. */
export interface PreparedTraining extends TrainingImages {
  /** How many images of each class, in FER2013's order, shape [7]. */
  readonly counts: readonly number[];
  /** Shape [7]; all 1 without class weights. */
  readonly classWeights: readonly number[];
}

/**
 * Leaves out copies of test images, increases small classes and weighs classes, each as configured.
 *
 * @param dataset Only its Training is augmented; the other splits are looked at for copies only.
 * @param configuration Which of it.
 * @param seed Of the run.
 */
export function prepareTraining(
  dataset: Dataset,
  configuration: Configuration,
  seed: number,
): PreparedTraining {
  const { dedupe, balanceClasses, balanceTo, balanceWith } = configuration;
  const kept = dedupe
    ? select(dataset.splits.Training, trainingWithoutCopies(dataset))
    : dataset.splits.Training;
  const { images, labels } = balanceClasses.length === 0 ? kept : balance(kept, {
    classes: balanceClasses,
    to: balanceTo,
    pipeline: parsePipeline(balanceWith),
    seed,
  });
  const counts = Object.values(classCounts({ ...kept, images, labels, length: labels.length }));
  return {
    images,
    labels,
    counts,
    classWeights: configuration.classWeights === "balanced"
      ? balancedWeights(counts)
      : counts.map(() => 1),
  };
}

/**
 * Weights that let every class count alike: images / (classes x images of the class), as scikit-learn's
 * `class_weight="balanced"` (King and Zeng 2001).
 *
 * @param counts Images of each class; a class without any has weight 0.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count === 0 ? 0 : total / (CLASS_COUNT * count));
}

/** The images of a split at some indices. */
export function select(split: Split, indices: Uint32Array): Split {
  const images = new Uint8Array(indices.length * IMAGE_PIXELS);
  indices.forEach((from, to) =>
    images.set(
      split.images.subarray(from * IMAGE_PIXELS, (from + 1) * IMAGE_PIXELS),
      to * IMAGE_PIXELS,
    )
  );
  return {
    images,
    labels: Uint8Array.from(indices, (i) => split.labels[i]!),
    ids: Array.from(indices, (i) => split.ids[i]!),
    length: indices.length,
  };
}
