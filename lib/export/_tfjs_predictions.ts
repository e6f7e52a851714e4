/**
 * What an export to tfjs predicts, by tfjs's own reader and its backend in plain JavaScript: by its files
 * and what they say of themselves alone.
 *
 * @module
 */

import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import { type LayersModel, loadLayersModel } from "@tensorflow/tfjs-layers";
import type { ExportMetadata } from "./metadata.ts";

/**
 * The probabilities of samples, the mean of the views that the metadata names.
 *
 * @param files `model.json` and its weights, as `tfjsArtifacts` has them.
 * @param samples Values of shape [n, ...sample], as the data set has them.
 * @returns Shape [n, classes].
 */
export async function tfjsPredictions(
  { modelJson, weights }: {
    readonly modelJson: string;
    readonly weights: Uint8Array<ArrayBuffer>;
  },
  samples: ArrayLike<number>,
): Promise<Float32Array> {
  const before = tf.getBackend();
  // Or tfjs recommends its native package on the console.
  tf.env().set("PROD", true);
  await tf.setBackend("cpu");
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
    const { divisor } = userDefinedMetadata.sample;
    const values = Float32Array.from(samples, (value) => value / divisor);
    return predict(model, values, userDefinedMetadata);
  } finally {
    model.dispose();
    if (before && before !== "cpu") await tf.setBackend(before);
  }
}

/** The mean over the views, shape [n, classes]. */
function predict(
  model: LayersModel,
  values: Float32Array,
  { sample, input, views }: ExportMetadata,
): Float32Array {
  const count = values.length / sample.shape.reduce((product, side) => product * side, 1);
  return tf.tidy(() => {
    const all = tf.tensor(values, [count, ...sample.shape]);
    const predicted = views.map(({ row, column, mirrored }) => {
      if (sample.shape.length !== 3) return model.predict(all) as tf.Tensor;
      const [height, width, channels] = input as [number, number, number];
      const cut = tf.slice(all, [0, row, column, 0], [-1, height, width, channels]);
      return model.predict(mirrored ? tf.reverse(cut, 2) : cut) as tf.Tensor;
    });
    return tf.mean(tf.stack(predicted), 0).dataSync() as Float32Array;
  });
}
