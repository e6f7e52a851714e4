/**
 * The pictures that somebody names, one by one: found, read and turned upright.
 *
 * @module
 */

import { join } from "node:path";
import { decodePicture, ImageError, imageKind, isPictureName } from "../dataset/image.ts";
import { orientationOf } from "../dataset/magick.ts";
import type { Picture } from "../dataset/picture.ts";
import { UserError } from "../error.ts";
import { exists, explainReading, isFolder } from "../file.ts";
import { count } from "../text.ts";
import { shownPath } from "../paths.ts";
import { upright } from "./cut.ts";

/** Larger files, in bytes, hold no picture of a size that is read. */
const LARGEST = 200_000_000;

/**
 * The picture files that paths name: files as they are, of folders all that are pictures by their names,
 * in order, folders below included; links in folders are not followed.
 *
 * @param options `except`: folders that are left out, since their pictures are made of others.
 * @throws {UserError} Where a path is gone, or a folder holds no pictures.
 */
export async function listPictures(
  paths: readonly string[],
  { except = [] }: { readonly except?: readonly string[] } = {},
): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (!await exists(path)) throw new UserError(`${shownPath(path)}: No such file or folder`);
    if (!await isFolder(path)) files.push(path);
    else {
      const found = await picturesIn(path, except);
      if (found.length === 0) throw new UserError(`${shownPath(path)}: No pictures in this folder`);
      for (const file of found) files.push(file);
    }
  }
  return [...new Set(files)];
}

async function picturesIn(folder: string, except: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const { name, isDirectory, isFile } of entries) {
      const path = join(folder, name);
      if (isDirectory) {
        if (except.includes(path)) continue;
        for (const file of await picturesIn(path, except)) files.push(file);
      } else if (isFile && isPictureName(name)) files.push(path);
    }
  } catch (error) {
    throw explainReading(error, folder);
  }
  return files;
}

/**
 * Reads a picture file and turns it as its EXIF says.
 *
 * @throws {UserError} Where it cannot be read or decoded: names the file and the reason.
 */
export async function readPicture(path: string): Promise<Picture> {
  try {
    const { isFile, size } = await Deno.stat(path);
    // A pipe or a device may never end.
    if (!isFile) throw new ImageError("Is no ordinary file: save it as one first");
    if (size > LARGEST) {
      throw new ImageError(
        `Has ${count(size)} bytes, and at most ${count(LARGEST)} are read: make it smaller`,
      );
    }
    const bytes = await Deno.readFile(path);
    const picture = await decodePicture(bytes, path);
    return mayBeTurned(bytes)
      ? upright(picture, await orientationOf(bytes, imageKind(bytes)!))
      : picture;
  } catch (error) {
    if (error instanceof ImageError) throw new UserError(`${path}: ${error.message}`);
    throw explainReading(error, path);
  }
}

/** Whether a file may have EXIF: most small ones have none, and to look closer takes longer. */
function mayBeTurned(bytes: Uint8Array): boolean {
  const kind = imageKind(bytes);
  if (kind === "TIFF") return true;
  if (kind !== "JPEG" && kind !== "PNG" && kind !== "WEBP" && kind !== "JXL") return false;
  // WebP has it at the end.
  const part = kind === "WEBP" ? bytes : bytes.subarray(0, 200_000);
  return /exif/i.test(new TextDecoder("latin1").decode(part));
}
