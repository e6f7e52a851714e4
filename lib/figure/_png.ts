/**
 * Gray pictures as PNG, the same bytes on every machine.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import { zlibSync } from "fflate";

const SIGNATURE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Encodes an 8-bit gray picture (PNG specification, colour type 0).
 *
 * @param pixels Gray values, shape [height, width].
 * @param width In pixels.
 * @param height In pixels.
 * @throws {RangeError} Where the pixels do not fit the size.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  if (pixels.length !== width * height) {
    throw new RangeError(`Expected ${width * height} pixels, not ${pixels.length}`);
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header[8] = 8; // Bits; the zeros after it: gray, deflate, adaptive filters, not interlaced.
  // Each line is the difference from the line above (filter 2), which deflates best on faces.
  const lines = new Uint8Array(height * (width + 1));
  for (let y = 0; y < height; y++) {
    const at = y * (width + 1);
    lines[at] = 2;
    for (let x = 0; x < width; x++) {
      const above = y === 0 ? 0 : pixels[(y - 1) * width + x]!;
      lines[at + 1 + x] = pixels[y * width + x]! - above;
    }
  }
  return Buffer.concat([
    SIGNATURE,
    chunk("IHDR", header),
    chunk("IDAT", zlibSync(lines, { level: 9 })),
    chunk("IEND", new Uint8Array(0)),
  ]);
}

/** A gray picture as an address that stands in a page by itself. */
export function pngAddress(pixels: Uint8Array, width: number, height: number): string {
  const png = encodePng(pixels, width, height);
  return `data:image/png;base64,${Buffer.from(png).toString("base64")}`;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}
