/**
 * Increases small classes of Training with augmented copies, in the manner of Augmentor (Bloice,
 * Stocker and Holzinger 2017): each copy is a random original of its class, put through a pipeline
 * in which every operation has its probability.
 *
 * @module
 */

import type { Split } from "../dataset/dataset.ts";
import { CLASS_COUNT, type Emotion, EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { UsageError, UserError } from "../error.ts";
import { randomStream } from "../seed.ts";
import { augmentImage, type Pipeline } from "./pipeline.ts";

/** What to increase, to what size, how. */
export interface BalanceOptions {
  /** Names of the classes to increase, in any order. */
  readonly classes: readonly string[];
  /** The size to reach, as a multiple of the mean class size. */
  readonly to: number;
  readonly pipeline: Pipeline;
  /** The run's seed; each class has the stream `balance`, its name. */
  readonly seed: number;
}

/** Training with its copies: the originals in their order, then the copies, class by class. */
export interface Balanced {
  /** Shape [labels.length, 48, 48]. */
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
  /** For every image the index of its original in Training; an original's own index. */
  readonly source: Uint32Array;
}

/**
 * How many copies of each class {@linkcode balance} makes.
 *
 * @param counts Images of each class, in FER2013's order, shape [7].
 * @returns By label number, shape [7].
 */
export function missingCopies(
  counts: readonly number[],
  { classes, to }: Pick<BalanceOptions, "classes" | "to">,
): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const wanted = Math.round(to * all / CLASS_COUNT);
  return EMOTIONS.map((emotion, label) =>
    classes.includes(emotion) ? Math.max(wanted - counts[label]!, 0) : 0
  );
}

/**
 * Increases classes of Training to `round(to x mean class size)` images. A class at or above that
 * size stays as it is: nothing is ever removed. It is given Training alone and so cannot leak into
 * the other splits.
 *
 * @param training The split Training.
 * @returns New arrays, the originals copied in.
 * @throws {UsageError} For a class that does not exist.
 * @throws {UserError} For a class to increase without a single image.
 */
export function balance(training: Split, options: BalanceOptions): Balanced {
  const { classes, to, pipeline, seed } = options;
  const unknown = classes.find((name) => !EMOTIONS.includes(name as Emotion));
  if (unknown !== undefined) {
    throw new UsageError(`No class "${unknown}" to increase: expected ${EMOTIONS.join(", ")}`);
  }
  const originals = EMOTIONS.map((): number[] => []);
  for (let i = 0; i < training.length; i++) originals[training.labels[i]!]!.push(i);

  const missing = missingCopies(originals.map((ofClass) => ofClass.length), { classes, to });
  const length = training.length + missing.reduce((sum, count) => sum + count, 0);
  const images = new Uint8Array(length * IMAGE_PIXELS);
  const labels = new Uint8Array(length);
  const source = new Uint32Array(length);
  images.set(training.images.subarray(0, training.length * IMAGE_PIXELS));
  labels.set(training.labels.subarray(0, training.length));
  for (let i = 0; i < training.length; i++) source[i] = i;

  let at = training.length;
  for (const [label, emotion] of EMOTIONS.entries()) {
    const ofClass = originals[label]!;
    if (missing[label]! > 0 && ofClass.length === 0) {
      throw new UserError(
        `Training has no image of ${emotion} to copy: leave it out of balanceClasses`,
      );
    }
    const stream = randomStream(seed, "balance", emotion);
    for (let copy = 0; copy < missing[label]!; copy++, at++) {
      const original = ofClass[stream.integer(0, ofClass.length)]!;
      augmentImage(training.images, original, pipeline, stream, images, at);
      labels[at] = label;
      source[at] = original;
    }
  }
  return { images, labels, source };
}
