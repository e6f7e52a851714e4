/**
 * What a network says of the images of PublicTest and PrivateTest, as one CSV file: numbers, from which
 * experiments go on that ask what another signal adds to them, and that need no images.
 *
 * A network is fitted on Training, so that there it says more than of images that it has not seen: what
 * goes on from it is fitted on PublicTest. {@linkcode divideScored} divides that into images to be fitted
 * on and images to choose on.
 *
 * @module
 */

import { readCsv } from "../csv.ts";
import { UserError } from "../error.ts";
import { randomStream, shuffle } from "../seed.ts";
import { stringifyCsv } from "../std/csv.ts";
import { perSplit, type SplitName } from "./dataset.ts";

/** The splits that a network is not fitted on. */
export const SCORED_SPLITS = ["PublicTest", "PrivateTest"] as const;

/** An image with what a network says of it. */
export interface ScoredImage {
  readonly split: typeof SCORED_SPLITS[number];
  /** Its id in the data set: equal for equal pixels. */
  readonly image: string;
  /** Label number. */
  readonly label: number;
  /** Of each class; shape [classes]. They add up to 1, but for rounding. */
  readonly probabilities: readonly number[];
}

/** Scored images with the classes that they are scored for. */
export interface ScoredImages {
  /** Index = label number. */
  readonly classes: readonly string[];
  readonly images: readonly ScoredImage[];
}

const HEAD = ["split", "image", "label"] as const;
const PREFIX = "p_";

/** Probabilities of six significant digits add up to 1 to better than this. */
const TOLERANCE = 1e-3;

/** The first characters of the file's first row. */
export const SCORED_IMAGES_START: string = `${HEAD.join()},${PREFIX}`;

/** Writes scored images as CSV: classes by name, probabilities as they are. */
export function formatScoredImages({ classes, images }: ScoredImages): string {
  return stringifyCsv([
    [...HEAD, ...classes.map((name) => `${PREFIX}${name}`)],
    ...images.map(({ split, image, label, probabilities }) => [
      split,
      image,
      classes[label]!,
      ...probabilities.map(String),
    ]),
  ]);
}

/**
 * Reads what {@linkcode formatScoredImages} writes.
 *
 * @param file Its name, for messages.
 * @throws {UserError} Names the file and the row.
 */
export function parseScoredImages(text: string, file: string): ScoredImages {
  const [columns = [], ...rows] = readCsv(text, file);
  const named = columns.slice(HEAD.length);
  const isTable = String(columns.slice(0, HEAD.length)) === String(HEAD) && named.length > 1 &&
    named.every((name) => name.startsWith(PREFIX) && name !== PREFIX);
  if (!isTable) {
    throw new UserError(
      `${file}, row 1: Has not the columns ${HEAD.join(", ")} and ${PREFIX}<class> of each class`,
    );
  }
  const classes = named.map((name) => name.slice(PREFIX.length));
  return { classes, images: rows.map((row, i) => parseRow(row, classes, `${file}, row ${i + 2}`)) };
}

function parseRow(row: readonly string[], classes: readonly string[], where: string): ScoredImage {
  const [split, image = "", name = "", ...numbers] = row;
  if (numbers.length !== classes.length) {
    throw new UserError(
      `${where}: Has ${row.length} columns, not ${HEAD.length + classes.length}`,
    );
  }
  const found = SCORED_SPLITS.find((each) => each === split);
  if (!found) throw new UserError(`${where}: "${split}" is none of ${SCORED_SPLITS.join(", ")}`);
  if (image === "") throw new UserError(`${where}: The image has no name`);
  const label = classes.indexOf(name);
  if (label < 0) throw new UserError(`${where}: "${name}" is none of ${classes.join(", ")}`);
  return { split: found, image, label, probabilities: readProbabilities(numbers, where) };
}

/**
 * Reads what a network says of an image, a field for each class.
 *
 * @param where The file and the row, for messages.
 * @throws {UserError} Where the fields are no numbers from 0 to 1 that add up to 1.
 */
export function readProbabilities(fields: readonly string[], where: string): number[] {
  const probabilities = fields.map(readNumber);
  const sum = probabilities.reduce((total, p) => total + p, 0);
  if (!probabilities.every((p) => p >= 0 && p <= 1) || Math.abs(sum - 1) > TOLERANCE) {
    throw new UserError(
      `${where}: ${fields.join(", ")} are no probabilities of ${fields.length} classes`,
    );
  }
  return probabilities;
}

/** The number that a field holds; NaN for a blank one, which `Number` takes for 0. */
export function readNumber(field: string): number {
  return field.trim() === "" ? NaN : Number(field);
}

/**
 * Divides scored images for something that goes on from the network: it is fitted on four fifths of
 * PublicTest's, chosen on the last fifth, and scored on PrivateTest's. Images that are in PrivateTest,
 * too, are left out of the others; equal ones in PublicTest stay together.
 *
 * @param images In an order that depends on nothing but the images.
 * @returns By the splits that they are used as, each in the order of the images.
 */
export function divideScored(
  images: readonly ScoredImage[],
): Record<SplitName, readonly ScoredImage[]> {
  const tested = images.filter(({ split }) => split === "PrivateTest");
  const kept = new Set(tested.map(({ image }) => image));
  const others = images.filter(({ split, image }) => split === "PublicTest" && !kept.has(image));
  const labelOf = new Map<string, number>();
  for (const { image, label } of others) if (!labelOf.has(image)) labelOf.set(image, label);
  const chosen = new Set<string>();
  for (const label of new Set(labelOf.values())) {
    const own = [...labelOf.keys()].filter((image) => labelOf.get(image) === label);
    shuffle(own, randomStream(0, "fifth", label));
    for (const image of own.slice(0, Math.round(own.length / 5))) chosen.add(image);
  }
  const isUsed = {
    Training: () => others.filter(({ image }) => !chosen.has(image)),
    PublicTest: () => others.filter(({ image }) => chosen.has(image)),
    PrivateTest: () => tested,
  };
  return perSplit((name) => isUsed[name]());
}
