/**
 * A trained network's weights as a file that other tools read: `weights.safetensors`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { EMOTIONS } from "../emotion.ts";
import type * as tf from "../tensorflow/tf.ts";
import { encodeCheckpoint, type NamedTensor } from "./checkpoint.ts";

/** How to read the tensors; stands in the file's metadata. README.md beside the schemas has more. */
const NOTES = {
  kind: "fer-lab/weights",
  names: "layer/weight, in the order of the model: first what is trained, then moving averages",
  conv_kernel:
    "height, width, input channels, output channels (HWIO); cross-correlation, same padding",
  dense_kernel: "inputs, outputs; the input is flattened from height, width, channels",
  input: "batch, 48, 48, 1 (NHWC); gray / 255",
  output: `softmax over ${EMOTIONS.join(", ")}`,
} as const;

/**
 * The names of a model's weights in its order, such as `conv1/kernel`: the layer's and the weight's
 * own, without the number that tfjs appends from the second model of a process on.
 */
export function weightNames(model: tf.Sequential): string[] {
  return model.weights.map((weight) =>
    // The types leave it out.
    (weight as unknown as { readonly originalName: string }).originalName
  );
}

/**
 * Weights with their layers' names as bytes of the safetensors format.
 *
 * @param weights In the order of the model.
 * @param options `model`: whose weights they are; `state`: what they are of, kept beside them.
 */
export function encodeWeights(
  weights: readonly NamedTensor[],
  { model, state }: { readonly model: tf.Sequential; readonly state: unknown },
): Uint8Array {
  const names = weightNames(model);
  const tensors = weights.map((weight, i) => ({ ...weight, name: names[i]! }));
  return encodeCheckpoint({ tensors, state }, { notes: NOTES });
}

/** SHA-256 (hex) over the values in the order of the model. */
export function weightsDigest(weights: readonly NamedTensor[]): string {
  const hash = createHash("sha256");
  for (const { values } of weights) {
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}
