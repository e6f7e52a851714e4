/**
 * Pictures in the formats that are met now and then, to pixels: ImageMagick as WebAssembly
 * (`@imagemagick/magick-wasm`, one package with nothing below it). The same on every machine, as wasm
 * is, and without rights of its own. It takes a tenth of a second to start, and starts with the
 * first such picture.
 *
 * The format is always told, never guessed by ImageMagick, which knows formats that are programs.
 *
 * @module
 */

import { createRequire } from "node:module";
import { checkSize, damaged, ImageError, type Picture } from "./picture.ts";

/** What ImageMagick is asked to read, by the names it has for them. */
export type MagickKind =
  | "AVIF"
  | "BMP"
  | "GIF"
  | "HEIC"
  | "J2K"
  | "JP2"
  | "JPEG"
  | "JXL"
  | "PAM"
  | "PNM"
  | "TIFF"
  | "WEBP";

/** What came of decoding, and the warnings about the picture, in the decoder's words. */
export interface MagickOutcome {
  readonly picture?: Picture;
  readonly warnings: readonly string[];
}

type Magick = typeof import("@imagemagick/magick-wasm");

/** ImageMagick, started once. */
let started: Promise<Magick> | undefined;

const require = createRequire(import.meta.url);

/** Loads ImageMagick, once. */
export function startMagick(): Promise<Magick> {
  return started ??= start();
}

async function start(): Promise<Magick> {
  const magick = await import("@imagemagick/magick-wasm");
  const file = require.resolve("@imagemagick/magick-wasm/magick.wasm");
  await magick.initializeImageMagick(await Deno.readFile(file));
  // Behind the check of a picture's size, should what it claims and what it unpacks to differ.
  magick.ResourceLimits.memory = 2n ** 30n;
  magick.ResourceLimits.disk = 0n;
  return magick;
}

/**
 * Decodes a picture; of several pages or frames the first. Transparency is kept apart (and so
 * ignored by whoever asks for gray), colour profiles and turns in EXIF are not looked at, CMYK
 * becomes red, green and blue without a profile.
 *
 * @param bytes The whole file.
 * @param kind Its format.
 * @returns No picture where it could not be decoded; the warnings then say why.
 * @throws {ImageError} Where it is too large, or its values have no known range.
 */
export async function decodeMagick(bytes: Uint8Array, kind: MagickKind): Promise<MagickOutcome> {
  const magick = await startMagick();
  const settings = new magick.MagickReadSettings({ format: kind, frameIndex: 0, frameCount: 1 });
  const warnings: string[] = [];
  const image = magick.MagickImage.create();
  image.onWarning = ({ error }) => warnings.push(inOneLine(error.message));
  try {
    const { width, height } = magick.MagickImageInfo.create(bytes, settings);
    checkSize(width, height);
    image.read(bytes, settings);
    checkSize(image.width, image.height);
    // Pixels of 32 bits are numbers: from 0 to 1, to 255, to 4 billion, and no file says which.
    if (image.depth > 16) {
      throw new ImageError(`Has ${image.depth} bits a channel: convert it to 8 or 16 bits`);
    }
    image.depth = 8;
    const data = image.write(magick.MagickFormat.Rgba, (rgba) => rgba.slice());
    return { picture: { width: image.width, height: image.height, data }, warnings };
  } catch (error) {
    if (error instanceof ImageError) throw error;
    return { warnings: [inOneLine(error instanceof Error ? error.message : String(error))] };
  } finally {
    image.dispose();
  }
}

/**
 * Decodes a picture that is no PNG or JPEG.
 *
 * @throws {ImageError} Where it is truncated, damaged or of an unusual kind, with the reason.
 */
export async function decodeOther(bytes: Uint8Array, kind: MagickKind): Promise<Picture> {
  const { picture, warnings } = await decodeMagick(bytes, kind);
  // Others are of tags that nobody knows, and such.
  const damage = warnings.find((warning) => /corrupt|truncat|premature|unexpected/i.test(warning));
  const [reason = "not decodable"] = warnings;
  if (!picture && /not configured|not supported|unsupported/i.test(reason)) {
    throw new ImageError(
      `Is a ${kind} of a kind that is not read (${reason.replace(/\.$/, "")}): convert it to PNG`,
    );
  }
  if (!picture) throw damaged(kind, reason);
  if (damage !== undefined) throw damaged(kind, damage);
  return picture;
}

/**
 * How a picture's EXIF says that it is turned (EXIF 2.32, Orientation): 1 where it is upright or says
 * nothing. Of HEIC and AVIF, which say it in their own way, the decoder has turned it already.
 *
 * @param bytes The whole file.
 * @param kind Its format.
 */
export async function orientationOf(bytes: Uint8Array, kind: MagickKind | "PNG"): Promise<number> {
  if (kind === "HEIC" || kind === "AVIF") return 1;
  const magick = await startMagick();
  const settings = new magick.MagickReadSettings({ format: kind, frameIndex: 0, frameCount: 1 });
  const image = magick.MagickImage.create();
  try {
    image.ping(bytes, settings);
    return image.orientation === magick.Orientation.Undefined ? 1 : image.orientation;
  } catch {
    return 1; // What is wrong with the picture, its decoder says.
  } finally {
    image.dispose();
  }
}

/** Without the place in ImageMagick's source and the name of a temporary file. */
function inOneLine(message: string): string {
  return message.replace(/\s*`[^`']*'\s*@[^]*$/, "").replace(/\s+/g, " ").trim();
}
