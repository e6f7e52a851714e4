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
import { faceForm, IMAGE_SIZE } from "../emotion.ts";
import { UserError } from "../error.ts";
import { explainReading, isFile, isNoPlace } from "../file.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { list } from "../text.ts";
import { DatasetBuilder, datasetDigest, printable } from "./builder.ts";
import { chooseClasses, type DataChoices } from "./choices.ts";
import { ACCEPTED, readFolderTable, readTableFile } from "./container.ts";
import { type Dataset, type RecordedChoices, SPLITS } from "./dataset.ts";
import type { SplitShares } from "./draw.ts";
import { formatLabels, labelsText } from "./labels.ts";
import { nameDataset } from "./known.ts";
import {
  type FolderFile,
  listFolder,
  peekFile,
  type PictureContent,
  type PictureSource,
  readPictures,
} from "./picture_folder.ts";
import type { TableOptions } from "./tables.ts";
import { parseVotes, VOTES_START, votesDataset } from "./crema_d.ts";
import { faceNetworkDataset } from "./face_network.ts";
import { parseScoredImages, SCORED_IMAGES_START } from "./scored_images.ts";
import { PAIRS_START, pairsDataset, parsePairs } from "./face_voice.ts";
import { DamagedCache, readStore, storePath, writeStore } from "./store.ts";
import { readVotes, VOTE_CLASSES, type Votes } from "./votes.ts";

/** How {@linkcode loadDataset} loads. */
export interface LoadOptions {
  /** Skip rows and files that cannot be used, and list them in `Dataset.skipped`. Default false. */
  readonly skipBad?: boolean;
  /** Seed of the splits, or the stratified tenth, that are drawn where the data has none. Default 0. */
  readonly seed?: number;
  /** The splits to draw where the data has none; without them, such data is refused. */
  readonly shares?: SplitShares;
  /** What is chosen of the data; `lib/data_flags.ts` reads it from command lines. */
  readonly choices?: DataChoices;
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
  const numbers = await readNumbers(path, options);
  if (numbers) return refuseShares(numbers, options);
  const { skipBad = false, seed = 0, onNote = (line) => console.error(line), shares } = options;
  const cacheFolder = options.cacheFolder === undefined
    ? join(CHECKOUT_CACHE, "datasets")
    : options.cacheFolder;
  const source = await findSource(path, options);
  const { choices = {} } = options;
  const votes = await loadVotes(choices);
  const chosen = (dataset: Dataset) => chooseClasses(dataset, choices);
  if (cacheFolder === null) return chosen(await readSource(source, options, votes));

  // Classes are joined and left out of what is kept: that is done at once.
  const stored = storePath(cacheFolder, {
    ...{ source: source.fingerprint, seed, shares, labels: choices.labels, size: choices.size },
    ...votes ? { votes: [votes.digest, votes.protocol] } : {},
    // Which are refused as misspelt depends on what is named.
    meant: meantIn(choices),
  });
  try {
    const dataset = await readStore(stored);
    // What was loaded with bad images left out is no answer to a request for all of them.
    if (dataset && (skipBad || dataset.skipped.length === 0)) {
      dataset.notes?.forEach(onNote);
      return chosen(dataset);
    }
  } catch (error) {
    if (!(error instanceof DamagedCache)) throw error;
    onNote(`Cached data set is damaged (${error.message}): building it again`);
  }
  const dataset = await readSource(source, options, votes);
  try {
    await writeStore(stored, dataset);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    onNote(`Decoded data set could not be cached (${reason}): the next start decodes it again`);
  }
  return chosen(dataset);
}

/** The classes that are named: those are meant so, however near to others. */
function meantIn({ classes, merge }: DataChoices): string[] {
  return [...classes ?? [], ...Object.keys(merge ?? {})];
}

async function loadVotes({ votes }: DataChoices): Promise<Votes | undefined> {
  if (votes === undefined) return undefined;
  let text: string;
  try {
    text = await Deno.readTextFile(votes.path);
  } catch (error) {
    if (isNoPlace(error)) {
      throw new UserError(`${shownPath(votes.path)}: Does not exist: check the path of --votes`);
    }
    throw explainReading(error, votes.path);
  }
  return readVotes(text, basename(votes.path), votes.protocol);
}

/** Tables of numbers that are data sets, each known by how its first row begins. */
const NUMBER_TABLES: readonly {
  readonly start: string;
  readonly read: (text: string, file: string) => Dataset;
}[] = [
  { start: VOTES_START, read: (text, file) => votesDataset(parseVotes(text, file), "crema-d") },
  {
    start: SCORED_IMAGES_START,
    read: (text, file) => faceNetworkDataset(parseScoredImages(text, file)),
  },
  { start: PAIRS_START, read: (text, file) => pairsDataset(parsePairs(text, file)) },
];

/**
 * A table of numbers, where that is what a file holds; small enough to be read whole and anew.
 *
 * @throws {UserError} For what can be chosen of images only.
 */
async function readNumbers(
  path: string,
  { choices = {} }: LoadOptions,
): Promise<Dataset | undefined> {
  // Looked at first: to open a named pipe would wait for somebody to write into it.
  if (!await isFile(path)) return undefined;
  const file = await Deno.open(path).catch(() => undefined);
  if (!file) return undefined;
  const head = new Uint8Array(Math.max(...NUMBER_TABLES.map(({ start }) => start.length)));
  try {
    await file.read(head);
  } finally {
    file.close();
  }
  const text = new TextDecoder().decode(head);
  const table = NUMBER_TABLES.find(({ start }) => text.startsWith(start));
  if (!table) return undefined;
  const name = basename(path);
  const chosen = Object.keys(choices).map((choice) => `--${choice}`);
  if (chosen.length > 0) {
    throw new UserError(
      `${name}: Has numbers with classes of their own, and no images: leave ${list(chosen)} out`,
    );
  }
  return table.read(await Deno.readTextFile(path), name);
}

function refuseShares(dataset: Dataset, { shares }: LoadOptions): Dataset {
  if (!shares) return dataset;
  const how = dataset.folds ? `Is in folds of ${dataset.groupName}` : "Has splits of its own";
  throw new UserError(`${dataset.name}: ${how}: leave --split out`);
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

/** How the readers read. */
interface ReadOptions extends LoadOptions, TableOptions {
  readonly onNote?: (line: string) => void;
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
      const howToGet = /fer-?2013/i.test(name)
        ? `; how to get FER2013 tells ${shownPath(join(CHECKOUT, "data", "README.md"))}`
        : "";
      throw new UserError(
        `${shownPath(path)}: Does not exist: check the path given with --data${howToGet}`,
      );
    }
    throw error instanceof UserError ? error : explainReading(error, path);
  }
}

/** So many class folders are people's, or days', and no classes of anything. */
const MOST_CLASSES = 100;

async function readSource(
  source: Source,
  asked: LoadOptions,
  votes: Votes | undefined,
): Promise<Dataset> {
  const notes: string[] = [];
  const { onNote = (line: string) => console.error(line) } = asked;
  const { choices = {} } = asked;
  const { labels, size = IMAGE_SIZE } = choices;
  const options: ReadOptions = {
    ...asked,
    ...{ labels, meant: meantIn(choices), votes },
    onNote: (line) => {
      notes.push(printable(line));
      onNote(printable(line));
    },
  };
  const sample = faceForm(size);
  const builder = new DatasetBuilder({
    skipBad: options.skipBad ?? false,
    form: votes ? { classes: VOTE_CLASSES, sample } : { sample },
  });
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
  refuseClasses(builder.form.classes, source.name);
  const missing = SPLITS.filter((name) => splits[name].length === 0);
  if (missing.length > 0) {
    const skipped = builder.skipped.length > 0 ? ` (${builder.skipped.length} skipped)` : "";
    throw new UserError(
      `${source.name}: Has no images in ${missing.join(", ")}${skipped}: expected all of ${
        SPLITS.join(", ")
      }`,
    );
  }
  const form = builder.form;
  const use = votes && votes.protocol !== "majority"
    ? votes.protocol === "probability" ? "draws" : "distributions"
    : undefined;
  const digest = datasetDigest(splits, form, use);
  const skipped = builder.skipped.length;
  const named = nameDataset({
    source: source.name,
    ...{ form, splits, digest, split, origin, skipped },
    votes: votes?.protocol,
  });
  if (labels) options.onNote!(`Labels: ${labelsText(labels)} (--labels ${formatLabels(labels)})`);
  return {
    ...named,
    synthetic: false,
    ...form,
    digest,
    splits,
    ...use === undefined ? {} : { targets: use },
    ...labels || votes ? { choices: recordChoices(choices, votes) } : {},
    skipped: builder.skipped,
    ...notes.length === 0 ? {} : { notes },
  };
}

function recordChoices({ labels }: DataChoices, votes: Votes | undefined): RecordedChoices {
  return {
    ...labels ? { labels } : {},
    ...votes ? { votes: { protocol: votes.protocol, digest: votes.digest } } : {},
  };
}

/** @throws {UserError} For one class, or so many that they are something else. */
function refuseClasses(classes: readonly string[], name: string): void {
  if (classes.length === 1) {
    throw new UserError(
      `${name}: Has one class only (${classes}): two are the least that can be told apart`,
    );
  }
  if (classes.length <= MOST_CLASSES) return;
  throw new UserError(
    `${name}: Has ${classes.length} classes (${classes.slice(0, 3).join(", ")}, ...), and ` +
      `${MOST_CLASSES} are the most: are these folders people, or sequences? Sort the pictures ` +
      "into folders by emotion",
  );
}

/** Reads a CSV or a zip, whichever the first bytes say. */
async function readFile(
  source: Source,
  builder: DatasetBuilder,
  options: ReadOptions,
): Promise<PictureContent> {
  using zip = await readTableFile(source, builder, options);
  if (zip === undefined) return csvContent(builder);
  return await readImages(source, zip.paths, builder, options, (path) => zip.read(path));
}

async function readFolder(
  source: Source,
  files: readonly FolderFile[],
  builder: DatasetBuilder,
  options: ReadOptions,
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
  { seed = 0, votes, ...options }: ReadOptions,
  read: PictureSource["read"],
  peek = read,
): Promise<PictureContent> {
  if (votes) {
    throw new UserError(
      `${name}: Has pictures, and votes go by the rows of FER2013's CSV: give that with --data`,
    );
  }
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
