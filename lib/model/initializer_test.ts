import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { randomStream } from "../seed.ts";
import { drawKernel } from "./initializer.ts";

Deno.test("Glorot's uniform rule fills its interval evenly and does not leave it", () => {
  // A 3x3 kernel from 8 to 16 channels: sqrt(6 / (9 * 8 + 9 * 16)) = 1/6.
  const values = drawKernel("glorot-uniform", [3, 3, 8, 16], randomStream(1, "test"));
  strictEqual(values.length, 1152);
  ok(values.every((value) => Math.abs(value) <= 1 / 6));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  // Of the mean and the variance (limit^2 / 3) at most 4 standard errors off.
  ok(Math.abs(mean) < 4 / 6 / Math.sqrt(3 * values.length));
  ok(Math.abs(square * 36 * 3 - 1) < 4 * Math.sqrt(4 / 5 / values.length));
  // A dense layer counts units alone: sqrt(6 / (20 + 4)) = 1/2.
  const dense = drawKernel("glorot-uniform", [20, 4], randomStream(1, "test"));
  const largest = Math.max(...dense.map(Math.abs));
  ok(largest <= 0.5 && largest > 0.4);
});

Deno.test("He's normal rule has the variance that keeps what goes through a ReLU as large as it was", () => {
  const values = drawKernel("he-normal", [3, 3, 16, 32], randomStream(1, "test"));
  strictEqual(values.length, 9 * 16 * 32);
  const expected = 2 / (9 * 16);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  // At most 4 standard errors off; the square of a normal number has a variance of 2 in its own units.
  ok(Math.abs(mean) < 4 * Math.sqrt(expected / values.length));
  ok(Math.abs(variance / expected - 1) < 4 * Math.sqrt(2 / values.length));
  // Not cut off: some of 4,608 normal numbers lie over three deviations away.
  ok(values.some((value) => Math.abs(value) > 3 * Math.sqrt(expected)));
});

Deno.test("The Dirac rule begins as the identity and filters of a tenth of its size", () => {
  for (const channels of [1, 5, 16]) {
    const values = drawKernel("dirac", [3, 3, channels, channels], randomStream(1, "test"));
    const norms = new Float64Array(channels);
    values.forEach((value, i) => {
      const [place, from, to] = [
        Math.floor(i / channels ** 2),
        Math.floor(i / channels) % channels,
        i % channels,
      ];
      norms[to]! += (value - (place === 4 && from === to ? 1 : 0)) ** 2;
    });
    for (const norm of norms) ok(Math.abs(Math.sqrt(norm) - 0.1) < 1e-6, `${Math.sqrt(norm)}`);
  }
});

Deno.test("Where channels change, or a kernel sees one pixel, the Dirac rule is He's", () => {
  for (const shape of [[3, 3, 4, 8], [1, 1, 8, 8], [8, 8]]) {
    deepStrictEqual(
      drawKernel("dirac", shape, randomStream(1, "test")),
      drawKernel("he-normal", shape, randomStream(1, "test")),
    );
  }
});
