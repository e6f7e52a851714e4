/**
 * Opinion pools: votes of several modalities for the same classes, added up.
 *
 * @module
 */

import type { NetworkForm } from "./families.ts";
import * as tf from "../tensorflow/tf.ts";

/**
 * Builds an opinion pool (Genest and Zidek 1986): the logits are the sum of the modalities' votes, each
 * times its weight. On shares this is the linear pool, whose most probable class is that of their mean;
 * on logarithms of shares the logarithmic one, whose most probable class is that of their product.
 *
 * The weights begin at 1. One that all share is a temperature: it makes probabilities more or less
 * extreme, and decides nothing.
 *
 * @param form Vectors of modalities, each of one vote for each class; one or more.
 * @param options `weighted`: a weight for each modality, else one for all.
 */
export function buildPool(
  { sample: { shape }, classes }: NetworkForm,
  { weighted }: { readonly weighted: boolean },
): tf.Sequential {
  const modalities = shape[0]! / classes.length;
  const model = tf.sequential({ name: "pool" });
  model.add(tf.layers.reshape({
    name: "modalities",
    inputShape: [...shape],
    targetShape: [modalities, classes.length, 1],
  }));
  const weights = (name: string, kernelSize: [number, number], trainable: boolean) =>
    model.add(tf.layers.conv2d({
      ...{ name, kernelSize, trainable, filters: 1, useBias: false },
      kernelInitializer: "ones",
    }));
  weights("weights", [modalities, 1], weighted);
  if (!weighted) weights("temperature", [1, 1], true);
  model.add(tf.layers.flatten({ name: "flatten" }));
  model.add(tf.layers.activation({ name: "output", activation: "softmax" }));
  return model;
}
