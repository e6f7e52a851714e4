import assert from "node:assert/strict";
import { assertClose } from "./_cases.ts";
import { mcnemar } from "./mcnemar.ts";

/** Two models' outcomes: `onlyBaseline` and `onlyVariant` discordant images among agreeing ones. */
function outcomes(onlyBaseline: number, onlyVariant: number): [Uint8Array, Uint8Array] {
  const baseline = new Uint8Array(onlyBaseline + onlyVariant + 20).fill(1, 0, onlyBaseline);
  const variant = new Uint8Array(baseline.length)
    .fill(1, onlyBaseline, onlyBaseline + onlyVariant);
  baseline.fill(1, -10);
  variant.fill(1, -10);
  return [baseline, variant];
}

Deno.test("mcnemar() agrees with statsmodels, also for many images", () => {
  // statsmodels 0.15.0, mcnemar([[0, b], [c, 0]], exact=True).
  const cases: [number, number, number][] = [
    [0, 0, 1],
    [0, 5, 0.0625],
    [5, 0, 0.0625],
    [10, 10, 1],
    [3, 1, 0.625],
    [150, 200, 0.008720036530555947],
    [1500, 1700, 0.00043334035939974455],
    [30000, 30500, 0.042485574410371825],
  ];
  for (const [onlyBaseline, onlyVariant, p] of cases) {
    const test = mcnemar(...outcomes(onlyBaseline, onlyVariant));
    assert.deepEqual([test.onlyBaseline, test.onlyVariant], [onlyBaseline, onlyVariant]);
    // The binomial coefficients of 60,000 images cost both libraries digits.
    assertClose([test.p], [p], 1e-10);
  }
});

Deno.test("mcnemar() refuses different numbers of images", () => {
  assert.throws(() => mcnemar(new Uint8Array(2), new Uint8Array(3)), RangeError);
});
