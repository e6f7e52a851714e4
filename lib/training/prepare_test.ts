import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { SPLITS } from "../dataset/dataset.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { CLASS_COUNT, EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { balancedWeights, prepareTraining, select } from "./prepare.ts";

const FACES = generateFaces({ seed: 1, training: 140, publicTest: 70, privateTest: 70 });

Deno.test("Augmented copies are added to Training alone; PublicTest and PrivateTest stay", () => {
  const before = SPLITS.map((name) => FACES.splits[name].images.slice());
  const { images, labels, counts } = prepareTraining(FACES, BASELINE, 1);
  SPLITS.forEach((name, i) => deepStrictEqual(FACES.splits[name].images, before[i]));
  const { Training } = FACES.splits;
  // The originals first, as they were; then copies of disgust and surprise only.
  deepStrictEqual(images.subarray(0, Training.images.length), Training.images);
  deepStrictEqual(labels.subarray(0, Training.length), Training.labels);
  const copies = labels.subarray(Training.length);
  ok(copies.length > 0);
  deepStrictEqual(new Set(copies), new Set([EMOTIONS.indexOf("disgust"), 5]));
  strictEqual(EMOTIONS[5], "surprise");
  strictEqual(images.length, labels.length * IMAGE_PIXELS);
  deepStrictEqual(counts, EMOTIONS.map((_, c) => labels.filter((label) => label === c).length));
  deepStrictEqual([counts[1], counts[5]], [20, 20]);
});

Deno.test("Without balancing, Training is what it was", () => {
  const { images, labels, classWeights } = prepareTraining(
    FACES,
    { ...BASELINE, balanceClasses: [] },
    1,
  );
  deepStrictEqual(images, FACES.splits.Training.images);
  deepStrictEqual(labels, FACES.splits.Training.labels);
  deepStrictEqual(classWeights, new Array(CLASS_COUNT).fill(1));
});

Deno.test("With dedupe, a Training image that is also in a test split is left out", () => {
  const { Training, PrivateTest } = FACES.splits;
  const images = Training.images.slice();
  images.set(PrivateTest.images.subarray(0, IMAGE_PIXELS), 5 * IMAGE_PIXELS);
  const ids = [...Training.ids];
  ids[5] = PrivateTest.ids[0]!;
  const leaky = { ...FACES, splits: { ...FACES.splits, Training: { ...Training, images, ids } } };
  const configuration = { ...BASELINE, balanceClasses: [] };
  strictEqual(prepareTraining(leaky, configuration, 1).labels.length, 140);
  const deduped = prepareTraining(leaky, { ...configuration, dedupe: true }, 1);
  strictEqual(deduped.labels.length, 139);
  deepStrictEqual(
    deduped.images.subarray(5 * IMAGE_PIXELS, 6 * IMAGE_PIXELS),
    images.subarray(6 * IMAGE_PIXELS, 7 * IMAGE_PIXELS),
  );
});

Deno.test("balancedWeights() is scikit-learn's class_weight balanced, 0 for a class without images", () => {
  deepStrictEqual(balancedWeights([10, 20, 0, 5, 5, 20, 10]), [1, 0.5, 0, 2, 2, 0.5, 1]);
});

Deno.test("select() takes images with their labels and names", () => {
  const { Training } = FACES.splits;
  const chosen = select(Training, Uint32Array.of(7, 3));
  deepStrictEqual([...chosen.labels], [Training.labels[7], Training.labels[3]]);
  deepStrictEqual(chosen.ids, [Training.ids[7], Training.ids[3]]);
  deepStrictEqual(
    chosen.images.subarray(IMAGE_PIXELS),
    Training.images.subarray(3 * IMAGE_PIXELS, 4 * IMAGE_PIXELS),
  );
  strictEqual(chosen.length, 2);
});
