/**
 * The Kaggle CSV: a label, 2304 numbers and a Usage per row, 300 MB of it.
 *
 * Own parser, on bytes: a general CSV reader makes a string of each field, and then 2304 strings of
 * each row to be turned into numbers (82 million in all). Here a row is cut from the stream as
 * bytes and its digits are added up where they stand.
 *
 * @module
 */

import { EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { UserError } from "../error.ts";
import type { DatasetBuilder } from "./builder.ts";
import { type SplitName, SPLITS } from "./dataset.ts";
import { labelOf } from "./layout.ts";

/** Longest row: 2304 numbers take 9,216 bytes; far beyond it, a file is something else. */
const LONGEST_ROW = 2 ** 20;

const NEWLINE = 10, RETURN = 13, TAB = 9, SPACE = 32, QUOTE = 34, COMMA = 44, ZERO = 48, NINE = 57;

/** The columns that must be there, in any order and any case. */
const COLUMNS = ["emotion", "pixels", "Usage"] as const;

/** Whether the first bytes of a file are the header of a pixel CSV (at least emotion and pixels). */
export function isPixelCsv(start: Uint8Array): boolean {
  const end = start.indexOf(NEWLINE);
  const names = columnNames(end < 0 ? start : start.subarray(0, end));
  return names.includes("emotion") || names.includes("pixels");
}

/**
 * Reads a pixel CSV into a builder.
 *
 * Column names may have spaces around them, any case and any order; further columns are not looked
 * at. A byte order mark, CRLF, empty lines and quoted fields are fine. Rows are counted as editors
 * count lines: the header is row 1.
 *
 * @param chunks The file's bytes, in pieces of any size.
 * @param name What the file is called in messages.
 * @throws {UserError} Where the header is not right, or a row is not and the builder does not skip.
 */
export async function readPixelCsv(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  builder: DatasetBuilder,
): Promise<void> {
  const pixels = new Uint8Array(IMAGE_PIXELS);
  let places: Places | undefined;
  let row = 0;
  for await (const line of lines(chunks, name)) {
    row++;
    if (places === undefined) {
      places = placesOf(line, name);
      continue;
    }
    if (line.length === 0) continue;
    const where = `${name}, row ${row}`;
    const fields = splitFields(line);
    if (fields.length !== places.count) {
      builder.bad(where, `Has ${fields.length} fields: expected ${places.count} as in row 1`);
      continue;
    }
    const emotion = text(fields[places.emotion]!);
    const label = labelOf(emotion);
    if (label === undefined) {
      builder.bad(
        where,
        `Unknown emotion "${shorten(emotion)}": expected 0 to 6 (${EMOTIONS.join(", ")})`,
      );
      continue;
    }
    const usage = text(fields[places.usage]!);
    if (!(SPLITS as readonly string[]).includes(usage)) {
      builder.bad(where, `Unknown Usage "${shorten(usage)}": expected ${SPLITS.join(", ")}`);
      continue;
    }
    const fault = parsePixels(fields[places.pixels]!, pixels);
    if (fault !== undefined) builder.bad(where, fault);
    else builder.add(usage as SplitName, label, pixels);
  }
  if (row === 0) throw new UserError(`${name}: Is empty: expected ${COLUMNS.join(",")}`);
}

/**
 * Parses numbers from 0 to 255 with spaces between them.
 *
 * @param field The pixels field, without quotes.
 * @param pixels Where the 2304 values go; partly overwritten where there is a fault.
 * @returns What is wrong, undefined where all is right.
 */
export function parsePixels(field: Uint8Array, pixels: Uint8Array): string | undefined {
  let count = 0;
  let at = 0;
  while (true) {
    while (at < field.length && (field[at] === SPACE || field[at] === TAB)) at++;
    if (at >= field.length) break;
    const start = at;
    let value = 0;
    let byte = field[at]!;
    while (byte >= ZERO && byte <= NINE && value <= 255) {
      value = 10 * value + byte - ZERO;
      byte = ++at < field.length ? field[at]! : SPACE;
    }
    if ((byte !== SPACE && byte !== TAB) || value > 255) {
      let end = start;
      while (end < field.length && field[end] !== SPACE && field[end] !== TAB) end++;
      const written = shorten(text(field.subarray(start, end)));
      return `Pixel ${count + 1} is "${written}": expected a whole number from 0 to 255`;
    }
    if (count < IMAGE_PIXELS) pixels[count] = value;
    count++;
  }
  if (count === IMAGE_PIXELS) return undefined;
  return `Has ${count} pixels: expected ${IMAGE_PIXELS} (48x48)`;
}

/** Which field holds what. */
interface Places {
  readonly emotion: number;
  readonly pixels: number;
  readonly usage: number;
  /** How many fields a row has. */
  readonly count: number;
}

function placesOf(header: Uint8Array, name: string): Places {
  const names = columnNames(header);
  const places = COLUMNS.map((column) => names.indexOf(column.toLowerCase()));
  const missing = COLUMNS.filter((_, i) => places[i]! < 0);
  const twice = COLUMNS.filter((column, i) =>
    places[i] !== names.lastIndexOf(column.toLowerCase())
  );
  if (missing.length > 0 || twice.length > 0) {
    const fault = missing.length > 0
      ? `Has no column ${missing.join(" and no ")}`
      : `Has the column ${twice.join(" and ")} twice`;
    throw new UserError(`${name}, row 1: ${fault}: expected emotion,pixels,Usage`);
  }
  const [emotion, pixels, usage] = places;
  return { emotion: emotion!, pixels: pixels!, usage: usage!, count: names.length };
}

function columnNames(header: Uint8Array): string[] {
  // Decoding also takes the byte order mark away.
  return splitFields(header).map((field) => text(field).toLowerCase());
}

const decoder = new TextDecoder();

function text(bytes: Uint8Array): string {
  return decoder.decode(bytes).trim();
}

/** Keeps a message one short line, whatever the file holds. */
function shorten(value: string): string {
  // deno-lint-ignore no-control-regex
  const plain = value.replace(/[\x00-\x1f\x7f-\x9f\ufffd]/g, "?");
  return plain.length > 24 ? `${plain.slice(0, 24)}...` : plain;
}

/**
 * The fields of one row. Quotes around a field are taken off; doubled quotes inside are left as they
 * are, as no valid field has any.
 */
function splitFields(line: Uint8Array): Uint8Array[] {
  const fields: Uint8Array[] = [];
  let start = 0;
  while (true) {
    let first = start;
    while (first < line.length && line[first] === SPACE) first++;
    if (line[first] === QUOTE) {
      const close = line.indexOf(QUOTE, first + 1);
      let end = close < 0 ? -1 : line.indexOf(COMMA, close);
      if (end < 0) end = line.length;
      fields.push(line.subarray(first + 1, close < 0 ? line.length : close));
      start = end + 1;
      if (end >= line.length) return fields;
    } else {
      const end = line.indexOf(COMMA, start);
      fields.push(line.subarray(start, end < 0 ? line.length : end));
      start = end + 1;
      if (end < 0) return fields;
    }
  }
}

/** Lines without their ends (LF or CRLF); each is only valid until the next one is asked for. */
async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  let row = 0;
  for await (const chunk of chunks) {
    let start = 0;
    while (true) {
      const end = chunk.indexOf(NEWLINE, start);
      if (end < 0) break;
      row++;
      const line = chunk.subarray(start, end);
      yield withoutReturn(rest.length === 0 ? line : concatenate(rest, line));
      rest = new Uint8Array(0);
      start = end + 1;
    }
    if (start < chunk.length) rest = concatenate(rest, chunk.subarray(start));
    if (rest.length > LONGEST_ROW) {
      throw new UserError(
        `${name}, row ${
          row + 1
        }: Is longer than ${LONGEST_ROW} bytes: expected emotion, 2304 pixels and Usage`,
      );
    }
  }
  if (rest.length > 0) yield withoutReturn(rest);
}

function withoutReturn(line: Uint8Array): Uint8Array {
  return line.at(-1) === RETURN ? line.subarray(0, -1) : line;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
