import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import { identity, thenFlip, thenRotate, thenShift, thenZoom, type Transform } from "./geometry.ts";
import { transformAt } from "./resample.ts";

const SIZE = { width: 48, height: 48 };

function noise(seed: number): Uint8Array {
  const stream = randomStream(seed, "test image");
  return Uint8Array.from({ length: IMAGE_PIXELS }, () => stream.integer(0, 256));
}

function transformed(source: Uint8Array, transform: Transform): Uint8Array {
  const target = new Uint8Array(IMAGE_PIXELS);
  transformAt(source, 0, target, 0, transform, SIZE);
  return target;
}

function pixel(image: Uint8Array, x: number, y: number): number {
  return image[y * IMAGE_SIZE + x]!;
}

const seeds = fc.nat();
const moves = fc.record({
  degrees: fc.double({ min: -180, max: 180, noNaN: true }),
  factor: fc.double({ min: 0.1, max: 2, noNaN: true }),
  right: fc.double({ min: -100, max: 100, noNaN: true }),
  down: fc.double({ min: -100, max: 100, noNaN: true }),
});

function moved({ degrees, factor, right, down }: {
  degrees: number;
  factor: number;
  right: number;
  down: number;
}): Transform {
  return thenShift(thenZoom(thenRotate(identity(), degrees, SIZE), factor, SIZE), right, down);
}

Deno.test("transformAt() leaves an image under the identity as it is", () => {
  fc.assert(fc.property(seeds, (seed) => {
    deepStrictEqual(transformed(noise(seed), identity()), noise(seed));
  }));
});

Deno.test("transformAt() mirrors exactly, and twice is not at all", () => {
  fc.assert(fc.property(seeds, (seed) => {
    const image = noise(seed);
    const mirrored = transformed(image, thenFlip(identity(), SIZE));
    strictEqual(pixel(mirrored, 0, 7), pixel(image, 47, 7));
    ok(mirrored.some((value, i) => value !== image[i]));
    deepStrictEqual(transformed(mirrored, thenFlip(identity(), SIZE)), image);
  }));
});

Deno.test("transformAt() moves every pixel exactly in a quarter turn", () => {
  const image = noise(1);
  const turned = transformed(image, thenRotate(identity(), 90, SIZE));
  for (let y = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) strictEqual(pixel(turned, 47 - y, x), pixel(image, x, y));
  }
  deepStrictEqual(transformed(turned, thenRotate(identity(), -90, SIZE)), image);
});

Deno.test("transformAt() shifts by whole pixels exactly and reflects at the border", () => {
  fc.assert(
    fc.property(seeds, fc.integer({ min: -47, max: 47 }), fc.integer({ min: -47, max: 47 }), (
      seed,
      right,
      down,
    ) => {
      const image = noise(seed);
      const shifted = transformed(image, thenShift(identity(), right, down));
      const mirror = (i: number) => i < 0 ? -1 - i : i > 47 ? 95 - i : i;
      for (let y = 0; y < IMAGE_SIZE; y++) {
        for (let x = 0; x < IMAGE_SIZE; x++) {
          strictEqual(pixel(shifted, x, y), pixel(image, mirror(x - right), mirror(y - down)));
        }
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("transformAt() makes one map of several exact moves", () => {
  fc.assert(
    fc.property(seeds, fc.constantFrom(0, 90, 180, 270), fc.boolean(), (seed, degrees, flip) => {
      const image = noise(seed);
      const first = flip ? thenFlip(identity(), SIZE) : identity();
      const oneByOne = transformed(
        transformed(image, first.slice()),
        thenRotate(identity(), degrees, SIZE),
      );
      deepStrictEqual(transformed(image, thenRotate(first, degrees, SIZE)), oneByOne);
    }),
  );
});

Deno.test("transformAt() stays within the grays of its source", () => {
  fc.assert(fc.property(seeds, moves, (seed, move) => {
    const image = noise(seed).map((value) => 50 + value % 100);
    ok(transformed(image, moved(move)).every((value) => value >= 50 && value <= 149));
  }));
});

Deno.test("transformAt() is exact on an even gray, whatever the move", () => {
  fc.assert(fc.property(fc.nat(255), moves, (gray, move) => {
    const even = new Uint8Array(IMAGE_PIXELS).fill(gray);
    deepStrictEqual(transformed(even, moved(move)), even);
  }));
});

Deno.test("transformAt() interpolates linearly between pixels", () => {
  const ramp = Uint8Array.from({ length: IMAGE_PIXELS }, (_, i) => 4 * (i % 48) + (i / 48 | 0));
  const shifted = transformed(ramp, thenShift(identity(), 0.5, -0.5));
  // 4 x 0.5 less and 0.5 more, rounded up at the half.
  for (let y = 0; y < 47; y++) {
    for (let x = 1; x < 48; x++) strictEqual(pixel(shifted, x, y), pixel(ramp, x, y) - 1);
  }
});

Deno.test("transformAt() takes float32 transforms to the same bytes but for rare ties", () => {
  fc.assert(fc.property(seeds, (seed) => {
    const image = noise(seed);
    const transform = thenRotate(identity(), (seed % 200) / 10, SIZE);
    const exact = transformed(image, transform);
    const single = transformed(image, Float32Array.from(transform));
    ok(exact.every((value, i) => Math.abs(value - single[i]!) <= 1));
    ok(exact.filter((value, i) => value !== single[i]).length <= 5);
  }));
});

Deno.test("transformAt() gives the bytes of scipy's map_coordinates", () => {
  // scipy 1: map_coordinates(image, inverse map, order=1, mode="reflect"), rounded at the half; 22 %
  // of the coordinates are beyond the border.
  const image = Uint8Array.from({ length: IMAGE_PIXELS }, (_, i) => (i * 7919) >> 5);
  const t = thenShift(
    thenZoom(thenRotate(thenFlip(identity(), SIZE), 17, SIZE), 0.8, SIZE),
    5.5,
    -3.25,
  );
  const digest = createHash("sha256").update(transformed(image, t)).digest("hex");
  strictEqual(digest.slice(0, 16), "bc144b9237755b81");
});

Deno.test("transformAt() reads and writes nothing but its images, and refuses others", () => {
  const three = new Uint8Array(3 * IMAGE_PIXELS);
  three.set(noise(1), IMAGE_PIXELS);
  const target = new Uint8Array(3 * IMAGE_PIXELS).fill(9);
  transformAt(three, IMAGE_PIXELS, target, IMAGE_PIXELS, identity(), SIZE);
  deepStrictEqual(target.subarray(IMAGE_PIXELS, 2 * IMAGE_PIXELS), noise(1));
  ok(target.subarray(0, IMAGE_PIXELS).every((v) => v === 9));
  ok(target.subarray(2 * IMAGE_PIXELS).every((v) => v === 9));
  let refused = false;
  try {
    transformAt(three, 2 * IMAGE_PIXELS + 1, target, 0, identity(), SIZE);
  } catch (error) {
    refused = error instanceof RangeError;
  }
  ok(refused);
});
