import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { type Architecture, buildCnn, glorotUniform } from "./cnn.ts";

const TINY: Architecture = { ...BASELINE, filters: [4, 8], denseUnits: 16 };

/** The weights of each layer that has some, by its name. */
function start(architecture: Architecture, seed: number): Record<string, Float32Array[]> {
  const model = buildCnn(architecture, { seed });
  const weights = Object.fromEntries(
    model.layers.filter((layer) => layer.weights.length > 0).map((layer) => [
      layer.name,
      layer.getWeights().map((weight) => weight.dataSync() as Float32Array),
    ]),
  );
  model.dispose();
  return weights;
}

/** The names of a model's layers in their order. */
function layerNames(architecture: Architecture): string {
  const model = buildCnn(architecture, { seed: 1 });
  const names = model.layers.map(({ name }) => name).join(" ");
  model.dispose();
  return names;
}

Deno.test("The baseline has 683,527 parameters and gives seven probabilities", () => {
  const model = buildCnn(BASELINE, { seed: 1 });
  // 320 + 18,496 + 73,856 of the convolutions, 589,952 of the dense layer, 903 of the output.
  strictEqual(model.countParams(), 683_527);
  deepStrictEqual(model.layers.map((layer) => layer.countParams()).filter((count) => count > 0), [
    320,
    18_496,
    73_856,
    589_952,
    903,
  ]);
  deepStrictEqual(model.outputShape, [null, 7]);
  model.dispose();
});

Deno.test("Layers come in the order of the literature: norm before ReLU, dropout after pooling", () => {
  strictEqual(layerNames(TINY), "conv1 pool1 conv2 pool2 flatten dense output");
  strictEqual(
    layerNames({ ...TINY, batchNorm: true, convDropout: 0.25, denseDropout: 0.5 }),
    "conv1 batch_norm1 relu1 pool1 dropout1 conv2 batch_norm2 relu2 pool2 dropout2 " +
      "flatten dense dropout_dense output",
  );
  strictEqual(
    layerNames({ ...TINY, filters: [4], batchNorm: "all", denseDropout: 0.5 }),
    "conv1 batch_norm1 relu1 pool1 flatten dense batch_norm_dense relu_dense dropout_dense output",
  );
});

Deno.test("Batch normalisation takes the place of the convolutions' biases", () => {
  const plain = start(TINY, 1);
  const normalised = start({ ...TINY, batchNorm: true }, 1);
  strictEqual(plain["conv1"]!.length, 2);
  strictEqual(normalised["conv1"]!.length, 1);
  deepStrictEqual(normalised["conv1"]![0], plain["conv1"]![0]);
  const [gamma, beta, mean, variance] = normalised["batch_norm1"]!.map((values) => [...values]);
  deepStrictEqual([gamma, beta], [[1, 1, 1, 1], [0, 0, 0, 0]]);
  deepStrictEqual([mean, variance], [[0, 0, 0, 0], [1, 1, 1, 1]]);
  const all = start({ ...TINY, batchNorm: "all" }, 1);
  deepStrictEqual(all["dense"], [plain["dense"]![0]]);
  strictEqual(all["batch_norm_dense"]![0]!.length, 16);
});

Deno.test("Weights start from the seed: the same for the same, 0 a seed like any other", () => {
  for (const seed of [0, 1]) deepStrictEqual(start(TINY, seed), start(TINY, seed));
  const [zero, one] = [start(TINY, 0), start(TINY, 1)];
  for (const layer of ["conv1", "conv2", "dense", "output"]) {
    notDeepStrictEqual(zero[layer]![0], one[layer]![0]);
    ok(zero[layer]![0]!.some((weight) => weight !== 0));
    ok(zero[layer]![1]!.every((bias) => bias === 0));
  }
});

Deno.test("Two layers of one shape start differently", () => {
  const weights = start({ ...TINY, filters: [4, 4, 4] }, 1);
  strictEqual(weights["conv2"]![0]!.length, weights["conv3"]![0]!.length);
  notDeepStrictEqual(weights["conv2"]![0], weights["conv3"]![0]);
});

Deno.test("Adding dropout or batch normalisation leaves the start of the kernels as it is", () => {
  const kernels = (weights: ReturnType<typeof start>) =>
    ["conv1", "conv2", "dense", "output"].map((layer) => weights[layer]![0]);
  const plain = kernels(start(TINY, 3));
  deepStrictEqual(kernels(start({ ...TINY, convDropout: 0.2, denseDropout: 0.5 }, 3)), plain);
  deepStrictEqual(kernels(start({ ...TINY, batchNorm: true }, 3)), plain);
});

Deno.test("A model that is disposed leaves no tensor behind", () => {
  const before = tf.memory().numTensors;
  start({ ...TINY, batchNorm: true, convDropout: 0.2 }, 1);
  strictEqual(tf.memory().numTensors, before);
});

Deno.test("glorotUniform() fills its interval evenly and does not leave it", () => {
  // A 3x3 kernel from 8 to 16 channels: sqrt(6 / (9 * 8 + 9 * 16)) = 1/6.
  const values = glorotUniform([3, 3, 8, 16], randomStream(1, "test"));
  strictEqual(values.length, 1152);
  ok(values.every((value) => Math.abs(value) <= 1 / 6));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + value * value, 0) / values.length;
  // Of the mean and the variance (limit^2 / 3) at most 4 standard errors off.
  ok(Math.abs(mean) < 4 / 6 / Math.sqrt(3 * values.length));
  ok(Math.abs(square * 36 * 3 - 1) < 4 * Math.sqrt(4 / 5 / values.length));
  // A dense layer counts units alone: sqrt(6 / (20 + 4)) = 1/2.
  const dense = glorotUniform([20, 4], randomStream(1, "test"));
  const largest = Math.max(...dense.map(Math.abs));
  ok(largest <= 0.5 && largest > 0.4);
});
