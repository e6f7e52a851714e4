/**
 * Decoding many image files.
 *
 * @module
 */

import { decodeImage, ImageError } from "./image.ts";

/** One file's outcome: pixels, or why there are none. */
export type Decoded =
  | { readonly index: number; readonly pixels: Uint8Array; readonly fault?: undefined }
  | { readonly index: number; readonly pixels?: undefined; readonly fault: string };

/**
 * Decodes files to square gray values, in the order given.
 *
 * @param paths The files.
 * @param read Gives a file's bytes; may throw {@linkcode ImageError}.
 * @param size Side of the square, in pixels.
 */
export async function* decodeAll(
  paths: readonly string[],
  read: (path: string) => Uint8Array,
  size?: number,
): AsyncGenerator<Decoded> {
  for (const [index, path] of paths.entries()) {
    try {
      yield { index, pixels: await decodeImage(read(path), path, size) };
    } catch (error) {
      if (!(error instanceof ImageError)) throw error;
      yield { index, fault: error.message };
    }
  }
}
