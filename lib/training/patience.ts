/**
 * When a run is over: after its last epoch, or before where it is to stop early.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";

/** What decides on a run's length. */
export type RunLength = Pick<Configuration, "epochs" | "patience">;

/**
 * The epoch after which a run is over; nothing while it has epochs to come. It is over after `epochs`, or
 * with a `patience` over 0 after so many epochs without a validation accuracy above the best (Prechelt
 * 1998; Keras's EarlyStopping on `val_accuracy` with `min_delta=0`).
 *
 * @param history The finished epochs in order; what comes after the end is not looked at.
 * @param length Of the configuration.
 */
export function endOfRun(
  history: readonly { readonly validationAccuracy: number }[],
  { epochs, patience }: RunLength,
): number | undefined {
  let best = -Infinity;
  let waited = 0;
  for (const [i, { validationAccuracy }] of history.entries()) {
    waited = validationAccuracy > best ? 0 : waited + 1;
    best = Math.max(best, validationAccuracy);
    const epoch = i + 1;
    if (epoch === epochs || (patience > 0 && waited >= patience)) return epoch;
  }
  return undefined;
}
