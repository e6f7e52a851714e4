/**
 * What decoders of pictures have in common.
 *
 * @module
 */

import { count } from "../text.ts";

/** Why a file is no usable image; the message is a reason that fits behind "file: ". */
export class ImageError extends Error {
  override name = "ImageError";
}

/** A decoded picture: red, green, blue and alpha, four bytes a pixel. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/**
 * Larger pictures are refused by their headers, before anything is unpacked: a small file can claim 65,500
 * squared. Cameras make them of up to 61 million pixels, which take 0.25 GB unpacked.
 */
export const MOST_PIXELS = 64_000_000;

/**
 * Refuses a picture of no or of too many pixels.
 *
 * @throws {ImageError} Where it is so.
 */
export function checkSize(width: number, height: number): void {
  if (width === 0 || height === 0) {
    throw new ImageError(`Claims ${width}x${height} pixels: copy it again`);
  }
  if (width * height > MOST_PIXELS) {
    throw new ImageError(
      `Claims ${width}x${height} pixels, and at most ${
        count(MOST_PIXELS)
      } are read: make it smaller`,
    );
  }
}

/** What a decoder found wrong, as one line behind the format's name. */
export function damaged(format: string, reason: string): ImageError {
  return new ImageError(`Truncated or damaged ${format} (${reason})`);
}
