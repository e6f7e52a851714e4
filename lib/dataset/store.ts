/**
 * The decoded data set on disk, so that a second start needs no decoding.
 *
 * One file: the line `fer-lab dataset 1`, the line with the SHA-256 (hex) of all that follows, the
 * line with a JSON header, then for each split its labels and its pixels.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { join } from "node:path";
import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import { writeFileWhole } from "../file.ts";
import { type Dataset, type Split, type SplitName, SPLITS } from "./dataset.ts";

const MAGIC = "fer-lab dataset 1";
/** How many data sets are kept; FER2013 takes 83 MB. */
const KEPT = 4;

/** What the JSON line holds: the data set without its images. */
type Header = Omit<Dataset, "splits"> & {
  readonly splits: readonly { readonly name: SplitName; readonly ids: readonly string[] }[];
};

/** A cache file that is there but not to be believed. */
export class DamagedCache extends Error {
  override name = "DamagedCache";
}

/**
 * Where a data set is kept.
 *
 * @param folder The cache's folder.
 * @param key Everything the decoded data set depends on.
 */
export function storePath(folder: string, key: unknown): string {
  const digest = createHash("sha256").update(JSON.stringify([MAGIC, key])).digest("hex");
  return join(folder, `${digest.slice(0, 32)}.dataset`);
}

/** Writes a data set whole, and removes the oldest ones beyond the four newest. */
export async function writeStore(path: string, dataset: Dataset): Promise<void> {
  const { splits, ...facts } = dataset;
  const header: Header = {
    ...facts,
    splits: SPLITS.map((name) => ({ name, ids: splits[name].ids })),
  };
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [encoder.encode(`${JSON.stringify(header)}\n`)];
  for (const name of SPLITS) parts.push(splits[name].labels, splits[name].images);
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  parts.unshift(encoder.encode(`${MAGIC}\n${hash.digest("hex")}\n`));

  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  await writeFileWhole(path, whole);
  await removeOldest(join(path, ".."));
}

/**
 * Reads a data set.
 *
 * @returns undefined where there is none.
 * @throws {DamagedCache} Where the file is not what was written.
 */
export async function readStore(path: string): Promise<Dataset | undefined> {
  let whole: Uint8Array;
  try {
    whole = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new DamagedCache(error instanceof Error ? error.message : String(error));
  }
  const checkEnd = MAGIC.length + 1 + 64 + 1;
  const [magic, checksum] = new TextDecoder().decode(whole.subarray(0, checkEnd)).split("\n");
  const content = whole.subarray(checkEnd);
  if (magic !== MAGIC || createHash("sha256").update(content).digest("hex") !== checksum) {
    throw new DamagedCache("the checksum does not fit");
  }
  // From here on the content is what writeStore wrote.
  const headerEnd = content.indexOf(10);
  const header = JSON.parse(new TextDecoder().decode(content.subarray(0, headerEnd))) as Header;
  let at = headerEnd + 1;
  const take = (count: number) => content.subarray(at, at += count);
  const splits = {} as Record<SplitName, Split>;
  for (const { name, ids } of header.splits) {
    const labels = take(ids.length);
    const images = take(ids.length * IMAGE_PIXELS);
    splits[name] = { images, labels, ids, length: ids.length };
  }
  if (at !== content.length || SPLITS.some((name) => badLabels(splits[name]))) {
    throw new DamagedCache("its sizes do not fit");
  }
  return { ...header, splits };
}

function badLabels(split: Split | undefined): boolean {
  return split === undefined || split.labels.some((label) => label >= CLASS_COUNT);
}

async function removeOldest(folder: string): Promise<void> {
  const files: { path: string; time: number }[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".dataset")) continue;
    const path = join(folder, entry.name);
    files.push({ path, time: (await Deno.stat(path)).mtime?.getTime() ?? 0 });
  }
  files.sort((a, b) => b.time - a.time);
  for (const { path } of files.slice(KEPT)) await Deno.remove(path).catch(() => {});
}
