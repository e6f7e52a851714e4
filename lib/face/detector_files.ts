/**
 * The files of the detector, BlazeFace, as they lie in `models/blazeface`.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT } from "../paths.ts";

const FOLDER = join(CHECKOUT, "models", "blazeface");

/** What the two files hold. */
export interface DetectorFiles {
  /** The text of `blazeface.json`. */
  readonly json: string;
  /** `blazeface.bin`. */
  readonly weights: Uint8Array<ArrayBuffer>;
}

/** Reads the detector's files. */
export async function readDetectorFiles(): Promise<DetectorFiles> {
  return {
    json: await Deno.readTextFile(join(FOLDER, "blazeface.json")),
    weights: await Deno.readFile(join(FOLDER, "blazeface.bin")),
  };
}
