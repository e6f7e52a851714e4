/**
 * An epoch's samples in its own order, cut into batches.
 *
 * @module
 */

import {
  alternatingFlips,
  augmentBatch,
  augmentedForm,
  parsePipeline,
} from "../augmentation/pipeline.ts";
import {
  grayImageSize,
  type SampleForm,
  sampleSize,
  sampleText,
  type SampleValues,
  sampleValues,
  selectRows,
  writeInputs,
} from "../sample.ts";
import { type RandomStream, randomStream, shuffle } from "../seed.ts";
import type { Batch } from "./engine.ts";
import { drawMix } from "./mixup.ts";
import { dropModalities } from "./modalities.ts";

/** What an epoch goes through. */
export interface TrainingSamples {
  /** Of the data's form, shape [count, ...]. */
  readonly samples: SampleValues;
  /** Shape [count]. */
  readonly labels: Uint8Array;
  /** Distributions over the classes in place of the labels, shape [count, classes]; see `Split`. */
  readonly targets?: Float32Array;
  /** Train towards one class, drawn from the targets anew at every epoch, not towards the targets. */
  readonly drawTargets?: boolean;
}

/** How batches are made. */
export interface BatchOptions {
  readonly batchSize: number;
  /** What a sample is, and how it becomes a network's input. */
  readonly sample: SampleForm;
  /** Operations drawn anew for every image, such as `flip|rotate(10)`; `none` for none. */
  readonly augment: string;
  /** The run's seed. */
  readonly seed: number;
  /** Chance of a modality to be missing from a sample; default 0. */
  readonly modalityDropout?: number;
  /** Mixup's alpha; default 0, which mixes nothing. */
  readonly mixup?: number;
}

/** The batches of an epoch; each can be made alone, so that a resumed run goes on in the middle. */
export interface EpochBatches {
  readonly count: number;
  /**
   * One batch. Its arrays are used again two batches later, so that one batch can be prepared while
   * the one before it is trained on.
   *
   * @param index From 0.
   */
  at(index: number): Batch;
}

/**
 * Orders an epoch's samples by the stream `order` of the seed and the epoch.
 *
 * @param training All samples.
 * @param epoch From 1.
 * @param options Size, kind of samples, augmentation and seed.
 * @throws {RangeError} For an augmentation of samples that are no gray images.
 */
export function epochBatches(
  { samples, labels, targets: told, drawTargets = false }: TrainingSamples,
  epoch: number,
  { batchSize, sample, augment, seed, modalityDropout = 0, mixup = 0 }: BatchOptions,
): EpochBatches {
  const order = Uint32Array.from(labels, (_, i) => i);
  shuffle(order, randomStream(seed, "order", epoch));
  const targets = told && drawTargets
    ? drawn(told, told.length / labels.length, randomStream(seed, "targets", epoch))
    : told;
  const pipeline = parsePipeline(augment);
  const augments = pipeline.calls.length > 0;
  const size = grayImageSize(sample);
  if (augments && !size) throw new RangeError(`Cannot augment ${sampleText(sample)}`);
  const form = augmentedForm(sample, augment);
  const flips = pipeline.alternates ? alternatingFlips(labels.length, epoch, seed) : undefined;
  const augmented = sampleValues(form, augments ? batchSize : 0);
  const inTurn = Uint32Array.from({ length: augments ? batchSize : 0 }, (_, i) => i);
  const buffers = [0, 1].map(() => new Float32Array(batchSize * sampleSize(form)));
  const classes = targets ? targets.length / labels.length : 0;
  return {
    count: Math.ceil(labels.length / batchSize),
    at: (index) => {
      const indices = order.subarray(index * batchSize, (index + 1) * batchSize);
      const inputs = buffers[index % 2]!.subarray(0, indices.length * sampleSize(form));
      if (augments) {
        // A stream per batch: any batch can be made without those before it.
        const stream = randomStream(seed, "augment", epoch, index);
        augmentBatch(samples, indices, pipeline, stream, augmented, size!, flips);
        writeInputs(augmented, inTurn.subarray(0, indices.length), form, inputs);
      } else writeInputs(samples, indices, sample, inputs);
      dropModalities(inputs, sample, { chance: modalityDropout, seed, epoch, index });
      return {
        inputs,
        labels: selectRows(labels, indices, 1),
        ...targets ? { targets: selectRows(targets, indices, classes) } : {},
        ...mixup > 0 ? { mix: drawMix(mixup, indices.length, { seed, epoch, index }) } : {},
        size: indices.length,
      };
    },
  };
}

/**
 * One class of each distribution, as a distribution: all of it.
 *
 * @param targets Shape [count, classes].
 */
function drawn(targets: Float32Array, classes: number, stream: RandomStream): Float32Array {
  const result = new Float32Array(targets.length);
  for (let start = 0; start < targets.length; start += classes) {
    let left = stream.uniform();
    let chosen = -1;
    for (let c = 0; c < classes && left >= 0; c++) {
      const share = targets[start + c]!;
      // What rounding leaves at the end falls to the last class that has a share.
      if (share > 0) chosen = c;
      left -= share;
    }
    result[start + chosen] = 1;
  }
  return result;
}
