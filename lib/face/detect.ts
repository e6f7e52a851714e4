/**
 * Finds faces with BlazeFace, whose files lie in `models/blazeface`, by native TensorFlow.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT } from "../paths.ts";
import { type Detector, makeDetector } from "./detector.ts";

export type { Detector } from "./detector.ts";

/** Loads the detector. */
export async function loadDetector(): Promise<Detector> {
  const folder = join(CHECKOUT, "models", "blazeface");
  const json = JSON.parse(await Deno.readTextFile(join(folder, "blazeface.json")));
  const { buffer } = await Deno.readFile(join(folder, "blazeface.bin"));
  return await makeDetector(json, buffer);
}
