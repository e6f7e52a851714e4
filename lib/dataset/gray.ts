/**
 * Gray values of pictures: from colour, equalised, and to another size. Plain arithmetic that gives every machine,
 * and a browser, the same bytes.
 *
 * @module
 */

import { IMAGE_SIZE } from "../emotion.ts";
import type { Picture } from "./picture.ts";

/**
 * Luma Y = 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601) in 16-bit fixed point as libjpeg has it
 * (jccolor.c): the weights add up to 65,536, so gray stays what it is.
 */
export function toGray({ data, width, height }: Picture): Uint8Array {
  const gray = new Uint8Array(width * height);
  for (let i = 0, j = 0; i < gray.length; i++, j += 4) {
    gray[i] = (19595 * data[j]! + 38470 * data[j + 1]! + 7471 * data[j + 2]! + 32768) >> 16;
  }
  return gray;
}

/**
 * Equalises a histogram (Gonzalez and Woods, as OpenCV's `equalizeHist`): gray values are replaced by
 * their ranks. What is equalised already stays as it is.
 */
export function equalise(gray: Uint8Array): Uint8Array {
  const below = new Float64Array(256);
  for (const value of gray) below[value]!++;
  for (let value = 1; value < 256; value++) below[value]! += below[value - 1]!;
  const least = below.find((count) => count > 0)!;
  if (least === gray.length) return gray.slice();
  return gray.map((value) => Math.round(255 * (below[value]! - least) / (gray.length - least)));
}

/**
 * Resamples to a square with a triangle filter whose width grows with the shrinking factor
 * (antialiased bilinear, as in Pillow's `resize(BILINEAR)`), rounding once at the end. The aspect
 * ratio is not kept. Own code because only +, * and / in a fixed order give every machine the same
 * bytes.
 *
 * @param gray Gray values, shape [height, width].
 * @param size Side of the square, in pixels.
 * @returns Gray values, shape [size, size]; the same array where nothing is to be done.
 */
export function resample(
  gray: Uint8Array,
  width: number,
  height: number,
  size = IMAGE_SIZE,
): Uint8Array {
  if (width === size && height === size) return gray;
  const columns = triangleWeights(width, size);
  const rows = triangleWeights(height, size);
  const wide = new Float64Array(height * size);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < size; x++) {
      const { first, weights } = columns[x]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * gray[y * width + first + k]!;
      wide[y * size + x] = sum;
    }
  }
  const result = new Uint8Array(size * size);
  for (let y = 0; y < size; y++) {
    const { first, weights } = rows[y]!;
    for (let x = 0; x < size; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * wide[(first + k) * size + x]!;
      result[y * size + x] = Math.min(255, Math.floor(sum + 0.5));
    }
  }
  return result;
}

/** For each of `size` places, which of `length` source values count and how much (sum 1). */
function triangleWeights(
  length: number,
  size: number,
): { first: number; weights: Float64Array }[] {
  const scale = length / size;
  const support = Math.max(1, scale);
  return Array.from({ length: size }, (_, i) => {
    const center = (i + 0.5) * scale;
    const first = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(length, Math.floor(center + support + 0.5));
    const weights = new Float64Array(end - first);
    let sum = 0;
    for (let k = 0; k < weights.length; k++) {
      weights[k] = Math.max(0, 1 - Math.abs(first + k + 0.5 - center) / support);
      sum += weights[k]!;
    }
    for (let k = 0; k < weights.length; k++) weights[k]! /= sum;
    return { first, weights };
  });
}
