/**
 * The rows of a table as they come in a stream of bytes, cut where they stand and never made strings: in
 * any encoding, with any line ends, over several lines where a quoted field goes on.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { UserError } from "../error.ts";
import { countQuotes, splitFields, START_BYTES, type TableForm } from "./table_form.ts";

/** Longest row: 2304 numbers take 9,216 bytes; far beyond it, a file is something else. */
const LONGEST_ROW = 2 ** 20;

const NEWLINE = 10, RETURN = 13;

/** The rows behind the header, empty lines left out; each is only valid until the next is asked for. */
export async function* records(
  chunks: AsyncIterable<Uint8Array>,
  form: TableForm,
  name: string,
): AsyncGenerator<{ row: number; fields: Uint8Array[] }> {
  let row = 0;
  // A quoted field that goes on over several lines, from the line in which it began.
  let open: { row: number; lines: Uint8Array[]; length: number } | undefined;
  const decoded = form.encoding === "utf-8" ? chunks : toUtf8(chunks, form.encoding);
  for await (const line of lines(decoded, form.lineEnd, name)) {
    row++;
    if (row <= form.headerRow || (line.length === 0 && open === undefined)) continue;
    let record = line;
    if (open !== undefined) {
      open.lines.push(line.slice());
      open.length += line.length + 1;
      if (open.length > LONGEST_ROW) break;
      if (countQuotes(line) % 2 === 0) continue;
      record = joinLines(open.lines, open.length);
    }
    const fields = splitFields(record, form.separator);
    if (fields === undefined) {
      open ??= { row, lines: [line.slice()], length: line.length };
      continue;
    }
    yield { row: open?.row ?? row, fields };
    open = undefined;
  }
  if (open !== undefined) {
    // Not for --skip-bad: how many rows the quote has swallowed cannot be known.
    throw new UserError(
      `${name}, row ${open.row}: Has a quoted field that does not end: close its quotes, or leave them out`,
    );
  }
}

async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}

/** Lines without their ends (LF, CRLF or CR); each is only valid until the next one is asked for. */
async function* lines(
  chunks: AsyncIterable<Uint8Array>,
  lineEnd: number,
  name: string,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array(0);
  let row = 0;
  for await (const chunk of chunks) {
    let start = 0;
    while (true) {
      const end = chunk.indexOf(lineEnd, start);
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

function joinLines(lines: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length).fill(NEWLINE);
  let at = 0;
  for (const line of lines) {
    joined.set(line, at);
    at += line.length + 1;
  }
  return joined;
}

function concatenate(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** A stream whose start can be looked at before all of it is read. */
export class Rewindable {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #start: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** At least so many of the first bytes, or all where there are fewer. */
  async start(count: number): Promise<Uint8Array> {
    const pieces: Uint8Array[] = [];
    for (let length = 0; length < count;) {
      const { done, value } = await this.#chunks.next();
      if (done) break;
      // A copy: the piece may be valid only until the next is asked for.
      pieces.push(value.slice());
      length += value.length;
    }
    // No Buffer: code that is given two kinds of arrays runs slower on both.
    return this.#start = new Uint8Array(Buffer.concat(pieces));
  }

  /** All bytes from the first on. */
  async *all(): AsyncGenerator<Uint8Array> {
    yield this.#start;
    while (true) {
      const { done, value } = await this.#chunks.next();
      if (done) return;
      yield value;
    }
  }

  /** Lets go of the stream, read to its end or not. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}

/**
 * The first bytes of a stream, which is then let go.
 *
 * @param count How many; fewer where the stream ends before.
 */
export async function startOf(
  chunks: AsyncIterable<Uint8Array>,
  count = START_BYTES,
): Promise<Uint8Array> {
  const pieces = new Rewindable(chunks);
  try {
    return (await pieces.start(count)).subarray(0, count);
  } finally {
    await pieces.close();
  }
}
