import assert from "node:assert/strict";
import fc from "fast-check";
import { assertClose, pairedRuns } from "./_cases.ts";
import { comparePaired, type PairedComparison } from "./paired.ts";
import { holm, verdicts } from "./verdict.ts";

/** A comparison with the fields that a verdict goes by. */
function comparison(effect: number, half: number, p: number, more: Partial<PairedComparison> = {}) {
  const interval = { low: effect - half, high: effect + half };
  return {
    ...comparePaired({ ...pairedRuns(), resamples: 1 }),
    effect,
    p,
    interval,
    overSeeds: interval,
    overImages: interval,
    overBoth: interval,
    ...more,
  };
}

Deno.test("holm() agrees with statsmodels", () => {
  // statsmodels 0.15.0, multipletests(values, method="holm").
  assertClose(holm([0.01, 0.04, 0.03, 0.005, 0.5, 0.04]), [0.05, 0.12, 0.12, 0.03, 0.5, 0.12]);
  assertClose(holm([0.6, 0.7]), [1, 1]);
  assert.deepEqual(holm([]), []);
});

Deno.test("verdicts() says better or worse with effect, interval and p", () => {
  const [better, worse] = verdicts([comparison(1.9, 1.5, 0.005), comparison(-2, 1, 0.00001)]);
  assert.deepEqual(better, {
    verdict: "better",
    models: null,
    adjustedP: 0.005,
    reason: "+1.9 points, interval 0.4 to 3.4, adjusted p 0.005 over 2 comparisons",
  });
  assert.equal(worse!.verdict, "worse");
  assert.equal(
    worse!.reason,
    "-2.0 points, interval -3.0 to -1.0, adjusted p < 0.001 over 2 comparisons",
  );
});

Deno.test("verdicts() gives the reason why methods are not distinguishable", () => {
  const [included] = verdicts([comparison(0.4, 1.3, 0.5)]);
  assert.equal(included!.verdict, "not distinguishable");
  assert.equal(
    included!.reason,
    "+0.4 points, interval -0.9 to 1.7, p 0.5: the interval includes 0",
  );

  const many = Array.from({ length: 4 }, () => comparison(1, 0.9, 0.03));
  const [adjusted] = verdicts(many);
  assert.equal(adjusted!.verdict, "not distinguishable");
  assert.match(adjusted!.reason, /adjusted p 0.12 over 4 comparisons: p is not below 0.05$/);

  const doubted = comparison(1, 0.9, 0.03, { overImages: { low: -0.1, high: 2 } });
  const [images] = verdicts([doubted]);
  assert.equal(images!.verdict, "not distinguishable");
  assert.match(images!.reason, /the bootstrap interval over images includes 0$/);
});

Deno.test("verdicts() of one seed speaks about the two trained models only", () => {
  const one = { about: "models", overSeeds: null, overBoth: null } as const;
  const [verdict] = verdicts([comparison(3, 1, 0.001, one)]);
  assert.deepEqual([verdict!.verdict, verdict!.models], ["not distinguishable", "better"]);
  assert.match(verdict!.reason, /^one seed cannot tell .* two trained models: \+3.0 points/);
});

Deno.test("verdicts() does not print a limit or p that rounds to the wrong side", () => {
  const [near] = verdicts([comparison(1.02, 1, 0.0496)]);
  assert.equal(near!.reason, "+1.0 points, interval 0.02 to 2.0, p 0.0496");
  const [zero] = verdicts([comparison(0, 0, 1)]);
  assert.equal(zero!.reason, "0.0 points, interval 0.0 to 0.0, p 1: the interval includes 0");
});

Deno.test("verdicts() never says better with an interval that includes 0 or a p over alpha", () => {
  const number = fc.double({ min: -5, max: 5, noNaN: true });
  const any = fc.tuple(number, fc.double({ min: 0, max: 6, noNaN: true }), fc.nat(1000));
  const template = comparison(0, 0, 1);
  fc.assert(fc.property(fc.array(any, { minLength: 1, maxLength: 6 }), (drawn) => {
    const comparisons = drawn.map(([effect, half, p]) => {
      const interval = { low: effect - half, high: effect + half };
      return { ...template, effect, interval, p: p / 1000 };
    });
    verdicts(comparisons).forEach(({ verdict, adjustedP }, i) => {
      const { interval, p } = comparisons[i]!;
      assert.ok(adjustedP >= p);
      if (verdict === "not distinguishable") return;
      assert.ok(adjustedP < 0.05);
      assert.ok(verdict === "better" ? interval.low > 0 : interval.high < 0);
    });
  }));
});
