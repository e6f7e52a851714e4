/**
 * Picture files to 48x48 gray values, the same on every machine: JPEG by `jpeg.ts`, PNG by `png.ts`,
 * the formats that are met now and then by `magick.ts`. What a file is, its first bytes say.
 *
 * @module
 */

import { IMAGE_SIZE } from "../emotion.ts";
import { resample, toGray } from "./gray.ts";
import { decodeJpeg, isJpeg } from "./jpeg.ts";
import { decodeOther, type MagickKind } from "./magick.ts";
import { ImageError, type Picture } from "./picture.ts";
import { decodePng, isPng } from "./png.ts";

export { ImageError } from "./picture.ts";

/** A format of pictures that is read. */
export type ImageKind = MagickKind | "PNG";

/** What the ISO base media files of HEIF call themselves, by what is in them. */
const HEIF_BRANDS: Readonly<Record<string, MagickKind>> = {
  avif: "AVIF",
  avis: "AVIF",
  heic: "HEIC",
  heix: "HEIC",
  heim: "HEIC",
  heis: "HEIC",
  hevc: "HEIC",
  hevx: "HEIC",
  mif1: "HEIC",
  msf1: "HEIC",
};

/** How many first bytes {@linkcode imageKind} looks at. */
export const SIGNATURE_BYTES = 32;

/** What a file is by its first bytes; undefined where it is no picture that is read. */
export function imageKind(bytes: Uint8Array): ImageKind | undefined {
  if (isJpeg(bytes)) return "JPEG";
  if (isPng(bytes)) return "PNG";
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, SIGNATURE_BYTES));
  if (/^GIF8[79]a/.test(start)) return "GIF";
  if (/^(II[*+]\0|MM\0[*+])/.test(start)) return "TIFF";
  if (/^RIFF[^]{4}WEBP/.test(start)) return "WEBP";
  // The size of what follows the file's header of 14 bytes tells a BMP from text that begins so.
  // deno-lint-ignore no-control-regex
  if (/^BM[^]{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0/.test(start)) return "BMP";
  if (start.startsWith("\0\0\0\x0cjP  \r\n")) return "JP2";
  if (start.startsWith("\xffO\xffQ\0")) return "J2K";
  if (start.startsWith("\xff\n") || start.startsWith("\0\0\0\x0cJXL \r\n")) return "JXL";
  if (/^P[1-6]\s+[\d#]/.test(start)) return "PNM";
  if (/^P7\n/.test(start)) return "PAM";
  const brand = /^[^]{4}ftyp(\w{4})/.exec(start)?.[1];
  return brand !== undefined && Object.hasOwn(HEIF_BRANDS, brand) ? HEIF_BRANDS[brand] : undefined;
}

/** Names that pictures have whose format is read. */
const READ_NAMES =
  /\.(png|jpe?g|jpe|jfif|tiff?|bmp|dib|gif|webp|hei[cf]|avif|jp2|j2[kc]|jpc|jxl|p[bgpn]m|pam)$/i;

/** Names that pictures have whose format is not. */
const UNREAD_NAMES =
  /\.(tga|pcx|psd|psb|xcf|svgz?|sgi|rgb|ras|exr|hdr|pfm|jpf|jpx|jxr|wdp|dng|cr[23]|nef|arw|orf|rw2|raf|pef|srw)$/i;

/** What stands for a picture that iCloud has taken off the disk. */
const ICLOUD_NAMES = /(^|\/)\.[^/]+\.icloud$/i;

/** Whether a file is a picture by its name: it must then be one that can be read. */
export function isPictureName(path: string): boolean {
  const name = ICLOUD_NAMES.test(path) ? path.slice(0, -".icloud".length) : path;
  return READ_NAMES.test(name) || UNREAD_NAMES.test(name);
}

/**
 * Decodes a picture file of any size and colour to square gray values, 48x48 unless told.
 *
 * Colour becomes ITU-R 601 luma in libjpeg's integer arithmetic (a gray JPEG keeps its values to
 * the bit), transparency and turns in EXIF are ignored, of several pages or frames the first is
 * taken, another size is resampled with {@linkcode resample}.
 *
 * @param bytes The whole file.
 * @param path What it is called: for what its content does not say.
 * @param size Side of the square, in pixels.
 * @returns size x size gray values, row by row.
 * @throws {ImageError} Where it is no such file, or is truncated or damaged.
 */
export async function decodeImage(
  bytes: Uint8Array,
  path = "",
  size = IMAGE_SIZE,
): Promise<Uint8Array> {
  const picture = await decodePicture(bytes, path);
  const gray = toGray(picture);
  return resample(gray, picture.width, picture.height, size);
}

/**
 * Decodes a picture file of any size and colour; see {@linkcode decodeImage}.
 *
 * @throws {ImageError} Where it is no such file, or is truncated or damaged.
 */
export async function decodePicture(bytes: Uint8Array, path = ""): Promise<Picture> {
  if (bytes.length === 0) throw new ImageError("Is empty");
  const kind = imageKind(bytes);
  if (kind === undefined) throw new ImageError(unknownKind(bytes, path));
  if (kind === "JPEG") return await decodeJpeg(bytes);
  return kind === "PNG" ? decodePng(bytes) : await decodeOther(bytes, kind);
}

/** What a file is that is no picture that is read, and how to make it one. */
function unknownKind(bytes: Uint8Array, path: string): string {
  if (ICLOUD_NAMES.test(path)) return "Is in iCloud, and only its name is here: download it first";
  const ending = UNREAD_NAMES.exec(path)?.[1]?.toLowerCase();
  if (ending !== undefined) {
    return `Is ${ending.toUpperCase()}, which is not read: convert such files with ` +
      `"magick mogrify -format png *.${ending}" and remove them`;
  }
  if (bytes.every((byte) => byte === 0)) return "Holds nothing but zeros: copy it again";
  const ends = "PNG, JPEG, TIFF, BMP, GIF, WebP, HEIC, AVIF, JPEG 2000, JPEG XL or PNM";
  return `Is no picture by its content: expected ${ends}`;
}
