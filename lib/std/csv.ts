/**
 * CSV: `@std/csv` from jsr where that is in use, else csv-parse and csv-stringify from npm; see
 * `source.ts`. Both are asked only for what they do alike, so that one table of cases (`csv_test.ts`)
 * holds for both.
 *
 * The format is RFC 4180's with line feeds: fields that hold a comma, a quotation mark or a line feed
 * stand in quotation marks, quotation marks inside are doubled, blank lines are skipped. Carriage
 * returns are read as line ends and never written.
 *
 * @module
 */

import { JSR_MODULES, loadStd, type StdSource } from "./source.ts";

/** What is used of either pair of libraries. */
interface Csv {
  parse(text: string): string[][];
  stringify(rows: readonly (readonly string[])[]): string;
}

const loaded = await loadStd<Csv>(
  async () => {
    const { parse } = await import(`${JSR_MODULES.csvParse}`);
    const { stringify } = await import(`${JSR_MODULES.csvStringify}`);
    return {
      parse: (text) => parse(text),
      stringify: (rows) => stringify(rows).replaceAll("\r\n", "\n"),
    };
  },
  async () => {
    const { parse } = await import("csv-parse/sync");
    const { stringify } = await import("csv-stringify/sync");
    return {
      parse: (text) =>
        parse(text, {
          record_delimiter: "\n",
          relax_column_count: true,
          skip_empty_lines: true,
        }) as string[][],
      stringify: (rows) => stringify(rows.map((row) => [...row]), { record_delimiter: "\n" }),
    };
  },
);

/** Which pair of libraries is in use. */
export const CSV_SOURCE: StdSource = loaded.source;

/** What {@linkcode parseCsv} insists on. */
export interface ParseCsvOptions {
  /**
   * The names the first row must hold, in order. That row is then left out of the result, and every
   * other must have as many fields.
   */
  readonly columns?: readonly string[];
}

/**
 * Reads CSV.
 *
 * @param text The whole file; a byte-order mark at its start is dropped.
 * @returns One list of fields for each row.
 * @throws {SyntaxError} For misplaced quotation marks, another first row than `columns`, or a row with
 * another number of fields; names the row (from 1, blank lines not counted) where it is known.
 */
export function parseCsv(text: string, options: ParseCsvOptions = {}): string[][] {
  const rows = parseRows(text.replace(/^\ufeff+/, "").replaceAll(/\r\n?/g, "\n"));
  const { columns } = options;
  if (columns === undefined) return rows;
  const [header, ...body] = rows;
  if (!header || header.join() !== columns.join()) {
    throw new SyntaxError(
      `Row 1: the columns must be ${columns.join(", ")}, not ${header?.join(", ") ?? "nothing"}`,
    );
  }
  const wrong = body.findIndex((row) => row.length !== columns.length);
  if (wrong >= 0) {
    throw new SyntaxError(
      `Row ${wrong + 2}: ${columns.length} fields are needed, not ${body[wrong]!.length}`,
    );
  }
  return body;
}

function parseRows(text: string): string[][] {
  try {
    return loaded.module.parse(text);
  } catch (cause) {
    throw new SyntaxError("A quotation mark of the CSV is missing or misplaced", { cause });
  }
}

/**
 * Writes CSV, one line for each row, the last one ended too.
 *
 * @param rows Fields as they should be read again; the first row may hold the names of the columns.
 * @throws {RangeError} For a row that could not be read again: one without any text (it would be a
 * blank line), or one with a carriage return.
 */
export function stringifyCsv(rows: readonly (readonly string[])[]): string {
  rows.forEach((row, i) => {
    if (row.length === 0 || (row.length === 1 && row[0] === "")) {
      throw new RangeError(`Row ${i + 1}: a row needs more than one empty field`);
    }
    if (row.some((field) => field.includes("\r"))) {
      throw new RangeError(`Row ${i + 1}: a field may not hold a carriage return`);
    }
  });
  return loaded.module.stringify(rows);
}
