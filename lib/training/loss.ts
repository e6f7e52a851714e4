/**
 * What a training step minimises.
 *
 * @module
 */

import { gatherRows, softmaxCrossEntropy } from "../tensorflow/op.ts";
import * as tf from "../tensorflow/tf.ts";
import type { Batch } from "./engine.ts";
import { mixed, type MixTensors } from "./mixup.ts";

/** What a step's samples should be. */
export interface LossInputs {
  /** Shape [batch, classes], rows add up to 1. */
  readonly targets: tf.Tensor2D;
  /** What each sample's loss counts, shape [batch]. */
  readonly sampleWeights: tf.Tensor1D;
  /** How samples are mixed; left out, they are not. */
  readonly mix?: MixTensors | undefined;
}

/**
 * The mean over a batch of the weighted cross-entropies. A mixed sample's is the mean of those towards its
 * own target and its partner's, each with the weight of its class (Zhang et al. 2018, as the authors
 * compute it).
 *
 * @param logits Shape [batch, classes], of the mixed samples.
 */
export function meanLoss(
  logits: tf.Tensor2D,
  { targets, sampleWeights, mix }: LossInputs,
): tf.Scalar {
  const own = tf.mul(softmaxCrossEntropy(logits, targets), sampleWeights);
  if (!mix) return tf.mean(own);
  const { partners } = mix;
  const other = tf.mul(
    softmaxCrossEntropy(logits, gatherRows(targets, partners)),
    gatherRows(sampleWeights, partners),
  );
  return tf.mean(mixed(own, other, mix));
}

/**
 * The targets, a label's being one-hot, with a share spread evenly over all classes (Szegedy et al. 2016,
 * section 7).
 */
export function smoothedTargets(
  { labels, targets, size }: Batch,
  classes: number,
  smoothing: number,
): Float32Array {
  const smoothed = new Float32Array(size * classes).fill(smoothing / classes);
  if (targets) {
    for (let i = 0; i < smoothed.length; i++) smoothed[i]! += (1 - smoothing) * targets[i]!;
  } else for (let i = 0; i < size; i++) smoothed[i * classes + labels[i]!]! += 1 - smoothing;
  return smoothed;
}

/** What each sample's loss counts: its class's weight, or the mean of them over its target. */
export function lossWeights(
  { labels, targets }: Batch,
  classWeights: readonly number[],
): Float32Array {
  return Float32Array.from(labels, (label, i) => {
    if (!targets) return classWeights[label]!;
    const at = i * classWeights.length;
    return classWeights.reduce((sum, weight, c) => sum + weight * targets[at + c]!, 0);
  });
}
