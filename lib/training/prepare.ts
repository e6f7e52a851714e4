/**
 * From a data set to what one run trains on.
 *
 * @module
 */

import { balance, missingCopies } from "../augmentation/balance.ts";
import { parsePipeline } from "../augmentation/pipeline.ts";
import { type Configuration, formatValue } from "../configuration.ts";
import { classCounts, trainingWithoutCopies } from "../dataset/audit.ts";
import type { Dataset, Split } from "../dataset/dataset.ts";
import { CLASS_COUNT, EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { list } from "../text.ts";
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
  const { balanceClasses, balanceTo, balanceWith } = configuration;
  const kept = configuration.dedupe
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

/** A run to come: whose it is, and how it is to be trained. */
export interface TrainableRun {
  readonly variant: { readonly name: string };
  readonly request: { readonly configuration: Configuration };
}

/** More variants than these are counted in a message, not named. */
const MOST_NAMES = 4;

/**
 * Refuses, before anything is trained, what the data make impossible for any of the planned runs: hours
 * into an experiment is too late to hear of it.
 *
 * @param dataset What all of them are trained on.
 * @param planned Every run.
 * @param options `choosable`: whether variants can be chosen with `--variants` (default true).
 * @throws {UserError} Says which variants, why, and which flags help.
 */
export function checkTrainable(
  dataset: Dataset,
  planned: readonly TrainableRun[],
  { choosable = true }: { readonly choosable?: boolean } = {},
): void {
  const labelsOf = labelsTrainedOn(dataset);
  const judged = planned.map(({ variant: { name }, request: { configuration } }) => ({
    name,
    trouble: troubleOf(configuration, labelsOf(configuration)),
  }));
  const trouble = judged.find((each) => each.trouble)?.trouble;
  if (!trouble) return;
  const names = (some: typeof judged) => [...new Set(some.map(({ name }) => name))];
  const troubled = names(judged.filter((each) => each.trouble));
  const others = names(judged.filter((each) => !each.trouble));
  const whose = troubled.length > MOST_NAMES ? `${troubled.length} variants` : list(troubled);
  const several = troubled.length + others.length > 1;
  throw new UserError(
    `${dataset.name}: ${trouble.what}${several ? ` (${whose})` : ""}: ${trouble.remedy}` +
      (several ? ", which holds for all variants" : "") +
      (choosable && others.length > 0
        ? `; or run only the others with --variants ${others.join(",")}`
        : ""),
  );
}

interface Trouble {
  readonly what: string;
  readonly remedy: string;
}

/** Why a network cannot be trained so on images of these labels; nothing where it can. */
function troubleOf(configuration: Configuration, labels: Uint8Array): Trouble | undefined {
  const { dedupe, balanceClasses, balanceTo, batchNorm, batchSize } = configuration;
  if (labels.length === 0) {
    return {
      what:
        "Every image of Training is also in PublicTest or PrivateTest, and dedupe=true leaves " +
        "none to train on",
      remedy: "keep them with --set dedupe=false",
    };
  }
  const counts = EMOTIONS.map((_, c) => labels.filter((label) => label === c).length);
  const copies = missingCopies(counts, { classes: balanceClasses, to: balanceTo });
  const absent = EMOTIONS.filter((_, c) => copies[c]! > 0 && counts[c] === 0);
  if (absent.length > 0) {
    const rest = balanceClasses.filter((name) => !absent.some((emotion) => emotion === name));
    return {
      what: `Training has no image of ${list(absent)} to copy` +
        (dedupe ? " with dedupe=true" : ""),
      remedy: `leave it out with --set balanceClasses=${formatValue(rest)}`,
    };
  }
  const length = labels.length + copies.reduce((sum, count) => sum + count, 0);
  if (batchNorm === "all" && Math.min(batchSize, length) === 1) {
    return {
      what:
        "One image a step is its own mean, from which batch normalisation of all layers learns " +
        "nothing",
      remedy: `normalise the convolutions only, with --set batchNorm=true${
        length > 1 ? ", or take more with --set batchSize=64" : ""
      }`,
    };
  }
  return undefined;
}

/** The labels of Training as a configuration leaves them, copies not counted. */
function labelsTrainedOn(dataset: Dataset): (configuration: Configuration) => Uint8Array {
  const { labels } = dataset.splits.Training;
  let deduped: Uint8Array | undefined;
  return ({ dedupe }) =>
    dedupe
      ? deduped ??= Uint8Array.from(trainingWithoutCopies(dataset), (i) => labels[i]!)
      : labels;
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
