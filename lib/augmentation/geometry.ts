/**
 * Affine maps of the image plane, from a pixel of the result to the place in the original it shows.
 *
 * Coordinates are those of TensorFlow's `ImageProjectiveTransformV3`
 * (tensorflow/core/kernels/image/image_ops.h): x to the right, y down, pixel (i, j)'s centre at the
 * whole numbers x = i, y = j, so an image of 48 columns covers -0.5 to 47.5 and its middle is 23.5. The map goes
 * from output to input: `x' = a0 x + a1 y + a2`, `y' = b0 x + b1 y + b2`. Mapping backwards gives
 * every output pixel exactly one value, and any chain of moves is one map, hence one resampling.
 *
 * @module
 */

import type { ImageSize } from "../sample.ts";

/**
 * `[a0, a1, a2, b0, b1, b2]`, and whatever follows: the first six of TensorFlow's eight numbers, the
 * other two (perspective) being 0.
 */
export type Transform = Float64Array | Float32Array;

/** A new transform that leaves the image as it is. */
export function identity(): Float64Array {
  return Float64Array.of(1, 0, 0, 0, 1, 0);
}

/** Makes a transform the identity again. */
export function reset(t: Transform): Transform {
  t[0] = t[4] = 1;
  t[1] =
    t[2] =
    t[3] =
    t[5] =
      0;
  return t;
}

/** Mirrors what the transform so far shows, left to right. */
export function thenFlip(t: Transform, { width }: Pick<ImageSize, "width">): Transform {
  return then(t, -1, 0, width - 1, 0, 1, 0);
}

/**
 * Turns what the transform so far shows about the middle.
 *
 * @param t Changed in place, and returned.
 * @param degrees Positive is clockwise as one sees it, as y points down.
 * @param size Of the image, whose middle stays where it is.
 */
export function thenRotate(t: Transform, degrees: number, size: ImageSize): Transform {
  const [sin, cos] = sineAndCosine(degrees);
  const middleX = (size.width - 1) / 2, middleY = (size.height - 1) / 2;
  const x = middleX - cos * middleX - sin * middleY;
  const y = middleY + sin * middleX - cos * middleY;
  return then(t, cos, sin, x, -sin, cos, y);
}

/**
 * Enlarges (factor over 1) or shrinks what the transform so far shows, about the middle.
 *
 * @param t Changed in place, and returned.
 * @param factor Of lengths, over 0.
 * @param size Of the image, whose middle stays where it is.
 */
export function thenZoom(t: Transform, factor: number, size: ImageSize): Transform {
  const scale = 1 / factor;
  const middleX = (size.width - 1) / 2, middleY = (size.height - 1) / 2;
  return then(t, scale, 0, middleX - scale * middleX, 0, scale, middleY - scale * middleY);
}

/**
 * Turns what the transform so far shows about the middle, and enlarges it until no corner is empty: what
 * remains is the largest upright rectangle of the image's proportions within the turned image.
 *
 * @param t Changed in place, and returned.
 * @param degrees -90 to 90; positive is clockwise as one sees it.
 * @param size Of the image, whose middle stays where it is.
 */
export function thenRotateWhole(t: Transform, degrees: number, size: ImageSize): Transform {
  const [sin, cos] = sineAndCosine(Math.abs(degrees));
  const { width, height } = size;
  const factor = cos + sin * Math.max(width / height, height / width);
  return thenZoom(thenRotate(t, degrees, size), factor, size);
}

/**
 * Enlarges a part of what the transform so far shows to the whole image.
 *
 * @param t Changed in place, and returned.
 * @param window In pixels; `x` and `y` are its first column and row.
 * @param size Of the image.
 */
export function thenWindow(
  t: Transform,
  { x, y, width, height }: ImageSize & { readonly x: number; readonly y: number },
  size: ImageSize,
): Transform {
  const scaleX = width / size.width, scaleY = height / size.height;
  // The window's left border, half a pixel before its first column, is the image's.
  return then(t, scaleX, 0, x + (scaleX - 1) / 2, 0, scaleY, y + (scaleY - 1) / 2);
}

/**
 * Moves what the transform so far shows to the right and down.
 *
 * @param t Changed in place, and returned.
 * @param right Pixels.
 * @param down Pixels.
 */
export function thenShift(t: Transform, right: number, down: number): Transform {
  return then(t, 1, 0, -right, 0, 1, -down);
}

/**
 * One more move after those of `t`, given by its own output-to-input map. An output pixel goes back
 * through the last move first, so the new map stands on the right of the product.
 */
function then(
  t: Transform,
  a0: number,
  a1: number,
  a2: number,
  b0: number,
  b1: number,
  b2: number,
): Transform {
  const p = t[0]!, q = t[1]!, r = t[2]!;
  const u = t[3]!, v = t[4]!, w = t[5]!;
  t[0] = p * a0 + q * b0;
  t[1] = p * a1 + q * b1;
  t[2] = p * a2 + q * b2 + r;
  t[3] = u * a0 + v * b0;
  t[4] = u * a1 + v * b1;
  t[5] = u * a2 + v * b2 + w;
  return t;
}

/**
 * Sine and cosine of an angle in degrees by Taylor's series on [-45, 45], quarter turns exact.
 * ECMAScript leaves the last bits of `Math.sin` to the engine; sums and products are the same
 * everywhere, and so are the augmented bytes. Off by less than 1e-15.
 */
export function sineAndCosine(degrees: number): [number, number] {
  const quarters = Math.round(degrees / 90);
  const angle = (degrees - 90 * quarters) * (Math.PI / 180);
  const square = angle * angle;
  let sin = 1;
  let cos = 1;
  for (let n = 18; n > 0; n -= 2) {
    sin = 1 - square / (n * (n + 1)) * sin;
    cos = 1 - square / (n * (n - 1)) * cos;
  }
  sin *= angle;
  switch (((quarters % 4) + 4) % 4) {
    case 0:
      return [sin, cos];
    case 1:
      return [cos, -sin];
    case 2:
      return [-sin, -cos];
    default:
      return [-cos, sin];
  }
}
