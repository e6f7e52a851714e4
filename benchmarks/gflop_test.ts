import { deepStrictEqual as assertEquals, ok } from "node:assert/strict";
import { CASES } from "./cases.ts";
import { gflopOf } from "./gflop.ts";

const plain = CASES.find(({ name }) => name === "plain")!;

Deno.test("gflopOf() counts one convolution and two dense layers by hand", () => {
  const tiny = { batchSize: 2, filters: [4], denseUnits: 3 };
  const convolution = 2 * 48 * 48 * 9 * 1 * 4;
  const dense = 2 * 24 * 24 * 4 * 3 + 2 * 3 * 7;
  assertEquals(gflopOf({ ...tiny, kind: "predict" }), 2 * (convolution + dense) / 1e9);
  assertEquals(
    gflopOf({ ...tiny, kind: "train" }),
    2 * (2 * convolution + 3 * dense) / 1e9,
  );
});

Deno.test("gflopOf() gives the 8.6 GFLOP measured for the plain training step", () => {
  ok(Math.abs(gflopOf(plain) - 8.6) < 0.1, `${gflopOf(plain)}`);
});

Deno.test("gflopOf() gives 100 million multiply-adds forwards for an image of the deep step", () => {
  const deep = CASES.find(({ name }) => name === "deep")!;
  const forward = gflopOf({ ...deep, kind: "predict", batchSize: 1 }) / 2;
  ok(Math.abs(forward - 0.1) < 0.001, `${forward}`);
  // Of the first convolution, 48 x 48 x 9 x 32 multiply-adds, the gradient by the input is not taken.
  const stem = 2 * 48 * 48 * 9 * 32 / 1e9;
  ok(Math.abs(gflopOf(deep) - 128 * (6 * forward - stem)) < 1e-9);
});

Deno.test("gflopOf() grows with the batch", () => {
  ok(Math.abs(gflopOf({ ...plain, batchSize: 128 }) / gflopOf(plain) - 2) < 1e-12);
});
