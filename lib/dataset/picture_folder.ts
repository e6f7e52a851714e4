/**
 * Folders of pictures: what is listed of them on disk, and what is read of them there or in a zip.
 *
 * What is a picture by its name or its content must be readable; what is none (notes, tables, what
 * systems and cloud drives leave behind) is passed over, and said.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { basename, join, sep } from "node:path";
import { UserError } from "../error.ts";
import { isNoUtf8, NO_UTF8 } from "../paths.ts";
import { plural } from "../text.ts";
import type { DatasetBuilder } from "./builder.ts";
import { type Dataset, type Split, type SplitName } from "./dataset.ts";
import { decodeAll } from "./decode.ts";
import { describeDraw, type SplitShares } from "./draw.ts";
import { ImageError, imageKind, isPictureName, SIGNATURE_BYTES } from "./image.ts";
import type { Labels } from "./labels.ts";
import { EXPECTED_LAYOUT, isLitter, type Layout, placeFiles, someOf } from "./layout.ts";

/** A folder with more files than this is none of FER2013's: it is somebody's whole disk. */
const MOST_FILES = 500_000;

/** Pictures that are looked at where a folder is missing: no more than take a moment. */
const LOOKED_AT = 100;

/** A file in a folder. */
export interface FolderFile {
  /** Relative to the folder, with `/`. */
  readonly path: string;
  /** Why it is not to be opened. */
  readonly refused?: string;
}

/** What is in a folder. */
export interface FolderListing {
  /** Sorted. */
  readonly files: readonly FolderFile[];
  /** SHA-256 over the path, size and time of change of every file. */
  readonly digest: string;
}

/**
 * All files under a folder but what systems leave behind. A link to a file within the folder counts
 * as the file; other links are followed only where that was asked for, and never round in circles.
 *
 * @param root The folder's real path.
 * @param options `followLinks`: also links that lead out of the folder, or to folders.
 * @throws {UserError} For a link to a folder that is not followed, and for too many files.
 */
export function listFolder(
  root: string,
  { followLinks = false }: { readonly followLinks?: boolean } = {},
): FolderListing {
  const files: FolderFile[] = [];
  const hash = createHash("sha256");
  // The synchronous calls: 36,000 files take 0.4 s so, and several times that asynchronously.
  const visit = (folder: string, above: readonly string[]) => {
    const entries = [...Deno.readDirSync(join(root, folder))].filter(({ name }) => !isLitter(name));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (isNoUtf8(join(root, path))) {
        // Of a folder not for --skip-bad, as with links.
        if (entry.isDirectory) throw new UserError(`${basename(root)}/${path}: ${NO_UTF8}`);
        files.push({ path, refused: NO_UTF8 });
        hash.update(`${path}\0${NO_UTF8}\n`);
        continue;
      }
      const link = entry.isSymlink ? readLink(root, path, { followLinks, above }) : undefined;
      if (entry.isDirectory || link?.folder !== undefined) {
        const real = link?.folder ?? join(above.at(-1)!, entry.name);
        visit(path, [...above, real]);
        continue;
      }
      if (files.length >= MOST_FILES) {
        throw new UserError(
          `${root}: Holds more than ${MOST_FILES} files: name the data set's own folder`,
        );
      }
      const refused = link?.refused;
      if (refused !== undefined) files.push({ path, refused });
      else if (entry.isFile || entry.isSymlink) files.push({ path });
      else continue;
      const stat = refused === undefined ? Deno.statSync(join(root, path)) : undefined;
      hash.update(`${path}\0${refused ?? ""}\0${stat?.size}\0${stat?.mtime?.getTime()}\n`);
    }
  };
  visit("", [root]);
  return { files, digest: hash.digest("hex") };
}

/** What a link is to a listing: a folder to go into, a file that is not to be opened, or a file. */
function readLink(
  root: string,
  path: string,
  { followLinks, above }: { readonly followLinks: boolean; readonly above: readonly string[] },
): { readonly folder?: string; readonly refused?: string } {
  let target: string;
  let stat: Deno.FileInfo;
  try {
    target = Deno.realPathSync(join(root, path));
    stat = Deno.statSync(target);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw error;
    return { refused: "Is a link that leads nowhere" };
  }
  const allow = "to allow it, add --follow-links";
  if (stat.isDirectory) {
    // Not for --skip-bad: leaving out a whole folder would be another data set.
    const where = `${basename(root)}/${path}`;
    if (!followLinks) throw new UserError(`${where}: Is a link to a folder (${target}): ${allow}`);
    if (above.includes(target)) {
      throw new UserError(`${where}: Is a link that goes round in circles (to ${target})`);
    }
    return { folder: target };
  }
  if (!stat.isFile) return { refused: "Is a link to what is no file" };
  if (!followLinks && !target.startsWith(root + sep)) {
    return { refused: `Is a link that leads out of the folder: ${allow}` };
  }
  return {};
}

/** Pictures somewhere: in a folder or in a zip. */
export interface PictureSource {
  /** What it is called in messages. */
  readonly name: string;
  /** With `/`, relative to the folder's or zip's root. */
  readonly paths: readonly string[];
  /** What a file is called in messages. */
  readonly where: (path: string) => string;
  /** A file's bytes. */
  readonly read: (path: string) => Uint8Array;
  /** A file's first bytes, where that is cheaper than reading it; by default all are read. */
  readonly peek?: (path: string) => Uint8Array;
}

/** How {@linkcode readPictures} goes about it. */
export interface ReadPicturesOptions {
  readonly builder: DatasetBuilder;
  /** Seed of splits that are drawn. */
  readonly seed: number;
  /** The splits to draw, where they are to be drawn. */
  readonly shares?: SplitShares;
  /** What numbers, or codes in file names, mean. */
  readonly labels?: Labels | undefined;
  /** Classes that were named; see `PlaceOptions`. */
  readonly meant?: readonly string[] | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  /** Told what was passed over. */
  readonly onNote?: (line: string) => void;
}

/** What was read, before it has a name and a digest. */
export interface PictureContent {
  readonly splits: Record<SplitName, Split>;
  readonly split: Dataset["split"];
  /** Where the splits come from, to follow "splits from". */
  readonly origin: string;
}

/**
 * Reads the pictures of a folder or a zip.
 *
 * @throws {UserError} Where they make up no data set, or one of them cannot be read.
 */
export async function readPictures(
  source: PictureSource,
  { builder, seed, shares, labels, meant, onProgress, onNote = () => {} }: ReadPicturesOptions,
): Promise<PictureContent> {
  const { name, where } = source;
  const { pictures, others } = sortOut(source);
  if (pictures.length === 0) refuseNoPictures(name, others);
  const layout = placeFiles(pictures, {
    name,
    bad: (path, reason) => builder.bad(where(path), reason),
    draw: shares !== undefined,
    labels,
    meant,
  });
  notePassedOver(others, ["that is no picture", "that are no pictures"], onNote);
  const beside = "beside the folders of images";
  notePassedOver(layout.outside, [beside, beside], onNote);
  const { refusal } = layout;
  // Without a split it is no data set, but what else is wrong with its pictures is said first.
  const files = refusal === undefined ? layout.files : layout.files.slice(0, LOOKED_AT);
  let done = 0;
  const [size] = builder.form.sample.shape;
  const results = decodeAll(files.map((file) => file.path), source.read, size);
  for await (const { index, pixels, fault } of results) {
    const { path, split, label } = files[index]!;
    if (pixels) builder.add(split, builder.label(label)!, pixels);
    else builder.bad(where(path), fault);
    onProgress?.(++done, files.length);
  }
  if (refusal !== undefined) throw new UserError(refusal);
  const content = divide(layout, name, {
    builder,
    seed,
    ...shares === undefined ? {} : { shares },
  });
  if (content.split === "drawn") noteSmallClasses(content.splits, builder.form.classes, onNote);
  return content;
}

/** The splits as the layout has them, or drawn. */
function divide(
  { splits, source }: Layout,
  name: string,
  { builder, seed, shares }: Pick<ReadPicturesOptions, "builder" | "seed" | "shares">,
): PictureContent {
  if (splits === "given") return { splits: builder.finish(), split: "official", origin: source };
  if (splits === "tenth") {
    return {
      splits: builder.finish({ tenth: seed }),
      split: "stratified-tenth",
      origin: `${source} (seed ${seed})`,
    };
  }
  try {
    return {
      splits: builder.finish({ draw: { shares: shares!, seed } }),
      split: "drawn",
      origin: describeDraw(shares!, source, seed),
    };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(`${name}: ${error.message}`, { cause: error });
  }
}

/** Classes that are too small for a draw would else be missed in the scores only. */
function noteSmallClasses(
  { Training, PrivateTest }: Record<SplitName, Split>,
  classes: readonly string[],
  onNote: (line: string) => void,
) {
  for (const [label, name] of classes.entries()) {
    const count = Training.labels.filter((other) => other === label).length;
    if (count === 0 || PrivateTest.labels.includes(label)) continue;
    onNote(
      `The class ${name} has ${plural(count, "image")}, all in Training: 3 and more are divided`,
    );
  }
}

/** Which files are pictures: by their names, and by their first bytes where the name does not tell. */
function sortOut({ paths, read, peek = read }: PictureSource) {
  const isPicture = (path: string) => {
    try {
      return isPictureName(path) || imageKind(peek(path)) !== undefined;
    } catch (error) {
      // Nothing that is too large or damaged in a zip, and is not called a picture, is one.
      if (!(error instanceof ImageError)) throw error;
      return false;
    }
  };
  const pictures: string[] = [];
  const others: string[] = [];
  for (const path of paths) {
    if (!path.split("/").some(isLitter)) (isPicture(path) ? pictures : others).push(path);
  }
  return { pictures, others };
}

function refuseNoPictures(name: string, others: readonly string[]): never {
  const found = others.length > 0 ? ` (but ${someOf(fileNames(others), 3)})` : "";
  throw new UserError(`${name}: Has no images${found}: ${EXPECTED_LAYOUT}`);
}

/** @param what Says what files are, such as "beside the others", for one and for several. */
function notePassedOver(
  paths: readonly string[],
  [one, several]: readonly [string, string],
  onNote: (line: string) => void,
): void {
  const many = paths.length !== 1;
  const passed = `${plural(paths.length, "file")} ${many ? `${several} were` : `${one} was`}`;
  if (paths.length > 0) onNote(`${passed} passed over (${someOf(fileNames(paths), 3)})`);
}

/** The names of files, each once. */
function fileNames(paths: readonly string[]): string[] {
  return [...new Set(paths.map((path) => path.split("/").at(-1)!))];
}

/** The first bytes of a file on disk, as many as tell a picture from others. */
export function peekFile(path: string): Uint8Array {
  using file = Deno.openSync(path);
  const bytes = new Uint8Array(SIGNATURE_BYTES);
  return bytes.subarray(0, file.readSync(bytes) ?? 0);
}
