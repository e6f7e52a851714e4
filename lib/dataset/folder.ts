/**
 * Where the results of a data set go.
 *
 * @module
 */

import { PRESETS } from "../preset.ts";
import { FOLDERS_DIGEST } from "./_fer2013.ts";
import type { Dataset } from "./dataset.ts";
import { BUNDLED_DIGESTS } from "./bundled.ts";
import { suiteFaces, syntheticDescription } from "./synthetic.ts";

/** Hex digits of the digest in a folder's name: 1 in 4 billion that two data sets share them. */
const DIGITS = 8;

/**
 * The name of a data set's folder of results, safe for a file system: `fer2013` for the copy of
 * FER2013 that the committed results are of, `synthetic` for the faces of a preset, and for every
 * other its name with the first digits of its digest. Kaggle names every download `archive.zip`: the
 * name alone would let one data set's results take the place of another's.
 *
 * @param dataset A data set, or what a record keeps of it.
 */
export function datasetFolder(
  { name, synthetic, description, digest }: Pick<
    Dataset,
    "name" | "synthetic" | "description" | "digest"
  >,
): string {
  if (digest === FOLDERS_DIGEST) return "fer2013";
  if (BUNDLED_DIGESTS.includes(digest)) return name;
  if (synthetic && isPreset(description)) return "synthetic";
  return `${name}-${digest.slice(0, DIGITS)}`;
}

/** The description of generated faces says all that they were made from. */
function isPreset(description: string): boolean {
  return Object.values(PRESETS).some(({ faces }) =>
    description === syntheticDescription(suiteFaces(faces))
  );
}
