/**
 * Reading zip archives one entry at a time, with what a hostile or broken archive may try refused.
 *
 * yauzl reads the central directory (zip64 and file-name encodings included); the entries
 * themselves are read here, because what matters is checked nowhere else: that inflating stops at
 * the declared size, and that the CRC-32 fits.
 *
 * @module
 */

import type { Buffer } from "node:buffer";
import { crc32, createInflateRaw, inflateRawSync } from "node:zlib";
// @ts-types="@types/yauzl"
import { type Entry, fromRandomAccessReader, RandomAccessReader } from "yauzl";
import { UserError } from "../error.ts";
import { ImageError } from "./image.ts";

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

/** A file in a zip. */
export interface ZipEntry {
  /** With `/`, relative, never climbing. */
  readonly path: string;
  readonly method: number;
  readonly crc: number;
  readonly compressedSize: number;
  readonly size: number;
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
    entries = await readDirectory(file, name);
    refuseBombs(entries, file.length, name);
  } catch (error) {
    file.close();
    throw error;
  }

  const readAt = (position: number, count: number): Uint8Array => {
    if (position + count > file.length) throw new ImageError("Is cut off in the zip");
    return file.read(position, count);
  };

  /** Where an entry's data starts: behind its local header, whose length only it knows. */
  const dataStart = (entry: ZipEntry): number => {
    const header = readAt(entry.offset, 30);
    const view = new DataView(header.buffer);
    if (view.getUint32(0, true) !== 0x04034b50) {
      throw new ImageError("Has no header where the zip's directory says");
    }
    return entry.offset + 30 + view.getUint16(26, true) + view.getUint16(28, true);
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
      file.close();
    },
  };
}

/**
 * A file read through a window of 1 MiB: a zip's directory, and mostly its entries, are read from
 * front to back in bits of some hundred bytes, each of which would else be a system call.
 */
class WindowedFile {
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

  close() {
    this.#file.close();
  }
}

/** The window in the form yauzl reads from. */
class DirectoryReader extends RandomAccessReader {
  readonly #file: WindowedFile;

  constructor(file: WindowedFile) {
    super();
    this.#file = file;
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
      if (position < 0 || position + length > this.#file.length) {
        callback(new Error("unexpected EOF"));
        return;
      }
      buffer.set(this.#file.read(position, length), offset);
      callback(null);
    });
  }
}

/** All entries but folders, checked. */
async function readDirectory(file: WindowedFile, name: string): Promise<ZipEntry[]> {
  const entries: ZipEntry[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const reader = new DirectoryReader(file);
      fromRandomAccessReader(reader, file.length, { lazyEntries: true }, (error, zip) => {
        if (error) return reject(error);
        if (zip.entryCount > MOST_ENTRIES) {
          return reject(
            new UserError(
              `${name}: Claims ${zip.entryCount} files: expected at most ${MOST_ENTRIES}`,
            ),
          );
        }
        zip.on("error", reject);
        zip.on("end", resolve);
        zip.on("entry", (entry: Entry) => {
          try {
            if (!entry.fileName.endsWith("/")) entries.push(checkedEntry(entry, name));
          } catch (fault) {
            return reject(fault);
          }
          zip.readEntry();
        });
        zip.readEntry();
      });
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${name}: ${explain(error)}`, { cause: error });
  }
  return entries;
}

function checkedEntry(entry: Entry, name: string): ZipEntry {
  if (entry.isEncrypted()) {
    throw new UserError(
      `${name}: Is encrypted (${entry.fileName}): unpack it with its password and give the folder`,
    );
  }
  if (entry.compressionMethod !== 0 && entry.compressionMethod !== 8) {
    throw new UserError(
      `${name}: ${entry.fileName} is packed with method ${entry.compressionMethod}: expected stored or deflated; unpack it and give the folder`,
    );
  }
  return {
    path: entry.fileName,
    method: entry.compressionMethod,
    crc: entry.crc32,
    compressedSize: entry.compressedSize,
    size: entry.uncompressedSize,
    offset: entry.relativeOffsetOfLocalHeader,
    link: ((entry.externalFileAttributes >>> 16) & 0xf000) === 0xa000,
  };
}

/** yauzl's messages in the project's words. */
function explain(error: unknown): string {
  const message = messageOf(error);
  if (/invalid relative path|absolute path|invalid characters in fileName/.test(message)) {
    return `Has a path that climbs out of the archive (${message}): refused`;
  }
  if (/strong encryption/.test(message)) {
    return "Is encrypted: unpack it with its password and give the folder";
  }
  if (/[Tt]runcated|unexpected EOF|overflow/.test(message)) {
    return "Is no whole zip archive, the end is missing: download it again";
  }
  return `Is a damaged zip archive (${message}): download it again`;
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
