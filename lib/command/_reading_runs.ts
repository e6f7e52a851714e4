/**
 * Finds runs as `findRuns()` does, and shows meanwhile how many were read.
 *
 * @module
 */

import { Progress } from "../progress.ts";
import { findRuns } from "../run/choose_runs.ts";
import type { ListedRun } from "../run/runs.ts";

/** See `findRuns()`. */
export async function readingRuns(
  words: readonly string[],
  options: Parameters<typeof findRuns>[1] = {},
): Promise<ListedRun[]> {
  // From the first run on: whose results are meant is said before.
  let progress: Progress | undefined;
  try {
    return await findRuns(words, {
      ...options,
      onRun: (done) => {
        progress ??= new Progress("Reading", { unit: "runs", keep: false });
        progress.update(done);
      },
    });
  } finally {
    progress?.finish();
  }
}
