import assert from "node:assert/strict";
import fc from "fast-check";
import { UserError } from "../error.ts";
import { assertClose, pairedRuns } from "./_cases.ts";
import { compareOutcomes, comparePaired, probabilityOfImprovement } from "./paired.ts";

/** Runs whose outcomes are given: 1 for an image predicted right. */
function runs(...outcomes: number[][]) {
  return outcomes.map((right, s) => ({
    seed: s + 1,
    labels: new Uint8Array(right.length),
    predicted: Uint8Array.from(right, (hit) => hit ? 0 : 1),
  }));
}

Deno.test("comparePaired() agrees with scipy and statsmodels", () => {
  // scipy 1.17.1 (ttest_rel, t, bootstrap, mannwhitneyu) and statsmodels 0.15.0 (mcnemar).
  const comparison = comparePaired(pairedRuns());
  assertClose(comparison.perSeed.map((s) => s.baseline), [0.635, 0.615, 0.615]);
  assertClose(comparison.perSeed.map((s) => s.variant), [0.635, 0.65, 0.615]);
  assertClose(comparison.perSeed.map((s) => s.difference), [0, 3.5, 0]);
  assertClose([comparison.effect], [1.1666666666666676]);
  assertClose(Object.values(comparison.overSeeds!), [-3.853094851374375, 6.186428184707711], 1e-9);
  assertClose(Object.values(comparison.overBoth!), [-2.8544263487409562, 5.187759682074292], 1e-9);
  // The larger of the paired t test's p and min F's 0.5408688493027157.
  assertClose([comparison.p], [0.5408688493027157], 1e-9);
  assert.deepEqual(comparison.interval, comparison.overSeeds);
  assert.deepEqual(
    comparison.perSeed.map(({ mcnemar: m }) => [m.onlyBaseline, m.onlyVariant]),
    [[45, 45], [39, 53], [44, 44]],
  );
  assertClose(comparison.perSeed.map((s) => s.mcnemar.p), [1, 0.17498389846296175, 1]);
  // By chance draws of its own: [-1.667, 4.0], 0.7254.
  assertClose(Object.values(comparison.overImages), [-1.667, 4], 0.12);
  assertClose([comparison.probabilityOfImprovement.effectAboveZero], [0.7254], 0.02);
  assertClose([comparison.probabilityOfImprovement.runs], [0.7222222222222222]);
  assert.deepEqual(comparison.probabilityOfImprovement.interval, { low: 0, high: 1 });
  assert.equal(comparison.about, "methods");
});

Deno.test("comparePaired() of one seed speaks about the models, by McNemar's test", () => {
  const { baseline, variant, seed } = pairedRuns();
  const comparison = comparePaired({
    baseline: [baseline[1]!],
    variant: [variant[1]!],
    seed,
    resamples: 200,
  });
  assert.equal(comparison.about, "models");
  assertClose([comparison.p], [0.17498389846296175]);
  assert.deepEqual([comparison.overSeeds, comparison.overBoth], [null, null]);
  assert.deepEqual(comparison.interval, comparison.overImages);
});

Deno.test("comparePaired() pairs by seed, not by place, and names the seeds left out", () => {
  const { baseline, variant, seed } = pairedRuns();
  const resamples = 200;
  const whole = comparePaired({ baseline, variant, seed, resamples });
  const turned = comparePaired({ baseline, variant: variant.toReversed(), seed, resamples });
  assert.deepEqual(turned, whole);
  const part = comparePaired({
    baseline: [...baseline, { ...baseline[0]!, seed: 9 }],
    variant: variant.slice(1),
    seed,
    resamples,
  });
  assert.deepEqual([part.seeds, part.unpaired], [[2, 3], [1, 9]]);
});

Deno.test("comparePaired() of a method with itself finds nothing", () => {
  const { baseline, seed } = pairedRuns();
  const comparison = comparePaired({ baseline, variant: baseline, seed, resamples: 200 });
  assert.deepEqual([comparison.effect, comparison.p], [0, 1]);
  assert.deepEqual(comparison.interval, { low: 0, high: 0 });
  assert.equal(comparison.probabilityOfImprovement.effectAboveZero, 0.5);
});

Deno.test("comparePaired() does not believe seeds that agree by luck", () => {
  // Both seeds win by the same 2 of 20 images: no spread over seeds, but 20 images say little.
  const worse = Array.from({ length: 20 }, (_, i) => i < 8 ? 1 : 0);
  const better = Array.from({ length: 20 }, (_, i) => i < 10 ? 1 : 0);
  const comparison = comparePaired({
    baseline: runs(worse, worse),
    variant: runs(better, better),
    seed: 1,
  });
  assert.equal(comparison.effect, 10);
  assert.deepEqual(comparison.overSeeds, { low: 10, high: 10 });
  assert.deepEqual(comparison.interval, comparison.overBoth);
  assert.ok(comparison.p > 0.1 && comparison.interval.low < 0);
});

Deno.test("comparePaired() turns round when baseline and variant are exchanged", () => {
  const bit = fc.integer({ min: 0, max: 1 });
  const outcomes = fc.array(fc.array(bit, { minLength: 12, maxLength: 12 }), {
    minLength: 6,
    maxLength: 6,
  });
  fc.assert(
    fc.property(outcomes, (drawn) => {
      const [a, b] = [runs(...drawn.slice(0, 3)), runs(...drawn.slice(3))];
      const there = comparePaired({ baseline: a, variant: b, seed: 1, resamples: 50 });
      const back = comparePaired({ baseline: b, variant: a, seed: 1, resamples: 50 });
      const improvement = there.probabilityOfImprovement;
      assertClose([back.effect, back.p], [-there.effect, there.p]);
      assertClose(
        [back.interval.low, back.interval.high],
        [-there.interval.high, -there.interval.low],
      );
      assertClose([back.probabilityOfImprovement.runs], [1 - improvement.runs]);
      assertClose(
        [back.probabilityOfImprovement.effectAboveZero],
        [1 - improvement.effectAboveZero],
      );
      // What the verdict rests on: p is below 0.05 exactly where the 95 % interval leaves out 0.
      const leavesOut = there.interval.low > 1e-9 || there.interval.high < -1e-9;
      assert.equal(there.p < 0.05, leavesOut);
    }),
    { numRuns: 60 },
  );
});

Deno.test("compareOutcomes() looks at the images and the outcome asked for", () => {
  const paired = { ...pairedRuns(), resamples: 200 };
  const recall = compareOutcomes(
    paired,
    (label, predicted) => label === predicted,
    (label) => label === 1,
  );
  assert.equal(recall.images, 65);
  assertClose([recall.effect], [2.564102564102566]);
  const none = compareOutcomes(paired, () => true, () => false);
  assert.deepEqual([none.images, none.effect, none.p], [0, 0, 1]);
  assert.deepEqual(none.interval, { low: -100, high: 100 });
});

Deno.test("probabilityOfImprovement() counts the pairs won, ties one half", () => {
  assert.equal(probabilityOfImprovement([60, 61], [62, 63]), 1);
  assert.equal(probabilityOfImprovement([60, 61], [61, 59]), 1.5 / 4);
});

Deno.test("comparePaired() refuses other test images and strange seeds", () => {
  const { baseline, variant, seed } = pairedRuns();
  const other = { ...variant[0]!, labels: variant[0]!.labels.toReversed() };
  const images = Array.from({ length: 400 }, (_, i) => `${i}`);
  const refusals: [RegExp, () => unknown][] = [
    [/seeds 1 and 1 were scored on different/, () => {
      comparePaired({ baseline, variant: [other], seed });
    }],
    [/different test images/, () => {
      comparePaired({
        baseline: [{ ...baseline[0]!, images }],
        variant: [{ ...variant[0]!, images: images.toReversed() }],
        seed,
      });
    }],
    [/No seed is common/, () => {
      comparePaired({ baseline, variant: [{ ...variant[0]!, seed: 7 }], seed });
    }],
  ];
  for (const [message, compare] of refusals) {
    assert.throws(compare, (error) => error instanceof UserError && message.test(error.message));
  }
});

Deno.test("Where images are of people, other people are drawn by chance, not other images", () => {
  // Ten people of twenty images each: the variant helps one half of them, and hurts the other.
  const labels = new Uint8Array(200);
  const groups = Array.from(labels, (_, i) => `${Math.floor(i / 20)}`);
  const run = (seed: number, predicted: Uint8Array, known: boolean) => ({
    ...{ seed, labels, predicted },
    ...known ? { groups } : {},
  });
  const wrong = (people: readonly number[]) =>
    labels.map((_, i) => people.includes(Math.floor(i / 20)) ? 1 : 0);
  const compare = (known: boolean) =>
    comparePaired({
      baseline: [run(1, wrong([0, 1, 2, 3, 4, 5]), known)],
      variant: [run(1, wrong([6, 7]), known)],
      ...{ seed: 1, resamples: 2000 },
    });
  const [alone, grouped] = [compare(false), compare(true)];
  assert.strictEqual(alone.effect, grouped.effect);
  assert.ok(alone.p < 1e-6, `${alone.p}`);
  // The t test of ten people's differences: six of +1, two of 0, two of -1.
  assert.ok(Math.abs(grouped.p - 0.1678506) < 1e-6, `${grouped.p}`);
  assert.ok(grouped.interval.low <= 0 && grouped.interval.high > grouped.effect);
});
