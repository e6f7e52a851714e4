/**
 * PNG and JPEG files to 48x48 gray values, the same on every machine.
 *
 * JPEG is decoded by mozjpeg as WebAssembly (`@jsquash/jpeg`): wasm arithmetic is specified to the
 * bit, so the pixels, and with them the digest of a data set, do not depend on the CPU. Measured on
 * FER2013's JPEGs against the alternatives: sharp (libvips, native) gives the same pixels but needs
 * 1.4 ms for so small an image against 0.2 ms here, and its resizing takes other code paths on
 * other CPUs; jpeg-js needs 0.34 ms and differs from libjpeg by one gray level in 7 % of the
 * pixels. PNG has no loss and so no such question; pngjs is plain JavaScript. (`@jsquash/png` was
 * tried: damaged files leave its instance unusable, and it cannot be started again.)
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";

/** Why a file is no usable image; the message is a reason that fits behind "file: ". */
export class ImageError extends Error {
  override name = "ImageError";
}

/** Larger pictures are refused before anything is unpacked: a small file can claim 65,500 squared. */
const MOST_PIXELS = 25_000_000;

/** A decoded picture: red, green, blue and alpha, four bytes a pixel. */
interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** What a file is by its first bytes. */
export function imageKind(bytes: Uint8Array): "png" | "jpeg" | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff) return "jpeg";
  const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
  return signature.every((byte, i) => bytes[i] === byte) ? "png" : undefined;
}

/**
 * Decodes a PNG or JPEG file of any size and colour to 48x48 gray values.
 *
 * Colour becomes ITU-R 601 luma in libjpeg's integer arithmetic (a gray JPEG keeps its values to
 * the bit), transparency is ignored, another size is resampled with {@linkcode resample}.
 *
 * @param bytes The whole file.
 * @returns 2304 gray values, row by row.
 * @throws {ImageError} Where it is no such file, or is truncated or damaged.
 */
export async function decodeImage(bytes: Uint8Array): Promise<Uint8Array> {
  if (bytes.length === 0) throw new ImageError("Is empty");
  const kind = imageKind(bytes);
  if (kind === undefined) throw new ImageError("Is neither a PNG nor a JPEG image");
  const size = kind === "png" ? pngSize(bytes) : jpegSize(bytes);
  if (size === undefined) throw new ImageError(`Truncated or damaged ${kind.toUpperCase()}`);
  const [width, height] = size;
  if (width === 0 || height === 0 || width * height > MOST_PIXELS) {
    throw new ImageError(
      `Claims ${width}x${height} pixels: expected 1 to ${MOST_PIXELS.toLocaleString("en")} pixels`,
    );
  }
  const picture = kind === "png" ? decodePng(bytes, width, height) : await decodeJpeg(bytes);
  const gray = toGray(picture);
  if (picture.width === IMAGE_SIZE && picture.height === IMAGE_SIZE) return gray;
  return resample(gray, picture.width, picture.height);
}

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
 * Resamples to 48x48 with a triangle filter whose width grows with the shrinking factor
 * (antialiased bilinear, as in Pillow's `resize(BILINEAR)`), rounding once at the end. The aspect
 * ratio is not kept. Own code because only +, * and / in a fixed order give every machine the same
 * bytes.
 *
 * @param gray Gray values, shape [height, width].
 * @returns Gray values, shape [48, 48].
 */
export function resample(gray: Uint8Array, width: number, height: number): Uint8Array {
  const columns = triangleWeights(width);
  const rows = triangleWeights(height);
  const wide = new Float64Array(height * IMAGE_SIZE);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      const { first, weights } = columns[x]!;
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k]! * gray[y * width + first + k]!;
      wide[y * IMAGE_SIZE + x] = sum;
    }
  }
  const result = new Uint8Array(IMAGE_PIXELS);
  for (let y = 0; y < IMAGE_SIZE; y++) {
    const { first, weights } = rows[y]!;
    for (let x = 0; x < IMAGE_SIZE; x++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) {
        sum += weights[k]! * wide[(first + k) * IMAGE_SIZE + x]!;
      }
      result[y * IMAGE_SIZE + x] = Math.min(255, Math.floor(sum + 0.5));
    }
  }
  return result;
}

/** For each of the 48 places, which of `length` source values count and how much (sum 1). */
function triangleWeights(length: number): { first: number; weights: Float64Array }[] {
  const scale = length / IMAGE_SIZE;
  const support = Math.max(1, scale);
  return Array.from({ length: IMAGE_SIZE }, (_, i) => {
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

/** Width and height from the IHDR chunk, undefined where the file ends before it. */
function pngSize(bytes: Uint8Array): [number, number] | undefined {
  if (bytes.length < 24) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return [view.getUint32(16), view.getUint32(20)];
}

/** Width and height from the first frame header (SOF), undefined where there is none. */
function jpegSize(bytes: Uint8Array): [number, number] | undefined {
  let at = 2;
  while (at + 9 <= bytes.length) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++; // padding before a marker
      continue;
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf &&
      marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;
    if (isFrame) {
      return [bytes[at + 7]! * 256 + bytes[at + 8]!, bytes[at + 5]! * 256 + bytes[at + 6]!];
    }
    at += 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
  }
  return undefined;
}

const require = createRequire(import.meta.url);

/** Bytes of a JPEG file to a picture. */
type JpegDecoder = (bytes: ArrayBuffer) => Promise<Picture>;

/** mozjpeg, compiled once, read from node_modules and not fetched. */
let mozjpeg: Promise<WebAssembly.Module> | undefined;
/** A running mozjpeg; undefined before the first image and after each that could not be decoded. */
let jpegDecoder: Promise<JpegDecoder> | undefined;
/** What libjpeg had to say about the current image. */
let jpegMessages: string[] = [];

async function compileMozjpeg(): Promise<WebAssembly.Module> {
  const file = require.resolve("@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm");
  return await WebAssembly.compile(await Deno.readFile(file));
}

async function startJpegDecoder(): Promise<JpegDecoder> {
  const { default: decode, init } = await import("@jsquash/jpeg/decode.js");
  // The types leave out the first of the two parameters.
  const initWith = init as unknown as (
    module: WebAssembly.Module,
    overrides: { printErr: (message: string) => void },
  ) => Promise<void>;
  mozjpeg ??= compileMozjpeg();
  await initWith(await mozjpeg, { printErr: (message) => jpegMessages.push(message) });
  return decode as JpegDecoder;
}

/** The end of the image being decoded: one at a time, or messages would be taken for another's. */
let jpegTurn: Promise<unknown> = Promise.resolve();

function decodeJpeg(bytes: Uint8Array): Promise<Picture> {
  const picture = jpegTurn.then(() => decodeJpegNow(bytes));
  jpegTurn = picture.catch(() => {});
  return picture;
}

async function decodeJpegNow(bytes: Uint8Array): Promise<Picture> {
  jpegDecoder ??= startJpegDecoder();
  const decode = await jpegDecoder;
  jpegMessages = [];
  let picture: Picture | undefined;
  try {
    picture = await decode(ownBuffer(bytes));
  } catch {
    // The reason is in jpegMessages; what is thrown is a bare pointer into wasm memory. An image
    // that failed leaves its memory taken, and after some hundreds good ones would fail too.
    jpegDecoder = undefined;
  }
  const damage = jpegMessages.find((message) => !message.includes("extraneous bytes"));
  // libjpeg fills what is missing with gray and goes on: such an image would train on noise.
  if (!picture || damage !== undefined) {
    throw new ImageError(`Truncated or damaged JPEG (${damage ?? "not decodable"})`);
  }
  return picture;
}

function decodePng(bytes: Uint8Array, width: number, height: number): Picture {
  const plain = plainPng(bytes, width, height);
  if (plain === undefined) throw new ImageError("Truncated or damaged PNG");
  try {
    return PNG.sync.read(plain);
  } catch {
    // Its messages speak of its own streams and help nobody.
    throw new ImageError("Truncated or damaged PNG");
  }
}

/**
 * The PNG with only the chunks that make up the picture, with data that is known to unpack to no
 * more than the picture's size: text and colour profiles may hold anything, bombs included.
 *
 * @returns undefined where a chunk is cut off, the end is missing or the data does not unpack.
 */
function plainPng(bytes: Uint8Array, width: number, height: number): Buffer | undefined {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const kept: Buffer[] = [file.subarray(0, 8)];
  const data: Buffer[] = [];
  for (let at = 8; at + 12 <= file.length;) {
    const end = at + 12 + file.readUInt32BE(at);
    if (end > file.length) return undefined;
    const chunk = file.subarray(at, end);
    const type = file.toString("latin1", at + 4, at + 8);
    if (type === "IHDR" || type === "PLTE" || type === "IDAT") kept.push(chunk);
    if (type === "IDAT") data.push(chunk.subarray(8, -4));
    if (type === "IEND") {
      // Four channels of 16 bits, and a filter byte for each row of each pass of interlacing.
      const most = height * (8 * width + 8) + 64;
      try {
        inflateSync(Buffer.concat(data), { maxOutputLength: most });
      } catch {
        return undefined;
      }
      return Buffer.concat([...kept, chunk]);
    }
    at = end;
  }
  return undefined;
}

/** The bytes as a buffer of exactly their length, copied only where they are part of a larger one. */
function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const whole = bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength;
  return (whole ? bytes.buffer : bytes.slice().buffer) as ArrayBuffer;
}
