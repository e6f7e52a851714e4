/**
 * CSV files that this project writes, read again: what is no CSV is refused by the file's name.
 *
 * @module
 */

import { UserError } from "./error.ts";
import { parseCsv } from "./std/csv.ts";

/**
 * The rows of a file's text, its first row among them unless columns are named.
 *
 * @param file Its name, for messages.
 * @param options `columns`: those that the first row must name, which is then left out; `remedy`: what to
 *   do where it is not so.
 * @throws {UserError} Where the text is no CSV, or has other columns.
 */
export function readCsv(
  text: string,
  file: string,
  { columns, remedy }: { readonly columns?: readonly string[]; readonly remedy?: string } = {},
): string[][] {
  try {
    return parseCsv(text, columns && { columns });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file}: ${error.message}${remedy === undefined ? "" : `; ${remedy}`}`);
  }
}
