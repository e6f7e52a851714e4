import assert from "node:assert/strict";
import fc from "fast-check";
import { SCIPY_MCNEMAR } from "./_mcnemar_scipy.ts";
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

Deno.test("mcnemar() agrees with scipy to 1e-11, from p = 1 down to 1e-301", () => {
  for (const [onlyBaseline, onlyVariant, p] of SCIPY_MCNEMAR) {
    for (const [b, v] of [[onlyBaseline, onlyVariant], [onlyVariant, onlyBaseline]] as const) {
      const test = mcnemar(...outcomes(b, v));
      assert.deepEqual([test.onlyBaseline, test.onlyVariant], [b, v]);
      assert.ok(Math.abs(test.p - p) <= 1e-11 * p, `${b}, ${v}: ${test.p}, and scipy ${p}`);
    }
  }
  assert.equal(mcnemar(...outcomes(0, 0)).p, 1);
});

Deno.test("mcnemar() is twice the exact sum of binomial coefficients, for any images", () => {
  fc.assert(fc.property(fc.nat(1000), fc.nat(1000), (onlyBaseline, onlyVariant) => {
    const { p } = mcnemar(...outcomes(onlyBaseline, onlyVariant));
    const exact = exactP(onlyBaseline, onlyVariant);
    assert.ok(Math.abs(p - exact) <= 1e-12 * exact, `${p}, exactly ${exact}`);
  }));
  // scipy has 0 here.
  const exact = exactP(14, 1086);
  assert.ok(exact > 1e-300);
  assert.ok(Math.abs(mcnemar(...outcomes(14, 1086)).p - exact) <= 1e-12 * exact);
});

Deno.test("mcnemar() goes down to the smallest number there is, then to 0, never up or to NaN", () => {
  let before = 1;
  for (let images = 1; images <= 1100; images++) {
    const { p } = mcnemar(...outcomes(0, images));
    assert.equal(p, images <= 1075 ? 2 ** (1 - images) : 0, `${images} images`);
    assert.ok(p <= before);
    before = p;
  }
  assert.equal(mcnemar(...outcomes(0, 40_000)).p, 0);
  assert.equal(mcnemar(...outcomes(2000, 38_000)).p, 0);
});

/** In whole numbers, rounded only at the end. */
function exactP(onlyBaseline: number, onlyVariant: number): number {
  const images = onlyBaseline + onlyVariant;
  const few = Math.min(onlyBaseline, onlyVariant);
  let term = 1n;
  let sum = 1n;
  for (let i = 1; i <= few; i++) {
    term = term * BigInt(images - i + 1) / BigInt(i);
    sum += term;
  }
  const dropped = Math.max(0, sum.toString(2).length - 64);
  const exponent = dropped - images + 1;
  const half = Math.trunc(exponent / 2);
  return Math.min(1, Number(sum >> BigInt(dropped)) * 2 ** half * 2 ** (exponent - half));
}

Deno.test("mcnemar() refuses different numbers of images", () => {
  assert.throws(() => mcnemar(new Uint8Array(2), new Uint8Array(3)), RangeError);
});
