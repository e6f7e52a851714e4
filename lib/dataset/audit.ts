/**
 * What is wrong with a data set: copies within and across splits, copies with different labels, blank
 * images; and the subsets without them.
 *
 * Two images are copies where all decoded pixels are equal. The ids (64 bits of the pixels'
 * SHA-256) stand for the pixels: for 36,000 images, two that share an id by chance have a
 * probability under 1e-10.
 *
 * @module
 */

import { grayImageSize, sampleSize } from "../sample.ts";
import {
  type BadImage,
  type ClassCounts,
  type DataForm,
  type Dataset,
  perSplit,
  type Split,
  type SplitName,
  SPLITS,
} from "./dataset.ts";

/**
 * Near-blank: the gray values' standard deviation is under this. Far below a face: the flattest
 * image of FER2013 that is not blank has 42.6.
 */
export const NEAR_BLANK_DEVIATION = 10;

/** What {@linkcode auditDataset} finds. */
export interface Audit {
  readonly kind: "fer-lab/audit";
  readonly version: 1;
  readonly name: string;
  readonly synthetic: boolean;
  readonly description: string;
  /** The data set's digest (SHA-256). */
  readonly digest: string;
  readonly split: Dataset["split"];
  /** Images per split and class. */
  readonly counts: Readonly<Record<SplitName, ClassCounts>>;
  readonly images: number;
  /** Different images. */
  readonly distinct: number;
  /** Images that could be left out without losing one: images - distinct. */
  readonly redundant: number;
  /** For each split, how many of its images are copies of an earlier one of the same split. */
  readonly redundantWithin: Readonly<Record<SplitName, number>>;
  /** How many images of one split have a copy in another. */
  readonly copies: {
    readonly privateTestInTraining: number;
    readonly privateTestInPublicTest: number;
    readonly privateTestInEither: number;
    readonly publicTestInTraining: number;
    /** Training images with a copy in PublicTest or PrivateTest: what `dedupe` leaves out. */
    readonly trainingInOthers: number;
  };
  /** PrivateTest images with no copy in Training or PublicTest. */
  readonly cleanPrivateTest: number;
  /** Groups of copies that do not all carry one label. */
  readonly conflicts: {
    readonly groups: number;
    readonly images: number;
    readonly list: readonly Conflict[];
  };
  /** Images of one gray value, and how many of those are black. */
  readonly blank: Readonly<Record<SplitName, number>>;
  readonly black: Readonly<Record<SplitName, number>>;
  /** Images that are not blank but nearly; see {@linkcode NEAR_BLANK_DEVIATION}. */
  readonly nearBlank: Readonly<Record<SplitName, number>>;
  readonly nearBlankIds: readonly string[];
  /** The lowest standard deviation of an image that is not blank; 0 where all are. */
  readonly lowestDeviation: number;
  readonly skipped: readonly BadImage[];
}

/** Copies of one image with different labels. */
export interface Conflict {
  readonly id: string;
  readonly members: readonly { readonly split: SplitName; readonly label: string }[];
}

/**
 * Audits a data set; takes about a second on FER2013.
 *
 * @param dataset Any data set.
 * @returns Facts only: a function of the data set, without time, host or path.
 */
export function auditDataset(dataset: Dataset): Audit {
  const { splits, classes } = dataset;
  const groups = new Map<string, { split: SplitName; label: string }[]>();
  for (const split of SPLITS) {
    const { ids, labels } = splits[split];
    ids.forEach((id, i) => {
      const member = { split, label: classes[labels[i]!]! };
      const group = groups.get(id);
      if (group) group.push(member);
      else groups.set(id, [member]);
    });
  }
  const images = SPLITS.reduce((sum, split) => sum + splits[split].length, 0);
  const list = [...groups]
    .filter(([, members]) => members.some((member) => member.label !== members[0]!.label))
    .map(([id, members]) => ({ id, members }))
    .sort((a, b) => a.id < b.id ? -1 : 1);
  const ids = perSplit((split) => new Set(splits[split].ids));
  const inside = (split: SplitName, ...others: SplitName[]) =>
    splits[split].ids.filter((id) => others.some((other) => ids[other].has(id))).length;
  const contrast = perSplit((split) => contrasts(splits[split], dataset));
  const count = (test: (contrast: Contrast) => boolean) =>
    perSplit((split) => contrast[split].filter(test).length);
  const isBlank = ({ deviation }: Contrast) => deviation === 0;
  const isNearBlank = ({ deviation }: Contrast) =>
    deviation > 0 && deviation < NEAR_BLANK_DEVIATION;
  return {
    kind: "fer-lab/audit",
    version: 1,
    name: dataset.name,
    synthetic: dataset.synthetic,
    description: dataset.description,
    digest: dataset.digest,
    split: dataset.split,
    counts: perSplit((split) => classCounts(splits[split].labels, classes)),
    images,
    distinct: groups.size,
    redundant: images - groups.size,
    redundantWithin: perSplit((split) => splits[split].length - ids[split].size),
    copies: {
      privateTestInTraining: inside("PrivateTest", "Training"),
      privateTestInPublicTest: inside("PrivateTest", "PublicTest"),
      privateTestInEither: inside("PrivateTest", "Training", "PublicTest"),
      publicTestInTraining: inside("PublicTest", "Training"),
      trainingInOthers: inside("Training", "PublicTest", "PrivateTest"),
    },
    cleanPrivateTest: cleanTestIndices(dataset).length,
    conflicts: {
      groups: list.length,
      images: list.reduce((sum, { members }) => sum + members.length, 0),
      list,
    },
    blank: count(isBlank),
    black: count((contrast) => isBlank(contrast) && contrast.mean === 0),
    nearBlank: count(isNearBlank),
    nearBlankIds: SPLITS.flatMap((split) =>
      splits[split].ids.filter((_, i) => contrast[split][i] && isNearBlank(contrast[split][i]!))
    ),
    lowestDeviation: lowestAboveZero(contrast),
    skipped: dataset.skipped,
  };
}

/** How many samples of each class there are among labels. */
export function classCounts(labels: Uint8Array, classes: readonly string[]): ClassCounts {
  const counts = labelCounts(labels, classes);
  return Object.fromEntries(classes.map((name, i) => [name, counts[i]!]));
}

/** How many samples of each class there are among labels, by label number. */
export function labelCounts(labels: Uint8Array, classes: readonly string[]): number[] {
  const counts = classes.map(() => 0);
  for (const label of labels) counts[label]!++;
  return counts;
}

/**
 * The PrivateTest images with no copy in Training or PublicTest: what a model cannot have seen.
 *
 * @returns Indices into PrivateTest, ascending.
 */
export function cleanTestIndices(dataset: Dataset): Uint32Array {
  if (dataset.folds) {
    const clean = new Set(dataset.folds.flatMap((fold) => {
      const { ids } = fold.splits.PrivateTest;
      return Array.from(cleanTestIndices(fold), (i) => ids[i]!);
    }));
    const { ids } = dataset.splits.PrivateTest;
    return Uint32Array.from(ids.keys().filter((i) => clean.has(ids[i]!)));
  }
  return indicesWithout(dataset, "PrivateTest", ["Training", "PublicTest"]);
}

/**
 * The Training images with no copy in PublicTest or PrivateTest: what `dedupe` trains on. Copies
 * within Training stay.
 *
 * @returns Indices into Training, ascending.
 */
export function trainingWithoutCopies(dataset: Dataset): Uint32Array {
  return indicesWithout(dataset, "Training", ["PublicTest", "PrivateTest"]);
}

function indicesWithout(
  { splits }: Dataset,
  split: SplitName,
  others: readonly SplitName[],
): Uint32Array {
  const seen = new Set(others.flatMap((other) => splits[other].ids));
  const kept: number[] = [];
  splits[split].ids.forEach((id, i) => {
    if (!seen.has(id)) kept.push(i);
  });
  return Uint32Array.from(kept);
}

/** Mean and standard deviation of an image's gray values. */
interface Contrast {
  readonly mean: number;
  readonly deviation: number;
}

/** Of every image; nothing where the samples are no gray images. */
function contrasts({ samples, length }: Split, { sample }: DataForm): Contrast[] {
  if (!grayImageSize(sample)) return [];
  const size = sampleSize(sample);
  return Array.from({ length }, (_, i) => {
    let sum = 0;
    let squares = 0;
    const end = (i + 1) * size;
    for (let at = i * size; at < end; at++) {
      const value = samples[at]!;
      sum += value;
      squares += value * value;
    }
    // Whole numbers until the division, so that a blank image has exactly 0.
    const variance = (squares * size - sum * sum) / size ** 2;
    return { mean: sum / size, deviation: Math.sqrt(variance) };
  });
}

function lowestAboveZero(contrast: Readonly<Record<SplitName, readonly Contrast[]>>): number {
  let lowest = Infinity;
  for (const split of SPLITS) {
    for (const { deviation } of contrast[split]) {
      if (deviation > 0 && deviation < lowest) lowest = deviation;
    }
  }
  return lowest === Infinity ? 0 : lowest;
}
