/**
 * What an export to tfjs predicts, by tfjs's own reader and its backend in WebAssembly, as a page does: by
 * its files and what they say of themselves alone.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-wasm";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import { UserError } from "../error.ts";
import type { ExportMetadata } from "./metadata.ts";

/** Of TensorFlow.js. */
export const TFJS_VERSION: string = tf.version_core;

/** Samples that are predicted at once. */
const BATCH = 20;

/**
 * The probabilities of samples, the mean of the views that the metadata names.
 *
 * @param files `model.json` and its weights, as `tfjsArtifacts` has them.
 * @param samples Values of shape [n, ...sample], as the data set has them.
 * @returns `probabilities` of shape [n, classes].
 */
export async function tfjsPredictions(
  { modelJson, weights }: {
    readonly modelJson: string;
    readonly weights: Uint8Array<ArrayBuffer>;
  },
  samples: ArrayLike<number>,
): Promise<{ readonly probabilities: Float32Array; readonly classes: number }> {
  const before = tf.getBackend();
  // Or tfjs recommends its native package on the console.
  tf.env().set("PROD", true);
  if (!await tf.setBackend("wasm")) throw new UserError("WebAssembly did not start");
  const model = await loadLayersModel({
    load: () => {
      const { modelTopology, weightsManifest } = JSON.parse(modelJson);
      const weightSpecs = weightsManifest[0].weights;
      return Promise.resolve({ modelTopology, weightSpecs, weightData: weights.buffer });
    },
  });
  try {
    const { userDefinedMetadata } = JSON.parse(modelJson) as {
      userDefinedMetadata: ExportMetadata;
    };
    return {
      probabilities: predict(model, Float32Array.from(samples), userDefinedMetadata),
      classes: userDefinedMetadata.classes.length,
    };
  } finally {
    model.dispose();
    if (before && before !== "wasm") await tf.setBackend(before);
  }
}

/** The mean over the views, shape [n, classes]. */
function predict(
  model: LayersModel,
  samples: Float32Array,
  { sample, input, views, classes }: ExportMetadata,
): Float32Array {
  const size = sample.shape.reduce((product, side) => product * side, 1);
  const count = samples.length / size;
  const probabilities = new Float32Array(count * classes.length);
  for (let from = 0; from < count; from += BATCH) {
    const values = samples.subarray(from * size, (from + BATCH) * size);
    const predicted = tf.tidy(() => {
      const batch = tf.div(
        tf.tensor(values, [values.length / size, ...sample.shape]),
        sample.divisor,
      );
      const seen = views.map(({ row, column, mirrored }) => {
        if (sample.shape.length !== 3) return model.predict(batch) as tf.Tensor;
        const [height, width, channels] = input as [number, number, number];
        const cut = tf.slice(batch, [0, row, column, 0], [-1, height, width, channels]);
        return model.predict(mirrored ? tf.reverse(cut, 2) : cut) as tf.Tensor;
      });
      return tf.mean(tf.stack(seen), 0).dataSync() as Float32Array;
    });
    probabilities.set(predicted, from * classes.length);
  }
  return probabilities;
}
