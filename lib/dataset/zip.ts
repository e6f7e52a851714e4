/**
 * Reading zip archives one entry at a time, with what a hostile or broken archive may try refused.
 *
 * yauzl reads the central directory (zip64 and file-name encodings included). Where the directory is,
 * and whether all of it was read, is seen to in `zip_end.ts` and here; the entries themselves are read
 * here, too, because what matters is checked nowhere else: that inflating stops at the declared
 * size, and that the CRC-32 fits.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
// @ts-types="@types/yauzl"
import { type Entry, fromRandomAccessReader, RandomAccessReader } from "yauzl";
import { UserError } from "../error.ts";
import { explainPart, explainSplit } from "./foreign.ts";
import { ImageError } from "./image.ts";
import { contradiction, findZipEnd, isCentral, type ZipBytes, type ZipEnd } from "./zip_end.ts";

/** An image larger than this is refused. */
const MOST_BYTES_PER_IMAGE = 64 * 2 ** 20;
/** An archive that claims more than this in all is refused. */
const MOST_BYTES = 8 * 2 ** 30;
const MOST_ENTRIES = 1_000_000;
/**
 * Archives above 64 MB unpacked that claim more than this many times their own size are refused.
 * Pictures hardly shrink and pixel CSVs shrink to a third; entries that overlap to multiply
 * themselves (Fifield, "A better zip bomb", 2019) are caught by the same sum.
 */
const MOST_RATIO = 50;

/** The part of a file's own header whose length is fixed. */
const LOCAL_BYTES = 30;

/** What other ways to pack than stored and deflated are called (APPNOTE 4.4.5). */
const METHODS: Readonly<Record<number, string>> = {
  1: "Shrink",
  6: "Implode",
  9: "Deflate64",
  12: "bzip2",
  14: "LZMA",
  20: "Zstandard",
  93: "Zstandard",
  95: "xz",
  98: "PPMd",
  99: "AES encryption",
};

/** A file in a zip. */
export interface ZipEntry {
  /** With `/`, relative, never climbing. */
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
  /** Where its local header is, in the file. */
  readonly offset: number;
  /** Whether it is a symbolic link; such an entry is never followed. */
  readonly link: boolean;
}

/** An open zip archive; close it, or hold it with `using`. */
export interface ZipArchive extends Disposable {
  /** All files; folders have no entry. */
  readonly entries: readonly ZipEntry[];
  /**
   * Reads one file whole.
   *
   * @throws {ImageError} Where it is damaged or not what the directory says.
   */
  read(entry: ZipEntry): Uint8Array;
  /**
   * Reads one file piece by piece, for what is too large to hold.
   *
   * @throws {UserError} Where it is damaged or not what the directory says.
   */
  stream(entry: ZipEntry): AsyncIterable<Uint8Array>;
}

/** Whether the first bytes are a zip archive's: of its first file, of an empty one, or of a part. */
export function isZip([p, k, a, b]: Uint8Array): boolean {
  if (p !== 0x50 || k !== 0x4b) return false;
  // PK00 is what zip writes before an archive that was to be split and became one part.
  return (a === 3 && b === 4) || (a === 5 && b === 6) || (a === 7 && b === 8) ||
    (a === 0x30 && b === 0x30);
}

/** Whether there is a zip archive behind other bytes, as in self-extracting ones. */
export function hasZipEnd(path: string, name: string): boolean {
  using file = new WindowedFile(path);
  return findZipEnd(file, path, name) !== undefined;
}

/**
 * Opens a zip archive and checks its directory.
 *
 * @param path The file.
 * @param name What it is called in messages.
 * @throws {UserError} For an archive that is truncated, encrypted, climbs out or is a bomb.
 */
export async function openZip(path: string, name: string): Promise<ZipArchive> {
  const file = new WindowedFile(path);
  let entries: ZipEntry[];
  try {
    const end = findZipEnd(file, path, name);
    if (end === undefined) throw new UserError(`${name}: ${explainNoEnd(file, path)}`);
    entries = await readDirectory(file, end, name);
    refuseUnlisted(file, end, entries, name);
    refuseBombs(entries, file.length, name);
  } catch (error) {
    file[Symbol.dispose]();
    throw error;
  }

  const readAt = (position: number, count: number): Uint8Array => {
    if (position + count > file.length) throw new ImageError("Is cut off in the zip");
    return file.read(position, count);
  };

  /** Where an entry's data starts: behind its local header, whose length only it knows. */
  const dataStart = (entry: ZipEntry): number => {
    const header = readAt(entry.offset, LOCAL_BYTES);
    if (new DataView(header.buffer).getUint32(0, true) !== 0x04034b50) {
      throw new ImageError("Has no header where the zip's directory says");
    }
    return entry.offset + localLength(header);
  };

  return {
    entries,
    read(entry) {
      const most = Math.max(entry.size, entry.compressedSize);
      if (most > MOST_BYTES_PER_IMAGE) {
        throw new ImageError(`Has ${most} bytes: expected at most ${MOST_BYTES_PER_IMAGE}`);
      }
      const compressed = readAt(dataStart(entry), entry.compressedSize);
      const bytes = entry.method === 0 ? compressed : inflate(compressed, entry.size);
      if (bytes.length !== entry.size) {
        throw new ImageError(
          `Unpacks to ${bytes.length} bytes where the zip's directory says ${entry.size}`,
        );
      }
      if (crc32(bytes) !== entry.crc) throw new ImageError("Is damaged: the CRC-32 does not fit");
      return bytes;
    },
    async *stream(entry) {
      let crc = 0;
      let size = 0;
      try {
        for await (const piece of pieces(entry, dataStart(entry), readAt)) {
          size += piece.length;
          // More than declared is how a bomb gets past a check of the directory.
          if (size > entry.size) {
            throw new ImageError(`Unpacks to more than the ${entry.size} bytes it claims`);
          }
          crc = crc32(piece, crc);
          yield piece;
        }
        if (size !== entry.size || crc !== entry.crc) {
          throw new ImageError("Its size or CRC-32 does not fit");
        }
      } catch (error) {
        throw new UserError(
          `${name}: ${entry.path} is damaged (${messageOf(error)}): download it again`,
          { cause: error },
        );
      }
    },
    [Symbol.dispose]() {
      file[Symbol.dispose]();
    },
  };
}

/** How long a local header is, with the name and the extra field behind its first 30 bytes. */
function localLength(header: Uint8Array): number {
  const view = new DataView(header.buffer);
  return LOCAL_BYTES + view.getUint16(26, true) + view.getUint16(28, true);
}

/** Why there is no end record: most likely the file is one of several, or was cut off. */
function explainNoEnd(file: WindowedFile, path: string): string {
  const isFirstPart = file.length > 4 && file.read(2, 2).join() === "7,8";
  if (isFirstPart) return explainSplit(path);
  return explainPart(path) ??
    "Is no whole zip archive, the end is missing: download it again";
}

/**
 * A file read through a window of 1 MiB: a zip's directory, and mostly its entries, are read from
 * front to back in bits of some hundred bytes, each of which would else be a system call.
 */
class WindowedFile implements ZipBytes {
  readonly length: number;
  readonly #file: Deno.FsFile;
  #window: Uint8Array = new Uint8Array(0);
  #start = 0;

  constructor(path: string) {
    this.#file = Deno.openSync(path, { read: true });
    this.length = this.#file.statSync().size;
  }

  /** A copy of `count` bytes from `position`; both must lie within the file. */
  read(position: number, count: number): Uint8Array {
    if (position < this.#start || position + count > this.#start + this.#window.length) {
      const size = Math.min(Math.max(count, 2 ** 20), this.length - position);
      this.#window = new Uint8Array(size);
      this.#start = position;
      this.#file.seekSync(position, Deno.SeekMode.Start);
      for (let at = 0; at < size;) {
        const n = this.#file.readSync(this.#window.subarray(at));
        if (n === null) throw new ImageError("Is cut off in the zip");
        at += n;
      }
    }
    return this.#window.slice(position - this.#start, position - this.#start + count);
  }

  [Symbol.dispose]() {
    this.#file.close();
  }
}

/**
 * The archive in the form yauzl reads from: without the bytes before it, those behind it, and its
 * comment.
 */
class ArchiveReader extends RandomAccessReader {
  readonly length: number;
  readonly #file: WindowedFile;
  readonly #prefix: number;

  constructor(file: WindowedFile, { prefix, end }: ZipEnd) {
    super();
    this.#file = file;
    this.#prefix = prefix;
    this.length = end - prefix;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ) {
    // A microtask: calling back at once would nest a call per entry.
    queueMicrotask(() => {
      if (position < 0 || position + length > this.length) {
        callback(new Error("unexpected EOF"));
        return;
      }
      buffer.set(this.#file.read(this.#prefix + position, length), offset);
      // The last two bytes are the length of the comment, which is not there.
      const comment = Math.max(0, this.length - 2 - position);
      if (comment < length) buffer.fill(0, offset + comment, offset + length);
      callback(null);
    });
  }
}

/** All entries but folders, checked. */
async function readDirectory(file: WindowedFile, end: ZipEnd, name: string): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  let done = 0; // bytes of the directory
  try {
    await new Promise<void>((resolve, reject) => {
      const reader = new ArchiveReader(file, end);
      fromRandomAccessReader(reader, reader.length, { lazyEntries: true }, (error, zip) => {
        if (error) return reject(error);
        // Not the count of the end record, which has 16 bits and may be wrong: to the directory's end.
        const next = () => {
          zip.entryCount = done < end.size ? Infinity : zip.entriesRead;
          zip.readEntry();
        };
        zip.on("error", reject);
        zip.on("end", () => {
          const fault = directoryFault(end, done, zip.entriesRead);
          if (fault === undefined) resolve();
          else reject(contradiction(name, fault));
        });
        zip.on("entry", (entry: Entry) => {
          try {
            if (zip.entriesRead > MOST_ENTRIES) {
              throw new UserError(`${name}: Has more than ${MOST_ENTRIES} files`);
            }
            done += 46 + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
            if (!entry.fileName.endsWith("/")) entries.push(checkedEntry(entry, end, name));
          } catch (fault) {
            return reject(fault);
          }
          next();
        });
        next();
      });
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name}: ${explain(error, nameAt(file, end, done))}`, { cause: error });
  }
  return entries;
}

/** Whether what was read of a directory is what its end record says. */
function directoryFault(end: ZipEnd, bytes: number, entries: number): string | undefined {
  if (bytes !== end.size) {
    return `its directory has ${end.size} bytes, and its entries ${bytes}`;
  }
  // Without zip64 more than 65,535 files are counted from 0 again, or stay at 65,535.
  const fits = end.zip64
    ? entries === end.count
    : entries % 0x10000 === end.count || (entries > 0xffff && end.count === 0xffff);
  return fits ? undefined : `its directory counts ${end.count} files and lists ${entries}`;
}

/**
 * Refuses a directory that begins behind entries that are not in it: they follow the last file's
 * data, or the data descriptor of 12 to 24 bytes behind that.
 */
function refuseUnlisted(
  file: WindowedFile,
  { start }: ZipEnd,
  entries: readonly ZipEntry[],
  name: string,
) {
  if (entries.length === 0) return;
  const last = entries.reduce((a, b) => b.offset > a.offset ? b : a);
  if (last.offset + LOCAL_BYTES > start) return;
  const behind = last.offset + localLength(file.read(last.offset, LOCAL_BYTES)) +
    last.compressedSize;
  for (const descriptor of [0, 12, 16, 20, 24]) {
    const at = behind + descriptor;
    if (at + 4 > start) return;
    if (isCentral(file, at)) {
      throw contradiction(name, "its directory leaves out its first entries");
    }
  }
}

/** The name of the entry at some place of the directory, for messages. */
function nameAt(file: WindowedFile, { start, size }: ZipEnd, done: number): string {
  if (done + 46 > size) return "";
  const header = file.read(start + done, Math.min(46 + 200, size - done));
  const length = header[28]! + 256 * header[29]!;
  return new TextDecoder().decode(header.subarray(46, 46 + length));
}

function checkedEntry(entry: Entry, { prefix }: ZipEnd, name: string): ZipEntry {
  if (entry.isEncrypted()) {
    throw new UserError(
      `${name}: Is encrypted (${entry.fileName}): unpack it with its password and give the folder`,
    );
  }
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    const method = METHODS[entry.compressionMethod] ?? `method ${entry.compressionMethod}`;
    throw new UserError(
      `${name}: ${entry.fileName} is packed with ${method}: expected stored or deflated; unpack the archive (7-Zip can) and give the folder`,
    );
  }
  return {
    path: entry.fileName,
    method: entry.compressionMethod,
    crc: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    offset: prefix + entry.relativeOffsetOfLocalHeader,
    link: ((entry.externalFileAttributes >>> 16) & 0xf000) === 0xa000,
  };
}

/** yauzl's messages in the project's words. */
function explain(error: unknown, entry: string): string {
  const message = messageOf(error);
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(message)) {
    return `Has a path that climbs out of the archive (${message}): refused`;
  }
  if (/strong encryption/.test(message)) {
    return `Is encrypted (${entry}): unpack it with its password and give the folder`;
  }
  if (/[Tt]runcated|unexpected EOF|overflow/.test(message)) {
    return "Is no whole zip archive, the end is missing: download it again";
  }
  const where = entry === "" ? "" : `${entry}: `;
  return `Is a damaged zip archive (${where}${message}): download it again`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function refuseBombs(entries: readonly ZipEntry[], length: number, name: string) {
  const total = entries.reduce((sum, entry) => sum + entry.size, 0);
  const isBomb = total > MOST_BYTES || (total > 64 * 2 ** 20 && total > MOST_RATIO * length);
  if (isBomb) {
    throw new UserError(
      `${name}: Claims to unpack ${length} bytes to ${total} bytes: refused as a zip bomb`,
    );
  }
}

/** Inflates, stopping as soon as there is more than the declared size. */
function inflate(compressed: Uint8Array, size: number): Uint8Array {
  try {
    return inflateRawSync(compressed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new ImageError(`Unpacks to more than the ${size} bytes the zip's directory says`);
    }
    throw new ImageError(`Is damaged in the zip (${messageOf(error)})`);
  }
}

async function* pieces(
  entry: ZipEntry,
  start: number,
  readAt: (position: number, count: number) => Uint8Array,
): AsyncIterable<Uint8Array> {
  const step = 2 ** 20;
  function* raw() {
    for (let at = 0; at < entry.compressedSize; at += step) {
      yield readAt(start + at, Math.min(step, entry.compressedSize - at));
    }
  }
  if (entry.method === 0) yield* raw();
  else {
    const { Readable, pipeline } = await import("node:stream");
    const inflater = createInflateRaw({ chunkSize: 2 ** 18 });
    // The error, if any, comes out of the loop below; the callback only keeps it from being fatal.
    pipeline(Readable.from(raw()), inflater, () => {});
    for await (const piece of inflater) yield piece as Uint8Array;
  }
}
