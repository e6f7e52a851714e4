/**
 * What computes: the part of a record that says on which TensorFlow and kind of CPU it holds.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { cpuFeatures } from "./cpu.ts";
import { THREADS } from "./environment.ts";
import { type BuildRecord, expectedBuild } from "./expected_build.ts";
import * as tf from "./tf.ts";

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
