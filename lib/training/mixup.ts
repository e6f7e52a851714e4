/**
 * Mixup (Zhang et al. 2018): a step trains on weighted means of two samples, towards both labels.
 *
 * @module
 */

import { type RandomStream, randomStream, shuffle } from "../seed.ts";
import { gatherRows } from "../tensorflow/op.ts";
import * as tf from "../tensorflow/tf.ts";

/** How a batch's samples are mixed with one another. */
export interface Mix {
  /** For each sample the place in the batch of the one it is mixed with, which may be itself. */
  readonly partners: Int32Array;
  /** What of a mixed sample is its own, from 0.5 to 1; the rest is its partner's. */
  readonly share: number;
}

/**
 * Draws how a batch is mixed: one share for all of it from Beta(alpha, alpha), and an order of its
 * samples, as the authors' own program does.
 *
 * A share below one half is turned round, as fastai does: that is the same batch with each pair told
 * from its other end, and a sample's own label is always the one that counts more.
 *
 * @param alpha Above 0; the smaller, the more of a sample is its own.
 * @param size Samples of the batch; a single one is mixed with itself.
 * @param place The run's seed, the epoch and the batch: it draws from a stream of their own.
 */
export function drawMix(
  alpha: number,
  size: number,
  { seed, epoch, index }: {
    readonly seed: number;
    readonly epoch: number;
    readonly index: number;
  },
): Mix {
  const stream = randomStream(seed, "mixup", epoch, index);
  const share = symmetricBeta(alpha, stream);
  const partners = shuffle(Int32Array.from({ length: size }, (_, i) => i), stream);
  return { partners, share: Math.max(share, 1 - share) };
}

/**
 * A number from Beta(alpha, alpha): the first of two gamma variates' share in their sum, taken from
 * their logarithms, which small alphas would else bring to 0 (Marsaglia and Tsang 2000).
 *
 * @param alpha Above 0.
 */
export function symmetricBeta(alpha: number, stream: RandomStream): number {
  const [one, other] = [logGamma(alpha, stream), logGamma(alpha, stream)];
  return 1 / (1 + Math.exp(other - one));
}

/** The logarithm of a number from the gamma distribution of that shape and scale 1. */
function logGamma(shape: number, stream: RandomStream): number {
  if (shape < 1) {
    return logGamma(shape + 1, stream) + Math.log(1 - stream.uniform()) / shape;
  }
  const d = shape - 1 / 3;
  while (true) {
    const x = stream.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - stream.uniform()) < x * x / 2 + d - d * v + d * Math.log(v)) {
      return Math.log(d * v);
    }
  }
}

/** A {@linkcode Mix} as a step takes it. */
export interface MixTensors {
  /** Shape [batch], int32. */
  readonly partners: tf.Tensor1D;
  readonly share: tf.Scalar;
}

/**
 * Each row's share of itself and the rest of its partner.
 *
 * @param own Shape [batch, ...].
 * @param mix With whom, and how much; nothing leaves the rows as they are.
 */
export function mixRows<T extends tf.Tensor>(own: T, mix: MixTensors | undefined): T {
  if (!mix) return own;
  return mixed(own, gatherRows(own, mix.partners), mix);
}

/** The weighted mean of what is a sample's own and what is its partner's. */
export function mixed<T extends tf.Tensor>(own: T, other: T, { share }: MixTensors): T {
  return tf.add(tf.mul(own, share), tf.mul(other, tf.sub(1, share)));
}
