import assert from "node:assert/strict";
import { randomStream } from "../seed.ts";
import { comparePaired, pairedP, type PredictedRun } from "./paired.ts";
import { pooledSpread, power, seedsNeeded, type Spread, spreadOf } from "./power.ts";

const IMAGES = 300;

/** What a made-up pair of methods is drawn from: chances that images are recognised. */
interface Truth {
  /** Mean difference of the chances. */
  readonly difference: number;
  /** Standard deviation of a seed's effect on each method. */
  readonly seeds: number;
  /** How much images differ in which method they suit. */
  readonly images: number;
}

/** One experiment: runs of two methods, with images and seeds drawn anew. */
function experiment({ difference, seeds: spread, images }: Truth, seeds: number, number: number) {
  const random = randomStream(number, "power");
  const labels = new Uint8Array(IMAGES);
  const chances = Array.from({ length: IMAGES }, () => {
    const suits = images * random.normal();
    return [0.6 - difference / 2 - suits, 0.6 + difference / 2 + suits] as const;
  });
  const runs = (method: 0 | 1) =>
    Array.from({ length: seeds }, (_, s): PredictedRun => {
      const shift = spread * random.normal();
      const predicted = Uint8Array.from(
        chances,
        (chance) => random.uniform() < chance[method] + shift ? 0 : 1,
      );
      return { seed: s + 1, labels, predicted };
    });
  return { baseline: runs(0), variant: runs(1), seed: 1, resamples: 1 };
}

/** The share of experiments with such a difference of which the p is small enough. */
function decided(truth: Truth, options: { seeds: number; comparisons: number }, runs: number) {
  let count = 0;
  for (let i = 0; i < runs; i++) {
    const { p, effect } = comparePaired(experiment(truth, options.seeds, i));
    if (p < 0.05 / options.comparisons && effect > 0) count++;
  }
  return count / runs;
}

const TRUTH: Truth = { difference: 0.09, seeds: 0.015, images: 0.12 };

/** The spreads that {@linkcode experiment} draws with. */
function trueSpread({ difference, seeds, images }: Truth): Spread {
  // Right or wrong is a draw of its own in each run, less what image and seed have settled of it.
  const draw = [0.6 - difference / 2, 0.6 + difference / 2]
    .reduce((sum, chance) => sum + chance * (1 - chance) - images ** 2 - seeds ** 2, 0);
  return {
    seedVariance: 100 ** 2 * (2 * seeds ** 2 + draw / IMAGES),
    freedom: Infinity,
    imageVariance: 100 ** 2 * (2 * images) ** 2 / IMAGES,
    restVariance: 100 ** 2 * draw / IMAGES,
    images: IMAGES,
  };
}

Deno.test("power() agrees within 2 points with 10,000 experiments drawn as it takes them to be", () => {
  const random = randomStream(1, "power", "normal");
  for (
    const [difference, seeds, comparisons] of [[9, 3, 1], [9, 5, 4], [4, 8, 2], [6, 2, 1], [
      12,
      4,
      9,
    ]]
  ) {
    const spread = trueSpread(TRUTH);
    const imageVariance = spread.imageVariance + spread.restVariance / seeds!;
    const error = Math.sqrt(spread.seedVariance / seeds! + spread.imageVariance);
    let count = 0;
    for (let i = 0; i < 10_000; i++) {
      let squares = 0;
      for (let s = 1; s < seeds!; s++) squares += random.normal() ** 2;
      const seedVariance = spread.seedVariance * squares / (seeds! - 1) / seeds!;
      const effect = difference! + error * random.normal();
      const errors = { seedVariance, seeds: seeds!, imageVariance, images: IMAGES };
      if (effect > 0 && pairedP(effect, errors) < 0.05 / comparisons!) count++;
    }
    const computed = power(difference!, spread, { seeds: seeds!, comparisons: comparisons! });
    assert.ok(
      Math.abs(count / 10_000 - computed) < 0.02,
      `${[difference, seeds, comparisons]}: simulated ${count / 10_000}, computed ${computed}`,
    );
  }
});

Deno.test("power() agrees with experiments drawn image by image", () => {
  // 5,000 of the second gave 60.0 %, where 58.5 % are computed; here fewer, as they take long.
  const spread = trueSpread(TRUTH);
  for (const options of [{ seeds: 3, comparisons: 1 }, { seeds: 5, comparisons: 4 }]) {
    const simulated = decided(TRUTH, options, 400);
    const computed = power(100 * TRUTH.difference, spread, options);
    assert.ok(
      Math.abs(simulated - computed) < 0.06,
      `${JSON.stringify(options)}: simulated ${simulated}, computed ${computed}`,
    );
  }
});

Deno.test("spreadOf() finds the spreads that runs were drawn with", () => {
  const found = pooledSpread(
    Array.from({ length: 200 }, (_, i) => spreadOf(experiment(TRUTH, 10, 100_000 + i))),
  );
  assert.equal(found.freedom, 200 * 9);
  const expected = trueSpread(TRUTH);
  // Three times the standard error of a variance of so many degrees of freedom, and of the others.
  for (
    const [part, tolerance] of [
      ["seedVariance", 0.1],
      ["imageVariance", 0.1],
      ["restVariance", 0.01],
    ] as const
  ) {
    const off = found[part] / expected[part] - 1;
    assert.ok(Math.abs(off) < tolerance, `${part}: ${found[part]}, not ${expected[part]}`);
  }
});

const SPREAD: Spread = {
  seedVariance: 0.5,
  freedom: 4,
  imageVariance: 0.2,
  restVariance: 0.3,
  images: 3589,
};

Deno.test("power() rises with the difference and the seeds, and falls with the comparisons", () => {
  const at = (difference: number, seeds: number, comparisons = 1) =>
    power(difference, SPREAD, { seeds, comparisons });
  for (
    const [less, more] of [[at(1, 5), at(2, 5)], [at(2, 3), at(2, 6)], [at(2, 5, 4), at(2, 5)]]
  ) {
    assert.ok(less! < more!, `${less} < ${more}`);
  }
  assert.equal(at(-2, 5), at(2, 5));
  assert.ok(at(0, 5) < 0.025);
});

Deno.test("seedsNeeded() gives the fewest seeds that reach the chance, or says that none do", () => {
  const needed = seedsNeeded(2, SPREAD, { comparisons: 3 })!;
  const at = (seeds: number) => power(2, SPREAD, { seeds, comparisons: 3 });
  assert.ok(at(needed) >= 0.8 && at(needed - 1) < 0.8, `${needed}`);
  assert.ok(seedsNeeded(2, SPREAD, { comparisons: 3, chance: 0.95 })! > needed);
  // The images alone leave half a point to either side.
  assert.equal(seedsNeeded(0.5, SPREAD), undefined);
});

Deno.test("spreadOf() of runs without two seeds in common is refused", () => {
  const { baseline, variant } = experiment(TRUTH, 2, 1);
  assert.throws(() => spreadOf({ baseline, variant: variant.slice(1) }), /1 in common/);
});
