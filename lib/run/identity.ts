/**
 * What a run is known by: the same digest for the same configuration, data and build, whatever comes
 * to be configurable later. Loads no TensorFlow, so that finding out what is done does not either.
 *
 * @module
 */

import {
  LATER_PARAMETERS,
  type RecordedConfiguration,
  recordedConfiguration,
} from "../configuration.ts";
import { sha256 } from "../digest.ts";
import type { BuildRecord } from "../report/record.ts";

/** Raised when the same configuration comes to train differently, so that old runs are not reused. */
const PROTOCOL_VERSION = 1;

/**
 * The identity of a run without its seed: 16 hex digits of the SHA-256 over everything but the seed
 * that its result depends on, save the number of threads and the kind of CPU, which change no more
 * than the last digits and are recorded.
 *
 * @param configuration Checked, so that schedules and operations are written the canonical way.
 * @param dataset The data, known by its own digest.
 * @param build What computes: `currentBuild`, or before TensorFlow is loaded `expectedBuild`.
 * @param later The later hyper-parameters with the values that are left out.
 */
export function runDigest(
  configuration: RecordedConfiguration,
  dataset: { readonly digest: string },
  { tensorflow, tfjs, execution }: Pick<BuildRecord, "tensorflow" | "tfjs" | "execution">,
  later: Readonly<Record<string, unknown>> = LATER_PARAMETERS,
): string {
  const identity = JSON.stringify({
    protocol: PROTOCOL_VERSION,
    configuration: recordedConfiguration(configuration, later),
    dataset: dataset.digest,
    tensorflow,
    tfjs,
    execution,
  });
  return sha256(identity).slice(0, 16);
}
