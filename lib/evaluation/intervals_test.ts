import assert from "node:assert/strict";
import fc from "fast-check";
import { assertClose } from "./_cases.ts";
import { percentileInterval, tInterval, wilsonInterval } from "./intervals.ts";

Deno.test("wilsonInterval() agrees with statsmodels", () => {
  // statsmodels 0.15.0, proportion_confint(hits, images, 0.05, "wilson").
  const cases: [number, number, [number, number]][] = [
    [2228, 3589, [0.6047909848780025, 0.6365221957722179]],
    [0, 10, [0, 0.27753279986288926]],
    [10, 10, [0.7224672001371106, 1]],
    [1, 3, [0.06149194472039626, 0.7923403991979523]],
  ];
  for (const [hits, images, expected] of cases) {
    assertClose(Object.values(wilsonInterval(hits, images)), expected);
  }
  assertClose(
    Object.values(wilsonInterval(2228, 3589, { level: 0.9 })),
    [0.6073779384900878, 0.6340115600394095],
  );
});

Deno.test("wilsonInterval() holds the share, stays within 0 to 1, and knows nothing of no images", () => {
  fc.assert(fc.property(fc.nat(5000), fc.nat(5000), (a, b) => {
    const { low, high } = wilsonInterval(Math.min(a, b), Math.max(a, b));
    const share = Math.max(a, b) === 0 ? 0.5 : Math.min(a, b) / Math.max(a, b);
    assert.ok(0 <= low && low <= share && share <= high && high <= 1);
  }));
  assert.deepEqual(wilsonInterval(0, 0), { low: 0, high: 1 });
  assert.throws(() => wilsonInterval(4, 3), RangeError);
  assert.throws(() => wilsonInterval(0.62, 1), RangeError);
});

Deno.test("tInterval() agrees with scipy, and is null for one seed", () => {
  // scipy 1.17.1, stats.t.interval(0.95, 4, mean, sem).
  assertClose(
    Object.values(tInterval([62.1, 61.4, 63.0, 62.2, 61.9])!),
    [61.399192927160996, 62.840807072838984],
  );
  assert.equal(tInterval([62.1]), null);
});

Deno.test("percentileInterval() interpolates as numpy does", () => {
  // numpy 2.4.6, quantile(arange(100)**2 / 7, [0.025, 0.975]).
  const drawn = new Float64Array(100).map((_, i) => i ** 2 / 7).reverse();
  assertClose(Object.values(percentileInterval(drawn)), [0.9107142857142858, 1331.0464285714284]);
});
