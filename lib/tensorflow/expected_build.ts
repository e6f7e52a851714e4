/**
 * What the suite computes with, known before TensorFlow is loaded.
 *
 * @module
 */

import tfjsNode from "@tensorflow/tfjs-node/package.json" with { type: "json" };
import { TENSORFLOW_VERSION } from "./platform.ts";

/** What computes. */
export interface BuildRecord {
  /** Version of native TensorFlow, such as `2.21.0`. */
  readonly tensorflow: string;
  /** Version of tfjs-node. */
  readonly tfjs: string;
  /** `linux-x86_64` and the like. */
  readonly platform: string;
  /** The vector instructions that decide which kernels run, such as `avx512_vnni`. */
  readonly cpu: string;
  readonly threads: number;
  /** How steps run: one traced graph, or op by op. */
  readonly execution: "traced" | "eager";
}

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
