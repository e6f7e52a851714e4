/**
 * Loading FER2013 in the forms people have it: the Kaggle CSV, a folder of class folders, or a zip of
 * either; recognised by content, never by name.
 *
 * Splits are those that come with the data (Usage column, or file names that begin with Training,
 * PublicTest, PrivateTest, or folders); without those, the test folder is PrivateTest and a seeded
 * stratified tenth of the train folder is PublicTest. Order and digest: see `builder.ts`; what a data
 * set is called, and whether its splits are FER2013's official ones: `known.ts`.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join, resolve, sep } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { UserError } from "../error.ts";
import { explainReading, isNoPlace } from "../file.ts";
import { DatasetBuilder, datasetDigest, printable } from "./builder.ts";
import { ACCEPTED, readFolderTable, readTableFile } from "./container.ts";
import { type Dataset, type Split, type SplitName, SPLITS } from "./dataset.ts";
import { decodeAll } from "./decode.ts";
import { nameDataset } from "./known.ts";
import { placeFiles } from "./layout.ts";
import { DamagedCache, readStore, storePath, writeStore } from "./store.ts";

/** How {@linkcode loadDataset} loads. */
export interface LoadOptions {
  /** Skip rows and files that cannot be used, and list them in `Dataset.skipped`. Default false. */
  readonly skipBad?: boolean;
  /** Seed of the stratified tenth, where the data has no official split. Default 0. */
  readonly seed?: number;
  /** Told how far loading is: images done and in all, or bytes read and in all for a CSV. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Told what the person should know (a damaged cache), one line each. Default: standard error. */
  readonly onNote?: (line: string) => void;
  /** Where decoded data sets are kept; `null` keeps none. Default `.cache/datasets` in the checkout. */
  readonly cacheFolder?: string | null;
}

/** A folder with more files than this is none of FER2013's: it is somebody's whole disk. */
const MOST_FILES = 500_000;

/**
 * Loads a data set, from the cache where the same source was loaded before.
 *
 * @param path A CSV, folder or zip.
 * @returns Three splits, none of them empty.
 * @throws {UserError} Where something is wrong with the source; names file and row.
 */
export async function loadDataset(path: string, options: LoadOptions = {}): Promise<Dataset> {
  const { skipBad = false, seed = 0, onNote = (line) => console.error(line) } = options;
  const cacheFolder = options.cacheFolder === undefined
    ? join(CHECKOUT_CACHE, "datasets")
    : options.cacheFolder;
  const source = await findSource(path);
  if (cacheFolder === null) return await readSource(source, options);

  const stored = storePath(cacheFolder, { source: source.fingerprint, seed });
  try {
    const dataset = await readStore(stored);
    // What was loaded with bad images left out is no answer to a request for all of them.
    if (dataset && (skipBad || dataset.skipped.length === 0)) return dataset;
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

interface FolderFile {
  readonly path: string;
  /** Why it is not to be opened. */
  readonly refused?: string;
}

async function findSource(path: string): Promise<Source> {
  const name = basename(resolve(path)) || path;
  try {
    const real = await Deno.realPath(path);
    const stat = await Deno.stat(real);
    if (stat.isDirectory) {
      const { files, digest } = listFolder(real);
      return { path: real, name, files, fingerprint: [real, digest] };
    }
    if (!stat.isFile) throw new UserError(`${path}: Is neither a file nor a folder: ${ACCEPTED}`);
    return { path: real, name, fingerprint: [real, stat.size, stat.mtime?.getTime() ?? 0] };
  } catch (error) {
    if (isNoPlace(error)) {
      throw new UserError(`${path}: Does not exist: check the path given with --data`);
    }
    throw error instanceof UserError ? error : explainReading(error, path);
  }
}

/**
 * All files under a folder, sorted. A link to a file within the folder counts as the file; a link
 * that leads out of it, or to a folder (which may go round in circles), is refused.
 */
function listFolder(root: string): { files: FolderFile[]; digest: string } {
  const files: FolderFile[] = [];
  const hash = createHash("sha256");
  // The synchronous calls: 36,000 files take 0.4 s so, and several times that asynchronously.
  const visit = (folder: string) => {
    const entries = [...Deno.readDirSync(join(root, folder))];
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory) {
        visit(path);
        continue;
      }
      if (files.length >= MOST_FILES) {
        throw new UserError(`${root}: Holds more than ${MOST_FILES} files: ${ACCEPTED}`);
      }
      const refused = entry.isSymlink ? linkFault(root, path) : undefined;
      if (refused !== undefined) files.push({ path, refused });
      else if (entry.isFile || entry.isSymlink) files.push({ path });
      else continue;
      const stat = refused === undefined ? Deno.statSync(join(root, path)) : undefined;
      hash.update(`${path}\0${refused ?? ""}\0${stat?.size}\0${stat?.mtime?.getTime()}\n`);
    }
  };
  visit("");
  return { files, digest: hash.digest("hex") };
}

function linkFault(root: string, path: string): string | undefined {
  try {
    const target = Deno.realPathSync(join(root, path));
    if (!target.startsWith(root + sep)) return "Is a link that leads out of the folder: refused";
    return Deno.statSync(target).isFile ? undefined : "Is a link to a folder: refused";
  } catch {
    return "Is a link that leads nowhere";
  }
}

/** What was read, before it has a name and a digest. */
interface Content {
  readonly splits: Record<SplitName, Split>;
  readonly split: Dataset["split"];
  /** Where the splits come from, to follow "splits from". */
  readonly origin: string;
}

async function readSource(source: Source, options: LoadOptions): Promise<Dataset> {
  const builder = new DatasetBuilder({ skipBad: options.skipBad ?? false });
  let content: Content;
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
  const missing = SPLITS.filter((name) => splits[name].length === 0);
  if (missing.length > 0) {
    const skipped = builder.skipped.length > 0 ? ` (${builder.skipped.length} skipped)` : "";
    throw new UserError(
      `${source.name}: Has no images in ${missing.join(", ")}${skipped}: expected all of ${
        SPLITS.join(", ")
      }`,
    );
  }
  const digest = datasetDigest(splits);
  const skipped = builder.skipped.length;
  return {
    ...nameDataset({ source: source.name, splits, digest, split, origin, skipped }),
    synthetic: false,
    digest,
    splits,
    skipped: builder.skipped,
  };
}

/** Reads a CSV or a zip, whichever the first bytes say. */
async function readFile(
  source: Source,
  builder: DatasetBuilder,
  options: LoadOptions,
): Promise<Content> {
  using zip = await readTableFile(source, builder, options);
  if (zip === undefined) return csvContent(builder);
  return await readImages(source, zip.paths, builder, options, (path) => zip.read(path));
}

async function readFolder(
  source: Source,
  files: readonly FolderFile[],
  builder: DatasetBuilder,
  options: LoadOptions,
): Promise<Content> {
  for (const { path, refused } of files) {
    if (refused !== undefined) builder.bad(`${source.name}/${path}`, refused);
  }
  const usable = files.filter((file) => file.refused === undefined).map((file) => file.path);
  return await readImages(source, usable, builder, options, (path) => {
    return Deno.readFileSync(join(source.path, path));
  });
}

async function readImages(
  source: Source,
  paths: readonly string[],
  builder: DatasetBuilder,
  { seed = 0, onProgress }: LoadOptions,
  read: (path: string) => Uint8Array,
): Promise<Content> {
  const where = (path: string) =>
    source.files ? `${source.name}/${path}` : `${source.name}: ${path}`;
  const layout = placeFiles(paths, source.name, (path, reason) => builder.bad(where(path), reason));
  let done = 0;
  const results = decodeAll(layout.files.map((file) => file.path), read);
  for await (const { index, pixels, fault } of results) {
    const { path, split, label } = layout.files[index]!;
    if (pixels) builder.add(split, label, pixels);
    else builder.bad(where(path), fault);
    onProgress?.(++done, layout.files.length);
  }
  return {
    splits: builder.finish(layout.needsTenth ? seed : undefined),
    split: layout.needsTenth ? "stratified-tenth" : "official",
    origin: layout.needsTenth ? `${layout.source} (seed ${seed})` : layout.source,
  };
}

function csvContent(builder: DatasetBuilder): Content {
  return {
    splits: builder.finish(),
    split: "official",
    origin: "the CSV's Usage column",
  };
}
