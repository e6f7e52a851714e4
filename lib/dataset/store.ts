/**
 * The decoded data set on disk, so that a second start needs no decoding.
 *
 * One file: the line `fer-lab dataset 5`, the line with the SHA-256 (hex) of all that follows, the
 * line with a JSON header, then for each split its labels, its samples and its targets, if any.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { dirname, join } from "node:path";
import { sha256 } from "../digest.ts";
import { removeLeftovers, writeFileWhole } from "../file.ts";
import { type SampleForm, sampleSize, sampleValues } from "../sample.ts";
import { type DataForm, type Dataset, type Split, type SplitName, SPLITS } from "./dataset.ts";
import { checkForm } from "./form.ts";
import { PROTOCOLS } from "./votes.ts";

/** The number goes up where the same files may be read as another data set than before. */
export const MAGIC = "fer-lab dataset 5";
/** The data sets last used are kept up to this many bytes; FER2013 takes 83 MB. */
const KEPT_BYTES = 500_000_000;

/** What the JSON line holds: the data set without its samples. */
type Header = Omit<Dataset, "splits"> & {
  readonly splits: readonly {
    readonly name: SplitName;
    readonly ids: readonly string[];
    /** Whether the samples have targets. */
    readonly targets: boolean;
  }[];
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
  const digest = sha256(JSON.stringify([MAGIC, key]));
  return join(folder, `${digest.slice(0, 32)}.dataset`);
}

/** What a killed process left half-written is removed after this long: nobody writes so slowly. */
const LEFTOVER_MILLISECONDS = 3_600_000;

/** Writes a data set whole, and removes those not used for longest where there are too many. */
export async function writeStore(
  path: string,
  dataset: Dataset,
  { keptBytes = KEPT_BYTES }: { keptBytes?: number } = {},
): Promise<void> {
  const { splits, ...facts } = dataset;
  const header: Header = {
    ...facts,
    splits: SPLITS.map((name) => ({
      name,
      ids: splits[name].ids,
      targets: splits[name].targets !== undefined,
    })),
  };
  const encoder = new TextEncoder();
  const parts: Uint8Array[] = [encoder.encode(`${JSON.stringify(header)}\n`)];
  for (const name of SPLITS) {
    const { labels, samples, targets } = splits[name];
    for (const values of targets ? [labels, samples, targets] : [labels, samples]) {
      parts.push(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
  }
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
  const folder = dirname(path);
  await removeLeftovers(folder, { olderThan: LEFTOVER_MILLISECONDS });
  await removeOldest(folder, keptBytes);
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
  if (magic !== MAGIC || sha256(content) !== checksum) {
    throw new DamagedCache("the checksum does not fit");
  }
  // The content is as it was written; by whom, a checksum does not say.
  const headerEnd = content.indexOf(10);
  const header = parseHeader(new TextDecoder().decode(content.subarray(0, headerEnd)));
  const splits = takeSplits(content.subarray(headerEnd + 1), header);
  // What is used is not the next to be removed; a cache that can only be read is fine, too.
  const now = new Date();
  await Deno.utime(path, now, now).catch(() => {});
  return { ...header, splits };
}

/** The splits, from the bytes that follow the header. */
function takeSplits(
  content: Uint8Array,
  { splits: told, classes, sample }: Header,
): Record<SplitName, Split> {
  const values = sampleValues(sample, 0).BYTES_PER_ELEMENT * sampleSize(sample);
  const shares = Float32Array.BYTES_PER_ELEMENT * classes.length;
  const bytes = told.reduce(
    (sum, { ids, targets }) => sum + ids.length * (1 + values + (targets ? shares : 0)),
    0,
  );
  if (bytes !== content.length) throw new DamagedCache("its sizes do not fit");
  let at = 0;
  const take = (count: number) => content.subarray(at, at += count);
  // Numbers of four bytes stand where the bytes before them end: copied to where they may be read.
  const takeFloats = (count: number) => new Float32Array(take(count).slice().buffer);
  const splits = {} as Record<SplitName, Split>;
  for (const { name, ids, targets } of told) {
    const { length } = ids;
    const labels = take(length);
    const samples = sample.type === "uint8" ? take(length * values) : takeFloats(length * values);
    if (labels.some((label) => label >= classes.length)) throw new DamagedCache("a label is none");
    const rest = targets ? { targets: takeFloats(length * shares) } : {};
    splits[name] = { samples, labels, ...rest, ids, length };
  }
  return splits;
}

/** The header, where it is one: what it says goes into reports and into the names of folders. */
function parseHeader(text: string): Header {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new DamagedCache("its header is not JSON");
  }
  const header = (json ?? {}) as Readonly<Record<keyof Header, unknown>>;
  const { name, synthetic, description, digest, split, skipped, notes, splits } = header;
  const { classes, sample, targets, choices } = header;
  const isHeader = isText(name, /^[a-z0-9-]+$/) && typeof synthetic === "boolean" &&
    isText(description, /^\P{Cc}*$/u) && isText(digest, /^[0-9a-f]{64}$/) &&
    isText(split, /^(official|own|stratified-tenth|drawn|generated)$/) &&
    Array.isArray(skipped) && skipped.every(isBadImage) &&
    (notes === undefined ||
      Array.isArray(notes) && notes.every((note) => isText(note, /^\P{Cc}*$/u))) &&
    (targets === undefined || targets === "distributions" || targets === "draws") &&
    (choices === undefined || isChoices(choices)) &&
    isForm({ classes, sample }) && Array.isArray(splits) && splits.length === SPLITS.length &&
    splits.every((each, i) => isSplit(each, SPLITS[i]!));
  if (!isHeader) throw new DamagedCache("its header does not tell of a data set");
  const told = {
    ...targets === undefined ? {} : { targets },
    ...choices === undefined ? {} : { choices },
    ...notes === undefined ? {} : { notes },
  };
  const known = { name, synthetic, description, classes, sample, digest, split, skipped };
  return { ...known, ...told, splits } as Header;
}

function isText(value: unknown, form: RegExp): boolean {
  return typeof value === "string" && form.test(value);
}

/** What comes from files: classes are chosen of what is kept here. */
function isChoices(json: unknown): boolean {
  const { labels, votes, ...others } = (json ?? {}) as Record<string, unknown>;
  const { preset, names, ...more } = (labels ?? { names: {} }) as Record<string, unknown>;
  const { protocol, digest } = (votes ?? {}) as Record<string, unknown>;
  return Object.keys({ ...others, ...more }).length === 0 &&
    (preset === undefined || isText(preset, /^[a-z0-9]+$/)) &&
    Object.values(names ?? {}).every((name) => isText(name, /^[^\p{Cc},=]+$/u)) &&
    (votes === undefined ||
      (PROTOCOLS as readonly unknown[]).includes(protocol) && isText(digest, /^[0-9a-f]{64}$/));
}

function isForm(json: { readonly classes: unknown; readonly sample: unknown }): boolean {
  const { shape, type, divisor } = (json.sample ?? {}) as Record<keyof SampleForm, unknown>;
  const isKnown = Array.isArray(json.classes) &&
    json.classes.every((name) => typeof name === "string") && Array.isArray(shape) &&
    (type === "uint8" || type === "float32") && typeof divisor === "number";
  if (!isKnown) return false;
  try {
    checkForm(json as DataForm);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isBadImage(json: unknown): boolean {
  const { where, reason } = (json ?? {}) as Record<string, unknown>;
  return isText(where, /^\P{Cc}*$/u) && isText(reason, /^\P{Cc}*$/u);
}

function isSplit(json: unknown, name: SplitName): boolean {
  const split = (json ?? {}) as Record<string, unknown>;
  return split.name === name && typeof split.targets === "boolean" && Array.isArray(split.ids) &&
    split.ids.every((id) => isText(id, /^[0-9a-f]{16}$/));
}

/** Another process may remove the same files at the same time: what is gone already is no fault. */
async function removeOldest(folder: string, keptBytes: number): Promise<void> {
  const files: { path: string; time: number; size: number }[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (!entry.name.endsWith(".dataset")) continue;
    const path = join(folder, entry.name);
    const stat = await Deno.stat(path).catch(() => null);
    files.push({ path, time: stat?.mtime?.getTime() ?? 0, size: stat?.size ?? 0 });
  }
  files.sort((a, b) => b.time - a.time);
  let kept = 0;
  for (const [i, { path, size }] of files.entries()) {
    kept += size;
    if (i > 0 && kept > keptBytes) await Deno.remove(path).catch(() => {});
  }
}
