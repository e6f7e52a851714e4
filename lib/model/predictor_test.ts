import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { CLASS_COUNT, EMOTIONS, FACE, IMAGE_PIXELS } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { BRANCHED, buildBranched } from "./_branched.ts";
import { buildNetwork } from "./build_network.ts";
import type { NetworkShape } from "./families.ts";
import { makePredictor, type Predictor } from "./predictor.ts";

const TINY: NetworkShape = { ...BASELINE, filters: [4, 8], denseUnits: 16 };

/** Noise, the same at every call. */
function noise(count: number): Uint8Array {
  const stream = randomStream(1, "predictor test");
  return Uint8Array.from({ length: count * IMAGE_PIXELS }, () => stream.integer(0, 256));
}

/** Gives the predictor of a model to a function and frees both afterwards. */
async function withPredictor<T>(
  model: tf.LayersModel,
  options: Partial<Parameters<typeof makePredictor>[1]>,
  use: (predictor: Predictor) => Promise<T>,
): Promise<T> {
  try {
    using predictor = makePredictor(model, { sample: FACE, execution: "traced", ...options });
    return await use(predictor);
  } finally {
    model.dispose();
  }
}

const MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  "a chain of layers": () =>
    buildNetwork({ ...TINY, batchNorm: true, denseDropout: 0.5 }, { seed: 1 }),
  ...Object.fromEntries(BRANCHED.map((name) => [name, () => buildBranched(name)])),
};

for (const [name, build] of Object.entries(MODELS)) {
  Deno.test(`Probabilities are the model's own, to 1e-5, with ${name}`, async () => {
    const images = noise(5);
    const model = build();
    const expected = tf.tidy(() => {
      const input = tf.tensor(Float32Array.from(images, (gray) => gray / 255), [5, 48, 48, 1]);
      return (model.predict(input) as tf.Tensor).dataSync();
    });
    const found = await withPredictor(
      model,
      {},
      (predictor) => predictor.predict(images, { batchSize: 4 }),
    );
    strictEqual(found.length, expected.length);
    found.forEach((value, i) => ok(Math.abs(value - expected[i]!) <= 1e-5));
  });
}

Deno.test("Each image's prediction is its own, whatever stands behind it in the batch", () =>
  withPredictor(MODELS["a chain of layers"]!(), {}, async (predictor) => {
    const images = noise(512);
    const all = await predictor.predict(images);
    strictEqual(all.length, 512 * CLASS_COUNT);
    const done: number[] = [];
    for (const count of [1, 255, 256, 257, 300]) {
      const some = await predictor.predict(images.subarray(0, count * IMAGE_PIXELS), {
        onBatch: (images) => done.push(images),
      });
      deepStrictEqual(some, all.slice(0, count * CLASS_COUNT), `${count} images`);
    }
    deepStrictEqual(done, [1, 255, 256, 256, 257, 256, 300]);
    for (let i = 0; i < 512; i++) {
      const sum = all.subarray(i * CLASS_COUNT, (i + 1) * CLASS_COUNT).reduce((a, b) => a + b);
      ok(Math.abs(sum - 1) < 1e-5);
    }
    strictEqual((await predictor.predict(new Uint8Array())).length, 0);
    await rejects(
      predictor.predict(images.subarray(1)),
      /1179647 values are no whole number of samples of 2304/,
    );
  }));

/** Every image turned over from left to right. */
function mirrored(images: Uint8Array): Uint8Array {
  return images.map((_, i) => images[i - i % 48 + 47 - i % 48]!);
}

Deno.test("`mirror` gives the mean over the image and its mirror image, and is symmetric", async () => {
  const images = noise(20);
  const build = () => buildNetwork(TINY, { seed: 1 });
  const plain = await withPredictor(build(), {}, async ({ predict }) => ({
    image: await predict(images),
    mirror: await predict(mirrored(images)),
  }));
  notDeepStrictEqual(plain.image, plain.mirror);
  await withPredictor(build(), { mirror: true }, async ({ predict }) => {
    const both = await predict(images);
    deepStrictEqual(await predict(mirrored(images)), both);
    both.forEach((value, i) =>
      ok(Math.abs(value - (plain.image[i]! + plain.mirror[i]!) / 2) < 1e-6)
    );
  });
});

for (const execution of ["traced", "eager"] as const) {
  Deno.test(`A predictor has no tensors but the model's, and leaves none behind: ${execution}`, async () => {
    const before = tf.memory().numTensors;
    const model = buildNetwork(TINY, { seed: 1 });
    const ofModel = tf.memory().numTensors;
    await withPredictor(model, { execution }, async (predictor) => {
      await predictor.predict(noise(3));
      await predictor.push();
      strictEqual(tf.memory().numTensors, ofModel);
    });
    strictEqual(tf.memory().numTensors, before);
  });
}

Deno.test("makePredictor() divides by what the samples say, and refuses samples that the model cannot take", async () => {
  const build = () =>
    tf.sequential({
      layers: [tf.layers.dense({ units: 3, activation: "softmax", inputShape: [4] })],
    });
  const sample = { shape: [4], type: "float32", divisor: 8 } as const;
  const model = build();
  const values = Float32Array.of(8, -16, 0, 2, 4, 4, 1, 0.5);
  using predictor = makePredictor(model, { sample, execution: "eager" });
  const input = tf.tensor(values.map((value) => value / 8), [2, 4]);
  const expected = (model.predict(input) as tf.Tensor).dataSync();
  (await predictor.predict(values)).forEach((share, i) =>
    ok(Math.abs(share - expected[i]!) < 1e-6)
  );
  throws(
    () => makePredictor(model, { sample: FACE, execution: "eager" }),
    /A model of \[4\] cannot predict samples of \[48,48,1\]/,
  );
  input.dispose();
  model.dispose();
});

Deno.test("A model of crops sees the middle of an image, or the mean over five, mirrored as well", async () => {
  const form = { sample: { shape: [40, 40, 1] }, classes: EMOTIONS };
  const build = () => buildNetwork(TINY, { seed: 1, form });
  const images = noise(6);
  const crop = (row: number, column: number) =>
    Uint8Array.from({ length: 6 * 1600 }, (_, i) => {
      const [image, at] = [Math.floor(i / 1600), i % 1600];
      return images[image * 2304 + (row + Math.floor(at / 40)) * 48 + column + at % 40]!;
    });
  const small = { ...FACE, shape: [40, 40, 1] };
  const of = (mirror: boolean) => async (cut: Uint8Array) => {
    const model = build();
    try {
      using predictor = makePredictor(model, { sample: small, execution: "traced", mirror });
      return await predictor.predict(cut, { batchSize: 6 });
    } finally {
      model.dispose();
    }
  };
  const near = (found: Float32Array, expected: readonly Float32Array[]) =>
    found.forEach((value, i) => {
      const mean = expected.reduce((sum, each) => sum + each[i]!, 0) / expected.length;
      ok(Math.abs(value - mean) < 1e-6);
    });
  const places = [[4, 4], [0, 0], [0, 8], [8, 0], [8, 8]] as const;
  for (const mirror of [false, true]) {
    const parts = await Promise.all(places.map(([row, column]) => of(mirror)(crop(row, column))));
    for (const execution of ["traced", "eager"] as const) {
      await withPredictor(build(), { mirror, execution }, async ({ predict }) => {
        near(await predict(images, { batchSize: 6 }), parts.slice(0, 1));
      });
      await withPredictor(build(), { mirror, execution, crops: "five" }, async ({ predict }) => {
        near(await predict(images, { batchSize: 6 }), parts);
      });
    }
  }
});
