import assert from "node:assert/strict";
import { EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { type Split, SPLITS } from "./dataset.ts";
import {
  CONFUSIONS,
  FER2013_TRAINING,
  generateFaces,
  labelSequence,
  syntheticDescription,
} from "./synthetic.ts";

const small = { seed: 1, training: 120, publicTest: 30, privateTest: 40 };
const faces = generateFaces(small);

/** What sorting loses: which images are in a split, with their labels. */
function contents(split: Split): Set<string> {
  return new Set(split.ids.map((id, i) => `${id} ${split.labels[i]}`));
}

Deno.test("generateFaces() is a function of its options, to the byte, on every platform", () => {
  assert.equal(
    faces.digest,
    "34da3475ef04d90f87e28d1fced5ddce3b3a8f2675c40ceea60742a860e67be4",
  );
});

Deno.test("generateFaces() fills the three splits and says that they are synthetic", () => {
  assert.equal(faces.name, "synthetic");
  assert.equal(faces.synthetic, true);
  assert.equal(faces.split, "generated");
  assert.deepEqual(SPLITS.map((name) => faces.splits[name].length), [120, 30, 40]);
  for (const name of SPLITS) {
    const { samples, labels, ids, length } = faces.splits[name];
    assert.equal(samples.length, length * IMAGE_PIXELS);
    assert.equal(labels.length, length);
    assert.deepEqual([...ids].sort(), ids);
  }
});

Deno.test("generateFaces() draws other faces from another seed, and seed 0 is one", () => {
  const zero = generateFaces({ ...small, seed: 0, training: 5 });
  const again = generateFaces({ ...small, seed: 0, training: 5 });
  assert.equal(zero.digest, again.digest);
  const first = new Set(faces.splits.PrivateTest.ids);
  assert.ok(zero.splits.PrivateTest.ids.every((id) => !first.has(id)));
});

Deno.test("generateFaces() keeps the images it had when more are asked for", () => {
  const more = contents(generateFaces({ ...small, training: 150 }).splits.Training);
  for (const image of contents(faces.splits.Training)) assert.ok(more.has(image), image);
});

Deno.test("generateFaces() draws no image twice, in or across splits", () => {
  const ids = SPLITS.flatMap((name) => faces.splits[name].ids);
  assert.equal(new Set(ids).size, ids.length);
});

Deno.test("generateFaces() draws the same images for all labels that stay right when some go wrong", () => {
  const right = contents(generateFaces({ ...small, wrongLabels: 0 }).splits.Training);
  const kept = [...contents(faces.splits.Training)].filter((image) => right.has(image));
  // The sequence makes 12 of 120 labels wrong; those images show another emotion.
  assert.ok(Math.abs(kept.length - 108) <= 1, `${kept.length} images are the same`);
});

Deno.test("generateFaces() refuses counts and shares that make no sense", () => {
  assert.throws(
    () => generateFaces({ ...small, training: 0 }),
    /Training must have a whole number/,
  );
  assert.throws(() => generateFaces({ ...small, wrongLabels: 1.5 }), /from 0 to 1, not 1.5/);
});

Deno.test("labelSequence() has FER2013's class shares and the stated share of wrong labels", () => {
  const total = Object.values(FER2013_TRAINING).reduce((sum, count) => sum + count, 0);
  for (const split of SPLITS) {
    for (const [n, share] of [[300, 0.1], [4000, 0.1], [4000, 0.25]] as const) {
      const sequence = labelSequence(3, split, share);
      const drawn = Array.from({ length: n }, (_, index) => sequence(index));
      for (const emotion of EMOTIONS) {
        const expected = n * FER2013_TRAINING[emotion] / total;
        const count = drawn.filter(({ label }) => label === emotion).length;
        assert.ok(Math.abs(count - expected) <= 3, `${split} ${n} ${emotion}: ${count}`);
      }
      const wrong = drawn.filter(({ label, shown }) => label !== shown);
      assert.ok(Math.abs(wrong.length - share * n) <= 3, `${split} ${n}: ${wrong.length} wrong`);
      assert.ok(wrong.every(({ label, shown }) => CONFUSIONS[label][shown] !== undefined));
    }
  }
});

Deno.test("labelSequence() gives wrong labels to every class alike", () => {
  const sequence = labelSequence(5, "Training", 0.2);
  const drawn = Array.from({ length: 10_000 }, (_, index) => sequence(index));
  for (const emotion of EMOTIONS) {
    const own = drawn.filter(({ label }) => label === emotion);
    const share = own.filter(({ shown }) => shown !== emotion).length / own.length;
    assert.ok(Math.abs(share - 0.2) < 0.03, `${emotion}: ${share}`);
  }
});

Deno.test("syntheticDescription() says synthetic, how many, the seed and the wrong labels", () => {
  const text = syntheticDescription({ ...small, wrongLabels: 0.125 });
  for (const part of ["190 synthetic faces", "not FER2013", "seed 1", "12.5 %"]) {
    assert.ok(text.includes(part), `${part} in: ${text}`);
  }
  assert.equal(faces.description, syntheticDescription(small));
});
