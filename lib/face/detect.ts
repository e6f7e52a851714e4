/**
 * Finds faces with BlazeFace by native TensorFlow.
 *
 * @module
 */

import { type Detector, makeDetector } from "./detector.ts";
import { readDetectorFiles } from "./detector_files.ts";

export type { Detector } from "./detector.ts";

/** Loads the detector. */
export async function loadDetector(): Promise<Detector> {
  const { json, weights } = await readDetectorFiles();
  return await makeDetector(JSON.parse(json), weights.buffer);
}
