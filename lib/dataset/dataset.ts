/**
 * What a data set is to the rest of the suite: three splits of labelled samples in memory, and what it
 * says of itself: its classes and the form of its samples.
 *
 * @module
 */

import type { SampleForm, SampleValues } from "../sample.ts";
import type { BadImage, ClassCounts, DatasetRecord, RecordedChoices } from "../schema/common.ts";

export type { BadImage, ClassCounts, RecordedChoices };

/**
 * The splits, by their FER2013 names: train on Training, choose on PublicTest (validation), score
 * PrivateTest (test) once.
 */
export const SPLITS = ["Training", "PublicTest", "PrivateTest"] as const;

/** One of the three splits. */
export type SplitName = typeof SPLITS[number];

/** Something for each split, made in their order. */
export function perSplit<T>(make: (split: SplitName) => T): Record<SplitName, T> {
  return Object.fromEntries(SPLITS.map((split) => [split, make(split)])) as Record<SplitName, T>;
}

/** The samples of one split with their labels. */
export interface Split {
  /** Values of the data set's form, shape [length, ...]; of FER2013 gray, 0 (black) to 255. */
  readonly samples: SampleValues;
  /** Label numbers, index into the data set's `classes`, shape [length]; what scores are against. */
  readonly labels: Uint8Array;
  /**
   * What each sample is trained towards where that is more than its label: a distribution over the
   * classes, shape [length, classes], of which the label is the most probable.
   */
  readonly targets?: Float32Array;
  /**
   * What each sample is called in reports: the first 16 hex digits of the SHA-256 of its values' bytes,
   * so that it does not depend on the container (CSV, folder or zip) the sample came from.
   */
  readonly ids: readonly string[];
  /** Whose each sample is, such as its actor, where it is known; shape [length]. */
  readonly groups?: readonly string[];
  /** How many samples. */
  readonly length: number;
}

/** The samples of PrivateTest as they would be under other circumstances, with the same labels. */
export interface TestCondition {
  /** Such as `no voice`. */
  readonly name: string;
  /** Of the data set's form, in the order of PrivateTest. */
  readonly samples: SampleValues;
}

/** What a data set says of its classes and samples. */
export interface DataForm {
  /** The classes' names, index = label number; FER2013's first and in its order (`orderClasses`). */
  readonly classes: readonly string[];
  /** What each sample is. */
  readonly sample: SampleForm;
}

/** A loaded data set. */
export interface Dataset extends DataForm {
  /** `fer2013` for the real one (recognised by its pixels), `synthetic`, or the source's name. */
  readonly name: string;
  /** True for generated data: every report and figure must then say "synthetic". */
  readonly synthetic: boolean;
  /** One sentence for the report on what this is and where the splits come from. */
  readonly description: string;
  /** What is to be known before any number; reports begin with it. Its first sentence is their title. */
  readonly caveat?: string;
  /** SHA-256 (hex) over the three splits' samples and labels in canonical order; the same for every container. */
  readonly digest: string;
  /**
   * How the splits were made: FER2013's official ones, the data's own (folders that somebody divided,
   * a Usage column), a seeded stratified tenth of Training as PublicTest, or all three drawn by
   * `--split`.
   */
  readonly split: DatasetRecord["split"];
  readonly splits: Readonly<Record<SplitName, Split>>;
  /**
   * How the targets of Training are used, where it has any: as they are, or a label drawn from them
   * anew at every epoch.
   */
  readonly targets?: DatasetRecord["targets"];
  /** What was chosen of the data: for records, and to load the same again. */
  readonly choices?: RecordedChoices;
  /** What networks are scored under besides, once, at the end. */
  readonly conditions?: readonly TestCondition[];
  /** What `groups` of the splits are, such as `actors`: intervals and tests are then over these. */
  readonly groupName?: string;
  /**
   * For cross-validation: data sets whose PrivateTests together are this one's, which has all samples in
   * every split. A run trains a network on each.
   */
  readonly folds?: readonly Dataset[];
  /** What was skipped under `--skip-bad`. */
  readonly skipped: readonly BadImage[];
  /** What else to know of how it was read, such as files that were passed over; one line each. */
  readonly notes?: readonly string[];
}
