import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import * as tf from "../tensorflow/tf.ts";
import { buildNetwork } from "./build_network.ts";
import { networkLayers, type NetworkShape } from "./families.ts";
import { networkCost } from "./layers.ts";

const TINY: NetworkShape = { ...BASELINE, filters: [4, 8], denseUnits: 16 };

/** The weights of each layer that has some, by its name. */
function start(architecture: NetworkShape, seed: number): Record<string, Float32Array[]> {
  const model = buildNetwork(architecture, { seed });
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
function layerNames(architecture: NetworkShape): string {
  const model = buildNetwork(architecture, { seed: 1 });
  const names = model.layers.map(({ name }) => name).join(" ");
  model.dispose();
  return names;
}

Deno.test("The baseline has 683,527 parameters and gives seven probabilities", () => {
  const model = buildNetwork(BASELINE, { seed: 1 });
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

/** The layers of a network as words: kind and name, with what each takes where that is not the last. */
function layersOf(changes: Partial<NetworkShape>): string {
  const layers = networkLayers({ ...TINY, ...changes }, FER2013_FORM);
  return layers.map(({ name, inputs }, i) =>
    inputs.length === 0 || inputs.length === 1 && inputs[0] === i - 1
      ? name
      : `${name}(${inputs.map((place) => layers[place]!.name).join(",")})`
  ).join(" ");
}

Deno.test("A residual block adds its input to its output, projected where the two differ in shape", () => {
  strictEqual(
    layersOf({ network: "resnet(2, 2, 4)", filters: [4, 8], batchNorm: true, head: "average" })
      .replace(/ batch_norm\w+/g, ""),
    "input conv_stem relu_stem pool1 conv1_1_1 relu1_1_1 conv1_1_2 " +
      "add1_1(batch_norm1_1_2,pool1) relu1_1 conv1_2_1 relu1_2_1 conv1_2_2 " +
      "add1_2(batch_norm1_2_2,relu1_1) relu1_2 pool2 conv2_1_1 relu2_1_1 conv2_1_2 " +
      "conv2_1_shortcut(pool2) add2_1(batch_norm2_1_2,batch_norm2_1_shortcut) relu2_1 conv2_2_1 " +
      "relu2_2_1 conv2_2_2 add2_2(batch_norm2_2_2,relu2_1) relu2_2 average output",
  );
});

Deno.test("plain(...) is resnet(...) without the shortcuts, and each dial changes only its own", () => {
  const plain = layersOf({ network: "plain(1, 3, 4)", filters: [4], batchNorm: true });
  const residual = layersOf({ network: "resnet(1, 3, 4)", filters: [4], batchNorm: true });
  strictEqual(residual.replace(" add1_1(batch_norm1_1_3,pool1) relu1_1 ", " relu1_1_3 "), plain);
  strictEqual(
    layersOf({ network: "plain(1, 1)", filters: [4] }),
    "input conv_stem pool1 conv1_1_1 flatten dense output",
  );
  strictEqual(
    layersOf({ network: "plain(1, 1)", filters: [4], downsampling: "strided", head: "average" }),
    "input conv_stem conv1_1_1 average output",
  );
  strictEqual(
    layersOf({ filters: [4], squeezeExcitation: 2, downsampling: "strided", head: "average" }),
    "input conv1 squeeze1 reduce1 excite1 scale1 multiply1(conv1,scale1) average output",
  );
});

Deno.test("Parameters and multiply-adds are those of the literature's formulas", () => {
  const cost = (changes: Partial<NetworkShape>) =>
    networkCost(networkLayers({ ...BASELINE, ...changes }, FER2013_FORM));
  deepStrictEqual(cost({}), {
    parameters: 683_527,
    multiplyAdds: 9 * (48 * 48 * 32 + 24 * 24 * 32 * 64 + 12 * 12 * 64 * 128) + 4608 * 128 +
      128 * 7,
  });
  // Kernels of 9 or 1 weights for each pair of channels, on 48, 24, 12 and 6 pixels a side.
  const stage = (n: number, from: number) => 9 * (from * n + n * n) + from * n;
  const stages = [[64, 32, 24], [128, 64, 12], [256, 128, 6]] as const;
  const se = stages.map(([n]) => 2 * n * n / 8);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
  const deep = cost({
    ...{ network: "resnet(1)", filters: [64, 128, 256], batchNorm: true },
    ...{ squeezeExcitation: 8, head: "average" },
  });
  strictEqual(
    deep.multiplyAdds,
    48 * 48 * 9 * 32 + sum(stages.map(([n, from, side]) => side * side * stage(n, from))) +
      sum(se) +
      256 * 7,
  );
  const norms = 4 * (32 + 3 * (64 + 128 + 256));
  const biases = sum(stages.map(([n]) => n + n / 8)) + 7;
  strictEqual(
    deep.parameters,
    9 * 32 + sum(stages.map(([n, from]) => stage(n, from))) + sum(se) + 256 * 7 + norms + biases,
  );
});
