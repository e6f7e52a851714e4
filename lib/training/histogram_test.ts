import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { BINS, type Histogram, histogramOf, isEpochHistograms } from "./histogram.ts";

const FLOATS = fc.float32Array({ maxLength: 200 });

Deno.test("A histogram counts every value once, in bins of equal width from the least to the greatest", () => {
  const values = Float32Array.from({ length: 301 }, (_, i) => i / 10);
  const { min, max, counts, ...rest } = histogramOf(values);
  deepStrictEqual([min, max, rest], [0, 30, {}]);
  deepStrictEqual(counts, [...new Array(BINS - 1).fill(10), 11]);
});

Deno.test("A histogram of equal values has one bin, of none no bin, and what is not finite in no bin", () => {
  deepStrictEqual(histogramOf(Float32Array.of(2, 2, 2)), { min: 2, max: 2, counts: [3] });
  deepStrictEqual(histogramOf(new Float32Array()), { min: 0, max: 0, counts: [] });
  deepStrictEqual(histogramOf(Float32Array.of(NaN, 1, -Infinity)), {
    ...{ min: 1, max: 1, counts: [1], notFinite: 2 },
  });
});

Deno.test("A histogram of any values holds them all, and comes back from JSON", () => {
  fc.assert(fc.property(FLOATS, (values) => {
    const histogram = histogramOf(values);
    const sum = histogram.counts.reduce((a, b) => a + b, 0);
    strictEqual(sum + (histogram.notFinite ?? 0), values.length);
    const epoch = { epoch: 1, weights: { "conv1/kernel": histogram }, gradients: {} };
    const read = JSON.parse(JSON.stringify(epoch));
    ok(isEpochHistograms(read));
    // JSON has no -0.
    strictEqual(Math.abs(read.weights["conv1/kernel"]!.min + 0), Math.abs(histogram.min));
    deepStrictEqual(read.weights["conv1/kernel"]!.counts, histogram.counts);
  }));
});

Deno.test("What is no epoch's histograms is known", () => {
  const whole: Histogram = { min: 0, max: 1, counts: new Array(BINS).fill(1) };
  const withHistogram = (changes: object) => ({
    ...{ epoch: 1, weights: {}, gradients: { a: { ...whole, ...changes } } },
  });
  ok(isEpochHistograms(withHistogram({})));
  for (
    const changes of [
      ...[{ min: null }, { max: -1 }, { counts: [1, 2] }, { counts: [] }, { notFinite: -1 }],
      ...[{ counts: new Array(BINS).fill(0.5) }, { max: 0 }],
    ]
  ) ok(!isEpochHistograms(withHistogram(changes)), JSON.stringify(changes));
  for (const json of [null, 1, {}, { ...withHistogram({}), epoch: 0 }, { epoch: 1, weights: {} }]) {
    ok(!isEpochHistograms(json), JSON.stringify(json));
  }
});
