/**
 * The folders of results: what is committed, and everybody's own apart from it.
 *
 * @module
 */

import { CHECKOUT, shownPath } from "../paths.ts";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, isFolder } from "../file.ts";
import { nearest } from "../nearest.ts";
import { REPORT_FILES } from "./files.ts";

/** The results that are committed: a folder for each data set. */
export const COMMITTED_RESULTS: string = join(CHECKOUT, "reports");

/** Everybody's own results, which git ignores; may be a link to another disk. */
export const OWN_RESULTS: string = join(COMMITTED_RESULTS, "own");

/** The n-th folder of an experiment's reports, of other variants or settings each: `deep`, `deep-2`, ... */
export function numberedFolder(folder: string, n: number): string {
  return n === 1 ? folder : `${folder}-${n}`;
}

/** Whether a folder is among the committed results, or all of them, and none of somebody's own. */
export function isCommitted(folder: string): boolean {
  const isIn = (results: string) => join(folder, "/").startsWith(join(results, "/"));
  return isIn(COMMITTED_RESULTS) && !isIn(OWN_RESULTS);
}

/**
 * The path of results that somebody names: as it stands, or within their own results or the committed
 * ones, in this order; which of the two it is, is said once.
 *
 * @param path An absolute path.
 * @param typed As it was typed, such as `fer2013/dropout`, or `fer2013/dropout#none` for a variant.
 * @param options `missing`: what is said where nothing is there; `own`, `committed`: the folders of the two
 *   kinds of results.
 * @throws {UserError} Where nothing is there: says so, and what may have been meant.
 */
export async function findResults(
  path: string,
  typed: string,
  { missing = "No such file or folder", own = OWN_RESULTS, committed = COMMITTED_RESULTS }: {
    readonly missing?: string;
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
      const isOwn = join(folder, "/").startsWith(join(own, "/"));
      const whose = isOwn ? "your own results" : "the committed results";
      const line = `${typed}: ${whose} in ${shownPath(folder)}`;
      // A command that watches looks again and again.
      if (!said.has(line)) console.error(line);
      said.add(line);
      return found;
    }
  }
  const meant = nearest(withoutVariant(typed), await reportNames([own, committed]));
  throw new UserError(
    `${typed || "(empty path)"}: ${missing}${
      meant === undefined ? "" : `: did you mean "${meant}"?`
    }`,
  );
}

/** What {@linkcode findResults} has said. */
const said = new Set<string>();

/** The reports there are, as they may be typed: `fer2013/dropout`. */
async function reportNames(roots: readonly string[]): Promise<string[]> {
  const names = new Set<string>();
  for (const root of roots) {
    for (const data of await folderNames(root)) {
      for (const name of await folderNames(join(root, data))) {
        if (await exists(join(root, data, name, REPORT_FILES.report))) names.add(`${data}/${name}`);
      }
    }
  }
  return [...names];
}

async function folderNames(folder: string): Promise<string[]> {
  if (!await isFolder(folder)) return [];
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => name).sort();
}

/** A path up to the `#` before the variant of a report. */
function withoutVariant(path: string): string {
  const at = path.lastIndexOf("#");
  return at < 0 ? path : path.slice(0, at);
}
