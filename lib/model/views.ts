/**
 * The views that a prediction is the mean over: parts of an image, and their mirror images.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";

/** The first row and column of what is cut out of an image. */
export type Crop = readonly [row: number, column: number];

/** What the network sees of a sample. */
export interface View {
  readonly crop: Crop;
  /** Left and right changed. */
  readonly mirrored: boolean;
}

/**
 * The parts of samples that a network sees; `[0, 0]` alone where it takes the whole of them.
 *
 * @param shape Of a sample.
 * @param input Of what the network takes.
 * @returns Nothing where it cannot see such samples.
 */
function cropsOf(
  shape: readonly number[],
  input: readonly number[],
  which: Configuration["cropPrediction"],
): readonly Crop[] | undefined {
  if (String(shape) === String(input)) return [[0, 0]];
  const [height, width, channels] = shape;
  const [rows, columns] = input;
  const fits = shape.length === 3 && input.length === 3 && channels === input[2] &&
    rows! <= height! && columns! <= width!;
  if (!fits) return undefined;
  const [below, right] = [height! - rows!, width! - columns!];
  const center: Crop = [Math.floor(below / 2), Math.floor(right / 2)];
  if (which === "center") return [center];
  return [center, [0, 0], [0, right], [below, 0], [below, right]];
}

/**
 * The views of a configuration's prediction: probabilities are the mean of theirs.
 *
 * @param shape Of a sample.
 * @param input Of what the network takes.
 * @throws {RangeError} Where it cannot see such samples.
 */
export function viewsOf(
  shape: readonly number[],
  input: readonly number[],
  { cropPrediction, mirrorPrediction }: Pick<
    Configuration,
    "cropPrediction" | "mirrorPrediction"
  >,
): View[] {
  const crops = cropsOf(shape, input, cropPrediction);
  if (!crops) throw new RangeError(`A model of [${input}] cannot predict samples of [${shape}]`);
  return crops.flatMap((crop) =>
    [false, ...mirrorPrediction ? [true] : []].map((mirrored) => ({ crop, mirrored }))
  );
}
