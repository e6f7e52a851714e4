/**
 * What is chosen of a data set: what its numbers mean, which classes are kept and joined, whose votes
 * are its labels, and how large its images are.
 *
 * @module
 */

import { UsageError, UserError } from "../error.ts";
import { nearest } from "../nearest.ts";
import { sampleSize, selectRows } from "../sample.ts";
import type { RecordedChoices } from "../schema/common.ts";
import { list, plural } from "../text.ts";
import { datasetDigest } from "./builder.ts";
import { className, nameTrouble } from "./class_names.ts";
import { type DataForm, type Dataset, perSplit, type Split, SPLITS } from "./dataset.ts";
import { orderClasses } from "./form.ts";
import type { Labels } from "./labels.ts";
import type { Protocol } from "./votes.ts";

/** What a command line says of data. */
export interface DataChoices {
  /** What numbers, or codes in file names, mean; nothing where classes have names. */
  readonly labels?: Labels;
  /** Classes that are joined with others: `{ disgust: "angry" }`. */
  readonly merge?: Readonly<Record<string, string>>;
  /** The classes that are kept, after joining; all where left out. */
  readonly classes?: readonly string[];
  /** FER+'s votes in place of FER2013's labels. */
  readonly votes?: { readonly path: string; readonly protocol: Protocol };
  /** Side of the images in pixels, where not 48. */
  readonly size?: number;
}

/**
 * Reads `--classes`: `happy,sad,neutral`.
 *
 * @throws {UsageError} For one class alone, one named twice, or what is no name.
 */
export function parseClasses(text: string): string[] {
  const names = text.split(",").map(className);
  for (const [i, name] of names.entries()) {
    const trouble = nameTrouble(name);
    if (trouble !== undefined) throw new UsageError(`--classes: ${trouble}`);
    if (names.indexOf(name) < i) throw new UsageError(`--classes names ${name} twice`);
  }
  if (names.length < 2) {
    throw new UsageError(`--classes needs two classes or more, such as happy,sad, not "${text}"`);
  }
  return orderClasses(names);
}

/**
 * Reads `--merge`: `disgust=angry`, or several with commas between them.
 *
 * @throws {UsageError} For what is no such pair, or a class that is joined with two others, itself, or
 *   one that is gone.
 */
export function parseMerge(text: string): Record<string, string> {
  const merge: Record<string, string> = {};
  for (const pair of text.split(",")) {
    const [from, to, ...rest] = pair.split("=").map(className);
    if (!from || !to || rest.length > 0) {
      throw new UsageError(`--merge needs pairs such as disgust=angry, not "${pair.trim()}"`);
    }
    const trouble = nameTrouble(to);
    if (trouble !== undefined) throw new UsageError(`--merge: ${trouble}`);
    if (from === to) throw new UsageError(`--merge joins ${from} with itself`);
    if (Object.hasOwn(merge, from)) throw new UsageError(`--merge names ${from} twice`);
    merge[from] = to;
  }
  const gone = Object.entries(merge).find(([, to]) => Object.hasOwn(merge, to));
  if (gone) {
    const [from, to] = gone;
    throw new UsageError(
      `--merge joins ${from} with ${to}, which it joins with ${merge[to]}: write ${from}=${
        merge[to]
      }`,
    );
  }
  return Object.fromEntries(orderClasses(Object.keys(merge)).map((from) => [from, merge[from]!]));
}

/** A merge as it is written. */
export function formatMerge(merge: Readonly<Record<string, string>>): string {
  return Object.entries(merge).map(([from, to]) => `${from}=${to}`).join(",");
}

/** A class of the data by name. */
function expectClass(name: string, flag: string, { name: data, classes }: Dataset): void {
  if (classes.includes(name)) return;
  const near = nearest(name, classes);
  throw new UserError(
    `${data}: Unknown class "${name}" in --${flag}: ${
      near === undefined ? `its classes are ${list(classes)}` : `did you mean "${near}"?`
    }`,
  );
}

/**
 * Joins classes and keeps some. Splits stay as they are: what was drawn from all of the data is only
 * left out of, never drawn anew.
 *
 * @param dataset Any data set.
 * @param choices Of a command line; what says nothing of classes changes nothing.
 * @throws {UserError} For classes that the data do not have, or where nothing is left of a split.
 */
export function chooseClasses(dataset: Dataset, { merge, classes }: DataChoices): Dataset {
  if (merge === undefined && classes === undefined) return dataset;
  for (const from of Object.keys(merge ?? {})) expectClass(from, "merge", dataset);
  const joined = dataset.classes.map((name) => merge?.[name] ?? name);
  const all = orderClasses(joined);
  for (const name of classes ?? []) expectClass(name, "classes", { ...dataset, classes: all });
  const kept = classes ?? all;
  if (kept.length < 2) {
    throw new UserError(`${dataset.name}: Has one class only (${kept}): two are the least`);
  }
  if (merge === undefined && kept.length === dataset.classes.length) return dataset;
  /** The new label number of each old one, -1 where it is left out. */
  const numbers = joined.map((name) => kept.indexOf(name));
  const form = { classes: kept, sample: dataset.sample };
  const splits = perSplit((name) => relabel(dataset.splits[name], numbers, form));
  const empty = SPLITS.find((name) => splits[name].length === 0);
  if (empty !== undefined) {
    throw new UserError(`${dataset.name}: Has no images of ${list(kept)} in ${empty}`);
  }
  const left = SPLITS.reduce((n, name) => n + dataset.splits[name].length - splits[name].length, 0);
  const told = [
    ...merge === undefined ? [] : [`classes joined: ${formatMerge(merge)}`],
    ...left === 0 ? [] : [`classes kept: ${kept.join(", ")} (${plural(left, "image")} left out)`],
  ];
  return {
    ...dataset,
    name: `${dataset.name}-${kept.length}-classes`,
    description: [dataset.description, ...told].join("; "),
    // The official split is that of the whole.
    split: dataset.split === "official" ? "own" : dataset.split,
    ...form,
    digest: datasetDigest(splits, form, dataset.targets),
    splits,
    choices: {
      ...dataset.choices,
      ...merge === undefined ? {} : { merge },
      ...classes === undefined ? {} : { kept: classes },
    },
  };
}

/** The samples of a split under other label numbers, in canonical order; those of -1 left out. */
function relabel(split: Split, numbers: readonly number[], form: DataForm): Split {
  const old = numbers.length;
  const { length: count } = form.classes;
  const targets = split.targets && joinTargets(split, numbers, count);
  const labels = Uint8Array.from({ length: split.length }, (_, i) => {
    if (!targets) return Math.max(0, numbers[split.labels[i]!]!);
    const own = targets.subarray(i * count, (i + 1) * count);
    return own.indexOf(Math.max(...own));
  });
  const isKept = (i: number) =>
    targets
      // What is most probable of all classes must be kept.
      ? isMostKept(split.targets!.subarray(i * old, (i + 1) * old), numbers)
      : numbers[split.labels[i]!]! >= 0;
  const places = Uint32Array.from(
    [...labels.keys()].filter(isKept).sort((a, b) => {
      const [x, y] = [split.ids[a]!, split.ids[b]!];
      return x < y ? -1 : x > y ? 1 : labels[a]! - labels[b]!;
    }),
  );
  return {
    samples: selectRows(split.samples, places, sampleSize(form.sample)),
    labels: selectRows(labels, places, 1),
    ...targets ? { targets: selectRows(targets, places, count) } : {},
    ids: Array.from(places, (i) => split.ids[i]!),
    length: places.length,
  };
}

function isMostKept(shares: Float32Array, numbers: readonly number[]): boolean {
  const joined = new Map<number, number>();
  shares.forEach((share, c) => {
    const to = numbers[c]!;
    joined.set(to, (joined.get(to) ?? 0) + share);
  });
  const left = joined.get(-1) ?? 0;
  return [...joined].some(([to, share]) => to >= 0 && share > 0 && share >= left);
}

/** Shares of the new classes, adding up to 1. */
function joinTargets(
  { targets, length }: Split,
  numbers: readonly number[],
  count: number,
): Float32Array {
  const joined = new Float32Array(length * count);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    numbers.forEach((to, from) => {
      if (to < 0) return;
      joined[i * count + to]! += targets![i * numbers.length + from]!;
      sum += targets![i * numbers.length + from]!;
    });
    if (sum > 0) { for (let c = 0; c < count; c++) joined[i * count + c]! /= sum; }
  }
  return joined;
}

/** What is asked of data again, from what a record tells of it; votes by their file. */
export function recordedToChoices(
  recorded: RecordedChoices | undefined,
  { size, votes }: { readonly size: number; readonly votes: string | undefined },
): DataChoices {
  const { labels, merge, kept, votes: cast } = recorded ?? {};
  if (cast !== undefined && votes === undefined) {
    throw new UserError(
      "The labels are FER+'s votes: say where their file is with --votes fer2013new.csv",
    );
  }
  return {
    ...labels ? { labels } : {},
    ...merge ? { merge } : {},
    ...kept ? { classes: kept } : {},
    ...cast ? { votes: { path: votes!, protocol: cast.protocol } } : {},
    ...size === 48 ? {} : { size },
  };
}
