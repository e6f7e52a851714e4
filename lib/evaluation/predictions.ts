/**
 * A run's predictions, image by image, as a CSV file: from it every score can be computed again.
 *
 * @module
 */

import { CLASS_COUNT, EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { parseCsv, stringifyCsv } from "../std/csv.ts";

/** What a model says of each of n images. */
export interface Predictions {
  /** The images' names (a data set's `ids`), shape [n]. */
  readonly images: readonly string[];
  /** True label numbers, shape [n]. */
  readonly labels: Uint8Array;
  /** Predicted label numbers, shape [n]. */
  readonly predicted: Uint8Array;
  /** Probability of each class for each image, shape [n, 7], row by row. */
  readonly probabilities: ArrayLike<number>;
}

/** The file's columns. */
export const PREDICTION_COLUMNS: readonly string[] = [
  "image",
  "label",
  "predicted",
  ...EMOTIONS.map((emotion) => `p_${emotion}`),
];

/** Digits of a probability that the file keeps. */
const DIGITS = 6;

/** Seven probabilities of six digits add up to 1 to better than this. */
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
 * Writes predictions as CSV: emotions by name, probabilities in the shortest form that keeps six
 * significant digits.
 *
 * @param predictions Of n images.
 * @throws {RangeError} Where the lengths do not fit.
 */
export function formatPredictions(predictions: Predictions): string {
  const { images, labels, predicted } = predictions;
  const probabilities = roundProbabilities(predictions.probabilities);
  const fits = labels.length === images.length && predicted.length === images.length &&
    probabilities.length === images.length * CLASS_COUNT;
  if (!fits) {
    throw new RangeError(
      `${images.length} images, ${labels.length} labels, ${predicted.length} predictions and ` +
        `${probabilities.length} probabilities do not belong together`,
    );
  }
  return stringifyCsv([
    PREDICTION_COLUMNS,
    ...images.map((image, i) => [
      image,
      EMOTIONS[labels[i]!]!,
      EMOTIONS[predicted[i]!]!,
      ...Array.from(probabilities.subarray(i * CLASS_COUNT, (i + 1) * CLASS_COUNT), String),
    ]),
  ]);
}

/**
 * Reads a predictions file. The predicted class is the one written, also where another has a higher
 * probability.
 *
 * @param text The whole file.
 * @param options `file`: its name for messages (default `predictions.csv`).
 * @throws {UserError} For anything the file may not hold; names the file and the row.
 */
export function parsePredictions(
  text: string,
  options: { readonly file?: string } = {},
): Predictions & { readonly probabilities: Float64Array } {
  const file = options.file ?? "predictions.csv";
  const rows = readRows(text, file);
  const images: string[] = [];
  const labels = new Uint8Array(rows.length);
  const predicted = new Uint8Array(rows.length);
  const probabilities = new Float64Array(rows.length * CLASS_COUNT);
  rows.forEach((fields, i) => {
    const refuse = (what: string): never => {
      // The first row holds the names of the columns.
      throw new UserError(
        `${file}, row ${i + 2}: ${what}; run the experiment again to write it anew`,
      );
    };
    const [image, label, prediction, ...shares] = fields as [string, string, string, ...string[]];
    if (image === "") refuse("the image has no name");
    images.push(image);
    labels[i] = classNumber(label) ?? refuse(`"${label}" is not an emotion (label)`);
    predicted[i] = classNumber(prediction) ??
      refuse(`"${prediction}" is not an emotion (predicted)`);
    let sum = 0;
    shares.forEach((share, c) => {
      const value = share.trim() === "" ? NaN : Number(share);
      if (!(value >= 0 && value <= 1)) {
        refuse(`"${share}" is not a probability (${PREDICTION_COLUMNS[3 + c]})`);
      }
      probabilities[i * CLASS_COUNT + c] = value;
      sum += value;
    });
    if (Math.abs(sum - 1) > TOLERANCE) {
      refuse(`the probabilities add up to ${Number(sum.toPrecision(DIGITS))}, not to 1`);
    }
  });
  return { images, labels, predicted, probabilities };
}

function readRows(text: string, file: string): string[][] {
  try {
    return parseCsv(text, { columns: PREDICTION_COLUMNS });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new UserError(`${file}: ${error.message}; run the experiment again to write it anew`);
  }
}

function classNumber(name: string): number | undefined {
  const number = (EMOTIONS as readonly string[]).indexOf(name);
  return number === -1 ? undefined : number;
}
