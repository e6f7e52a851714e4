/**
 * Files that appear whole or not at all.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UsageError, UserError } from "./error.ts";
import { isNoUtf8, NO_UTF8 } from "./paths.ts";

/** What a file is called while it is written. */
const TEMPORARY_NAME = /\.tmp-\d+-\d+$/;

/** Tells apart the temporary names of one process. */
let writes = 0;

/**
 * Writes a file so that a reader, or a crash at any moment, finds the old content or the new, never
 * a part: a temporary name beside it, sync to disk, rename, sync of the folder.
 *
 * @param path Where; missing folders are made.
 * @param content Text (UTF-8) or bytes.
 * @throws {UserError} Where the disk is full or the place cannot be written to.
 */
export async function writeFileWhole(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await writeWhole(path, content);
  } catch (error) {
    throw explainWriting(error, path);
  }
}

/**
 * Refuses a path where no file can be written, before the work whose outcome it is to hold.
 *
 * @throws {UserError} Where it is a folder, or its folder cannot be made or written to.
 */
export async function expectFilePlace(path: string): Promise<void> {
  if (await isFolder(path)) throw new UserError(`${path}: Is a folder: name a file`);
  await expectFolderPlace(dirname(path));
}

/**
 * The same of the paths that are given of several flags, by the flags' names.
 *
 * @throws {UsageError} Where two of them name the same file: the second would replace the first.
 */
export async function expectFilePlaces(
  paths: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const flags = new Map<string, string>();
  for (const [flag, path] of Object.entries(paths)) {
    if (path === undefined) continue;
    const other = flags.get(path);
    if (other !== undefined) {
      throw new UsageError(`--${other} and --${flag} name the same file: give each its own`);
    }
    flags.set(path, flag);
    await expectFilePlace(path);
  }
}

/**
 * Refuses a folder that cannot be made or written to; it is not made yet.
 *
 * @throws {UserError} Where it is so.
 */
export async function expectFolderPlace(folder: string): Promise<void> {
  const { state } = Deno.permissions.querySync({ name: "write", path: folder });
  if (state !== "granted") {
    throw new UserError(
      `${folder}: This task may not write there; the permissions in README.md say where it may: ` +
        "choose another",
    );
  }
  let there = folder;
  while (!await exists(there) && dirname(there) !== there) there = dirname(there);
  if (!await isFolder(there)) {
    throw new UserError(`${there}: Is no folder, and ${folder} is to be one: choose another`);
  }
  try {
    Deno.removeSync(Deno.makeTempFileSync({ dir: there }));
  } catch (error) {
    // The task may write to the folder alone, once that is made.
    if (error instanceof Deno.errors.NotCapable) return;
    throw explainWriting(error, there);
  }
}

async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
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

/** What Linux and macOS call a place that cannot be written to. */
const UNWRITABLE = [
  ...["EROFS", "EACCES", "EPERM", "ENOTDIR", "EISDIR", "EEXIST"],
  ...["ENAMETOOLONG", "EINVAL", "ELOOP", "ENXIO", "ETXTBSY"],
];

/**
 * What to throw for an error of the file system while a path was written: in words and with the
 * remedy where the person can mend it, else as it is.
 */
export function explainWriting(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  const { code = "" } = error as { code?: string };
  if (["ENOSPC", "EDQUOT", "EFBIG"].includes(code)) {
    return new UserError(
      `${path}: Cannot be written, since the disk is full: free some space and give the same ` +
        "command again",
      { cause: error },
    );
  }
  if (!UNWRITABLE.includes(code)) return error;
  const reason = error.message.replace(/ \(os error \d+\).*$/, "");
  return new UserError(
    `${path}: Cannot be written (${reason}): make the folder writable, or choose another`,
    { cause: error },
  );
}

/**
 * Removes what processes that were killed have left half-written in a folder.
 *
 * @param folder Need not be there.
 * @param options `olderThan`: only what has not changed for so many milliseconds, where others may
 *   be writing there (default 0: all).
 */
export async function removeLeftovers(
  folder: string,
  { olderThan = 0 }: { readonly olderThan?: number } = {},
): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
  for (const { name, isFile } of entries) {
    if (!isFile || !TEMPORARY_NAME.test(name)) continue;
    const path = join(folder, name);
    try {
      const changed = (await Deno.stat(path)).mtime?.getTime() ?? 0;
      if (Date.now() - changed >= olderThan || olderThan === 0) await Deno.remove(path);
    } catch {
      // Nothing reads it, or another process has removed it: it does no harm.
    }
  }
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

/** Removes a file; nothing where there is none. */
export async function removeIfThere(path: string): Promise<void> {
  if (await exists(path)) await Deno.remove(path);
}

/**
 * Whether something is at the path; not where the path itself can be none: it is empty, leads through a
 * file, is too long, holds a NUL or goes round in links.
 *
 * @throws {UserError} Where the system does not let one look.
 */
export async function exists(path: string): Promise<boolean> {
  return await look(path) !== undefined;
}

/**
 * Whether a folder is at the path; see {@linkcode exists}.
 *
 * @throws {UserError} Where the system does not let one look.
 */
export async function isFolder(path: string): Promise<boolean> {
  return (await look(path))?.isDirectory ?? false;
}

/**
 * Whether a file, or a link to one, is at the path; see {@linkcode exists}.
 *
 * @throws {UserError} Where the system does not let one look.
 */
export async function isFile(path: string): Promise<boolean> {
  return (await look(path))?.isFile ?? false;
}

async function look(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (isNoPlace(error)) return undefined;
    throw explainReading(error, path);
  }
}

/** What Linux and macOS say of a path at which nothing is, nor can be. */
const NO_PLACE = ["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ELOOP"];

/** Whether an error of the file system says that nothing is at a path, or that it can be none. */
export function isNoPlace(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  // A path with a NUL does not get as far as to the system, nor, unless all may be read, an empty one.
  const isNul = error instanceof TypeError && error.message.includes("NUL");
  const isEmpty = error.message === "Empty path is not allowed";
  return isNul || isEmpty || NO_PLACE.includes((error as { code?: string }).code ?? "");
}

/** What to throw for an error of the file system while a path was read: in words, in one line. */
export function explainReading(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if (isNoPlace(error)) {
    const reason = isNoUtf8(path) ? NO_UTF8 : "No such file";
    return new UserError(`${path || "(empty path)"}: ${reason}`, { cause: error });
  }
  const { code } = error as { code?: string };
  // Deno's own refusal has no code: that a task lacks a permission is said elsewhere.
  if (code === undefined) return error;
  const reason = error.message.replace(/ \(os error \d+\).*$/, "");
  return new UserError(`${path}: Cannot be read: ${reason}`, { cause: error });
}
