/**
 * What computes: the part of a record that says on which TensorFlow and kind of CPU it holds.
 *
 * @module
 */

import type { BuildRecord } from "../report/record.ts";
import { THREADS } from "./environment.ts";
import { parseCpuinfo } from "./inspect.ts";
import * as tf from "./tf.ts";

/**
 * The build that this process computes with.
 *
 * @param execution How steps are run.
 */
export async function currentBuild(execution: BuildRecord["execution"]): Promise<BuildRecord> {
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  return {
    tensorflow: binding.TF_Version,
    tfjs: tf.version_core,
    platform: `${Deno.build.os}-${Deno.build.arch}`,
    cpu: await vectorInstructions(),
    threads: THREADS,
    execution,
  };
}

/** The features of the CPU that decide which kernels run, such as `avx2 avx512f avx512_vnni`. */
async function vectorInstructions(): Promise<string> {
  if (Deno.build.os !== "linux") return Deno.build.arch;
  const { features } = parseCpuinfo(await Deno.readTextFile("/proc/cpuinfo"));
  return features.join(" ") || Deno.build.arch;
}
