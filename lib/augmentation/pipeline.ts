/**
 * Augmentation as a value that prints, hashes and runs: `flip|rotate(10)|zoom(0.1)|shift(0.1)`.
 *
 * Operations happen from left to right. All that move pixels become one affine map per image and one
 * resampling, so that four operations blur no more than one.
 *
 * @example
 * ```ts
 * import { augmentBatch, parsePipeline } from "./pipeline.ts";
 * import { randomStream } from "../seed.ts";
 *
 * const pipeline = parsePipeline("flip|rotate(10)");
 * pipeline.text; // "flip(0.5)|rotate(10, 1)"
 * const faces = new Uint8Array(2 * 2304);
 * const batch = new Uint8Array(2 * 2304);
 * const size = { width: 48, height: 48 };
 * augmentBatch(faces, [1, 0], pipeline, randomStream(1, "augmentation", 3), batch, size);
 * ```
 *
 * @module
 */

import {
  type Call,
  formatCalls,
  type Parameter,
  parseCalls,
  type Signature,
} from "../expression.ts";
import type { ImageSize, SampleForm, SampleValues } from "../sample.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import {
  identity,
  reset,
  thenFlip,
  thenRotate,
  thenRotateWhole,
  thenShift,
  thenWindow,
  thenZoom,
} from "./geometry.ts";
import { transformAt } from "./resample.ts";

/** How often an operation happens to an image, as each of Augmentor's operations has it. */
const OFTEN: Parameter = { name: "probability", default: 1, minimum: 0, maximum: 1 };

/** The smallest share of the area that random erasing covers. */
const SMALLEST_ERASED = 0.02;

/** Operations that move pixels. */
const GEOMETRIC = [
  ...["flip", "alternating-flip", "rotate", "zoom", "shift", "crop"],
  ...["rotate-whole", "zoom-window"],
];

/** The operations, for `parseCalls`; every random number is uniform on its range. */
const AUGMENTATIONS: readonly Signature[] = [
  // Mirrors left to right.
  { name: "flip", parameters: [{ name: "probability", default: 0.5, minimum: 0, maximum: 1 }] },
  // Mirrors every other epoch, in the first at random: an image is seen both ways in any two epochs
  // (Jordan 2024, "94 % on CIFAR-10 in 3.29 seconds").
  { name: "alternating-flip", parameters: [] },
  // Turns about the middle by -degrees to degrees.
  { name: "rotate", parameters: [{ name: "degrees", minimum: 0, maximum: 180 }, OFTEN] },
  // Scales both sides alike by 1 - share to 1 + share.
  { name: "zoom", parameters: [{ name: "share", minimum: 0, maximum: 0.9 }, OFTEN] },
  // Turns by a whole number of degrees, up to so many to the left or the right, and enlarges what is left
  // of the image without empty corners: Augmentor's `rotate`.
  {
    name: "rotate-whole",
    parameters: [{ name: "degrees", minimum: 0, maximum: 45, whole: true }, OFTEN],
  },
  // Enlarges a window of this share of both sides, its place anywhere: Augmentor's `zoom_random`.
  { name: "zoom-window", parameters: [{ name: "share", minimum: 0.1, maximum: 1 }, OFTEN] },
  // Moves by up to this share of the side, in x and in y.
  { name: "shift", parameters: [{ name: "share", minimum: 0, maximum: 1 }, OFTEN] },
  // Scales the distance from the original's mean gray by 1 - share to 1 + share.
  { name: "contrast", parameters: [{ name: "share", minimum: 0, maximum: 1 }, OFTEN] },
  // Adds up to this share of 255 to every gray value.
  { name: "brightness", parameters: [{ name: "share", minimum: 0, maximum: 1 }, OFTEN] },
  // Covers a square of this share of the shorter side with the mean gray, its centre anywhere: Cutout
  // (DeVries and Taylor 2017).
  { name: "erase", parameters: [{ name: "side", minimum: 0, maximum: 1 }, OFTEN] },
  // Covers a rectangle of 0.02 to `largest` of the area, 0.3 to 3.3 times as high as wide, with the mean
  // gray: random erasing (Zhong et al. 2020, algorithm 1 with their RE-M).
  {
    name: "random-erasing",
    parameters: [
      { name: "largest", default: 0.4, minimum: SMALLEST_ERASED, maximum: 1 },
      { name: "probability", default: 0.5, minimum: 0, maximum: 1 },
    ],
  },
  // A square of so many pixels a side, its place anywhere in the image: what the network takes is as
  // large (Krizhevsky et al. 2012).
  { name: "crop", parameters: [{ name: "side", minimum: 8, maximum: 4096, whole: true }] },
];

/** Operations in their order. */
export interface Pipeline {
  /** The canonical text, every default written out; `none` without operations. */
  readonly text: string;
  readonly calls: readonly Call[];
  /** Whether all operations move pixels only, so that an affine map says everything. */
  readonly geometric: boolean;
  /** Pixels of a side of the images that come out, where that is another than of those that go in. */
  readonly cropSide: number | undefined;
  /** Whether images are mirrored every other epoch. */
  readonly alternates: boolean;
}

/**
 * Reads a pipeline.
 *
 * @param text Such as `flip|rotate(10)|zoom(0.1)`; `none` for none.
 * @param options `copies`: whether it makes copies that are kept, which have the images' size and no
 *   epochs.
 * @throws {SyntaxError} For an unknown operation, a number out of range, an operation named twice, or
 *   operations that do not go together.
 */
export function parsePipeline(
  text: string,
  { copies = false }: { readonly copies?: boolean } = {},
): Pipeline {
  const calls = parseCalls(text, AUGMENTATIONS);
  const names = calls.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice) throw new SyntaxError(`"${twice}" is named twice in "${text}"`);
  const alternates = names.includes("alternating-flip");
  if (alternates && names.includes("flip")) {
    throw new SyntaxError("flip and alternating-flip are two ways of mirroring: leave out one");
  }
  const moves = names.filter((name) => GEOMETRIC.includes(name));
  const crop = calls.find(({ name }) => name === "crop");
  if (crop && moves.at(-1) !== "crop") {
    throw new SyntaxError(`crop comes after what moves pixels: put it behind ${moves.at(-1)}`);
  }
  if (copies && crop) throw new SyntaxError("copies have the size of the images: crop in augment");
  if (copies && alternates) throw new SyntaxError("copies know no epochs: take flip");
  return {
    text: formatCalls(calls),
    calls,
    geometric: moves.length === names.length,
    cropSide: crop?.args[0],
    alternates,
  };
}

/**
 * The form of what comes out of operations, which is what a network takes.
 *
 * @param sample Of the data: images at least as large as what is cut out.
 * @param augment The operations' text.
 */
export function augmentedForm(sample: SampleForm, augment: string): SampleForm {
  const { cropSide } = parsePipeline(augment);
  if (cropSide === undefined || sample.shape.length !== 3) return sample;
  return { ...sample, shape: [cropSide, cropSide, sample.shape[2]!] };
}

/**
 * Which images `alternating-flip` mirrors in an epoch: 1 or 0 for each.
 *
 * @param count Images.
 * @param epoch From 1.
 * @param seed Of the run.
 */
export function alternatingFlips(count: number, epoch: number, seed: number): Uint8Array {
  const stream = randomStream(seed, "alternating flip");
  return Uint8Array.from({ length: count }, () => ((stream.uint32() >>> 31) + epoch) % 2);
}

/** What happens to one image: the drawn numbers, reused from image to image. */
export interface Drawn {
  readonly transform: Float64Array;
  /** Given, not drawn: whether it is the image's turn to be mirrored. */
  alternate: boolean;
  /** Factor of the distance from the mean gray. */
  contrast: number;
  /** Gray values added. */
  brightness: number;
  /** Pixels of the covered rectangles, their first columns and rows; a width of 0 covers nothing. */
  readonly covered: readonly Rectangle[];
}

interface Rectangle {
  width: number;
  height: number;
  x: number;
  y: number;
}

/** What leaves an image as it is, to be drawn into. */
export function drawnNothing(): Drawn {
  return {
    transform: identity(),
    alternate: false,
    contrast: 1,
    brightness: 0,
    covered: [0, 1].map(() => ({ width: 0, height: 0, x: 0, y: 0 })),
  };
}

const scratch = drawnNothing();
const grays = new Uint8Array(256);

/**
 * Augments one image with numbers drawn from a stream.
 *
 * @param source Images, one after the other.
 * @param from Which image of `source`.
 * @param pipeline What to do; `none` copies.
 * @param stream Gives two uint32 per image, whatever the pipeline.
 * @param target Images of the size that the pipeline gives; another array than `source`.
 * @param to Which image of `target`.
 * @param size Of an image of `source`.
 * @param alternate Whether it is the image's turn in `alternating-flip`.
 */
export function augmentImage(
  source: SampleValues,
  from: number,
  pipeline: Pipeline,
  stream: RandomStream,
  target: SampleValues,
  to: number,
  size: ImageSize,
  alternate = false,
): void {
  const high = stream.uint32();
  const low = stream.uint32();
  const pixels = size.width * size.height;
  const sourceAt = from * pixels;
  if (pipeline.calls.length === 0) {
    target.set(source.subarray(sourceAt, sourceAt + pixels), to * pixels);
    return;
  }
  const cut = sizeOf(pipeline, size);
  const targetAt = to * cut.width * cut.height;
  scratch.alternate = alternate;
  draw(pipeline, high, low, scratch, size);
  transformAt(source, sourceAt, target, targetAt, scratch.transform, size, cut);
  if (pipeline.geometric) return;
  const mean = meanGray(source, sourceAt, pixels);
  shade(mean, target, targetAt, scratch, cut);
}

/** The size of what comes out. */
function sizeOf({ cropSide }: Pipeline, size: ImageSize): ImageSize {
  return cropSide === undefined ? size : { width: cropSide, height: cropSide };
}

/**
 * Augments the images of a batch into an array that is used again and again, so that the next batch
 * can be made ready while the native step runs: about 2 ms for 64 images through flip, rotation, zoom
 * and shift, on one core.
 *
 * @param images All images, one after the other.
 * @param indices Which of them, in the batch's order.
 * @param pipeline What to do; `none` gathers the images as they are.
 * @param stream Where the numbers come from: for instance `randomStream(seed, "augmentation", epoch)`.
 * @param out The batch, shape [indices.length, height, width] of what comes out; another array than
 *   `images`.
 * @param size Of an image of `images`.
 * @param flips For `alternating-flip`: 1 for each of all images that is to be mirrored.
 */
export function augmentBatch(
  images: SampleValues,
  indices: ArrayLike<number>,
  pipeline: Pipeline,
  stream: RandomStream,
  out: SampleValues,
  size: ImageSize,
  flips?: Uint8Array,
): void {
  for (let i = 0; i < indices.length; i++) {
    const from = indices[i]!;
    augmentImage(images, from, pipeline, stream, out, i, size, flips?.[from] === 1);
  }
}

/**
 * Draws every operation's numbers for one image from its two words. A number depends on the words,
 * the operation's name and its place within the operation only: another operation in the pipeline,
 * or another order, leaves it as it is.
 */
export function draw(
  pipeline: Pipeline,
  high: number,
  low: number,
  drawn: Drawn,
  image: ImageSize,
): void {
  reset(drawn.transform);
  drawn.contrast = 1;
  drawn.brightness = 0;
  for (const each of drawn.covered) each.width = 0;
  const cut = sizeOf(pipeline, image);
  for (const { name, args } of pipeline.calls) {
    const slot = nameHash(name);
    const first = number(high, low, slot + 1);
    const second = number(high, low, slot + 2);
    const size = args[0]!;
    const around = (2 * first - 1) * size;
    if (name === "crop") {
      const x = Math.floor(first * (image.width - size + 1));
      const y = Math.floor(second * (image.height - size + 1));
      thenShift(drawn.transform, -x, -y);
      continue;
    }
    if (name === "alternating-flip") {
      if (drawn.alternate) thenFlip(drawn.transform, image);
      continue;
    }
    const probability = args[args.length - 1]!;
    if (!(number(high, low, slot) < probability)) continue;
    switch (name) {
      case "flip":
        thenFlip(drawn.transform, image);
        break;
      case "rotate":
        thenRotate(drawn.transform, around, image);
        break;
      case "zoom":
        thenZoom(drawn.transform, 1 + around, image);
        break;
      case "rotate-whole":
        thenRotateWhole(
          drawn.transform,
          Math.floor(first * (size + 1)) * (second < 0.5 ? -1 : 1),
          image,
        );
        break;
      case "zoom-window":
        thenWindow(drawn.transform, windowOf(size, image, { left: first, top: second }), image);
        break;
      case "shift":
        thenShift(drawn.transform, around * image.width, (2 * second - 1) * size * image.height);
        break;
      case "contrast":
        drawn.contrast = 1 + around;
        break;
      case "brightness":
        drawn.brightness = 255 * around;
        break;
      case "erase": {
        const side = Math.round(size * Math.min(cut.width, cut.height));
        const covered = drawn.covered[0]!;
        covered.width = covered.height = side;
        covered.x = Math.round(first * cut.width - side / 2);
        covered.y = Math.round(second * cut.height - side / 2);
        break;
      }
      case "random-erasing":
        drawRectangle(drawn.covered[1]!, cut, {
          share: SMALLEST_ERASED + first * (size - SMALLEST_ERASED),
          // From 0.3 to its inverse, as the authors draw it.
          heightToWidth: 0.3 + second * (1 / 0.3 - 0.3),
          left: number(high, low, slot + 3),
          top: number(high, low, nameHash("random-erasing, top")),
        });
        break;
      default:
        throw new RangeError(`No such operation: ${name}`);
    }
  }
}

/** A window of a share of both sides in whole pixels, all of it within the image. */
function windowOf(
  share: number,
  image: ImageSize,
  { left, top }: { readonly left: number; readonly top: number },
): Rectangle {
  const width = Math.max(1, Math.floor(share * image.width));
  const height = Math.max(1, Math.floor(share * image.height));
  return {
    width,
    height,
    x: Math.floor(left * (image.width - width + 1)),
    y: Math.floor(top * (image.height - height + 1)),
  };
}

/** A rectangle of a share of the image's area, all of it within the image. */
function drawRectangle(
  rectangle: Rectangle,
  { width, height }: ImageSize,
  { share, heightToWidth, left, top }: {
    readonly share: number;
    readonly heightToWidth: number;
    readonly left: number;
    readonly top: number;
  },
): void {
  const area = share * width * height;
  // Square roots are exact to the last bit everywhere; of what is too long the end is cut off.
  rectangle.width = Math.min(Math.max(Math.round(Math.sqrt(area / heightToWidth)), 1), width);
  rectangle.height = Math.min(Math.max(Math.round(Math.sqrt(area * heightToWidth)), 1), height);
  rectangle.x = Math.floor(left * (width - rectangle.width + 1));
  rectangle.y = Math.floor(top * (height - rectangle.height + 1));
}

function meanGray(source: SampleValues, from: number, pixels: number): number {
  let sum = 0;
  for (let i = 0; i < pixels; i++) sum += source[from + i]!;
  return sum / pixels;
}

/** Changes the grays of an image that is already in its place. */
function shade(
  mean: number,
  target: SampleValues,
  targetAt: number,
  drawn: Drawn,
  { width, height }: ImageSize,
): void {
  for (let gray = 0; gray < 256; gray++) {
    const value = mean + drawn.contrast * (gray - mean) + drawn.brightness;
    grays[gray] = Math.min(Math.max(value + 0.5, 0), 255);
  }
  const end = targetAt + width * height;
  for (let i = targetAt; i < end; i++) target[i] = grays[target[i]!]!;
  const fill = grays[Math.round(mean)]!;
  for (const covered of drawn.covered) {
    if (covered.width === 0) continue;
    const bottom = Math.min(covered.y + covered.height, height);
    const right = Math.min(covered.x + covered.width, width);
    for (let y = Math.max(covered.y, 0); y < bottom; y++) {
      for (let x = Math.max(covered.x, 0); x < right; x++) target[targetAt + y * width + x] = fill;
    }
  }
}

/** A number in [0, 1) with 32 random bits: a hash of an image's two words and a slot. */
function number(high: number, low: number, slot: number): number {
  return mix(mix(mix(high) ^ slot) ^ low) / 0x100000000;
}

/** A bijection of uint32 that scatters well: `lowbias32` (Wellons, "Hash prospector", 2018). */
function mix(word: number): number {
  let x = word;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a (Fowler, Noll and Vo) of an operation's name, with room for its numbers' places. */
function nameHash(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash << 2;
}
