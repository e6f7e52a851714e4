/**
 * Whether this machine can compute what the planned runs ask for.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { expectBfloat16 } from "../tensorflow/precision.ts";
import { list } from "../text.ts";
import type { TrainableRun } from "../training/prepare.ts";

/**
 * Refuses, before anything is trained, bfloat16 that cannot be had: TensorFlow would compute in float32
 * without a word. It is loaded for this where a run asks for bfloat16, and only there.
 *
 * @param runs Those to be trained.
 * @param options `choosable`: whether variants can be chosen with `--variants` (default true);
 *   `features` of the CPU: what TensorFlow finds where left out.
 * @throws {UserError} Says what was found and what to do, in one line.
 */
export async function checkPrecision(
  runs: readonly TrainableRun[],
  { choosable = true, features }: {
    readonly choosable?: boolean;
    readonly features?: readonly string[] | undefined;
  } = {},
): Promise<void> {
  const asks = ({ request }: TrainableRun) => request.configuration.precision === "bfloat16";
  const names = (
    some: readonly TrainableRun[],
  ) => [...new Set(some.map((run) => run.variant.name))];
  const asking = names(runs.filter(asks));
  if (asking.length === 0) return;
  try {
    await expectBfloat16(features);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const others = names(runs.filter((run) => !asks(run)));
    if (others.length === 0) throw error;
    throw new UserError(
      `${list(asking)}: ${error.message}` +
        (choosable ? `; or run only the others with --variants ${others.join(",")}` : ""),
      { cause: error },
    );
  }
}
