/**
 * From a picture to what the network sees: turned upright, cut as FER2013's faces are cut, gray and small. Plain
 * arithmetic, also for a browser.
 *
 * @module
 */

import { resample, toGray } from "../dataset/gray.ts";
import type { Picture } from "../dataset/picture.ts";
import { IMAGE_SIZE } from "../emotion.ts";
import type { Box } from "./blazeface.ts";

/** A square of a picture in whole pixels, which may lead over its edges. */
export interface Square {
  readonly x: number;
  readonly y: number;
  readonly side: number;
}

/** How a frame lies around the detector's box. */
export interface Frame {
  /** Its side, in longer sides of the box. */
  readonly scale: number;
  /** How far its centre is above the box's, in its own sides. */
  readonly raise: number;
}

/**
 * FER2013's frame around BlazeFace's box: of those that `benchmarks/face_cut.ts` tries, the one with which
 * `exp:deep#residual-long` with seed 1 is right most often, with the least loss, on the faces of all
 * PublicTest images; seed 3 is within 19 of 3,550 images of its own best.
 */
export const FER2013_FRAME: Frame = { scale: 1.1, raise: 0.03 };

/** The square around a face that FER2013 would show. */
export function faceSquare(
  { x, y, width, height }: Box,
  { scale, raise }: Frame = FER2013_FRAME,
): Square {
  const side = Math.max(1, Math.round(scale * Math.max(width, height)));
  return {
    x: Math.round(x + width / 2 - side / 2),
    y: Math.round(y + height / 2 - raise * side - side / 2),
    side,
  };
}

/**
 * Cuts a square to gray values; beyond the picture's edges its last pixels go on.
 *
 * @param gray Gray values of the picture, shape [height, width].
 * @param size Side of what comes out, in pixels.
 * @returns Gray values, shape [size, size].
 */
export function cutSquare(
  gray: Uint8Array,
  { width, height }: Pick<Picture, "width" | "height">,
  { x, y, side }: Square,
  size = IMAGE_SIZE,
): Uint8Array {
  const within = (value: number, size: number) => Math.min(Math.max(value, 0), size - 1);
  const cut = new Uint8Array(side * side);
  for (let row = 0; row < side; row++) {
    const from = within(y + row, height) * width;
    for (let column = 0; column < side; column++) {
      cut[row * side + column] = gray[from + within(x + column, width)]!;
    }
  }
  return resample(cut, side, side, size);
}

/**
 * A picture that is a face already, as a data set's pictures are read.
 *
 * @param size Side of what comes out, in pixels.
 * @returns Gray values, shape [size, size].
 */
export function wholeFace(picture: Picture, size = IMAGE_SIZE): Uint8Array {
  return resample(toGray(picture), picture.width, picture.height, size);
}

/**
 * Turns a picture upright.
 *
 * @param picture As it is stored.
 * @param orientation Of EXIF, 1 to 8.
 */
export function upright(picture: Picture, orientation: number): Picture {
  if (orientation <= 1 || orientation > 8) return picture;
  const { width, height, data } = picture;
  const turned = orientation >= 5;
  const [w, h] = turned ? [height, width] : [width, height];
  const from = new Uint32Array(data.slice().buffer);
  const to = new Uint32Array(w * h);
  const flipX = [2, 3, 7, 8].includes(orientation);
  const flipY = [3, 4, 6, 7].includes(orientation);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      // Where the pixel is stored: EXIF's 5 to 8 are turned about the diagonal first.
      const [sx, sy] = turned ? [y, x] : [x, y];
      const column = flipX ? width - 1 - sx : sx;
      const row = flipY ? height - 1 - sy : sy;
      to[y * w + x] = from[row * width + column]!;
    }
  }
  return { width: w, height: h, data: new Uint8Array(to.buffer) };
}
