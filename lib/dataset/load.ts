/**
 * Loading FER2013 in the forms people have it: the Kaggle CSV, a folder of class folders, or a zip of
 * either; recognised by content, never by name.
 *
 * Splits are those that come with the data (Usage column, or file names that begin with Training,
 * PublicTest, PrivateTest, or folders); without those, the test folder is PrivateTest and a seeded
 * stratified tenth of the train folder is PublicTest; class folders alone are divided as `shares` says
 * (`draw.ts`). Order and digest: see `builder.ts`; what a data set is called, and whether its splits
 * are FER2013's official ones: `known.ts`.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { UserError } from "../error.ts";
import { explainReading, isNoPlace } from "../file.ts";
import { shownPath } from "../paths.ts";
import { DatasetBuilder, datasetDigest, printable } from "./builder.ts";
import { ACCEPTED, readFolderTable, readTableFile } from "./container.ts";
import { type Dataset, SPLITS } from "./dataset.ts";
import type { SplitShares } from "./draw.ts";
import { FER2013_FORM } from "./form.ts";
import { nameDataset } from "./known.ts";
import {
  type FolderFile,
  listFolder,
  peekFile,
  type PictureContent,
  type PictureSource,
  readPictures,
} from "./picture_folder.ts";
import { DamagedCache, readStore, storePath, writeStore } from "./store.ts";

/** How {@linkcode loadDataset} loads. */
export interface LoadOptions {
  /** Skip rows and files that cannot be used, and list them in `Dataset.skipped`. Default false. */
  readonly skipBad?: boolean;
  /** Seed of the splits, or the stratified tenth, that are drawn where the data has none. Default 0. */
  readonly seed?: number;
  /** The splits to draw where the data has none; without them, such data is refused. */
  readonly shares?: SplitShares;
  /** Follow links that lead out of a folder, or to folders. Default false: refuse them. */
  readonly followLinks?: boolean;
  /** Told how far loading is: images done and in all, or bytes read and in all for a CSV. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told what the person should know (a damaged cache), one line each. Default: standard error. */
  readonly onNote?: (line: string) => void;
  /** Where decoded data sets are kept; `null` keeps none. Default `.cache/datasets` in the checkout. */
  readonly cacheFolder?: string | null;
}

/**
 * Loads a data set, from the cache where the same source was loaded before.
 *
 * @param path A CSV, folder or zip.
 * @returns Three splits, none of them empty.
 * @throws {UserError} Where something is wrong with the source; names file and row.
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const { skipBad = false, seed = 0, onNote = (line) => console.error(line), shares } = options;
  const cacheFolder = options.cacheFolder === undefined
    ? join(CHECKOUT_CACHE, "datasets")
    : options.cacheFolder;
  const source = await findSource(path, options);
  if (cacheFolder === null) return await readSource(source, options);

  const stored = storePath(cacheFolder, { source: source.fingerprint, seed, shares });
  try {
    const dataset = await readStore(stored);
    // What was loaded with bad images left out is no answer to a request for all of them.
    if (dataset && (skipBad || dataset.skipped.length === 0)) {
      dataset.notes?.forEach(onNote);
      return dataset;
    }
  } catch (error) {
    if (!(error instanceof DamagedCache)) throw error;
    onNote(`Cached data set is damaged (${error.message}): building it again`);
  }
  const dataset = await readSource(source, options);
  try {
    await writeStore(stored, dataset);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onNote(`Decoded data set could not be cached (${reason}): the next start decodes it again`);
  }
  return dataset;
}

/** A file or folder that is there, with what tells one state of it from another. */
interface Source {
  readonly path: string;
  /** Its base name, for messages and for the data set's name. */
  readonly name: string;
  /** For a folder, the files in it, relative to it, with `/`. */
  readonly files?: readonly FolderFile[];
  /** Real path, size and time of change; for a folder, a digest of those of every file. */
  readonly fingerprint: readonly (string | number)[];
}

async function findSource(path: string, options: LoadOptions): Promise<Source> {
  const name = basename(resolve(path)) || path;
  try {
    const real = await Deno.realPath(path);
    const stat = await Deno.stat(real);
    if (stat.isDirectory) {
      const { files, digest } = listFolder(real, options);
      return { path: real, name, files, fingerprint: [real, digest] };
    }
    if (!stat.isFile) throw new UserError(`${path}: Is neither a file nor a folder: ${ACCEPTED}`);
    return { path: real, name, fingerprint: [real, stat.size, stat.mtime?.getTime() ?? 0] };
  } catch (error) {
    if (isNoPlace(error)) {
      throw new UserError(`${shownPath(path)}: Does not exist: check the path given with --data`);
    }
    throw error instanceof UserError ? error : explainReading(error, path);
  }
}

async function readSource(source: Source, asked: LoadOptions): Promise<Dataset> {
  const notes: string[] = [];
  const { onNote = (line: string) => console.error(line) } = asked;
  const options: LoadOptions = {
    ...asked,
    onNote: (line) => {
      notes.push(printable(line));
      onNote(printable(line));
    },
  };
  const builder = new DatasetBuilder({ skipBad: options.skipBad ?? false });
  let content: PictureContent;
  try {
    if (source.files === undefined) content = await readFile(source, builder, options);
    else if (await readFolderTable(source, source.files, builder, options)) {
      content = csvContent(builder);
    } else content = await readFolder(source, source.files, builder, options);
  } catch (error) {
    if (error instanceof UserError) {
      throw new UserError(printable(error.message), { exitCode: error.exitCode, cause: error });
    }
    if (error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotFound) {
      throw new UserError(`${source.name}: Cannot be read (${error.message})`, { cause: error });
    }
    throw error;
  }
  const { splits, split, origin } = content;
  if (options.shares !== undefined && split !== "drawn") {
    throw new UserError(`${source.name}: Has splits of its own (${origin}): leave --split out`);
  }
  const missing = SPLITS.filter((name) => splits[name].length === 0);
  if (missing.length > 0) {
    const skipped = builder.skipped.length > 0 ? ` (${builder.skipped.length} skipped)` : "";
    throw new UserError(
      `${source.name}: Has no images in ${missing.join(", ")}${skipped}: expected all of ${
        SPLITS.join(", ")
      }`,
    );
  }
  // The one place that says so: the readers know FER2013's classes and pixels only.
  const form = FER2013_FORM;
  const digest = datasetDigest(splits, form);
  const skipped = builder.skipped.length;
  return {
    ...nameDataset({ source: source.name, splits, digest, split, origin, skipped }),
    synthetic: false,
    ...form,
    digest,
    splits,
    skipped: builder.skipped,
    ...notes.length === 0 ? {} : { notes },
  };
}

/** Reads a CSV or a zip, whichever the first bytes say. */
async function readFile(
  source: Source,
  builder: DatasetBuilder,
  options: LoadOptions,
): Promise<PictureContent> {
  using zip = await readTableFile(source, builder, options);
  if (zip === undefined) return csvContent(builder);
  return await readImages(source, zip.paths, builder, options, (path) => zip.read(path));
}

async function readFolder(
  source: Source,
  files: readonly FolderFile[],
  builder: DatasetBuilder,
  options: LoadOptions,
): Promise<PictureContent> {
  for (const { path, refused } of files) {
    if (refused !== undefined) builder.bad(`${source.name}/${path}`, refused);
  }
  const usable = files.filter((file) => file.refused === undefined).map((file) => file.path);
  const place = (path: string) => join(source.path, path);
  const read = (path: string) => Deno.readFileSync(place(path));
  const peek = (path: string) => peekFile(place(path));
  return await readImages(source, usable, builder, options, read, peek);
}

async function readImages(
  { name, files }: Source,
  paths: readonly string[],
  builder: DatasetBuilder,
  { seed = 0, ...options }: LoadOptions,
  read: PictureSource["read"],
  peek = read,
): Promise<PictureContent> {
  const where = (path: string) => files ? `${name}/${path}` : `${name}: ${path}`;
  return await readPictures({ name, paths, where, read, peek }, { ...options, builder, seed });
}

function csvContent(builder: DatasetBuilder): PictureContent {
  return {
    splits: builder.finish(),
    split: "official",
    origin: "the CSV's Usage column",
  };
}
