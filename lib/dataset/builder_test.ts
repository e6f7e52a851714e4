import {
  deepStrictEqual as assertEquals,
  notStrictEqual as assertNotEquals,
  throws as assertThrows,
} from "node:assert/strict";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { flat, pattern } from "./_sample.ts";
import { DatasetBuilder, datasetDigest, stratifiedTenth } from "./builder.ts";
import { SPLITS } from "./dataset.ts";
import { BARS, VOTES } from "./_made_up.ts";
import { FER2013_FORM } from "./form.ts";

const image = fc.record({
  split: fc.constantFrom(...SPLITS),
  label: fc.integer({ min: 0, max: 6 }),
  n: fc.integer({ min: 0, max: 30 }),
});

Deno.test("finish() gives the same splits and digest for every order of the same images", () => {
  fc.assert(
    fc.property(
      fc.array(image, { maxLength: 20 }).chain((images) =>
        fc.tuple(
          fc.constant(images),
          fc.shuffledSubarray(images, { minLength: images.length }),
        )
      ),
      ([images, shuffled]) => {
        const [a, b] = [images, shuffled].map((list) => {
          const builder = new DatasetBuilder();
          for (const { split, label, n } of list) builder.add(split, label, pattern(n));
          return builder.finish();
        });
        assertEquals(a, b);
        assertEquals(datasetDigest(a!), datasetDigest(b!));
      },
    ),
    { numRuns: 40, seed: 1 },
  );
});

Deno.test("datasetDigest() is the SHA-256 that the documentation describes", () => {
  const builder = new DatasetBuilder();
  builder.add("Training", 3, flat(9));
  builder.add("PrivateTest", 6, flat(0));
  const expected = createHash("sha256")
    .update("Training 1\n").update(Uint8Array.of(3)).update(flat(9))
    .update("PublicTest 0\n")
    .update("PrivateTest 1\n").update(Uint8Array.of(6)).update(flat(0));
  assertEquals(datasetDigest(builder.finish()), expected.digest("hex"));
});

Deno.test("finish() names each image by its pixels", () => {
  const builder = new DatasetBuilder();
  builder.add("Training", 0, pattern(1));
  const { ids } = builder.finish().Training;
  assertEquals(ids, [createHash("sha256").update(pattern(1)).digest("hex").slice(0, 16)]);
});

Deno.test("finish() with a seed takes PublicTest from Training and loses nothing", () => {
  fc.assert(
    fc.property(fc.array(image, { maxLength: 40 }), fc.integer(), (images, seed) => {
      const [whole, divided] = [undefined, seed].map((tenth) => {
        const builder = new DatasetBuilder();
        for (const { label, n } of images) builder.add("Training", label, pattern(n));
        return builder.finish(tenth === undefined ? {} : { tenth });
      });
      const both = [...divided!.Training.ids, ...divided!.PublicTest.ids].sort();
      assertEquals(both, whole!.Training.ids);
    }),
    { numRuns: 40, seed: 1 },
  );
});

Deno.test("stratifiedTenth() takes a tenth of every class, seed by seed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 0, max: 6 }), { maxLength: 300 }),
      fc.integer(),
      (labels, seed) => {
        const chosen = stratifiedTenth(labels, seed);
        assertEquals(chosen, stratifiedTenth(labels, seed));
        for (let label = 0; label < 7; label++) {
          const size = labels.filter((l) => l === label).length;
          const taken = labels.filter((l, i) => l === label && chosen[i]).length;
          assertEquals(taken, size < 2 ? 0 : Math.max(1, Math.round(size / 10)));
        }
      },
    ),
    { numRuns: 100, seed: 1 },
  );
});

Deno.test("stratifiedTenth() draws differently from another seed, and seed 0 is one", () => {
  const labels = Array.from({ length: 700 }, (_, i) => i % 7);
  assertNotEquals(stratifiedTenth(labels, 0).join(), stratifiedTenth(labels, 1).join());
  assertEquals(stratifiedTenth(labels, 0), stratifiedTenth(labels, 0));
});

Deno.test("bad() stops, or lists the image in one harmless line", () => {
  assertThrows(
    () => new DatasetBuilder().bad("a.csv, row 2", "Is odd"),
    /^UserError: a.csv, row 2/,
  );
  const builder = new DatasetBuilder({ skipBad: true });
  builder.bad("a\n\x1b[31m.png", "Is odd");
  assertEquals(builder.skipped, [{ where: "a??[31m.png", reason: "Is odd" }]);
});

Deno.test("Vectors keep their numbers, are named by their bytes, and have the targets' first most probable label", () => {
  const form = {
    classes: ["calm", "tense"],
    sample: { shape: [3], type: "float32", divisor: 1 },
  } as const;
  const builder = new DatasetBuilder({ form });
  const values = Float32Array.of(0.5, -1e-9, 3e9);
  builder.addWithTarget("Training", [1, 3], values);
  builder.addWithTarget("Training", [2, 2], Float32Array.of(1, 2, 3));
  builder.add("PublicTest", 1, values);
  const { Training, PublicTest, PrivateTest } = builder.finish();
  const at = Training.ids.indexOf(
    createHash("sha256").update(new Uint8Array(values.buffer)).digest("hex").slice(0, 16),
  );
  assertEquals([...Training.samples.subarray(3 * at, 3 * at + 3)], [...values]);
  assertEquals([...Training.targets!.subarray(2 * at, 2 * at + 2)], [0.25, 0.75]);
  assertEquals([Training.labels[at], Training.labels[1 - at]], [1, 0]);
  assertEquals(PublicTest.targets, undefined);
  assertEquals(PrivateTest.samples, new Float32Array(0));
});

Deno.test("add() refuses samples that are none, and targets for some samples only", () => {
  const { classes, sample } = VOTES;
  const builder = new DatasetBuilder({ form: { classes, sample } });
  assertThrows(() => builder.add("Training", 0, new Float32Array(11)), /12 values, not 11/);
  assertThrows(() => builder.add("Training", 0, new Float32Array(12).fill(NaN)), RangeError);
  for (const target of [[1, 0, 0], [0, 0, 0, 0], [1, 0, 0, -1], [NaN, 0, 0, 1]]) {
    assertThrows(() => builder.addWithTarget("Training", target, new Float32Array(12)), RangeError);
  }
  builder.add("Training", 0, new Float32Array(12));
  const target = [1, 0, 0, 0];
  assertThrows(
    () => builder.addWithTarget("Training", target, new Float32Array(12)),
    /all samples of a split have targets, or none/,
  );
});

Deno.test("datasetDigest() tells apart other classes, other shapes and other targets of the same bytes", () => {
  const { splits } = BARS;
  const digests = [
    datasetDigest(splits, BARS),
    datasetDigest(splits, { ...BARS, classes: ["happy", "calm", "tired"] }),
    datasetDigest(splits, { ...BARS, sample: { ...BARS.sample, shape: [16, 64, 1] } }),
    datasetDigest(splits, { ...BARS, sample: { ...BARS.sample, divisor: 1 } }),
    datasetDigest(VOTES.splits, VOTES),
    datasetDigest({
      ...VOTES.splits,
      Training: { ...VOTES.splits.Training, targets: new Float32Array(640) },
    }, VOTES),
  ];
  assertEquals(new Set(digests).size, digests.length);
  assertEquals(BARS.digest, digests[0]);
  const { Training, ...rest } = new DatasetBuilder().finish();
  assertEquals(
    datasetDigest({ Training, ...rest }),
    datasetDigest({ Training, ...rest }, FER2013_FORM),
  );
});
