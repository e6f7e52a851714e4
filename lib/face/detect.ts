/**
 * Finds faces with BlazeFace by native TensorFlow.
 *
 * @module
 */

import { float, makeExecutor } from "../tensorflow/executor.ts";
import * as tf from "../tensorflow/tf.ts";
import type { Output } from "./blazeface.ts";
import {
  type Detector,
  DETECTOR_INPUT,
  detectorArtifacts,
  detectorOf,
  detectorOutputs,
} from "./detector.ts";
import { readDetectorFiles } from "./detector_files.ts";

export type { Detector } from "./detector.ts";

/** Loads the detector; its network runs as one graph, since op by op it takes five times as long. */
export async function loadDetector(): Promise<Detector> {
  const { json, weights } = await readDetectorFiles();
  const artifacts = detectorArtifacts(JSON.parse(json), weights.buffer);
  const executor = makeExecutor([], { execution: "traced" });
  // Loaded where it is traced, so that its weights are the graph's own constants.
  const outputs = (input: tf.Tensor) => detectorOutputs(tf.loadGraphModelSync(artifacts), input);
  return detectorOf(
    async (input) =>
      await executor.run("the face detector", outputs, [
        float(DETECTOR_INPUT, input),
      ]) as Output[],
    () => executor[Symbol.dispose](),
  );
}
