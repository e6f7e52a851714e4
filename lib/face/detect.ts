/**
 * Finds faces with BlazeFace, whose files lie in `models/blazeface`, by native TensorFlow.
 *
 * @module
 */

import { join } from "node:path";
import type { Picture } from "../dataset/picture.ts";
import { CHECKOUT } from "../paths.ts";
import * as tf from "../tensorflow/tf.ts";
import { decodeFaces, type FaceBox, INPUT_SIDE } from "./blazeface.ts";

/** A detector that is ready. */
export interface Detector extends Disposable {
  /** The faces of a picture, left to right. */
  detect(picture: Picture): FaceBox[];
}

/** Loads the detector. */
export async function loadDetector(): Promise<Detector> {
  const folder = join(CHECKOUT, "models", "blazeface");
  const json = JSON.parse(await Deno.readTextFile(join(folder, "blazeface.json")));
  const { buffer } = await Deno.readFile(join(folder, "blazeface.bin"));
  const model = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: json.modelTopology,
    format: json.format,
    userDefinedMetadata: json.userDefinedMetadata,
    weightSpecs: json.weightsManifest[0].weights,
    weightData: buffer,
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
  const { width, height, data } = picture;
  const pixels = tf.tensor3d(new Uint8Array(data.buffer, data.byteOffset, data.length), [
    height,
    width,
    4,
  ], "int32");
  const rgb = tf.slice(pixels, [0, 0, 0], [height, width, 3]);
  // Made square with black at the right and below, so that faces keep their proportions.
  const side = Math.max(width, height);
  const square = tf.pad(rgb, [[0, side - height], [0, side - width], [0, 0]]);
  const small = tf.image.resizeBilinear(square as tf.Tensor3D, [INPUT_SIDE, INPUT_SIDE]);
  const input = tf.expandDims(tf.sub(tf.div(small, 127.5), 1), 0);
  const outputs = model.predict(input) as tf.NamedTensorMap | tf.Tensor[];
  const tensors = Array.isArray(outputs) ? outputs : Object.values(outputs);
  return decodeFaces(
    tensors.map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() as Float32Array })),
    side,
  );
}
