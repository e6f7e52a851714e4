/**
 * One process at a time in a folder.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "./error.ts";
import { explainWriting } from "./file.ts";

/** The lock's file; it stays, empty of meaning, when nobody holds it. */
const LOCK_FILE = "run.lock.json";

/**
 * Takes a folder for this process until the end of the scope. The system itself gives the lock back
 * when a process ends, however it ends: a stale lock can't be.
 *
 * @param folder Is made where it is missing.
 * @param options `now`: the time to tell others as this process's start.
 * @throws {UserError} Where another process has it; names its id and start. Also where the folder
 *   cannot be written to.
 */
export async function lockFolder(
  folder: string,
  options: { readonly now?: Date } = {},
): Promise<Disposable> {
  const path = join(folder, LOCK_FILE);
  const file = await openLock(folder, path);
  if (!await file.tryLock(true)) {
    file.close();
    throw new UserError(`Another run writes to ${folder} (${await holder(path)}): wait or stop it`);
  }
  const started = (options.now ?? new Date()).toISOString();
  try {
    await file.truncate();
    await file.write(new TextEncoder().encode(JSON.stringify({ pid: Deno.pid, started }) + "\n"));
  } catch (error) {
    file.close();
    throw explainWriting(error, path);
  }
  return { [Symbol.dispose]: () => file.close() };
}

async function openLock(folder: string, path: string): Promise<Deno.FsFile> {
  try {
    await Deno.mkdir(folder, { recursive: true });
    return await Deno.open(path, { read: true, write: true, create: true });
  } catch (error) {
    throw explainWriting(error, path);
  }
}

async function holder(path: string): Promise<string> {
  try {
    const { pid, started } = JSON.parse(await Deno.readTextFile(path));
    if (Number.isSafeInteger(pid) && pid > 0 && typeof started === "string") {
      return `process ${pid}, started ${started}`;
    }
  } catch {
    // Not written yet, or none of ours.
  }
  return "it has only just started";
}
