/**
 * Takes interrupted runs off the disk.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { exists, explainWriting } from "../file.ts";
import { FolderBusy, lockFolder } from "../lock.ts";
import { RUN_FILES } from "../report/files.ts";

/** Bytes of all files in a folder. */
export async function sizeOf(folder: string): Promise<number> {
  let size = 0;
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    size += isDirectory ? await sizeOf(path) : (await Deno.lstat(path)).size;
  }
  return size;
}

/**
 * Removes the folder of an interrupted run, and that of its digest where no other seed is in it.
 *
 * @returns What kept it: a process that has begun with it, or its record, which has come meanwhile.
 */
export async function removeInterrupted(folder: string): Promise<string | undefined> {
  try {
    using _lock = await lockFolder(folder);
    if (await exists(join(folder, RUN_FILES.record))) return "it is done meanwhile";
    await Deno.remove(folder, { recursive: true });
  } catch (error) {
    if (error instanceof FolderBusy) return error.holder;
    throw explainWriting(error, folder);
  }
  // Refused where other seeds are in it.
  await Deno.remove(dirname(folder)).catch(() => {});
  return undefined;
}
