/**
 * Cases for the tests, made by rules simple enough to be made again in Python, where scikit-learn,
 * scipy and statsmodels computed the expected numbers.
 *
 * @module
 */

import { CLASS_COUNT } from "../emotion.ts";

/** Lehmer's generator (Park and Miller 1988): s = 16807 s mod (2^31 - 1); gives s / (2^31 - 1). */
export function lehmer(seed: number): () => number {
  let state = seed;
  return () => (state = state * 16807 % 2147483647) / 2147483647;
}

/** 200 labels, about two thirds of them predicted right. */
export function labelsAndPredictions(): { labels: Uint8Array; predicted: Uint8Array } {
  const next = lehmer(1);
  const label = () => Math.floor(next() * CLASS_COUNT);
  const labels = Uint8Array.from({ length: 200 }, label);
  return { labels, predicted: labels.map((truth) => next() < 0.6 ? truth : label()) };
}

/** Probabilities of 20 images whose labels go round the classes. */
export function labelsAndProbabilities(): { labels: Uint8Array; probabilities: Float64Array } {
  const next = lehmer(2);
  const probabilities = new Float64Array(20 * CLASS_COUNT).map(() => next());
  for (let i = 0; i < 20; i++) {
    const row = probabilities.subarray(i * CLASS_COUNT, (i + 1) * CLASS_COUNT);
    const sum = row.reduce((total, value) => total + value, 0);
    row.forEach((value, c) => row[c] = value / sum);
  }
  return { labels: Uint8Array.from({ length: 20 }, (_, i) => i % CLASS_COUNT), probabilities };
}

/** Three seeds of a baseline and of a variant a little better than it, on 400 images. */
export function pairedRuns() {
  const next = lehmer(3);
  const labels = new Uint8Array(400).map(() => Math.floor(next() * CLASS_COUNT));
  const difficulty = new Float64Array(400).map(() => next());
  const run = (seed: number, skill: number) => ({
    seed,
    labels,
    predicted: labels.map((label, i) =>
      difficulty[i]! * 0.6 + next() * 0.4 < skill ? label : (label + 1) % CLASS_COUNT
    ),
  });
  const pairs = [1, 2, 3].map((seed) => ({ baseline: run(seed, 0.55), variant: run(seed, 0.57) }));
  return {
    baseline: pairs.map((pair) => pair.baseline),
    variant: pairs.map((pair) => pair.variant),
    seed: 1,
  };
}

/** Fails unless numbers agree to `tolerance`, relative to the larger of 1 and their size. */
export function assertClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance = 1e-12,
): void {
  const fits = actual.length === expected.length &&
    actual.every((value, i) =>
      Math.abs(value - expected[i]!) <= tolerance * Math.max(1, Math.abs(value))
    );
  if (!fits) throw new Error(`Not close: [${actual.join(", ")}] and [${expected.join(", ")}]`);
}
