/**
 * Reads what several words of a command line name, and says meanwhile that it reads.
 *
 * @module
 */

import { userPath } from "../paths.ts";
import { showWhile } from "../progress.ts";
import { readSubjects, type Subject } from "../report/compare.ts";
import { findResults } from "../report/folders.ts";

/**
 * What the words name, in their order; see `readSubjects()`.
 *
 * @param words As they were typed.
 */
export async function readingSubjects(words: readonly string[]): Promise<Subject[]> {
  // Before a line of progress stands there: whose results are meant may be said.
  const places = await Promise.all(
    words.map(async (typed) => await findResults(userPath(typed), typed)),
  );
  return (await showWhile("Reading", Promise.all(places.map(readSubjects)))).flat();
}
