import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { VOTES } from "../dataset/_made_up.ts";
import { FACE, IMAGE_PIXELS } from "../emotion.ts";
import { type BatchOptions, epochBatches } from "./batch.ts";

const COUNT = 20;
// The first two pixels of an image tell which one it is; the rest is a gradient.
const IMAGES = Uint8Array.from({ length: COUNT * IMAGE_PIXELS }, (_, i) => {
  const pixel = i % IMAGE_PIXELS;
  return pixel < 2 ? Math.floor(i / IMAGE_PIXELS) : (7 * pixel + 13 * Math.floor(pixel / 48)) % 256;
});
const TRAINING = {
  samples: IMAGES,
  labels: Uint8Array.from({ length: COUNT }, (_, i) => (i * 3) % 7),
};
const OPTIONS: BatchOptions = { batchSize: 8, sample: FACE, augment: "none", seed: 1 };

/** The images' numbers of an epoch in the order of its batches. */
function order(epoch: number, options: Partial<BatchOptions> = {}): number[] {
  const batches = epochBatches(TRAINING, epoch, { ...OPTIONS, ...options });
  return Array.from({ length: batches.count }, (_, i) => {
    const { inputs, size } = batches.at(i);
    return Array.from({ length: size }, (_, j) => Math.round(inputs[j * IMAGE_PIXELS]! * 255));
  }).flat();
}

const sorted = (values: number[]) => [...values].sort((a, b) => a - b);

Deno.test("Every image comes once in every epoch", () => {
  const all = Array.from({ length: COUNT }, (_, i) => i);
  for (const epoch of [1, 2, 3]) deepStrictEqual(sorted(order(epoch)), all);
  deepStrictEqual(sorted(order(1, { batchSize: 7 })), all);
  deepStrictEqual(sorted(order(1, { batchSize: COUNT + 5 })), all);
});

Deno.test("The order is another in every epoch and for every seed, 0 included", () => {
  const orders = [order(1), order(2), order(1, { seed: 2 }), order(1, { seed: 0 })];
  strictEqual(new Set(orders.map(String)).size, orders.length);
  deepStrictEqual(order(1, { seed: 0 }), order(1, { seed: 0 }));
  // It does not depend on how it is cut.
  deepStrictEqual(order(2, { batchSize: 3 }), order(2));
});

Deno.test("A batch has its images as grays from 0 to 1 with their labels, the last one fewer", () => {
  const batches = epochBatches(TRAINING, 1, OPTIONS);
  strictEqual(batches.count, 3);
  for (const [i, size] of [8, 8, 4].entries()) {
    const batch = batches.at(i);
    strictEqual(batch.size, size);
    strictEqual(batch.labels.length, size);
    strictEqual(batch.inputs.length, size * IMAGE_PIXELS);
    batch.labels.forEach((label, j) => {
      const image = batch.inputs.subarray(j * IMAGE_PIXELS, (j + 1) * IMAGE_PIXELS);
      const number = Math.round(image[0]! * 255);
      strictEqual(label, TRAINING.labels[number]);
      const original = IMAGES.subarray(number * IMAGE_PIXELS, (number + 1) * IMAGE_PIXELS);
      deepStrictEqual(image, Float32Array.from(original, (gray) => gray / 255));
    });
  }
});

Deno.test("Mixing changes neither order nor images, which the step itself mixes", () => {
  const options = { ...OPTIONS, augment: "flip|rotate(10)" };
  const plain = epochBatches(TRAINING, 2, options);
  const mixing = epochBatches(TRAINING, 2, { ...options, mixup: 0.2 });
  // The last batch is of four.
  for (let i = 0; i < plain.count; i++) {
    const { mix, ...batch } = mixing.at(i);
    deepStrictEqual(batch, plain.at(i));
    strictEqual(mix!.partners.length, batch.size);
    deepStrictEqual(epochBatches(TRAINING, 2, { ...options, mixup: 0.2 }).at(i).mix, mix);
  }
});

for (const augment of ["none", "flip|rotate(10)|zoom(0.1)"]) {
  Deno.test(`Any batch can be made alone (augment ${augment})`, () => {
    const options = { ...OPTIONS, augment };
    const inOrder = epochBatches(TRAINING, 2, options);
    for (let i = 0; i < inOrder.count; i++) {
      const expected = inOrder.at(i);
      deepStrictEqual(epochBatches(TRAINING, 2, options).at(i), expected);
    }
  });

  Deno.test(`A batch stays while the next one is made (augment ${augment})`, () => {
    const batches = epochBatches(TRAINING, 1, { ...OPTIONS, augment });
    const first = batches.at(0);
    const copy = { ...first, inputs: first.inputs.slice(), labels: first.labels.slice() };
    batches.at(1);
    deepStrictEqual(first, copy);
  });
}

Deno.test("Augmentation draws anew in every epoch and for every seed, and leaves the images", () => {
  const images = IMAGES.slice();
  // All images are the same but for two pixels, so that only what is drawn tells epochs apart.
  const batch = (epoch: number, seed: number) =>
    epochBatches({ ...TRAINING, samples: images }, epoch, {
      batchSize: COUNT,
      sample: FACE,
      augment: "rotate(10)",
      seed,
    }).at(0).inputs.slice();
  const [first, again, next, other] = [batch(1, 1), batch(1, 1), batch(2, 1), batch(1, 2)];
  deepStrictEqual(first, again);
  const middle = (values: Float32Array) => values.subarray(IMAGE_PIXELS / 2, IMAGE_PIXELS);
  notDeepStrictEqual(middle(first!), middle(next!));
  notDeepStrictEqual(middle(first!), middle(other!));
  ok(first!.every((gray) => gray >= 0 && gray <= 1));
  deepStrictEqual(images, IMAGES);
});

Deno.test("Batches of vectors have their numbers divided, and their targets", () => {
  const { samples, labels, targets } = VOTES.splits.Training;
  const options = { ...OPTIONS, sample: { ...VOTES.sample, divisor: 2 } };
  const batches = epochBatches({ samples, labels, targets: targets! }, 1, options);
  const plain = epochBatches({ samples, labels }, 1, options);
  const batch = batches.at(batches.count - 1);
  strictEqual(batch.inputs.length, 12 * batch.size);
  strictEqual(plain.at(0).targets, undefined);
  for (let i = 0; i < batch.size; i++) {
    const input = [...batch.inputs.subarray(12 * i, 12 * i + 12)];
    const place = [...labels.keys()].find((p) =>
      input.every((v, k) => v === samples[12 * p + k]! / 2)
    )!;
    strictEqual(batch.labels[i], labels[place]);
    deepStrictEqual(
      batch.targets!.slice(4 * i, 4 * i + 4),
      targets!.slice(4 * place, 4 * place + 4),
    );
  }
  throws(() => epochBatches(VOTES.splits.Training, 1, { ...options, augment: "flip" }), RangeError);
});

Deno.test("Crops are batches of smaller images, each batch made alone as in its turn", () => {
  const options = { ...OPTIONS, augment: "alternating-flip|crop(40)|random-erasing" };
  const batches = epochBatches(TRAINING, 2, options);
  for (let i = 0; i < batches.count; i++) {
    const { inputs, size } = batches.at(i);
    strictEqual(inputs.length, size * 40 * 40);
    deepStrictEqual(epochBatches(TRAINING, 2, options).at(i).inputs, inputs);
  }
});

Deno.test("epochBatches() draws one class of each sample's targets, anew at every epoch", () => {
  const count = 400;
  const training = {
    samples: new Uint8Array(count * 4),
    labels: new Uint8Array(count),
    targets: Float32Array.from({ length: count * 2 }, (_, i) => i % 2 === 0 ? 0.75 : 0.25),
    drawTargets: true,
  };
  const options = {
    batchSize: count,
    sample: { shape: [2, 2, 1], type: "uint8", divisor: 255 } as const,
    augment: "none",
    seed: 1,
  };
  const drawn = (epoch: number) => [...epochBatches(training, epoch, options).at(0).targets!];
  const first = drawn(1);
  for (let i = 0; i < first.length; i += 2) {
    deepStrictEqual([first[i]! + first[i + 1]!, Math.max(first[i]!, first[i + 1]!)], [1, 1]);
  }
  const share = first.filter((value, i) => i % 2 === 0 && value === 1).length / count;
  // Four standard deviations of a binomial share.
  deepStrictEqual(Math.abs(share - 0.75) < 4 * Math.sqrt(0.75 * 0.25 / count), true, `${share}`);
  deepStrictEqual(drawn(1), first);
  deepStrictEqual(drawn(2).join() === first.join(), false);
});
