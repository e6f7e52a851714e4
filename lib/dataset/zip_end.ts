/**
 * Where a zip's directory is, by the end record (APPNOTE 4.3.16), as unzip and Python find it: with
 * other bytes before the archive (self-extracting ones) and behind it, and with zip64.
 *
 * yauzl reads an end record only where the file ends with it, and believes its 16 bits for the number
 * of files. What is found here says where the directory ends, so that what was read can be
 * held against it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { UserError } from "../error.ts";
import { explainSplit } from "./foreign.ts";

const LOCAL = 0x04034b50, CENTRAL = 0x02014b50, END = 0x06054b50;
const LOCATOR64 = 0x07064b50, END64 = 0x06064b50;
const END_BYTES = 22, LOCATOR64_BYTES = 20, END64_BYTES = 56;
/** How far from the file's end an end record is looked for: a comment's longest length, as others do. */
const FARTHEST = 0xffff + END_BYTES + LOCATOR64_BYTES;

/** So many end records are tried; each may cost some reading, and a comment may hold thousands. */
const MOST_TRIES = 32;

/** Bytes by position. */
export interface ZipBytes {
  readonly length: number;
  /** A copy of `count` bytes from `position`; both must lie within. */
  read(position: number, count: number): Uint8Array;
}

/** A zip's directory as its end record has it. */
export interface ZipEnd {
  /** Bytes before the archive, to be added to every offset in it. */
  readonly prefix: number;
  /** Where the directory starts, in the file. */
  readonly start: number;
  /** Bytes of the directory. */
  readonly size: number;
  /** How many files it says to have; without zip64 only the last 16 bits of it. */
  readonly count: number;
  readonly zip64: boolean;
  /** Where the archive ends, in the file, its comment left out. */
  readonly end: number;
}

/** One end record's fields, whether they fit or not. */
interface EndRecord {
  /** Where it stands, in the file. */
  readonly at: number;
  /** Where the directory must end: at the end record, or at zip64's. */
  readonly directoryEnd: number;
  readonly disk: number;
  readonly directoryDisk: number;
  readonly count: number;
  readonly size: number;
  readonly offset: number;
  /** Bytes before the archive, where zip64's record says it by its own place. */
  readonly prefix64?: number;
}

/**
 * Finds a zip's directory.
 *
 * One whose comment ends with the file goes before others: a comment may hold anything. Of several the
 * last that fits a directory is taken, as unzip and Python do.
 *
 * @returns undefined where there is no end record.
 * @throws {UserError} Where there is one, but no directory where it says, or in another file.
 */
export function findZipEnd(file: ZipBytes, path: string, name: string): ZipEnd | undefined {
  const from = Math.max(0, file.length - FARTHEST);
  const tail = Buffer.from(file.read(from, file.length - from));
  const places: number[] = [];
  for (let i = tail.length - END_BYTES; i >= 0; i--) {
    if (tail.readUInt32LE(i) === END) places.push(i);
  }
  const ends = (i: number) => i + END_BYTES + tail.readUInt16LE(i + 20) === tail.length;
  const ordered = [...places.filter(ends), ...places.filter((i) => !ends(i))];
  let fault: string | undefined;
  for (const i of ordered.slice(0, MOST_TRIES)) {
    const record = readRecord(file, tail, i, from);
    const found = typeof record === "string" ? record : findDirectory(file, record, path, name);
    if (typeof found !== "string") return found;
    fault ??= found;
    // The last part of a split archive may hold a whole one, which would be taken instead.
    if (ends(i) && typeof record !== "string" && isPart(record)) break;
  }
  if (fault !== undefined) throw new UserError(`${name}: ${fault}`);
  return undefined;
}

/** Reads an end record, and zip64's where there is one; a text says what is wrong. */
function readRecord(file: ZipBytes, tail: Buffer, i: number, from: number): EndRecord | string {
  const at = from + i;
  const locator = i - LOCATOR64_BYTES;
  if (locator < 0 || tail.readUInt32LE(locator) !== LOCATOR64) {
    return {
      at,
      directoryEnd: at,
      disk: tail.readUInt16LE(i + 4),
      directoryDisk: tail.readUInt16LE(i + 6),
      count: tail.readUInt16LE(i + 10),
      size: tail.readUInt32LE(i + 12),
      offset: tail.readUInt32LE(i + 16),
    };
  }
  const said = Number(tail.readBigUInt64LE(locator + 8));
  // Where bytes stand before the archive the record is not where it is said to be, but before this.
  const at64 = [said, from + locator - END64_BYTES].find((at) => signatureAt(file, at) === END64);
  if (at64 === undefined || at64 < said || at64 + END64_BYTES > file.length) {
    return "Is a damaged zip archive (has no zip64 end record where it says): download it again";
  }
  const record = Buffer.from(file.read(at64, END64_BYTES));
  return {
    at,
    directoryEnd: at64,
    disk: record.readUInt32LE(16),
    directoryDisk: record.readUInt32LE(20),
    count: Number(record.readBigUInt64LE(32)),
    size: Number(record.readBigUInt64LE(40)),
    offset: Number(record.readBigUInt64LE(48)),
    prefix64: at64 - said,
  };
}

/** Whether there are more parts of an archive than this. */
function isPart({ disk, directoryDisk }: EndRecord): boolean {
  return disk > 0 || directoryDisk > 0;
}

/**
 * Finds the directory of an end record; a text says what is wrong.
 *
 * @throws {UserError} Where it is right, but not all of the archive is behind it.
 */
function findDirectory(
  file: ZipBytes,
  record: EndRecord,
  path: string,
  name: string,
): ZipEnd | string {
  const { directoryEnd, size, offset, prefix64 } = record;
  if (isPart(record)) return explainSplit(path, record.disk + 1);
  // The directory ends where the end record begins, whatever stands before the archive. Only where
  // there is none at that place, something may stand between the two, and nothing before.
  const places = prefix64 !== undefined
    ? [offset + prefix64]
    : [...new Set([directoryEnd - size, offset])];
  const possible = places.filter((start) =>
    start >= offset && start + size <= directoryEnd &&
    (size === 0 || isCentral(file, start))
  );
  const start = possible.find((start) => size === 0 || startsRight(file, start, start - offset)) ??
    possible[0];
  if (start === undefined) {
    return offset + size > directoryEnd
      ? `Is no whole zip archive, ${
        offset + size - directoryEnd
      } bytes are missing: download it again`
      : "Is a damaged zip archive (has no directory where its end record says): download it again";
  }
  if (start + size < directoryEnd && isCentral(file, start + size)) {
    throw contradiction(name, "its directory goes on behind the end it names");
  }
  const prefix = start - offset;
  if (prefix > 0 && signatureAt(file, 0) === LOCAL) {
    throw contradiction(name, `the ${prefix} bytes before its first file are another archive`);
  }
  return {
    prefix,
    start,
    size,
    count: record.count,
    zip64: prefix64 !== undefined,
    end: record.at + END_BYTES,
  };
}

/** For an archive that can be read in two ways, of which one leaves files out. */
export function contradiction(name: string, what: string): UserError {
  return new UserError(
    `${name}: Is a zip archive that contradicts itself (${what}), so that files would be left out: ` +
      "download it again, or unpack it, look whether all files are there, and give the folder",
  );
}

/** Whether the first file of a directory has its own header where it must be. */
function startsRight(file: ZipBytes, start: number, prefix: number): boolean {
  if (start + 46 > file.length) return false;
  const offset = Buffer.from(file.read(start, 46)).readUInt32LE(42);
  // Zip64 has the offset elsewhere; those few archives are told by the directory alone.
  return offset === 0xffffffff || signatureAt(file, prefix + offset) === LOCAL;
}

/** Whether an entry of a directory is at some place. */
export function isCentral(file: ZipBytes, position: number): boolean {
  return signatureAt(file, position) === CENTRAL;
}

function signatureAt(file: ZipBytes, position: number): number | undefined {
  if (position < 0 || position + 4 > file.length) return undefined;
  return Buffer.from(file.read(position, 4)).readUInt32LE(0);
}
