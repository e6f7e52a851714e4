/**
 * How the values of weights and of their gradients are spread, epoch by epoch. Loads no TensorFlow.
 *
 * @module
 */

/** As many bins as TensorBoard's own histograms have. */
export const BINS = 30;

/** Counts of values in bins of equal width, from the least value to the greatest. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  /** {@linkcode BINS} bins; one where all values are equal, none where there is no finite value. */
  readonly counts: readonly number[];
  /** Values that are NaN or infinite, which are in no bin; left out where there are none. */
  readonly notFinite?: number;
}

/** The histograms of an epoch, each by its weight's name, such as `conv1/kernel`. */
export interface EpochHistograms {
  /** From 1. */
  readonly epoch: number;
  /** Of all weights, as they were at the epoch's end. */
  readonly weights: Readonly<Record<string, Histogram>>;
  /** Of what is trained; see `Engine.gradients`. */
  readonly gradients: Readonly<Record<string, Histogram>>;
}

/** The histogram of values. A value on the border of two bins is in the upper one, the greatest in the last. */
export function histogramOf(values: Float32Array): Histogram {
  let [min, max, finite] = [Infinity, -Infinity, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    finite++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  const rest = finite < values.length ? { notFinite: values.length - finite } : {};
  if (finite === 0) return { min: 0, max: 0, counts: [], ...rest };
  if (min === max) return { min, max, counts: [finite], ...rest };
  const counts = new Array<number>(BINS).fill(0);
  const scale = BINS / (max - min);
  for (const value of values) {
    if (Number.isFinite(value)) counts[Math.min(BINS - 1, Math.floor((value - min) * scale))]!++;
  }
  return { min, max, counts, ...rest };
}

/** Whether a value from a file can be an epoch's histograms. */
export function isEpochHistograms(json: unknown): json is EpochHistograms {
  if (typeof json !== "object" || json === null) return false;
  const { epoch, weights, gradients } = json as Partial<EpochHistograms>;
  return isCount(epoch) && epoch > 0 && [weights, gradients].every(areHistograms);
}

function areHistograms(json: unknown): boolean {
  return typeof json === "object" && json !== null && Object.values(json).every(isHistogram);
}

function isHistogram(json: unknown): boolean {
  const { min, max, counts, notFinite = 0 } = (json ?? {}) as Partial<Histogram>;
  return Number.isFinite(min) && Number.isFinite(max) && min! <= max! && isCount(notFinite) &&
    Array.isArray(counts) && counts.every(isCount) &&
    (counts.length === BINS ? min! < max! : min === max && counts.length <= 1);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
