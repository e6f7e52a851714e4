import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { IMAGE_PIXELS } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import { identity, thenRotate } from "./geometry.ts";
import {
  alternatingFlips,
  augmentBatch,
  augmentedForm,
  draw,
  drawnNothing,
  parsePipeline,
} from "./pipeline.ts";
import { transformAt } from "./resample.ts";

const SIZE = { width: 48, height: 48 };

const COUNT = 50;
const source = randomStream(1, "test images");
const images = Uint8Array.from({ length: COUNT * IMAGE_PIXELS }, () => source.integer(0, 256));
const all = Uint8Array.from({ length: COUNT }, (_, i) => i);

function augmented(text: string, seed = 1): Uint8Array {
  const out = new Uint8Array(images.length);
  augmentBatch(images, all, parsePipeline(text), randomStream(seed, "augmentation"), out, SIZE);
  return out;
}

function image(array: Uint8Array, i: number): Uint8Array {
  return array.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
}

/** The affine map of each image, as augmentBatch() draws them. */
function transforms(text: string, count = COUNT): number[][] {
  const pipeline = parsePipeline(text);
  const stream = randomStream(1, "augmentation");
  return Array.from({ length: count }, () => {
    const drawn = drawnNothing();
    draw(pipeline, stream.uint32(), stream.uint32(), drawn, SIZE);
    return [...drawn.transform];
  });
}

function range(values: number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

Deno.test("parsePipeline() writes one text for all spellings", () => {
  const text = "flip(0.5)|rotate(10, 1)|zoom(0.1, 0.7)";
  for (
    const spelling of [
      text,
      "flip | rotate( 10 )|zoom(.10, 0.70)",
      "flip()|rotate(1e1)|zoom(0.1,.7)",
    ]
  ) {
    strictEqual(parsePipeline(spelling).text, text);
  }
  strictEqual(parsePipeline("").text, "none");
});

Deno.test("parsePipeline() refuses what it would not do", () => {
  throws(() => parsePipeline("spin(3)"), SyntaxError);
  throws(() => parsePipeline("rotate"), SyntaxError);
  throws(() => parsePipeline("zoom(1)"), SyntaxError);
  throws(() => parsePipeline("flip|rotate(3)|flip"), { message: /"flip" is named twice/ });
  throws(() => parsePipeline("flip|alternating-flip"), { message: /two ways of mirroring/ });
  throws(() => parsePipeline("crop(40)|rotate(3)"), { message: /put it behind rotate$/ });
  throws(() => parsePipeline("crop(40.5)"), SyntaxError);
  const copies = (text: string) => () => parsePipeline(text, { copies: true });
  throws(copies("flip|crop(40)"), { message: /copies have the size of the images/ });
  throws(copies("alternating-flip"), { message: /copies know no epochs/ });
  strictEqual(parsePipeline("erase(0.2)|flip|crop(40)|contrast(0.1)").cropSide, 40);
});

Deno.test("crop cuts a square out of the moved image, from every place alike", () => {
  const side = 40;
  const area = side * side;
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const cut = new Uint8Array(COUNT * area);
      const both = ["rotate(20)|crop(40)", "crop(40)"].map((text) => {
        const stream = randomStream(seed, "crop");
        augmentBatch(images, all, parsePipeline(text), stream, cut, SIZE);
        return cut.slice();
      });
      const moved = new Uint8Array(images.length);
      augmentBatch(
        images,
        all,
        parsePipeline("rotate(20)"),
        randomStream(seed, "crop"),
        moved,
        SIZE,
      );
      const stream = randomStream(seed, "crop");
      const drawn = drawnNothing();
      for (const i of all.slice(0, 3)) {
        draw(parsePipeline("crop(40)"), stream.uint32(), stream.uint32(), drawn, SIZE);
        const [x, y] = [drawn.transform[2]!, drawn.transform[5]!];
        ok(Number.isInteger(x) && Number.isInteger(y) && x >= 0 && y >= 0 && x <= 8 && y <= 8);
        seen.add(`${x}`).add(`y${y}`);
        [moved, images].forEach((source, which) => {
          for (let row = 0; row < side; row += 13) {
            const from = i * IMAGE_PIXELS + (y + row) * 48 + x;
            const found = both[which]!.subarray(i * area + row * side, i * area + (row + 1) * side);
            // The two maps of a rotation are added up in another order: a tie may round the other way.
            found.forEach((gray, at) => ok(Math.abs(gray - source[from + at]!) <= 1 - which));
          }
        });
      }
    }),
    { numRuns: 40 },
  );
  strictEqual(seen.size, 18);
  const sample = { shape: [48, 48, 1], type: "uint8", divisor: 255 } as const;
  deepStrictEqual(augmentedForm(sample, "flip|crop(40)").shape, [40, 40, 1]);
  strictEqual(augmentedForm(sample, "flip"), sample);
});

Deno.test("alternating-flip shows each image both ways in any two epochs, half of them mirrored", () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer({ min: 1, max: 500 }), (seed, epoch) => {
      const flips = alternatingFlips(400, epoch, seed);
      deepStrictEqual(alternatingFlips(400, epoch + 1, seed), flips.map((flip) => 1 - flip));
      const mirrored = flips.reduce((sum, flip) => sum + flip, 0);
      ok(mirrored > 140 && mirrored < 260, `${mirrored} of 400`);
    }),
    { numRuns: 50 },
  );
  const flips = alternatingFlips(COUNT, 3, 1);
  const out = new Uint8Array(images.length);
  const pipeline = parsePipeline("alternating-flip");
  // Another order of the images: whose turn it is belongs to the image, not to its place in a batch.
  const indices = [...all].reverse();
  augmentBatch(images, indices, pipeline, randomStream(1), out, SIZE, flips);
  indices.forEach((from, to) => {
    const [whole, found] = [image(images, from), image(out, to)];
    found.forEach((gray, at) =>
      strictEqual(gray, whole[flips[from] === 1 ? at - at % 48 + 47 - at % 48 : at])
    );
  });
});

Deno.test("random-erasing covers rectangles within its shares, and nothing else", () => {
  const even = new Uint8Array(IMAGE_PIXELS).map((_, i) => i % 2 === 0 ? 0 : 200);
  const out = new Uint8Array(IMAGE_PIXELS);
  const shares: number[] = [];
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      augmentBatch(even, [0], parsePipeline("random-erasing"), randomStream(seed), out, SIZE);
      const covered = [...out.keys()].filter((i) => out[i] !== even[i]);
      shares.push(covered.length / IMAGE_PIXELS);
      if (covered.length === 0) return;
      const columns = new Set(Array.from(covered, (i) => i % 48));
      const rows = new Set(Array.from(covered, (i) => (i - i % 48) / 48));
      // All of the rectangle that they span.
      strictEqual(covered.length, columns.size * rows.size);
      ok(covered.every((i) => out[i] === 100));
    }),
    { numRuns: 300 },
  );
  const erased = shares.filter((share) => share > 0);
  ok(erased.length > 110 && erased.length < 190, `${erased.length} of 300`);
  ok(Math.min(...erased) >= 0.018 && Math.max(...erased) <= 0.42);
  ok(Math.max(...erased) > 0.36);
  const cut = new Uint8Array(40 * 40);
  augmentBatch(
    even,
    [0],
    parsePipeline("crop(40)|random-erasing(1, 1)"),
    randomStream(1),
    cut,
    SIZE,
  );
  ok(cut.includes(100));
});

Deno.test("augmentBatch() gathers the images as they are without operations", () => {
  deepStrictEqual(augmented("none"), images);
  deepStrictEqual(augmented("flip(0)|rotate(10, 0)|erase(1, 0)"), images);
  const out = new Uint8Array(2 * IMAGE_PIXELS);
  augmentBatch(images, [7, 3], parsePipeline("none"), randomStream(1), out, SIZE);
  deepStrictEqual([image(out, 0), image(out, 1)], [image(images, 7), image(images, 3)]);
});

Deno.test("augmentBatch() gives the same bytes for the same seed, other bytes for another", () => {
  const text = "flip|rotate(10)|zoom(0.1)|shift(0.1)|contrast(0.2)|brightness(0.1)|erase(0.3, 0.5)";
  const digest = createHash("sha256").update(augmented(text)).digest("hex").slice(0, 16);
  strictEqual(digest, "cee4a9ff60be00ff");
  ok(Buffer.compare(augmented(text), augmented(text, 2)) !== 0);
});

Deno.test("augmentBatch() does what draw() says", () => {
  const text = "flip|rotate(30)|zoom(0.2)|shift(0.2)";
  const result = augmented(text);
  transforms(text).forEach((row, i) => {
    const drawn = new Uint8Array(IMAGE_PIXELS);
    transformAt(images, i * IMAGE_PIXELS, drawn, 0, Float64Array.from(row), SIZE);
    deepStrictEqual(drawn, image(result, i).slice());
  });
});

Deno.test("augmentBatch() draws two words per image, whatever the pipeline", () => {
  for (const text of ["none", "flip|rotate(10)|erase(0.2)"]) {
    const used = randomStream(1, "count");
    const counted = randomStream(1, "count");
    augmentBatch(images, all, parsePipeline(text), used, new Uint8Array(images.length), SIZE);
    for (let i = 0; i < 2 * COUNT; i++) counted.uint32();
    strictEqual(used.uint32(), counted.uint32());
  }
});

Deno.test("another operation leaves the numbers of the others as they are", () => {
  const flips = transforms("flip").map((row) => row[0]! < 0);
  deepStrictEqual(transforms("zoom(0.2)|flip").map((row) => row[0]! < 0), flips);
  const shifts = transforms("shift(0.1)").map((row) => [row[2], row[5]]);
  deepStrictEqual(transforms("rotate(90, 0)|shift(0.1)").map((row) => [row[2], row[5]]), shifts);
  const plain = augmented("flip|rotate(10)");
  const covered = augmented("flip|rotate(10)|erase(0.5, 0.5)");
  const same = [...all].filter((i) => Buffer.compare(image(plain, i), image(covered, i)) === 0);
  ok(same.length > 10 && same.length < 40, `${same.length} of ${COUNT} not covered`);
});

Deno.test("operations fill their ranges and keep to them", () => {
  const many = 4000;
  const scales = range(transforms("zoom(0.1)", many).map((row) => 1 / row[0]!));
  ok(scales[0] >= 0.9 - 1e-6 && scales[0] < 0.901 && scales[1] <= 1.1 + 1e-6 && scales[1] > 1.099);
  const angles = transforms("rotate(10)", many).map((row) => Math.asin(row[1]!) * 180 / Math.PI);
  const turned = range(angles);
  ok(turned[0] >= -10.001 && turned[0] < -9.9 && turned[1] <= 10.001 && turned[1] > 9.9);
  ok(Math.abs(angles.reduce((sum, angle) => sum + angle) / many) < 0.4);
  const moves = transforms("shift(0.25)", many);
  for (const column of [2, 5]) {
    const moved = range(moves.map((row) => row[column]!));
    ok(moved[0] >= -12 && moved[0] < -11.9 && moved[1] <= 12 && moved[1] > 11.9);
  }
  const covariance = moves.reduce((sum, row) => sum + row[2]! * row[5]!, 0) / many;
  ok(Math.abs(covariance) < 3, `x and y move together: ${covariance}`);
  const flipped = transforms("flip", many).filter((row) => row[0]! < 0).length;
  ok(Math.abs(flipped - many / 2) < 130, `${flipped} of ${many} flipped`);
});

Deno.test("contrast and brightness move grays about the mean and stay within 0 to 255", () => {
  fc.assert(fc.property(fc.nat(255), fc.integer(), (gray, seed) => {
    const even = new Uint8Array(IMAGE_PIXELS).fill(gray);
    const out = new Uint8Array(IMAGE_PIXELS);
    augmentBatch(even, [0], parsePipeline("contrast(1)"), randomStream(seed), out, SIZE);
    deepStrictEqual(out, even);
    augmentBatch(even, [0], parsePipeline("brightness(0.1)"), randomStream(seed), out, SIZE);
    ok(out.every((value) => value === out[0]) && Math.abs(out[0]! - gray) <= 26);
  }));
});

Deno.test("erase covers one square with the mean gray", () => {
  const halves = Uint8Array.from({ length: IMAGE_PIXELS }, (_, i) => i % 48 < 24 ? 0 : 200);
  const out = new Uint8Array(IMAGE_PIXELS);
  const sizes = Array.from({ length: 200 }, (_, seed) => {
    augmentBatch(halves, [0], parsePipeline("erase(0.25)"), randomStream(seed), out, SIZE);
    ok(out.every((value, i) => value === halves[i] || value === 100));
    return out.filter((value) => value === 100).length;
  });
  // 12 x 12 pixels, a quarter of it where the centre is in a corner.
  deepStrictEqual(Math.max(...sizes), 144);
  ok(Math.min(...sizes) >= 36);
});

Deno.test("augmentBatch() keeps to images of any size", () => {
  const size = { width: 9, height: 4 };
  const pixels = size.width * size.height;
  const images = Uint8Array.from({ length: 2 * pixels }, (_, i) => i);
  const out = new Uint8Array(3 * pixels);
  augmentBatch(images, [1, 0], parsePipeline("flip(1)"), randomStream(1), out, size);
  const mirrored = Array.from(images, (_, i) => images[i - i % 9 + 8 - i % 9]!);
  deepStrictEqual([...out], [
    ...mirrored.slice(pixels),
    ...mirrored.slice(0, pixels),
    ...new Array(pixels).fill(0),
  ]);
  const everything =
    "flip|rotate(30)|zoom(0.5)|shift(0.4)|contrast(0.5)|brightness(0.1)|erase(0.5)";
  augmentBatch(images, [0, 1], parsePipeline(everything), randomStream(2), out, size);
  deepStrictEqual([...out.slice(2 * pixels)], new Array(pixels).fill(0));
  // Half a turn about the middle is the image read backwards.
  const turned = new Uint8Array(pixels);
  transformAt(images.slice(0, pixels), 0, turned, 0, thenRotate(identity(), 180, size), size);
  deepStrictEqual([...turned], [...images.slice(0, pixels)].reverse());
});
