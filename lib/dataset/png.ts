/**
 * PNG files to pictures, decoded by pngjs, which is plain JavaScript: PNG has no loss, so the pixels
 * are the same everywhere. (`@jsquash/png` was tried: damaged files leave its instance unusable, and
 * it cannot be started again.)
 *
 * What pngjs does not check, or says in a way that helps nobody, is checked before it: the chunks'
 * CRC-32, that a picture unpacks to no more than its size, and what follows its data.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32, deflateSync, inflateSync } from "node:zlib";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import { checkSize, damaged, type Picture } from "./picture.ts";

const SIGNATURE = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);

/** Bits a channel that each colour type may have (PNG specification, table 11.1), and its channels. */
const COLOUR_TYPES: Readonly<Record<number, { bits: readonly number[]; channels: number }>> = {
  0: { bits: [1, 2, 4, 8, 16], channels: 1 },
  2: { bits: [8, 16], channels: 3 },
  3: { bits: [1, 2, 4, 8], channels: 1 },
  4: { bits: [8, 16], channels: 2 },
  6: { bits: [8, 16], channels: 4 },
};

/** Where the pixels of each pass of interlacing begin, and how far apart they are (table 8.2). */
const PASSES = [
  [0, 8, 0, 8],
  [4, 8, 0, 8],
  [0, 4, 4, 8],
  [2, 4, 0, 4],
  [0, 2, 2, 4],
  [1, 2, 0, 2],
  [0, 1, 1, 2],
] as const;

/** Whether a file begins as a PNG does, or did before something changed its first bytes. */
export function isPng(bytes: Uint8Array): boolean {
  const same = SIGNATURE.filter((byte, i) => bytes[i] === byte).length;
  return same === SIGNATURE.length ||
    (same >= 4 && latin1(bytes.subarray(8, 20)).includes("IHDR"));
}

/**
 * Decodes a PNG file.
 *
 * @throws {ImageError} Where it is truncated or damaged, with the reason.
 */
export function decodePng(bytes: Uint8Array): Picture {
  const plain = plainPng(bytes);
  try {
    return PNG.sync.read(plain, { checkCRC: false });
  } catch (error) {
    throw damaged("PNG", error instanceof Error ? error.message : String(error));
  }
}

interface Chunk {
  readonly type: string;
  readonly data: Buffer;
}

/**
 * The PNG with only the chunks that make up the picture: text and colour profiles may hold anything,
 * bombs included.
 */
function plainPng(bytes: Uint8Array): Buffer {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    throw damaged("PNG", "its first eight bytes were changed, as by a transfer in text mode");
  }
  const chunks = readChunks(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  const [header] = chunks;
  if (header?.data.length !== 13) throw damaged("PNG", "its IHDR has not 13 bytes");
  const [width, height] = [header.data.readUInt32BE(0), header.data.readUInt32BE(4)];
  const [bits, type] = [header.data[8]!, header.data[9]!];
  checkSize(width, height);
  const colour = COLOUR_TYPES[type];
  if (!colour) throw damaged("PNG", `its colour type is ${type}: expected 0, 2, 3, 4 or 6`);
  if (!colour.bits.includes(bits)) {
    throw damaged(
      "PNG",
      `has ${bits} bits a channel: expected ${colour.bits.join(", ")} for colour type ${type}`,
    );
  }
  const data = chunks.filter((chunk) => chunk.type === "IDAT").map((chunk) => chunk.data);
  if (data.length === 0) throw damaged("PNG", "has no IDAT: no picture is in it");
  const interlaced = header.data[12] !== 0;
  const size = { width, height, interlaced, pixelBits: bits * colour.channels };
  const kept = chunks.filter(({ type }) => type === "IHDR" || type === "PLTE");
  return Buffer.concat([
    SIGNATURE,
    ...kept.map(asBytes),
    asBytes({ type: "IDAT", data: pictureData(Buffer.concat(data), size) }),
    asBytes({ type: "IEND", data: Buffer.alloc(0) }),
  ]);
}

/** The chunks up to the end of the picture; those that the picture is made of are checked. */
function readChunks(file: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  for (let at = 8; at + 8 <= file.length;) {
    const type = latin1(file.subarray(at + 4, at + 8));
    if (!/^[A-Za-z]{4}$/.test(type)) throw damaged("PNG", `no chunk begins at byte ${at}`);
    const end = at + 12 + file.readUInt32BE(at);
    if (chunks.length === 0 && type !== "IHDR") {
      throw damaged("PNG", `has no IHDR: begins with ${type}`);
    }
    if (end > file.length) throw damaged("PNG", `ends within ${type}`);
    const critical = type[0]! < "a";
    if (critical && crc32(file.subarray(at + 4, end - 4)) !== file.readUInt32BE(end - 4)) {
      throw damaged("PNG", `the CRC-32 of its ${type} does not fit`);
    }
    chunks.push({ type, data: file.subarray(at + 8, end - 4) });
    if (type === "IEND") return chunks;
    at = end;
  }
  throw damaged("PNG", "its end (IEND) is missing");
}

interface PictureSize {
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** Bits of one pixel, all channels. */
  readonly pixelBits: number;
}

/** How many bytes a picture unpacks to: its rows, each with a filter byte, in all passes. */
function unpackedSize({ width, height, interlaced, pixelBits }: PictureSize): number {
  const passes = interlaced ? PASSES : [[0, 1, 0, 1] as const];
  return passes.reduce((sum, [left, across, top, down]) => {
    const [columns, rows] = [Math.ceil((width - left) / across), Math.ceil((height - top) / down)];
    return columns > 0 && rows > 0 ? sum + rows * (1 + Math.ceil(columns * pixelBits / 8)) : sum;
  }, 0);
}

/**
 * The compressed picture without what follows it, which some writers leave as padding and pngjs
 * takes for a fault. Nor does pngjs mind where rows are missing.
 */
function pictureData(compressed: Buffer, size: PictureSize): Buffer {
  const expected = unpackedSize(size);
  let buffer: Buffer;
  let read: number;
  try {
    // Some writers leave a row too many; more is a bomb.
    const options = { maxOutputLength: 2 * expected + 1000, info: true };
    const inflated = inflateSync(compressed, options) as unknown as {
      buffer: Buffer;
      engine: { bytesWritten: number };
    };
    buffer = inflated.buffer;
    read = inflated.engine.bytesWritten;
  } catch (error) {
    const reason = error instanceof RangeError
      ? `unpacks to more than ${size.width}x${size.height} pixels`
      : error instanceof Error
      ? error.message
      : String(error);
    throw damaged("PNG", reason);
  }
  if (buffer.length < expected) {
    throw damaged("PNG", `rows are missing: has ${buffer.length} of ${expected} bytes`);
  }
  const whole = buffer.length === expected && read === compressed.length;
  return whole ? compressed : deflateSync(buffer.subarray(0, expected));
}

function asBytes({ type, data }: Chunk): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  chunk.set(data, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, -4)), 8 + data.length);
  return chunk;
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
