/**
 * How a table is written: spreadsheets, PowerShell and people's scripts agree neither on the encoding,
 * nor on the separator, nor on the end of a line. All of it is taken from the first bytes.
 *
 * @module
 */

/** The columns that must be there, in any order and any case. */
export const COLUMNS = ["emotion", "pixels", "Usage"] as const;

/** How much of a file is enough to see how it is written. */
export const START_BYTES = 2 ** 16;

const NEWLINE = 10, RETURN = 13, SPACE = 32, QUOTE = 34;

/** What columns may be set apart with; the first is taken where several would do. */
const SEPARATORS = [",", ";", "\t", "|"];

/** How a table is written. */
export interface TableForm {
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
  /** The byte that ends a line: LF (also of CRLF), or CR where there is no LF (old Macs). */
  readonly lineEnd: number;
  /** The byte between fields. */
  readonly separator: number;
  /** Which line is the header; 2 where Excel's `sep=;` or PowerShell's `#TYPE` stands before it. */
  readonly headerRow: number;
  /** Names in lower case, without spaces around them. */
  readonly columns: readonly string[];
}

/**
 * Sees how a table is written.
 *
 * @param start The first bytes of a file, up to {@linkcode START_BYTES}.
 * @returns undefined where none of {@linkcode COLUMNS} is in the header, whatever separates them.
 */
export function tableForm(start: Uint8Array): TableForm | undefined {
  const encoding = encodingOf(start);
  const text = new TextDecoder(encoding).decode(start).replace(/^\ufeff+/, "");
  const lineEnd = text.includes("\n") ? NEWLINE : RETURN;
  const lines = text.split(lineEnd === NEWLINE ? /\r?\n/ : "\r");
  let said: string | undefined;
  let at = 0;
  for (; at < lines.length; at++) {
    const sep = /^"?sep=([^\w\s"]|\t)"?[,;\t|]*$/i.exec(lines[at]!);
    if (sep) said = sep[1];
    else if (lines[at]!.trim() !== "" && !lines[at]!.startsWith("#TYPE ")) break;
  }
  // What is no text may hold a table, and so its column names: a tar, a program with a zip in it.
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0e-\x1f]/.test(lines[at] ?? "")) return undefined;
  const header = new TextEncoder().encode(lines[at] ?? "");
  let best: TableForm | undefined;
  for (const sign of said === undefined ? SEPARATORS : [said, ...SEPARATORS]) {
    const separator = sign.charCodeAt(0);
    const columns = (splitFields(header, separator) ?? []).map((field) => columnName(field));
    const form = { encoding, lineEnd, separator, headerRow: at + 1, columns };
    if (found(form) > (best === undefined ? 0 : found(best))) best = form;
  }
  return best;
}

/**
 * Why a text that may be meant as such a table has none of its columns.
 *
 * @param start The first bytes of a file for which {@linkcode tableForm} gives undefined.
 * @returns undefined where it is nothing of the kind.
 */
export function explainHeader(start: Uint8Array): string | undefined {
  const text = new TextDecoder(encodingOf(start)).decode(start).replace(/^\ufeff+/, "");
  const [line = ""] = text.trimStart().split(/[\r\n]/, 1);
  if (line.includes("\0")) return undefined;
  const expected = `expected ${COLUMNS.join(",")}`;
  if (/\d+(\s+\d+){99}/.test(line)) return `Has no header: write ${COLUMNS.join(",")} above it`;
  const isHeader = COLUMNS.slice(0, 2).every((column) => line.toLowerCase().includes(column));
  if (!isHeader) return undefined;
  return `Its columns are not set apart by comma, semicolon, tab or |: ${expected}`;
}

/** Those of {@linkcode COLUMNS} that a table does not have. */
export function missingColumns(form: TableForm | undefined): string[] {
  return COLUMNS.filter((column) => !form?.columns.includes(column.toLowerCase()));
}

/** What each column is for. */
const MEANINGS: Readonly<Record<string, string>> = {
  emotion: "the labels",
  pixels: "the pictures",
  Usage: "the splits",
};

/** Missing columns in words, to follow "has no" or "has no column". */
export function inWords(missing: readonly string[]): string {
  return missing.map((column) => `${column} (${MEANINGS[column]})`).join(" and no ");
}

function found(form: TableForm): number {
  return COLUMNS.length - missingColumns(form).length;
}

function columnName(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).trim().toLowerCase();
}

/** By the byte order mark; UTF-16 without one shows by the zero in each of its first characters. */
function encodingOf(start: Uint8Array): TableForm["encoding"] {
  const [a, b] = start;
  if (a === 0xff && b === 0xfe) return "utf-16le";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a !== 0 && b === 0 && start[3] === 0) return "utf-16le";
  if (a === 0 && b !== 0 && start[2] === 0) return "utf-16be";
  return "utf-8";
}

/**
 * The fields of one record (RFC 4180). Quotes around a field are taken off; doubled quotes inside are
 * left as they are, as no field that is used may have any. A quoted field that something follows
 * keeps its quotes, so that it is seen to be wrong.
 *
 * @param record One line, or several where a quoted field holds their ends.
 * @returns undefined where a quoted field does not end: it goes on in the next line.
 */
export function splitFields(record: Uint8Array, separator: number): Uint8Array[] | undefined {
  const fields: Uint8Array[] = [];
  let start = 0;
  while (true) {
    let first = start;
    while (first < record.length && record[first] === SPACE) first++;
    const quoted = record[first] === QUOTE;
    const close = quoted ? closingQuote(record, first + 1) : -1;
    if (quoted && close < 0) return undefined;
    const next = record.indexOf(separator, quoted ? close + 1 : start);
    const end = next < 0 ? record.length : next;
    const isClean = quoted && isSpace(record, close + 1, end);
    fields.push(isClean ? record.subarray(first + 1, close) : record.subarray(start, end));
    if (next < 0) return fields;
    start = end + 1;
  }
}

/** Where a quoted field ends: at a quote that is not doubled. */
function closingQuote(record: Uint8Array, from: number): number {
  let at = record.indexOf(QUOTE, from);
  while (at >= 0 && record[at + 1] === QUOTE) at = record.indexOf(QUOTE, at + 2);
  return at;
}

function isSpace(record: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (record[at] !== SPACE) return false;
  return true;
}

/** How many quotes are in a line: an even number leaves a quoted field as open as it was. */
export function countQuotes(line: Uint8Array): number {
  let count = 0;
  for (let at = line.indexOf(QUOTE); at >= 0; at = line.indexOf(QUOTE, at + 1)) count++;
  return count;
}
