/**
 * What people give that is no data set yet: archives of other kinds, workbooks, web pages. Named, with
 * what to do.
 *
 * @module
 */

import { constants, gunzipSync } from "node:zlib";
import { tableForm } from "./table_form.ts";

/** Archives and packed files by their first bytes, and what unpacks them. */
const PACKED: readonly { start: readonly number[]; kind: string; unpack: string }[] = [
  { start: [0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], kind: "a 7z archive", unpack: "7z x" },
  { start: [0x52, 0x61, 0x72, 0x21, 0x1a, 0x07], kind: "a RAR archive", unpack: "unrar x" },
  { start: [0x4d, 0x53, 0x43, 0x46], kind: "a Windows cabinet", unpack: "7z x" },
  { start: [0x1f, 0x8b], kind: "a gzip file", unpack: "gunzip -k" },
  { start: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], kind: "an xz file", unpack: "unxz -k" },
  { start: [0x42, 0x5a, 0x68], kind: "a bzip2 file", unpack: "bunzip2 -k" },
  { start: [0x5d, 0x00, 0x00], kind: "an LZMA file", unpack: "unlzma -k" },
  { start: [0x28, 0xb5, 0x2f, 0xfd], kind: "a Zstandard file", unpack: "unzstd" },
  { start: [0x04, 0x22, 0x4d, 0x18], kind: "an LZ4 file", unpack: "unlz4" },
  { start: [0x4c, 0x5a, 0x49, 0x50, 0x01], kind: "a lzip file", unpack: "lzip -dk" },
  { start: [0x1f, 0x9d], kind: "a compress (.Z) file", unpack: "uncompress -k" },
];

/** Packed files that hold one other file, which may be a tar. */
const HOLDS_ONE = /file$/;

const TAR_NAME = /\.(tar\.[a-z0-9]+|t[gbx]z2?|tzst|tlz|taz)$/i;

/** Tables that are no text, and what to save them with. */
const TABLES: readonly { start: readonly number[]; kind: string }[] = [
  { start: [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], kind: "an Excel workbook (.xls)" },
  { start: [0x50, 0x41, 0x52, 0x31], kind: "a Parquet file" },
  { start: [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59], kind: "a NumPy array" },
  { start: [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a], kind: "an HDF5 file" },
  { start: [0x53, 0x51, 0x4c, 0x69, 0x74, 0x65, 0x20, 0x66], kind: "an SQLite database" },
];

const SAVE_AS_CSV =
  "save the table as CSV (columns emotion,pixels,Usage; in Excel: CSV UTF-8) and give that";

/**
 * Names a file that is neither a CSV nor a zip, and says what to do with it.
 *
 * @param start Its first bytes; a tar needs 512, what is in a gzip file some thousand.
 * @param path Where it is, for the command to unpack it.
 * @returns undefined where it is nothing known.
 */
export function explainForeign(start: Uint8Array, path: string): string | undefined {
  if (isTar(start)) return unpackFirst("a tar archive", "tar xf", path);
  for (const { start: magic, kind, unpack } of PACKED) {
    if (!beginsWith(start, magic)) continue;
    if (!HOLDS_ONE.test(kind)) return unpackFirst(kind, unpack, path);
    const inside = kind === "a gzip file" ? gunzipStart(start) : undefined;
    const holdsTar = inside ? isTar(inside) : TAR_NAME.test(path);
    if (holdsTar) return unpackFirst(`a tar archive in ${kind}`, "tar xf", path);
    const isTable = inside !== undefined && tableForm(inside) !== undefined;
    const command = unpackFirst(isTable ? `a CSV in ${kind}` : kind, unpack, path);
    return inside ? command : `${command}; if that is a tar, unpack it with tar xf`;
  }
  const table = TABLES.find(({ start: magic }) => beginsWith(start, magic));
  if (table !== undefined) return `Is ${table.kind}: ${SAVE_AS_CSV}`;
  const text = new TextDecoder().decode(start.subarray(0, 512)).replace(/^\ufeff/, "").trimStart();
  if (/^<(!doctype html|html|head)\b/i.test(text)) {
    return "Is a web page, no data (a download that asked for a login gives one): download it again in " +
      "the browser, or with Kaggle's own tool";
  }
  if (text.startsWith("version https://git-lfs.github.com/")) {
    return "Is only Git LFS's pointer to the file: fetch the file itself with git lfs pull";
  }
  return undefined;
}

/**
 * Names a zip that is a document of another kind.
 *
 * @param paths The files in it.
 */
export function explainForeignZip(paths: readonly string[]): string | undefined {
  const has = (path: string) => paths.includes(path);
  if (has("[Content_Types].xml") && paths.some((path) => path.startsWith("xl/"))) {
    return `Is an Excel workbook (.xlsx): ${SAVE_AS_CSV}`;
  }
  if (has("mimetype") && has("content.xml")) return `Is an OpenDocument file: ${SAVE_AS_CSV}`;
  return undefined;
}

/** For a file that by its name is one part of an archive that was cut in pieces: how to join them. */
export function explainPart(path: string): string | undefined {
  if (/\.z\d\d$/i.test(path)) return explainSplit(path);
  const [, whole] = /^(.*)\.\d{3}$/.exec(path) ?? [];
  if (whole === undefined) return undefined;
  return `Is one part of several: join all with cat ${shellPath(whole)}.* > ${shellPath(whole)}, ` +
    `and give ${whole}`;
}

/**
 * For one part of a split zip archive: how to join them.
 *
 * @param parts How many there are, where this is the last and says so.
 */
export function explainSplit(path: string, parts?: number): string {
  const last = shellPath(path.replace(/\.z\d\d$/i, ".zip"));
  const which = parts === undefined ? "one part" : `the last of ${parts} parts`;
  return `Is ${which} of a split zip archive: put all parts (.z01, .z02, ..., .zip) into one folder, ` +
    `join them with zip -s 0 ${last} --out whole.zip, and give whole.zip`;
}

/** Files that hold others, by their names. */
export function isArchivePath(path: string): boolean {
  return /\.(zip|tar|tgz|tbz2?|txz|tzst|gz|xz|bz2|zst|7z|rar)$/i.test(path);
}

/** A path as a shell takes it. */
export function shellPath(path: string): string {
  return /^[\w./+:=@%-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}

function unpackFirst(kind: string, command: string, path: string): string {
  return `Is ${kind}: unpack it first (${command} ${shellPath(path)}) and give what comes out`;
}

function beginsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte);
}

/**
 * Whether a tar begins here: by POSIX's "ustar", or by the checksum of the first header, which the
 * tars before POSIX have, too.
 */
function isTar(start: Uint8Array): boolean {
  if (start.length < 512 || start[0] === 0) return false;
  const field = (from: number, to: number) => String.fromCharCode(...start.subarray(from, to));
  if (field(257, 262) === "ustar") return true;
  const said = field(148, 156).replace(/[\0 ]+$/, "").trim();
  if (!/^[0-7]+$/.test(said)) return false;
  let sum = 8 * 32; // the checksum itself counts as spaces
  for (let i = 0; i < 512; i++) if (i < 148 || i >= 156) sum += start[i]!;
  return sum === parseInt(said, 8);
}

/** What the first bytes of a gzip file unpack to, as far as they go; undefined where they do not. */
function gunzipStart(start: Uint8Array): Uint8Array | undefined {
  try {
    // So few of them that a bomb unpacks to some megabytes at most.
    const packed = start.subarray(0, 8192);
    const inside = gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
    return inside.length > 0 ? inside : undefined;
  } catch {
    return undefined;
  }
}
