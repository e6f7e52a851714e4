/**
 * What a data set is to the rest of the suite: three splits of 48x48 grayscale images in memory.
 *
 * @module
 */

import type { Emotion } from "../emotion.ts";

/**
 * The splits, by their FER2013 names: train on Training, choose on PublicTest (validation), score
 * PrivateTest (test) once.
 */
export const SPLITS = ["Training", "PublicTest", "PrivateTest"] as const;

/** One of the three splits. */
export type SplitName = typeof SPLITS[number];

/** Images of one split with their labels; image `i` is bytes `i * 2304` to `(i + 1) * 2304`. */
export interface Split {
  /** Gray values 0 (black) to 255, shape [length, 48, 48], row by row. */
  readonly images: Uint8Array;
  /** Label numbers, index into `EMOTIONS`, shape [length]. */
  readonly labels: Uint8Array;
  /**
   * What each image is called in reports: the first 16 hex digits of the SHA-256 of its 2304 pixels,
   * so that it does not depend on the container (CSV, folder or zip) the image came from.
   */
  readonly ids: readonly string[];
  /** How many images. */
  readonly length: number;
}

/** A row or file that could not be used, with the reason; kept only under `--skip-bad`. */
export interface BadImage {
  /** For example `fer2013.csv, row 17` or `train/fear/Training_3.jpg`. */
  readonly where: string;
  readonly reason: string;
}

/** A loaded data set. */
export interface Dataset {
  /** `fer2013` for the real one (recognised by its pixels), `synthetic`, or the source's name. */
  readonly name: string;
  /** True for generated faces: every report and figure must then say "synthetic". */
  readonly synthetic: boolean;
  /** One sentence for the report on what this is and where the splits come from. */
  readonly description: string;
  /** SHA-256 (hex) over the three splits' pixels and labels in canonical order; the same for every container. */
  readonly digest: string;
  /**
   * How the splits were made: FER2013's official ones, the data's own (folders that somebody divided,
   * a Usage column), a seeded stratified tenth of Training as PublicTest, or all three drawn by
   * `--split`.
   */
  readonly split: "official" | "own" | "stratified-tenth" | "drawn" | "generated";
  readonly splits: Readonly<Record<SplitName, Split>>;
  /** What was skipped under `--skip-bad`. */
  readonly skipped: readonly BadImage[];
  /** What else to know of how it was read, such as files that were passed over; one line each. */
  readonly notes?: readonly string[];
}

/** How many images of each emotion. */
export type ClassCounts = Readonly<Record<Emotion, number>>;
