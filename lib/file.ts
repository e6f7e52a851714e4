/**
 * Files that appear whole or not at all.
 *
 * @module
 */

import { dirname } from "node:path";

/** Tells apart the temporary names of one process. */
let writes = 0;

/**
 * Writes a file so that a reader, or a crash at any moment, finds the old content or the new, never
 * a part: a temporary name beside it, sync to disk, rename, sync of the folder.
 *
 * @param path Where; missing folders are made.
 * @param content Text (UTF-8) or bytes.
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const folder = dirname(path);
  await Deno.mkdir(folder, { recursive: true });
  const temporary = `${path}.tmp-${Deno.pid}-${++writes}`;
  try {
    const file = await Deno.open(temporary, { write: true, create: true, truncate: true });
    try {
      let written = 0;
      while (written < bytes.length) written += await file.write(bytes.subarray(written));
      await file.sync();
    } finally {
      file.close();
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
  await syncFolder(folder);
}

/** Makes a rename in a folder last through a power cut, where the system lets a folder be opened. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await Deno.open(folder, { read: true });
    try {
      await handle.sync();
    } finally {
      handle.close();
    }
  } catch {
    // Some systems do not let a folder be synced; the rename itself is still atomic.
  }
}

/** Whether something is at the path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
