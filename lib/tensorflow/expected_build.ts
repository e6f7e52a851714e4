/**
 * What the suite computes with, known before TensorFlow is loaded.
 *
 * @module
 */

import tfjsNode from "@tensorflow/tfjs-node/package.json" with { type: "json" };
import type { BuildRecord } from "../schema/common.ts";
import { TENSORFLOW_VERSION } from "./platform.ts";

export type { BuildRecord };

/**
 * The part of the build that a run is known by, as the set-up provides it. That what is loaded for
 * training is this one, `currentBuild` sees to.
 *
 * @param execution How steps are run.
 */
export function expectedBuild(
  execution: BuildRecord["execution"],
): Pick<BuildRecord, "tensorflow" | "tfjs" | "execution"> {
  return { tensorflow: TENSORFLOW_VERSION, tfjs: tfjsNode.version, execution };
}
