/**
 * Small data sets, images and archives for tests; nothing of FER2013 is in them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { crc32, deflateRawSync, deflateSync } from "node:zlib";
import { dirname, join } from "node:path";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";

/** A gray picture with every value in it, different for every `n`. */
export function pattern(n: number, width = IMAGE_SIZE, height = IMAGE_SIZE): Uint8Array {
  return Uint8Array.from({ length: width * height }, (_, i) => {
    const x = i % width;
    const y = Math.floor(i / width);
    return (n + 5 * x + 3 * y + ((x * y) % 17) * 4) % 256;
  });
}

/** A gray 8-bit PNG file. */
export function grayPng(
  pixels: Uint8Array,
  width = IMAGE_SIZE,
  height = IMAGE_SIZE,
): Uint8Array<ArrayBuffer> {
  const rows = Buffer.alloc(height * (width + 1)); // each row begins with filter type 0
  for (let y = 0; y < height; y++) {
    rows.set(pixels.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.writeUInt8(8, 8);
  const chunk = (type: string, data: Uint8Array) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  return new Uint8Array(Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", new Uint8Array()),
  ]));
}

const GRAY_JPEG =
  "/9j/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/wAALCAAwADABAREA/8QAGAABAQEBAQAAAAAAAAAAAAAABQYEAgP/xAAwEAACAgEDAgQEBAcAAAAAAAABAgMRBAASIQUxIkFR8BNhgZEUMnGhBhVCUsHR8f/aAAgBAQAAPwCYwsZBGpK7mbkAjTONjoPEEQgHkEDtpDFxo7dio5Y7RXHfTGNjL/TGt8eEge/317zERFjDGhkYWq1e1QAWbaOWA44HJJA4uxO9e6llwyKrtPFCzsDJDJTwWeB4SFatpBU7vysA5N7SsOKo0DWAVBBvjt7+50rjRdiQAtA8jv7999JYUfgUkGmJ5vgcn39BpbGhuq7f3Ee/2/xonr+fCmQ2GJIIJ9gkjMh2/EU3uVXIqNgUVg1/mC+movMy2z5YwtmOO1FgBSfXaLC2AoIs1VChQCuFCfhKWdzxwu4jjS+PjLYLKWFnzPA++ksSCt3jYKGIVQxHnrrqU6Y8Zi/EHF3qD+IJsxWQAabhlsgHzG5ewO4TPVeqSRdLxIsuDHk6s+8TSyQo7RhZGUAcbTZBHyo+t6Dji+M7SMBbHcQOBZPlVAD9BWqfCi8MY89oI4+X/fvpXGiviuOC3Pvy4/1rYHGNhtM9ULI3cLd+Zo0LqzVAAnQPV+oJlRNPI2QuPIa3BgUjSirbWFqzsGdQAWrcSx4ASYycz+YfAkk3F1V1lYgAM5kd7/Sn1pgiO4CrY8eh/T3xqkw4pGhUu/hqgNo7aWgg7B3fb2FEcDy8tZ+t5cWDiJFKZmG9igSVoQFU0zM680Nw45JJAAJ1GdVmx2kffiI8zl1ZnklZ4wCVBsyWSK7Mq1xxR1lxYGV3SN6jFEkgHyHy0rjQHbwz15gUOfoO+qjCi8CdrCj2fuf21qzMj8Fgu6FfjyeCBXNfElbhV+p78/XgnU7/ABV1CRcrLTE3rNEUWUq3KqPEj1Xa5GHHZlQ2DQMrjRmxQtj6eo9PfbSWJENzDy3UD58AD78nS2PH24+Xh99/l7P/2Q==";
const COLOUR_JPEG =
  "/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAwADADASIAAhEBAxEB/8QAGQAAAwEBAQAAAAAAAAAAAAAAAgMEAQUG/8QAHRAAAwEAAgMBAAAAAAAAAAAAAAIDASExETJhgf/EABkBAQEAAwEAAAAAAAAAAAAAAAQCAQMGBf/EAB8RAAMBAAIBBQAAAAAAAAAAAAABAwIEIRESIkFh8P/aAAwDAQACEQMRAD8A8okx6TDSY9Jm9YMYoCkyhJhJMoSZSwLxQFJj0mGkx6TKWBeKHDSY9JhpMeqZnfAn0Jds5vGwUmUJMDHzPXPIeYzd7+Aq8yWOs9v98jptsZmrnXO/A81m64z4YkyhJnmV5VqdefC+h02kcfG3fXPH0Yqa2+d5NSZQky6UpV+9nOT0kCkx6TDSZQkzWsDcUASZQkwkmUJMpYF4of/Z";

/** A gray pattern, 48x48, as JPEG of quality 50. */
export function grayJpeg(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(GRAY_JPEG, "base64"));
}

/** A colour pattern, 48x48, as 4:2:0 JPEG of quality 40. */
export function colourJpeg(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(COLOUR_JPEG, "base64"));
}

/** A row of the Kaggle CSV. */
export function csvRow(emotion: number | string, pixels: ArrayLike<number>, usage: string): string {
  return `${emotion},${Array.from(pixels).join(" ")},${usage}`;
}

/** A file of a zip to be, with what may be wrong with it. */
export interface SampleEntry {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly deflate?: boolean;
  /** The size to claim instead of the true one. */
  readonly claim?: number;
  readonly encrypted?: boolean;
  readonly link?: boolean;
}

/** A zip archive, made by hand so that it can also be wrong. */
export function makeZip(entries: readonly SampleEntry[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let offset = 0;
  for (const { path, bytes, deflate = false, claim, encrypted = false, link = false } of entries) {
    const name = Buffer.from(path);
    const packed = deflate ? deflateRawSync(bytes) : bytes;
    // Traditional encryption puts 12 bytes before the data.
    const data = encrypted ? Buffer.concat([Buffer.alloc(12), packed]) : packed;
    const shared = Buffer.alloc(26); // what local and central header have in common
    shared.writeUInt16LE(20, 0);
    shared.writeUInt16LE(encrypted ? 1 : 0, 2);
    shared.writeUInt16LE(deflate ? 8 : 0, 4);
    shared.writeUInt32LE(crc32(bytes), 10);
    shared.writeUInt32LE(data.length, 14);
    shared.writeUInt32LE(claim ?? bytes.length, 18);
    shared.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), shared, name, data]);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(link ? 0o120777 * 65536 : 0, 6);
    rest.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\x03"), shared, rest, name]));
    parts.push(local);
    offset += local.length;
  }
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length % 0x10000, 8);
  end.writeUInt16LE(entries.length % 0x10000, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(offset, 16);
  return new Uint8Array(Buffer.concat([...parts, central, end]));
}

/** Ten images with an official split: path in the folder layout, label, split. */
export const SAMPLE: readonly { path: string; label: number; usage: string; n: number }[] = [
  { path: "train/angry/Training_1.png", label: 0, usage: "Training", n: 1 },
  { path: "train/fear/Training_2.png", label: 2, usage: "Training", n: 2 },
  { path: "train/happy/Training_3.png", label: 3, usage: "Training", n: 3 },
  { path: "train/happy/Training_4.png", label: 3, usage: "Training", n: 4 },
  { path: "train/neutral/Training_5.png", label: 6, usage: "Training", n: 5 },
  { path: "train/sad/Training_6.png", label: 4, usage: "Training", n: 4 },
  { path: "test/happy/PublicTest_7.png", label: 3, usage: "PublicTest", n: 7 },
  { path: "test/sad/PublicTest_8.png", label: 4, usage: "PublicTest", n: 1 },
  { path: "test/disgust/PrivateTest_9.png", label: 1, usage: "PrivateTest", n: 9 },
  { path: "test/surprise/PrivateTest_10.png", label: 5, usage: "PrivateTest", n: 7 },
];

/** The sample as files of the folder layout. */
export function sampleEntries(): SampleEntry[] {
  return SAMPLE.map(({ path, n }) => ({ path, bytes: grayPng(pattern(n)) }));
}

/** The sample as a CSV. */
export function sampleCsv(): string {
  const rows = SAMPLE.map(({ label, n, usage }) => csvRow(label, pattern(n), usage));
  return ["emotion,pixels,Usage", ...rows].join("\n") + "\n";
}

/** 2304 times the same value. */
export function flat(value: number): Uint8Array {
  return new Uint8Array(IMAGE_PIXELS).fill(value);
}

/** Writes files under a folder. */
export async function writeFiles(folder: string, entries: readonly SampleEntry[]): Promise<void> {
  for (const { path, bytes } of entries) {
    await Deno.mkdir(dirname(join(folder, path)), { recursive: true });
    await Deno.writeFile(join(folder, path), bytes);
  }
}

/** Runs a test in a folder of its own that is gone afterwards. */
export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
