/**
 * BlazeFace ready to find faces, natively and in a browser.
 *
 * @module
 */

import type { io } from "@tensorflow/tfjs-core";
import type { Picture } from "../dataset/picture.ts";
import * as tf from "../tensorflow/tf.ts";
import { decodeFaces, detectorInput, type FaceBox, INPUT_SIDE, type Output } from "./blazeface.ts";
import { facesByLooks } from "./looks.ts";

/** A detector that is ready. */
export interface Detector extends Disposable {
  /** The faces of a picture, left to right. */
  detect(picture: Picture): Promise<FaceBox[]>;
}

/** What `blazeface.json` holds. */
export interface DetectorFile {
  readonly modelTopology: object;
  readonly format: string;
  readonly userDefinedMetadata: Record<string, object>;
  readonly weightsManifest: readonly [{ readonly weights: io.WeightsManifestEntry[] }];
}

/** Shape of what the network takes. */
export const DETECTOR_INPUT = [1, INPUT_SIDE, INPUT_SIDE, 3] as const;

/**
 * The detector's network as TensorFlow.js loads it.
 *
 * @param file `blazeface.json`.
 * @param weights `blazeface.bin`.
 */
export function detectorArtifacts(file: DetectorFile, weights: ArrayBuffer): io.ModelArtifacts {
  return {
    modelTopology: file.modelTopology,
    format: file.format,
    userDefinedMetadata: file.userDefinedMetadata,
    weightSpecs: file.weightsManifest[0].weights,
    weightData: weights,
  };
}

/** The network's four outputs. */
export function detectorOutputs(
  model: Pick<tf.GraphModel, "predict">,
  input: tf.Tensor,
): tf.Tensor[] {
  const outputs = model.predict(input) as tf.NamedTensorMap | tf.Tensor[];
  return Array.isArray(outputs) ? outputs : Object.values(outputs);
}

/**
 * Makes a detector of what runs its network.
 *
 * @param run Takes values in the shape of {@linkcode DETECTOR_INPUT}.
 * @param dispose Frees what `run` holds.
 */
export function detectorOf(
  run: (input: Float32Array) => Promise<readonly Output[]>,
  dispose: () => void,
): Detector {
  return {
    detect: (picture) =>
      facesByLooks(
        async (region) => decodeFaces(await run(detectorInput(picture, region)), region),
        picture,
      ),
    [Symbol.dispose]: dispose,
  };
}

/** Makes the detector of its two files, as {@linkcode detectorArtifacts} takes them; runs op by op. */
export async function makeDetector(file: DetectorFile, weights: ArrayBuffer): Promise<Detector> {
  const model = await tf.loadGraphModel(tf.io.fromMemory(detectorArtifacts(file, weights)));
  const run = async (input: Float32Array) => {
    const outputs = tf.tidy(() => detectorOutputs(model, tf.tensor(input, [...DETECTOR_INPUT])));
    try {
      return await Promise.all(
        outputs.map(async (output) => ({
          shape: output.shape,
          values: await output.data() as Float32Array,
        })),
      );
    } finally {
      tf.dispose(outputs);
    }
  };
  return detectorOf(run, () => model.dispose());
}
