/**
 * What computes: the part of a record that says on which TensorFlow and kind of CPU it holds.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { THREADS } from "./environment.ts";
import { type BuildRecord, expectedBuild } from "./expected_build.ts";
import { nativeLibrary } from "./library.ts";
import * as tf from "./tf.ts";

/**
 * TensorFlow's numbers of the CPU features that decide which kernels run
 * (tsl/platform/cpu_info.h of TensorFlow 2.21.0).
 */
const CPU_FEATURES = {
  avx2: 14,
  fma: 15,
  avx512f: 27,
  avx512_vnni: 38,
  avx512_bf16: 39,
  avx_vnni: 40,
  amx_bf16: 43,
  neon: 1000,
  sve: 1001,
} as const;

/**
 * The build that this process computes with.
 *
 * @param execution How steps are run.
 * @throws {UserError} Where it is not the one that runs are known by ({@linkcode expectedBuild}).
 */
export function currentBuild(execution: BuildRecord["execution"]): BuildRecord {
  const { binding } = tf.backend() as unknown as { binding: { TF_Version: string } };
  const expected = expectedBuild(execution);
  refuseOther("TensorFlow", binding.TF_Version, expected.tensorflow);
  refuseOther("tfjs", tf.version_core, expected.tfjs);
  return {
    ...expected,
    platform: `${Deno.build.os}-${Deno.build.arch}`,
    cpu: cpuFeatures().join(" "),
    threads: THREADS,
  };
}

/** A run on another version would be kept, and found again, under the name of this one. */
export function refuseOther(what: string, loaded: string, expected: string): void {
  if (loaded === expected) return;
  throw new UserError(
    `${what} ${loaded} was loaded, but results are made with ${expected}: run deno task setup --force`,
  );
}

/**
 * The features of this CPU that decide which kernels run, such as `avx2`, as TensorFlow itself finds
 * them: a process without the right to read /proc cannot ask the system.
 */
function cpuFeatures(): string[] {
  const library = Deno.dlopen(nativeLibrary("framework"), {
    // tsl::port::TestCPUFeature(CPUFeature), by its name in the Itanium C++ ABI.
    _ZN3tsl4port14TestCPUFeatureENS0_10CPUFeatureE: { parameters: ["i32"], result: "bool" },
  });
  const has = library.symbols._ZN3tsl4port14TestCPUFeatureENS0_10CPUFeatureE;
  const found = Object.entries(CPU_FEATURES).filter(([, number]) => has(number));
  library.close();
  return found.map(([name]) => name);
}
