import { deepStrictEqual, notDeepStrictEqual, ok, throws } from "node:assert/strict";
import fc from "fast-check";
import { randomKey, randomStream, shuffle, Xoshiro128 } from "./seed.ts";

const draw = (count: number, next: () => number) => Array.from({ length: count }, next);

Deno.test("Xoshiro128 gives the published values of xoshiro128** 1.1", () => {
  // From the state 1, 2, 3, 4; the authors' C code and Rust's rand_xoshiro give the same.
  const stream = new Xoshiro128([1, 2, 3, 4]);
  deepStrictEqual(draw(10, () => stream.uint32()), [
    11520,
    0,
    5927040,
    70819200,
    2031721883,
    1637235492,
    1287239034,
    3734860849,
    3729100597,
    4258142804,
  ]);
});

Deno.test("randomStream() gives the same numbers for the same seed and name only", () => {
  const first = (seed: number, ...name: (string | number)[]) => {
    const stream = randomStream(seed, ...name);
    return draw(4, () => stream.uint32());
  };
  deepStrictEqual(first(1, "order", 3), first(1, "order", 3));
  // Names that run into one another when simply joined.
  const all = [
    first(0),
    first(1),
    first(-1),
    first(0, "a"),
    first(0, "a", ""),
    first(0, "", "a"),
    first(0, "a", 1),
    first(0, "a", "1"),
    first(0, "a1"),
    first(0, "a,1"),
    first(0, 'a","1'),
    first(1, 0),
    first(10),
  ];
  all.forEach((one, i) => all.slice(0, i).forEach((other) => notDeepStrictEqual(one, other)));
});

Deno.test("randomStream() takes seed 0 as a seed like any other", () => {
  const [a, b] = [randomStream(0, "weights"), randomStream(0, "weights")];
  deepStrictEqual(draw(8, () => a.normal()), draw(8, () => b.normal()));
});

Deno.test("randomStream() refuses a seed that is no whole number", () => {
  for (const seed of [0.5, NaN, Infinity, 2 ** 53]) throws(() => randomStream(seed), RangeError);
});

Deno.test("randomKey() gives two int32", () => {
  fc.assert(fc.property(fc.maxSafeInteger(), fc.string(), (seed, name) => {
    const key = randomKey(seed, name);
    deepStrictEqual(key, [...Int32Array.from(key)]);
    deepStrictEqual(key, randomKey(seed, name));
  }));
});

Deno.test("uniform() fills [0, 1) evenly", () => {
  const stream = randomStream(7, "uniform");
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) {
    const value = stream.uniform();
    ok(value >= 0 && value < 1);
    bins[Math.floor(value * 10)]!++;
  }
  ok(chiSquare(bins) < CHI_SQUARE_9);
});

Deno.test("normal() has mean 0, deviation 1 and the tails of the normal distribution", () => {
  const stream = randomStream(7, "normal");
  const count = 20_000;
  const values = draw(count, () => stream.normal());
  const mean = values.reduce((sum, x) => sum + x, 0) / count;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / count;
  const outside = values.filter((x) => Math.abs(x) > 1.959964).length / count;
  // Four standard errors each.
  ok(Math.abs(mean) < 4 / Math.sqrt(count));
  ok(Math.abs(variance - 1) < 4 * Math.sqrt(2 / count));
  ok(Math.abs(outside - 0.05) < 4 * Math.sqrt(0.05 * 0.95 / count));
});

Deno.test("integer() stays in its range, each number equally likely", () => {
  fc.assert(fc.property(fc.integer(), fc.integer({ min: 1, max: 2 ** 32 }), (low, range) => {
    const value = randomStream(1, low, range).integer(low, low + range);
    ok(Number.isInteger(value) && value >= low && value < low + range);
  }));
  const stream = randomStream(7, "integer");
  const bins = new Array<number>(10).fill(0);
  for (let i = 0; i < 20_000; i++) bins[stream.integer(-3, 7) + 3]!++;
  ok(chiSquare(bins) < CHI_SQUARE_9);
});

Deno.test("integer() is not biased where the range does not divide 2^32", () => {
  // With a simple remainder, the lower half of this range would be drawn twice as often.
  const stream = randomStream(7, "bias");
  const range = 3 * 2 ** 30;
  const low = draw(6_000, () => stream.integer(0, range)).filter((x) => x < 2 ** 30).length;
  ok(Math.abs(low / 6_000 - 1 / 3) < 4 * Math.sqrt(2 / 9 / 6_000));
});

Deno.test("integers() gives what as many calls of integer() give, and goes on from there", () => {
  // The largest ranges are those where much is drawn again.
  const range = fc.oneof(
    fc.integer({ min: 1, max: 10_000 }),
    fc.integer({ min: 2 ** 30, max: 2 ** 32 - 1 }),
  );
  fc.assert(fc.property(range, fc.nat({ max: 50 }), fc.nat(), (range, length, seed) => {
    const [one, many] = [randomStream(seed, "integers"), randomStream(seed, "integers")];
    const into = new Uint32Array(length);
    many.integers(into, range);
    deepStrictEqual([...into], draw(length, () => one.integer(0, range)));
    deepStrictEqual(many.uint32(), one.uint32());
  }));
});

Deno.test("integers() refuses what is no range, where there is anything to draw", () => {
  const stream = randomStream(1);
  for (const high of [0, -1, 0.5, 2 ** 32, NaN]) {
    throws(() => stream.integers(new Uint32Array(1), high), RangeError);
  }
  stream.integers(new Uint32Array(0), 0);
});

Deno.test("integer() refuses what is no range", () => {
  const stream = randomStream(1);
  for (const [low, high] of [[0, 0], [1, 0], [0, 0.5], [0, 2 ** 32 + 1], [0, NaN]] as const) {
    throws(() => stream.integer(low, high), RangeError);
  }
});

Deno.test("shuffle() keeps all values", () => {
  fc.assert(fc.property(fc.array(fc.nat()), fc.nat(), (values, seed) => {
    const shuffled = shuffle([...values], randomStream(seed, "order"));
    deepStrictEqual(shuffled.sort((a, b) => a - b), values.sort((a, b) => a - b));
  }));
});

Deno.test("shuffle() brings about every order equally often", () => {
  const stream = randomStream(7, "shuffle");
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = shuffle([0, 1, 2, 3], stream).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  deepStrictEqual(counts.size, 24);
  ok(chiSquare([...counts.values()]) < CHI_SQUARE_23);
});

/** The 99.9 % points of chi square with 9 and 23 degrees of freedom. */
const CHI_SQUARE_9 = 27.88;
const CHI_SQUARE_23 = 49.73;

/** Pearson's statistic against equal counts. */
function chiSquare(counts: readonly number[]): number {
  const expected = counts.reduce((sum, count) => sum + count, 0) / counts.length;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}
