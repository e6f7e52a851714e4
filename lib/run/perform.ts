/**
 * One run: found done already, gone on with where it was stopped, or begun.
 *
 * @module
 */

import { removeLeftovers } from "../file.ts";
import { lockFolder } from "../lock.ts";
import type { RunObserver } from "./observer.ts";
import type { RunOutcome, RunRequest } from "./request.ts";
import { clearProgress, forget, isWhole, runFolder } from "./state.ts";

/**
 * Carries out a run. TensorFlow is loaded only where something is to be trained.
 *
 * @param observers Hear how it goes.
 * @throws {FolderBusy} Where another process is at it.
 * @throws {UserError} Where training diverges.
 */
export async function performRun(
  request: RunRequest,
  observers: readonly RunObserver[] = [],
): Promise<RunOutcome> {
  const folder = runFolder(request);
  using _lock = await lockFolder(folder);
  await removeLeftovers(folder);
  if (request.fresh) await forget(folder);
  else if (await isWhole(folder, request)) {
    // Left by a kill right after the record was written.
    await clearProgress(folder);
    return { status: "complete", folder, found: true };
  }
  if (request.dataset.folds) {
    const { crossValidate } = await import("./cross_validate.ts");
    return await crossValidate(request, observers, performRun);
  }
  const { trainRun } = await import("./train_run.ts");
  return await trainRun(request, observers);
}
