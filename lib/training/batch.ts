/**
 * An epoch's images in its own order, cut into batches.
 *
 * @module
 */

import { augmentBatch, parsePipeline } from "../augmentation/pipeline.ts";
import { IMAGE_PIXELS } from "../emotion.ts";
import { randomStream, shuffle } from "../seed.ts";
import type { Batch } from "./engine.ts";

/** What an epoch goes through. */
export interface TrainingImages {
  /** Gray values 0 to 255, shape [count, 48, 48]. */
  readonly images: Uint8Array;
  /** Shape [count]. */
  readonly labels: Uint8Array;
}

/** How batches are made. */
export interface BatchOptions {
  readonly batchSize: number;
  /** Operations drawn anew for every image, such as `flip|rotate(10)`; `none` for none. */
  readonly augment: string;
  /** The run's seed. */
  readonly seed: number;
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
 * Orders an epoch's images by the stream `order` of the seed and the epoch.
 *
 * @param training All images.
 * @param epoch From 1.
 * @param options Size, augmentation and seed.
 */
export function epochBatches(
  { images, labels }: TrainingImages,
  epoch: number,
  { batchSize, augment, seed }: BatchOptions,
): EpochBatches {
  const order = Uint32Array.from(labels, (_, i) => i);
  shuffle(order, randomStream(seed, "order", epoch));
  const pipeline = parsePipeline(augment);
  const augmented = new Uint8Array(pipeline.calls.length > 0 ? batchSize * IMAGE_PIXELS : 0);
  const buffers = [0, 1].map(() => new Float32Array(batchSize * IMAGE_PIXELS));
  return {
    count: Math.ceil(labels.length / batchSize),
    at: (index) => {
      const indices = order.subarray(index * batchSize, (index + 1) * batchSize);
      const target = buffers[index % 2]!.subarray(0, indices.length * IMAGE_PIXELS);
      if (pipeline.calls.length > 0) {
        // A stream per batch: any batch can be made without those before it.
        const stream = randomStream(seed, "augment", epoch, index);
        augmentBatch(images, indices, pipeline, stream, augmented);
        for (let i = 0; i < target.length; i++) target[i] = augmented[i]! / 255;
      } else {
        indices.forEach((image, i) => {
          const from = image * IMAGE_PIXELS;
          const to = i * IMAGE_PIXELS;
          for (let p = 0; p < IMAGE_PIXELS; p++) target[to + p] = images[from + p]! / 255;
        });
      }
      return {
        images: target,
        labels: Uint8Array.from(indices, (image) => labels[image]!),
        size: indices.length,
      };
    },
  };
}
