import assert from "node:assert/strict";
import fc from "fast-check";
import { normalQuantile, tCdf, tQuantile } from "./distributions.ts";

// Expected numbers: scipy 1.17.1, stats.norm.ppf(p), stats.t.cdf(t, freedom) and
// stats.t.ppf(p, freedom).

function assertRelative(actual: number, expected: number, tolerance: number): void {
  assert.ok(
    Math.abs(actual - expected) <= tolerance * Math.abs(expected),
    `${actual}, and scipy ${expected}`,
  );
}

Deno.test("normalQuantile() agrees with scipy, also far out", () => {
  const cases: [number, number][] = [
    [1e-300, -37.0470962993612],
    [1e-20, -9.262340089798409],
    [0.001, -3.090232306167813],
    [0.025, -1.9599639845400545],
    [0.3, -0.5244005127080409],
    [0.5, 0],
    [0.95, 1.6448536269514722],
    [0.975, 1.959963984540054],
    [0.999999, 4.753424308817087],
  ];
  for (const [p, expected] of cases) assertRelative(normalQuantile(p), expected, 1e-14);
});

Deno.test("tCdf() agrees with scipy, for any degrees of freedom and far out", () => {
  const cases: [number, number, number][] = [
    [-1, 1, 0.25000000000000006],
    [-2.5, 2, 0.06480586011075541],
    [-0.3, 2.7, 0.3928832663472241],
    [-4.2, 9.31, 0.0010701466888832817],
    [-12, 2, 0.00343646683857923],
    [-30, 3588, 6.227809424434675e-177],
    [-60, 25.5, 2.7941559228421745e-29],
    [-1e-9, 5, 0.4999999996203933],
    [-1e50, 2, 4.999999999999999e-101],
    [0, 3, 0.5],
    [0.7, 4.4, 0.7404088705577847],
    [3, 100, 0.9982960423283352],
    [-Infinity, 2, 0],
  ];
  for (const [t, freedom, expected] of cases) assertRelative(tCdf(t, freedom), expected, 1e-11);
});

Deno.test("tQuantile() agrees with scipy, for any degrees of freedom", () => {
  const cases: [number, number, number][] = [
    [0.975, 1, 12.706204736174694],
    [0.975, 2, 4.302652729749462],
    [0.975, 4, 2.7764451051977934],
    [0.975, 9, 2.262157162798205],
    [0.975, 2.3, 3.807163208232131],
    [0.975, 718.4, 1.9632716196383602],
    [0.975, 3588, 1.9606253719643636],
    [0.95, 2, 2.9199855803537242],
    [0.6, 1.5, 0.30074539256979543],
    [0.9999, 1, 3183.098757118502],
    [1e-8, 3, -479.5250695797382],
    [0.025, 2, -4.302652729749464],
  ];
  for (const [p, freedom, expected] of cases) {
    assertRelative(tQuantile(p, freedom), expected, 1e-11);
  }
  assert.deepEqual([0, 0.5, 1].map((p) => tQuantile(p, 3)), [-Infinity, 0, Infinity]);
});

Deno.test("tQuantile() takes tCdf() back, and ends, for any level and degrees of freedom", () => {
  const level = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const freedom = fc.double({ min: 0.5, max: 40_000, noNaN: true });
  fc.assert(fc.property(level, freedom, (p, v) => {
    assertRelative(tCdf(tQuantile(p, v), v), p, 1e-9);
  }));
});
