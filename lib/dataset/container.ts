/**
 * What one file given with `--data` is: a CSV, a zip (of a CSV or of pictures), or neither; and
 * the tables that lie in folders.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UserError } from "../error.ts";
import type { DatasetBuilder } from "./builder.ts";
import { readPixelCsv } from "./csv.ts";
import { startOf } from "./csv_rows.ts";
import {
  explainForeign,
  explainForeignZip,
  explainPart,
  isArchivePath,
  shellPath,
} from "./foreign.ts";
import {
  COLUMNS,
  explainHeader,
  inWords,
  missingColumns,
  START_BYTES,
  tableForm,
} from "./table_form.ts";
import { isTablePath, readTables, type TableOptions, WHERE_ALL_ARE } from "./tables.ts";
import { hasZipEnd, isZip, openZip } from "./zip.ts";

/** What `--data` takes, for messages. */
export const ACCEPTED =
  "expected the Kaggle CSV (emotion,pixels,Usage), a folder with train/<class>/* and test/<class>/*, or a zip of either";

/** So many tables beside one that lacks columns are looked at, for a hint. */
const MOST_LOOKED_AT = 100;

/** A file or folder that is there. */
export interface Place {
  readonly path: string;
  /** What it is called in messages. */
  readonly name: string;
}

/** How a file is read. */
export interface ReadOptions extends TableOptions {
  /** Told how many bytes of how many are read of a table. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** An archive of pictures; close it, or hold it with `using`. */
export interface Pictures extends Disposable {
  /** All files in it, with `/`. */
  readonly paths: readonly string[];
  /**
   * Reads one of them whole.
   *
   * @throws {ImageError} Where it is damaged.
   */
  read(path: string): Uint8Array;
}

/**
 * Reads a CSV, or a zip with one, into a builder.
 *
 * @returns The pictures, where it is a zip of those; they are not read yet.
 * @throws {UserError} Where it is neither, or something is wrong with it.
 */
export async function readTableFile(
  source: Place,
  builder: DatasetBuilder,
  options: ReadOptions,
): Promise<Pictures | undefined> {
  const { path, name } = source;
  const start = await firstBytes(path);
  if (start.length === 0) throw new UserError(`${name}: Is empty: ${ACCEPTED}`);
  if (isZip(start)) return await readZip(source, builder, options);
  const foreign = explainForeign(start, path);
  if (foreign !== undefined) throw new UserError(`${name}: ${foreign}`);
  const form = tableForm(start);
  if (form !== undefined) {
    const missing = missingColumns(form);
    if (missing.length > 0) {
      throw new UserError(
        `${name}, row ${form.headerRow}: Has no column ${inWords(missing)}: expected ${
          COLUMNS.join(",")
        }; ${await findWhole(path)}`,
      );
    }
    await readPixelCsv(fileChunks(path, options), name, builder, options);
    return undefined;
  }
  const fault = explainHeader(start);
  if (fault !== undefined) throw new UserError(`${name}, row 1: ${fault}`);
  const part = explainPart(path);
  if (part !== undefined) throw new UserError(`${name}: ${part}`);
  // Self-extracting archives begin with a program.
  if (hasZipEnd(path, name)) return await readZip(source, builder, options);
  throw new UserError(`${name}: Is not recognised: ${ACCEPTED}`);
}

/** Where a table with all columns is, for one that has not all. */
async function findWhole(path: string): Promise<string> {
  const folder = dirname(path);
  try {
    const names = [...Deno.readDirSync(folder)].filter((entry) => entry.isFile)
      .map((entry) => entry.name).filter(isTablePath).sort().slice(0, MOST_LOOKED_AT);
    for (const name of names) {
      const beside = join(folder, name);
      if (missingColumns(tableForm(await firstBytes(beside))).length === 0) {
        return `beside it, ${beside} has all of them: give --data ${shellPath(beside)}`;
      }
    }
  } catch {
    // It is only a hint.
  }
  return WHERE_ALL_ARE;
}

async function readZip(
  { path: zipPath, name }: Place,
  builder: DatasetBuilder,
  options: ReadOptions,
): Promise<Pictures | undefined> {
  const zip = await openZip(zipPath, name);
  try {
    const files = zip.entries.filter((entry) => !entry.link);
    const byPath = new Map(files.map((entry) => [entry.path, entry]));
    const paths = [...byPath.keys()];
    const twice = files.map((entry) => entry.path).filter((path, i) =>
      byPath.get(path) !== files[i]
    );
    const foreign = explainForeignZip(paths);
    if (foreign !== undefined) throw new UserError(`${name}: ${foreign}`);
    const place = {
      name,
      kind: "zip" as const,
      paths,
      start: (path: string) => startOf(zip.stream(byPath.get(path)!)),
      open: (path: string) =>
        counted(zip.stream(byPath.get(path)!), byPath.get(path)!.size, options),
      howToGive: () => `unzip it first (unzip ${shellPath(zipPath)}) and give that file`,
    };
    // Other files that are there twice do no harm beside a table.
    if (!twice.some(isTablePath) && await readTables(place, builder, options)) {
      zip[Symbol.dispose]();
      return undefined;
    }
    if (twice.length > 0) throw new UserError(`${name}: Has ${twice[0]} twice: refused`);
    for (const { path, link } of zip.entries) {
      if (link) builder.bad(`${name}: ${path}`, "Is a link: refused");
    }
    return {
      paths,
      read: (path) => zip.read(byPath.get(path)!),
      [Symbol.dispose]: () => zip[Symbol.dispose](),
    };
  } catch (error) {
    zip[Symbol.dispose]();
    throw error;
  }
}

/**
 * Reads the table that lies in a folder into a builder.
 *
 * @param files What is in the folder, relative to it, with `/`.
 * @returns Whether there was one; if not, the pictures in the folder are the data.
 * @throws {UserError} Where tables contradict each other, or there is neither a table nor a picture.
 */
export async function readFolderTable(
  { path: folder, name }: Place,
  files: readonly { readonly path: string; readonly refused?: string }[],
  builder: DatasetBuilder,
  options: ReadOptions,
): Promise<boolean> {
  const place = {
    name,
    kind: "folder" as const,
    paths: files.filter((file) => file.refused === undefined).map((file) => file.path),
    start: (path: string) => firstBytes(join(folder, path)),
    open: (path: string) => fileChunks(join(folder, path), options),
    howToGive: (path: string) => {
      const whole = shellPath(join(folder, path));
      const isPacked = isArchivePath(path) && !/\.zip$/i.test(path);
      return isPacked ? `unpack ${whole} and give what comes out` : `give --data ${whole}`;
    },
  };
  return await readTables(place, builder, options);
}

/** As many of a file's first bytes as show what it is. */
async function firstBytes(path: string): Promise<Uint8Array> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array(START_BYTES);
  let at = 0;
  while (at < bytes.length) {
    const n = await file.read(bytes.subarray(at));
    if (n === null) break;
    at += n;
  }
  return bytes.subarray(0, at);
}

/** A file in pieces of 1 MiB, each in the same memory: valid until the next is asked for. */
async function* fileChunks(path: string, options: ReadOptions): AsyncGenerator<Uint8Array> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  yield* counted(pieces(file), size, options);
}

async function* pieces(file: Deno.FsFile): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(2 ** 20);
  while (true) {
    const n = await file.read(buffer);
    if (n === null) return;
    yield buffer.subarray(0, n);
  }
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  { onProgress }: ReadOptions,
): AsyncGenerator<Uint8Array> {
  let done = 0;
  for await (const chunk of chunks) {
    yield chunk;
    onProgress?.(done += chunk.length, total);
  }
}
