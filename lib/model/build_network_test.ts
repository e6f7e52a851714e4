import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { BARS, VOTES } from "../dataset/_made_up.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import * as tf from "../tensorflow/tf.ts";
import { buildNetwork, type NetworkShape } from "./build_network.ts";
import { buildCnn } from "./cnn.ts";
import { forwardPass } from "./forward.ts";
import { NETWORKS } from "./network.ts";

const TINY: NetworkShape = { ...BASELINE, filters: [4, 8], denseUnits: 16 };

/** The layers' names in order, and the weights of each. */
function taken(model: tf.LayersModel) {
  const layers = model.layers.map(({ name }) => name).join(" ");
  const weights = Object.fromEntries(
    model.layers.map((layer) => [
      layer.name,
      layer.getWeights().map((weight) => weight.dataSync() as Float32Array),
    ]),
  );
  const parameters = model.countParams();
  model.dispose();
  return { layers, weights, parameters };
}

const build = (shape: NetworkShape, seed = 1) =>
  taken(buildNetwork(shape, { seed, form: FER2013_FORM }));

Deno.test("buildNetwork() builds every network that can be named, for seven classes", () => {
  for (const { name } of NETWORKS) {
    const model = buildNetwork({ ...TINY, network: name }, { seed: 1, form: FER2013_FORM });
    deepStrictEqual(model.inputs[0]!.shape, [null, 48, 48, 1], name);
    deepStrictEqual(model.outputShape, [null, 7], name);
    model.dispose();
  }
});

Deno.test("The chain is the CNN of the original report, weight for weight", () => {
  deepStrictEqual(build(TINY), taken(buildCnn(TINY, { seed: 1, form: FER2013_FORM })));
});

Deno.test("vgg(2) has two convolutions in every block, with all that follows one in the chain", () => {
  strictEqual(
    build({ ...TINY, network: "vgg(2)" }).layers,
    "conv1_1 conv1_2 pool1 conv2_1 conv2_2 pool2 flatten dense output",
  );
  strictEqual(
    build({ ...TINY, network: "vgg(2)", filters: [4], batchNorm: true, convDropout: 0.2 }).layers,
    "conv1_1 batch_norm1_1 relu1_1 conv1_2 batch_norm1_2 relu1_2 pool1 dropout1 flatten dense output",
  );
  // The baseline's 683,527, and a second kernel of 9 n^2 weights with n biases for each n filters.
  const more = [32, 64, 128].reduce((sum, n) => sum + 9 * n * n + n, 0);
  strictEqual(build({ ...BASELINE, network: "vgg(2)" }).parameters, 683_527 + more);
});

Deno.test("forwardPass() gives the probabilities that vgg(3) predicts, to 1e-6", () => {
  const model = buildNetwork({ ...TINY, network: "vgg(3)", batchNorm: true }, {
    seed: 1,
    form: FER2013_FORM,
  });
  tf.tidy(() => {
    const images = tf.tensor4d(
      Float32Array.from({ length: 3 * 48 * 48 }, (_, i) => (i * 37 % 101) / 100),
      [3, 48, 48, 1],
    );
    const expected = (model.predict(images) as tf.Tensor).dataSync();
    const actual = tf.softmax(forwardPass(model).logits(images)).dataSync();
    const worst = Math.max(...actual.map((value, i) => Math.abs(value - expected[i]!)));
    strictEqual(actual.length, 21);
    ok(worst <= 1e-6, `off by ${worst}`);
  });
  model.dispose();
});

Deno.test("Every kernel starts from a stream of its own, which the seed decides", () => {
  const { weights } = build({ ...TINY, network: "vgg(3)" });
  deepStrictEqual(build({ ...TINY, network: "vgg(3)" }).weights, weights);
  strictEqual(weights["conv1_2"]![0]!.length, weights["conv1_3"]![0]!.length);
  notDeepStrictEqual(weights["conv1_2"]![0], weights["conv1_3"]![0]);
  const other = build({ ...TINY, network: "vgg(3)" }, 2).weights;
  for (const name of ["conv1_1", "conv1_2", "conv2_3", "dense", "output"]) {
    ok(weights[name]![0]!.some((weight) => weight !== 0), name);
    notDeepStrictEqual(other[name]![0], weights[name]![0], name);
  }
  // What both have starts alike, however many convolutions there are.
  deepStrictEqual(build({ ...TINY, network: "vgg(2)" }).weights["conv2_2"], weights["conv2_2"]);
});

Deno.test("buildNetwork() refuses a network that it does not know", () => {
  throws(
    () => buildNetwork({ ...TINY, network: "vgg2" }, { seed: 1, form: FER2013_FORM }),
    SyntaxError,
  );
});

Deno.test("buildNetwork() takes the shape of the samples and the number of classes from the data", () => {
  for (const network of ["chain", "vgg(2)", "mlp(1)"]) {
    const model = buildNetwork({ ...TINY, network }, { seed: 1, form: BARS });
    deepStrictEqual(model.inputs[0]!.shape, [null, 32, 32, 1], network);
    deepStrictEqual(model.outputShape, [null, 3], network);
    model.dispose();
  }
});

Deno.test("mlp(layers) is so many dense layers, each initialised by its own name", () => {
  const form = VOTES;
  const { layers, weights, parameters } = taken(
    buildNetwork({ ...TINY, network: "mlp(3)", denseDropout: 0.5 }, { seed: 1, form }),
  );
  strictEqual(layers, "dense1 dense2 dense3 dropout_dense output");
  strictEqual(parameters, 12 * 16 + 16 + 2 * (16 * 16 + 16) + 16 * 4 + 4);
  notDeepStrictEqual(weights.dense2, weights.dense3);
  const normalised = taken(
    buildNetwork({ ...TINY, network: "mlp(1)", batchNorm: "all" }, { seed: 1, form }),
  );
  strictEqual(normalised.layers, "dense1 batch_norm_dense1 relu_dense1 output");
  // Another layer moves no other's start.
  deepStrictEqual(normalised.weights.dense1![0], weights.dense1![0]);
});
