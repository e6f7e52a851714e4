/**
 * The folders of results: what is committed, and everybody's own apart from it.
 *
 * @module
 */

import { CHECKOUT, shownPath } from "../paths.ts";
import { join } from "node:path";
import { exists } from "../file.ts";

/** The results that are committed: a folder for each data set. */
export const COMMITTED_RESULTS: string = join(CHECKOUT, "reports");

/** Everybody's own results, which git ignores; may be a link to another disk. */
export const OWN_RESULTS: string = join(COMMITTED_RESULTS, "own");

/**
 * The path of results that somebody names: as it stands, or within their own results or the committed
 * ones, in this order; which of the two it is, is said.
 *
 * @param path An absolute path.
 * @param typed As it was typed, such as `fer2013/dropout`, or `fer2013/dropout#none` for a variant.
 * @param roots The folders of the two kinds of results.
 * @returns The path where nothing is found as well: what is wrong with it is said elsewhere.
 */
export async function findResults(
  path: string,
  typed: string,
  { own = OWN_RESULTS, committed = COMMITTED_RESULTS }: {
    readonly own?: string;
    readonly committed?: string;
  } = {},
): Promise<string> {
  if (await exists(path) || await exists(withoutVariant(path))) return path;
  for (const root of [own, committed]) {
    const found = join(root, typed);
    const folder = withoutVariant(found);
    if (await exists(found) || await exists(folder)) {
      // They are in a folder of the committed ones, and may be named so.
      const whose = found.startsWith(join(own, "/")) ? "your own results" : "the committed results";
      console.error(`${typed}: ${whose} in ${shownPath(folder)}`);
      return found;
    }
  }
  return path;
}

/** A path up to the `#` before the variant of a report. */
function withoutVariant(path: string): string {
  const at = path.lastIndexOf("#");
  return at < 0 ? path : path.slice(0, at);
}
