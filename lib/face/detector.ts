/**
 * BlazeFace ready to find faces, natively and in a browser.
 *
 * @module
 */

import type { io } from "@tensorflow/tfjs-core";
import type { Picture } from "../dataset/picture.ts";
import * as tf from "../tensorflow/tf.ts";
import { decodeFaces, detectorInput, type FaceBox, INPUT_SIDE } from "./blazeface.ts";

/** A detector that is ready. */
export interface Detector extends Disposable {
  /** The faces of a picture, left to right. */
  detect(picture: Picture): FaceBox[];
}

/** What `blazeface.json` holds. */
export interface DetectorFile {
  readonly modelTopology: object;
  readonly format: string;
  readonly userDefinedMetadata: Record<string, unknown>;
  readonly weightsManifest: readonly [{ readonly weights: io.WeightsManifestEntry[] }];
}

/**
 * Makes the detector of its two files.
 *
 * @param file `blazeface.json`.
 * @param weights `blazeface.bin`.
 */
export async function makeDetector(file: DetectorFile, weights: ArrayBuffer): Promise<Detector> {
  const model = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: file.modelTopology,
    format: file.format,
    userDefinedMetadata: file.userDefinedMetadata,
    weightSpecs: file.weightsManifest[0].weights,
    weightData: weights,
  }));
  return {
    detect: (picture) => {
      // What `tf.tidy` gives back may hold tensors alone, and boxes are none.
      let boxes: FaceBox[] = [];
      tf.tidy(() => {
        boxes = detectIn(model, picture);
      });
      return boxes;
    },
    [Symbol.dispose]: () => model.dispose(),
  };
}

function detectIn(model: tf.GraphModel, picture: Picture): FaceBox[] {
  const input = tf.tensor4d(detectorInput(picture), [1, INPUT_SIDE, INPUT_SIDE, 3]);
  const outputs = model.predict(input) as tf.NamedTensorMap | tf.Tensor[];
  const tensors = Array.isArray(outputs) ? outputs : Object.values(outputs);
  return decodeFaces(
    tensors.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() as Float32Array })),
    Math.max(picture.width, picture.height),
  );
}
