import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { CLASS_COUNT, IMAGE_SIZE } from "../emotion.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { type Architecture, buildCnn } from "./cnn.ts";
import { forwardPass } from "./forward.ts";

const TINY: Architecture = { ...BASELINE, filters: [4, 8], denseUnits: 16 };
const MODELS: Record<string, Architecture> = {
  "the plain model": TINY,
  "a model with batch normalisation": { ...TINY, batchNorm: true },
  "a model with batch normalisation of all layers": { ...TINY, batchNorm: "all" },
  "a model with dropout": { ...TINY, convDropout: 0.25, denseDropout: 0.5 },
  "a model with both": { ...TINY, batchNorm: true, convDropout: 0.25, denseDropout: 0.5 },
};

/** A model whose every weight is random, biases and moving averages included. */
function randomModel(architecture: Architecture): tf.Sequential {
  const model = buildCnn(architecture, { seed: 1 });
  const stream = randomStream(1, "forward test");
  for (const layer of model.layers) {
    layer.setWeights(
      layer.getWeights().map((weight) => {
        if (weight.rank > 1) return weight;
        // Positive, as variances are.
        const values = Float32Array.from({ length: weight.size }, () => 0.2 + stream.uniform());
        return tf.tensor(values, weight.shape);
      }),
    );
  }
  return model;
}

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

for (const [name, architecture] of Object.entries(MODELS)) {
  Deno.test(`forwardPass() gives the probabilities that ${name} predicts, to 1e-6`, () => {
    const model = randomModel(architecture);
    tf.tidy(() => {
      const images = randomImages(5);
      const probabilities = tf.softmax(forwardPass(model).logits(images));
      const worst = difference(probabilities, model.predict(images) as tf.Tensor);
      ok(worst <= 1e-6, `off by ${worst}`);
    });
    model.dispose();
  });
}

const NORMALISED = [
  { batchNorm: false, name: "with pooling moved ahead", trainables: 8 },
  { batchNorm: true, name: "with batch normalisation", trainables: 10 },
  { batchNorm: "all", name: "with batch normalisation of all layers", trainables: 11 },
] as const;

for (const { batchNorm, name, trainables } of NORMALISED) {
  Deno.test(`Gradients ${name} are those of the model itself, to 1e-4`, () => {
    const model = randomModel({ ...TINY, batchNorm });
    const forward = forwardPass(model);
    const trainable = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
    tf.tidy(() => {
      const images = randomImages(6);
      const targets = tf.oneHot(tf.tensor1d([0, 1, 2, 3, 4, 6], "int32"), CLASS_COUNT);
      const keys = tf.zeros([0, 2], "int32") as tf.Tensor2D;
      const own = tf.variableGrads(
        () => tf.losses.softmaxCrossEntropy(targets, forward.logits(images, { keys })),
        trainable,
      );
      const expected = tf.variableGrads(() => {
        const probabilities = model.apply(images, { training: true }) as tf.Tensor;
        return tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.log(probabilities)), 1))) as tf.Scalar;
      }, trainable);
      strictEqual(trainable.length, trainables);
      for (const { name } of trainable) {
        const worst = difference(own.grads[name]!, expected.grads[name]!);
        ok(worst <= 1e-4, `${name} is off by ${worst}`);
      }
    });
    model.dispose();
  });
}

Deno.test("In training, batch normalisation moves its averages as tfjs's layer does, to 1e-3", () => {
  const model = randomModel({ ...TINY, filters: [4], batchNorm: true });
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

Deno.test("Pooling goes before bias and ReLU, but not before batch normalisation", () => {
  const kinds = (architecture: Architecture) => {
    const model = buildCnn(architecture, { seed: 1 });
    const found = forwardPass(model).steps.map(({ kind }) => kind).join(" ");
    model.dispose();
    return found;
  };
  strictEqual(
    kinds({ ...TINY, filters: [4] }),
    "convolve pool bias relu flatten multiply bias relu multiply bias",
  );
  strictEqual(
    kinds({ ...TINY, filters: [4], batchNorm: true, convDropout: 0.1 }),
    "convolve normalise pool relu dropout flatten multiply bias relu multiply bias",
  );
});

Deno.test("What forwardPass() does not know is refused with the layer's name", () => {
  const inputShape = [IMAGE_SIZE, IMAGE_SIZE, 1];
  const conv = { name: "conv", filters: 2, kernelSize: 3, padding: "same" as const, inputShape };
  const refuses = (layers: tf.layers.Layer[], message: RegExp) => {
    const model = tf.sequential({ layers });
    throws(() => forwardPass(model), message);
    model.dispose();
  };
  const { layers } = tf;
  refuses([layers.conv2d({ ...conv, padding: "valid" })], /Layer conv: only padding same is known/);
  refuses([layers.conv2d({ ...conv, strides: 2 })], /Layer conv: only strides 1,1 is known here/);
  refuses([layers.conv2d({ ...conv, dilationRate: 2 })], /Layer conv: only dilationRate 1,1 is/);
  refuses([layers.conv2d({ ...conv, activation: "tanh" })], /Layer conv: activation "tanh" is not/);
  refuses(
    [layers.maxPooling2d({ name: "pool", poolSize: 3, strides: 2, inputShape })],
    /Layer pool: only strides 3,3 is known here/,
  );
  refuses(
    [layers.maxPooling2d({ name: "pool", poolSize: 2, padding: "same", inputShape })],
    /Layer pool: only padding valid is known here/,
  );
  refuses(
    [layers.averagePooling2d({ name: "pool", poolSize: 2, inputShape })],
    /Layer pool of kind AveragePooling2D is not known here/,
  );
  refuses(
    [layers.batchNormalization({ name: "norm", axis: 1, inputShape })],
    /Layer norm: only axis -1 is known here/,
  );
  // Softmax is left to the loss at the very end only.
  refuses(
    [layers.conv2d({ ...conv, activation: "softmax" }), layers.flatten()],
    /Layer conv: activation "softmax" is not known here/,
  );
});
