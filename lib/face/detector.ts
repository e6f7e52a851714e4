/**
 * BlazeFace ready to find faces, natively and in a browser.
 *
 * @module
 */

import type { io } from "@tensorflow/tfjs-core";
import type { Picture } from "../dataset/picture.ts";
import * as tf from "../tensorflow/tf.ts";
import { decodeFaces, detectorInput, type FaceBox, INPUT_SIDE, type Region } from "./blazeface.ts";
import { facesByLooks } from "./looks.ts";

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
    detect: (picture) => facesByLooks((region) => look(model, picture, region), picture),
    [Symbol.dispose]: () => model.dispose(),
  };
}

/** The faces that one run of the network finds in a square of a picture. */
function look(model: tf.GraphModel, picture: Picture, region: Region): FaceBox[] {
  // What `tf.tidy` gives back may hold tensors alone, and boxes are none.
  let faces: FaceBox[] = [];
  tf.tidy(() => {
    const input = tf.tensor4d(detectorInput(picture, region), [1, INPUT_SIDE, INPUT_SIDE, 3]);
    const outputs = model.predict(input) as tf.NamedTensorMap | tf.Tensor[];
    const tensors = Array.isArray(outputs) ? outputs : Object.values(outputs);
    faces = decodeFaces(
      tensors.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() as Float32Array })),
      region,
    );
  });
  return faces;
}
