import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  identity,
  sineAndCosine,
  thenFlip,
  thenRotate,
  thenShift,
  thenZoom,
  type Transform,
} from "./geometry.ts";

const SIZE = { width: 48, height: 48 };

/** Where output pixel (x, y) comes from. */
function at(t: Transform, x: number, y: number): [number, number] {
  return [t[0]! * x + t[1]! * y + t[2]!, t[3]! * x + t[4]! * y + t[5]!];
}

function near(actual: [number, number], expected: [number, number], tolerance = 1e-11): void {
  for (const i of [0, 1] as const) {
    ok(Math.abs(actual[i] - expected[i]) <= tolerance, `${actual} is not ${expected}`);
  }
}

const degrees = fc.double({ min: -720, max: 720, noNaN: true });

Deno.test("sineAndCosine() agrees with Math.sin and Math.cos", () => {
  fc.assert(fc.property(degrees, (angle) => {
    const radians = angle * Math.PI / 180;
    near(sineAndCosine(angle), [Math.sin(radians), Math.cos(radians)], 4e-15);
  }));
});

Deno.test("sineAndCosine() is exact at quarter turns", () => {
  deepStrictEqual([0, 90, 180, 270, -90].map((angle) => sineAndCosine(angle).map((v) => v + 0)), [
    [0, 1],
    [1, 0],
    [0, -1],
    [-1, 0],
    [-1, 0],
  ]);
});

Deno.test("thenRotate() turns clockwise for positive degrees", () => {
  // After a quarter turn the top right corner shows what was top left.
  near(at(thenRotate(identity(), 90, SIZE), 47, 0), [0, 0]);
  // A small turn moves the middle of the right side down.
  ok(at(thenRotate(identity(), 5, SIZE), 47, 23.5)[1] < 23.5);
});

Deno.test("thenZoom() with a factor over 1 shows a part of the original", () => {
  near(at(thenZoom(identity(), 2, SIZE), -0.5, 47.5), [11.5, 35.5]);
});

Deno.test("thenShift() moves right and down", () => {
  near(at(thenShift(identity(), 3, 5), 10, 10), [7, 5]);
});

Deno.test("a move and its opposite are the identity", () => {
  fc.assert(
    fc.property(degrees, fc.double({ min: 0.1, max: 10, noNaN: true }), (angle, factor) => {
      const t = thenFlip(thenFlip(identity(), SIZE), SIZE);
      thenRotate(thenRotate(t, angle, SIZE), -angle, SIZE);
      thenZoom(thenZoom(t, factor, SIZE), 1 / factor, SIZE);
      thenShift(thenShift(t, angle, factor), -angle, -factor);
      near(at(t, 3, 40), [3, 40], 1e-9);
    }),
  );
});

Deno.test("moves happen in the order they are written", () => {
  // Shift then flip: a point from the left edge goes to 10, then to 37.
  near(at(thenFlip(thenShift(identity(), 10, 0), SIZE), 37, 0), [0, 0]);
  // Flip then shift: a point from the left edge goes to 47, then to 57.
  near(at(thenShift(thenFlip(identity(), SIZE), 10, 0), 57, 0), [0, 0]);
});

Deno.test("the middle stays where it is under flip, rotation and zoom", () => {
  fc.assert(fc.property(degrees, (angle) => {
    near(at(thenZoom(thenFlip(thenRotate(identity(), angle, SIZE), SIZE), 1.3, SIZE), 23.5, 23.5), [
      23.5,
      23.5,
    ]);
  }));
  strictEqual(identity().length, 6);
});
