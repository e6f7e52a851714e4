/**
 * Which test images have a copy in the other splits, kept beside the runs: whoever reports on them later
 * needs no images for it.
 *
 * @module
 */

import { join } from "node:path";
import { cleanTestIndices } from "../dataset/audit.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { readJson } from "../report/files.ts";

const FILE = "copies.json";
const KIND = { kind: "fer-lab/copies", version: 1 } as const;

/** What the file holds. */
interface Copies {
  readonly kind: typeof KIND.kind;
  readonly version: typeof KIND.version;
  /** The data set's digest. */
  readonly data: string;
  /** The images of PrivateTest that are in Training or PublicTest too, by their ids, in order. */
  readonly copied: readonly string[];
}

/**
 * Writes which test images are copies, unless that stands there.
 *
 * @param results The folder of the data set's results.
 */
export async function keepCopies(results: string, dataset: Dataset): Promise<void> {
  const file = join(results, FILE);
  if (await exists(file) && (await readCopies(file)).data === dataset.digest) return;
  const clean = new Set(cleanTestIndices(dataset));
  const copied = dataset.splits.PrivateTest.ids.filter((_, i) => !clean.has(i));
  const copies: Copies = { ...KIND, data: dataset.digest, copied: [...new Set(copied)].sort() };
  await writeFileWhole(file, JSON.stringify(copies, null, 1) + "\n");
}

/**
 * 1 for each image without a copy in the other splits, else 0.
 *
 * @param results The folder of the data set's results.
 * @param data The data set's digest.
 * @param images The ids of test images, as predictions have them.
 * @throws {UserError} Where it is not known of these data.
 */
export async function cleanMask(
  results: string,
  data: string,
  images: readonly string[],
): Promise<Uint8Array> {
  const file = join(results, FILE);
  const copies = await readCopies(file);
  if (copies.data !== data) {
    throw new UserError(`${file}: Is of other data: give the experiment's command again`);
  }
  const copied = new Set(copies.copied);
  return Uint8Array.from(images, (id) => copied.has(id) ? 0 : 1);
}

async function readCopies(file: string): Promise<Copies> {
  const json = await readJson(file) as Partial<Copies> | null;
  const { kind, version, data, copied } = json ?? {};
  const whole = kind === KIND.kind && version === KIND.version && typeof data === "string" &&
    Array.isArray(copied) && copied.every((id) => typeof id === "string");
  if (!whole) throw new UserError(`${file}: Is damaged: remove it, and give the command again`);
  return json as Copies;
}
