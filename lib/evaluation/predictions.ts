/**
 * A run's predictions, sample by sample, as a CSV file: from it every score can be computed again.
 *
 * @module
 */

import { readCsv } from "../csv.ts";
import { UserError } from "../error.ts";
import { stringifyCsv } from "../std/csv.ts";

/** What a model says of each of n samples. */
export interface Predictions {
  /** The classes' names, index = label number. */
  readonly classes: readonly string[];
  /** The samples' names (a data set's `ids`), shape [n]; `images` from when there were no others. */
  readonly images: readonly string[];
  /** Whose each sample is, where that is known; shape [n]. */
  readonly groups?: readonly string[] | undefined;
  /** True label numbers, shape [n]. */
  readonly labels: Uint8Array;
  /** Predicted label numbers, shape [n]. */
  readonly predicted: Uint8Array;
  /** Probability of each class for each sample, shape [n, classes], row by row. */
  readonly probabilities: ArrayLike<number>;
}

/**
 * The file's columns: `image` is the name of a sample, whatever it is; `group` is there where it is
 * known whose a sample is.
 */
export function predictionColumns(
  classes: readonly string[],
  { grouped = false }: { readonly grouped?: boolean } = {},
): string[] {
  return [
    "image",
    ...grouped ? ["group"] : [],
    "label",
    "predicted",
    ...classes.map((name) => `p_${name}`),
  ];
}

/** Digits of a probability that the file keeps. */
const DIGITS = 6;

/** Up to 256 probabilities of six significant digits add up to 1 to better than this. */
const TOLERANCE = 1e-3;

/**
 * The probabilities as the file holds them, to six significant digits. Scores computed from these,
 * and not from the model's own, can be recomputed from the file exactly.
 *
 * @param probabilities Of any shape.
 */
export function roundProbabilities(probabilities: ArrayLike<number>): Float64Array {
  return Float64Array.from(probabilities, (value) => Number(value.toPrecision(DIGITS)));
}

/**
 * Writes predictions as CSV: classes by name, probabilities in the shortest form that keeps six
 * significant digits.
 *
 * @param predictions Of n samples.
 * @throws {RangeError} Where the lengths do not fit.
 */
export function formatPredictions(predictions: Predictions): string {
  const { classes, images, groups, labels, predicted } = predictions;
  const probabilities = roundProbabilities(predictions.probabilities);
  const fits = labels.length === images.length && predicted.length === images.length &&
    probabilities.length === images.length * classes.length;
  if (!fits) {
    throw new RangeError(
      `${images.length} samples, ${labels.length} labels, ${predicted.length} predictions and ` +
        `${probabilities.length} probabilities do not belong together`,
    );
  }
  return stringifyCsv([
    predictionColumns(classes, { grouped: groups !== undefined }),
    ...images.map((image, i) => [
      image,
      ...groups ? [groups[i]!] : [],
      classes[labels[i]!]!,
      classes[predicted[i]!]!,
      ...Array.from(
        probabilities.subarray(i * classes.length, (i + 1) * classes.length),
        String,
      ),
    ]),
  ]);
}

/**
 * Reads a predictions file. The predicted class is the one written, also where another has a higher
 * probability.
 *
 * @param text The whole file.
 * @param classes The classes' names, as the record has them.
 * @param options `file`: its name for messages (default `predictions.csv`).
 * @throws {UserError} For anything the file may not hold; names the file and the row.
 */
export function parsePredictions(
  text: string,
  classes: readonly string[],
  options: { readonly file?: string } = {},
): Predictions & { readonly probabilities: Float64Array } {
  const file = options.file ?? "predictions.csv";
  const grouped = text.startsWith("image,group,");
  const columns = predictionColumns(classes, { grouped });
  const rows = readCsv(text, file, {
    columns,
    remedy: "run the experiment again to write it anew",
  });
  const numbers = new Map(classes.map((name, number) => [name, number]));
  const images: string[] = [];
  const groups: string[] = [];
  const labels = new Uint8Array(rows.length);
  const predicted = new Uint8Array(rows.length);
  const probabilities = new Float64Array(rows.length * classes.length);
  rows.forEach((fields, i) => {
    const refuse = (what: string): never => {
      // The first row holds the names of the columns.
      throw new UserError(
        `${file}, row ${i + 2}: ${what}; run the experiment again to write it anew`,
      );
    };
    const [image, ...rest] = fields as [string, ...string[]];
    if (grouped) groups.push(rest.shift() || refuse("the group has no name"));
    const [label, prediction, ...shares] = rest as [string, string, ...string[]];
    if (image === "") refuse("the image has no name");
    images.push(image);
    labels[i] = numbers.get(label) ?? refuse(`"${label}" is not a class (label)`);
    predicted[i] = numbers.get(prediction) ??
      refuse(`"${prediction}" is not a class (predicted)`);
    let sum = 0;
    shares.forEach((share, c) => {
      const value = share.trim() === "" ? NaN : Number(share);
      if (!(value >= 0 && value <= 1)) {
        refuse(`"${share}" is not a probability (p_${classes[c]})`);
      }
      probabilities[i * classes.length + c] = value;
      sum += value;
    });
    if (Math.abs(sum - 1) > TOLERANCE) {
      refuse(`the probabilities add up to ${Number(sum.toPrecision(DIGITS))}, not to 1`);
    }
  });
  return {
    classes,
    images,
    ...grouped ? { groups } : {},
    ...{ labels, predicted, probabilities },
  };
}
