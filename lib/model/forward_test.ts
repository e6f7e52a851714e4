import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { CLASS_COUNT, IMAGE_SIZE } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { BRANCHED, buildBranched, randomiseWeights } from "./_branched.ts";
import { buildNetwork } from "./build_network.ts";
import type { NetworkShape } from "./families.ts";
import { forwardPass } from "./forward.ts";

const TINY: NetworkShape = { ...BASELINE, filters: [4, 8], denseUnits: 16 };

/** A CNN whose every weight is random, biases and moving averages included. */
function randomCnn(architecture: NetworkShape): tf.LayersModel {
  const model = buildNetwork(architecture, { seed: 1 });
  randomiseWeights(model, randomStream(1, "forward test"));
  return model;
}

const MODELS: Readonly<Record<string, () => tf.LayersModel>> = {
  "the plain CNN": () => randomCnn(TINY),
  "a CNN with batch normalisation": () => randomCnn({ ...TINY, batchNorm: true }),
  "a CNN with batch normalisation of all layers": () => randomCnn({ ...TINY, batchNorm: "all" }),
  "a CNN with dropout": () => randomCnn({ ...TINY, convDropout: 0.25, denseDropout: 0.5 }),
  "a CNN with both": () =>
    randomCnn({ ...TINY, batchNorm: true, convDropout: 0.25, denseDropout: 0.5 }),
  ...Object.fromEntries(
    BRANCHED.map((name) => [`a model with ${name}`, () => buildBranched(name)]),
  ),
};

function randomImages(count: number): tf.Tensor4D {
  const stream = randomStream(1, "forward images");
  const shape: [number, number, number, number] = [count, IMAGE_SIZE, IMAGE_SIZE, 1];
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(Float32Array.from({ length: size }, () => stream.uniform()), shape);
}

/** The largest difference as a share of the largest value. */
function difference(actual: tf.Tensor, expected: tf.Tensor): number {
  deepStrictEqual(actual.shape, expected.shape);
  return tf.tidy(() =>
    tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.max(tf.abs(expected))).dataSync()[0]!
  );
}

for (const [name, build] of Object.entries(MODELS)) {
  Deno.test(`forwardPass() gives the probabilities that ${name} predicts, to 1e-6`, () => {
    const model = build();
    tf.tidy(() => {
      const images = randomImages(5);
      const probabilities = tf.softmax(forwardPass(model).logits(images));
      const worst = difference(probabilities, model.predict(images) as tf.Tensor);
      ok(worst <= 1e-6, `off by ${worst}`);
    });
    model.dispose();
  });

  // Normalisation before an average takes most of a gradient away: what is left is less exact.
  const tolerance = name.includes("CNN") ? 1e-4 : 5e-3;
  Deno.test(`Gradients of ${name} are those of the model itself, to ${tolerance}`, () => {
    const model = build();
    // tfjs's own dropout draws other masks.
    for (const layer of model.layers.filter((layer) => layer.getClassName() === "Dropout")) {
      (layer as unknown as { rate: number }).rate = 0;
    }
    const forward = forwardPass(model);
    const trainable = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    tf.tidy(() => {
      const images = randomImages(6);
      const targets = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 4, 6], "int32"), CLASS_COUNT);
      const keys = tf.zeros([forward.dropouts, 2], "int32") as tf.Tensor2D;
      const own = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(targets, forward.logits(images, { keys })),
        trainable,
      );
      const expected = tf.variableGrads(() => {
        const probabilities = model.apply(images, { training: true }) as tf.Tensor;
        return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.log(probabilities)), 1))) as tf.Scalar;
      }, trainable);
      ok(trainable.length >= 8);
      for (const { name } of trainable) {
        const worst = difference(own.grads[name]!, expected.grads[name]!);
        ok(worst <= tolerance, `${name} is off by ${worst}`);
      }
    });
    model.dispose();
  });
}

Deno.test("In training, batch normalisation moves its averages as tfjs's layer does, to 1e-3", () => {
  const model = randomCnn({ ...TINY, filters: [4], batchNorm: true });
  const layer = model.getLayer("batch_norm1");
  const [gamma, beta, mean, variance] = layer.getWeights().map((weight) => weight.clone());
  tf.tidy(() => {
    const images = randomImages(6);
    const keys = tf.zeros([0, 2], "int32") as tf.Tensor2D;
    forwardPass(model).logits(images, { keys });
    const own = layer.getWeights().map((weight) => weight.clone());
    layer.setWeights([gamma!, beta!, mean!, variance!]);
    model.apply(images, { training: true });
    const expected = layer.getWeights();
    // tfjs multiplies the variance by n / (n - 1 - epsilon) over n = batch x pixels, hence not less.
    for (const i of [2, 3]) {
      ok(difference(own[i]!, expected[i]!) <= 1e-3);
      ok(difference(own[i]!, [mean!, variance!][i - 2]!) > 1e-3, "they moved");
    }
  });
  tf.dispose([gamma!, beta!, mean!, variance!]);
  model.dispose();
});

Deno.test("Dropout needs keys, drops by them, and keeps the mean", () => {
  const model = tf.sequential({
    layers: [
      tf.layers.flatten({ inputShape: [IMAGE_SIZE, IMAGE_SIZE, 1] }),
      tf.layers.dropout({ rate: 0.4 }),
    ],
  });
  const forward = forwardPass(model);
  strictEqual(forward.dropouts, 1);
  tf.tidy(() => {
    const images = tf.ones([8, IMAGE_SIZE, IMAGE_SIZE, 1]) as tf.Tensor4D;
    const dropped = (...key: number[]) =>
      forward.logits(images, { keys: tf.tensor2d([key], [1, 2], "int32") }).dataSync();
    ok(forward.logits(images).dataSync().every((value) => value === 1));
    const values = dropped(1, 2);
    const kept = values.filter((value) => value !== 0);
    ok(kept.every((value) => value === Math.fround(1 / 0.6)));
    // 18,432 draws: 4 standard errors are 0.0145.
    ok(Math.abs(kept.length / values.length - 0.6) < 0.0145);
    deepStrictEqual(dropped(1, 2), values);
    ok(dropped(1, 3).some((value, i) => value !== values[i]));
  });
  model.dispose();
});
