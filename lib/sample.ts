/**
 * What a sample is: an image, or any other block of numbers that a network takes.
 *
 * @module
 */

/** The values of samples, one sample after the other, each row by row. */
export type SampleValues = Uint8Array | Float32Array;

/** A named part of a vector: what one sense or sensor says of the sample. */
export interface Modality {
  readonly name: string;
  /** How many of the vector's values are its own; they follow each other. */
  readonly length: number;
  /**
   * `votes` for the classes, in their order, not negative; `probabilities` of them, likewise; or
   * `features` of any meaning. All 0 where it is missing.
   */
  readonly type: "votes" | "probabilities" | "features";
}

/**
 * The channel that `syntheticBits` puts beside the modalities of any data: made by a program, and named so
 * wherever it is named. What its features are, `training/synthetic_physiology.ts` says.
 */
export const SYNTHETIC_PHYSIOLOGY: Modality = {
  name: "synthetic-physiology",
  length: 4,
  type: "features",
};

/** How the samples of a data set are stored, and what makes a network's input of them. */
export interface SampleForm {
  /** Of one sample: `[48, 48, 1]` (height, width, channels), or `[12]` for a vector. */
  readonly shape: readonly number[];
  /** Of one value. */
  readonly type: "uint8" | "float32";
  /** A network's input is the value divided by this: 255 for gray values. */
  readonly divisor: number;
  /** The parts of a vector that has some, in order; together they are all of it. */
  readonly modalities?: readonly Modality[];
}

/** Sides of an image in pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** How many values a sample has. */
export function sampleSize({ shape }: Pick<SampleForm, "shape">): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** An array for the values of so many samples. */
export function sampleValues(form: SampleForm, count: number): SampleValues {
  const length = count * sampleSize(form);
  return form.type === "uint8" ? new Uint8Array(length) : new Float32Array(length);
}

/**
 * Writes samples as a network takes them.
 *
 * @param values Of all samples.
 * @param places Which of them, in order.
 * @param form The samples' form.
 * @param inputs Where they go, from its beginning: float32, at least `places.length` samples.
 */
export function writeInputs(
  values: SampleValues,
  places: ArrayLike<number>,
  form: SampleForm,
  inputs: Float32Array,
): void {
  const size = sampleSize(form);
  const { divisor } = form;
  for (let i = 0, to = 0; i < places.length; i++) {
    const from = places[i]! * size;
    for (let v = 0; v < size; v++) inputs[to++] = values[from + v]! / divisor;
  }
}

/** The rows of a matrix at some places. */
export function selectRows<Values extends Float32Array | Float64Array | Uint8Array>(
  values: Values,
  places: Uint32Array,
  columns: number,
): Values {
  const { constructor } = values;
  const chosen = new (constructor as new (length: number) => Values)(places.length * columns);
  places.forEach((from, to) =>
    chosen.set(values.subarray(from * columns, (from + 1) * columns), to * columns)
  );
  return chosen;
}

/** The size of samples that are gray images of bytes: those can be augmented and drawn. */
export function grayImageSize({ shape, type }: SampleForm): ImageSize | undefined {
  const [height, width, channels] = shape;
  return type === "uint8" && shape.length === 3 && channels === 1 && height! > 1 && width! > 1
    ? { width: width!, height: height! }
    : undefined;
}

/** What samples are, in words: `48x48 gray images`, `vectors of 12 numbers`. */
export function sampleText({ shape }: Pick<SampleForm, "shape">): string {
  if (shape.length === 1) return `vectors of ${shape[0]} numbers`;
  if (shape.length !== 3) return `blocks of ${shape.join("x")} numbers`;
  const [height, width, channels] = shape;
  return `${width}x${height} ${channels === 1 ? "gray " : ""}images` +
    (channels === 1 ? "" : ` of ${channels} channels`);
}
