/**
 * One process at a time in a folder.
 *
 * @module
 */

import { hostname } from "node:os";
import { join } from "node:path";
import { UserError } from "./error.ts";
import { explainReading, explainWriting, isNoPlace } from "./file.ts";

/** The lock's file; it stays, empty of meaning, when nobody holds it. */
const LOCK_FILE = "run.lock.json";

/** Another process has a folder. */
export class FolderBusy extends UserError {
  override name = "FolderBusy";
  /** Which one, in words. */
  readonly holder: string;

  constructor(folder: string, holder: string) {
    super(`Another run writes to ${folder} (${holder}): wait or stop it`);
    this.holder = holder;
  }
}

/**
 * Takes a folder for this process until the end of the scope. The system itself gives the lock back
 * when a process ends, however it ends: a stale lock can't be.
 *
 * @param folder Is made where it is missing.
 * @param options `now`: the time to tell others as this process's start.
 * @throws {FolderBusy} Where another process has it; names its id and start.
 * @throws {UserError} Where the folder cannot be written to.
 */
export async function lockFolder(
  folder: string,
  options: { readonly now?: Date } = {},
): Promise<Disposable> {
  const path = join(folder, LOCK_FILE);
  const file = await openLock(folder, path);
  if (!await file.tryLock(true) && !await tryAgain(file)) {
    file.close();
    throw new FolderBusy(folder, await holder(path));
  }
  const started = (options.now ?? new Date()).toISOString();
  try {
    await file.truncate();
    const text = JSON.stringify({ pid: Deno.pid, host: thisHost(), started }) + "\n";
    await file.write(new TextEncoder().encode(text));
  } catch (error) {
    file.close();
    throw explainWriting(error, path);
  }
  return { [Symbol.dispose]: () => file.close() };
}

/** Once more after a moment: {@linkcode isHeld} in another process may have had it for so long. */
async function tryAgain(file: Deno.FsFile): Promise<boolean> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MILLISECONDS));
  return await file.tryLock(true);
}

/** Longer than a look at a lock takes. */
const LOOK_MILLISECONDS = 50;

/** Whether a process has a folder, found out without writing there. */
export async function isHeld(folder: string): Promise<boolean> {
  let file: Deno.FsFile;
  try {
    file = await Deno.open(join(folder, LOCK_FILE), { read: true });
  } catch (error) {
    if (isNoPlace(error)) return false;
    throw explainReading(error, folder);
  }
  // Shared, so that two that look do not take each other for the holder.
  const free = await file.tryLock(false);
  file.close();
  return !free;
}

/** When a folder was last taken; nothing where it never was. */
export async function heldSince(folder: string): Promise<Date | undefined> {
  const file = await Deno.stat(join(folder, LOCK_FILE)).catch(() => undefined);
  return file?.mtime ?? undefined;
}

/**
 * Takes a folder as {@linkcode lockFolder} does, when it is free.
 *
 * @param options `signal` ends the waiting; `onWait` hears once who is waited for.
 * @throws {FolderBusy} Where the signal was aborted before it was free.
 */
export async function waitForFolder(
  folder: string,
  { signal, onWait = () => {} }: {
    readonly signal?: AbortSignal;
    readonly onWait?: (holder: string) => void;
  } = {},
): Promise<Disposable> {
  for (let told = false;; told = true) {
    try {
      return await lockFolder(folder);
    } catch (error) {
      if (!(error instanceof FolderBusy) || signal?.aborted) throw error;
      if (!told) onWait(error.holder);
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
  }
}

/** This machine's name; nothing where the task may not ask for it. */
function thisHost(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "hostname" });
  return state === "granted" ? hostname() : undefined;
}

/** Between two looks whether a folder is free. */
const WAIT_MILLISECONDS = 500;

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
    const { pid, host, started } = JSON.parse(await Deno.readTextFile(path));
    if (Number.isSafeInteger(pid) && pid > 0 && typeof started === "string") {
      // On a folder that machines share, a number alone names no process.
      const elsewhere =
        typeof host === "string" && /^[\w.-]+$/.test(`${host}`) && host !== thisHost()
          ? ` on ${host}`
          : "";
      return `process ${pid}${elsewhere}, started ${started}`;
    }
  } catch {
    // Not written yet, or none of ours.
  }
  return "it has only just started";
}
