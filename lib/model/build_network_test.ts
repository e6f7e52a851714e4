import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { createHash } from "node:crypto";
import { BASELINE } from "../configuration.ts";
import { BARS, VOTES } from "../dataset/_made_up.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { weightForms, weightNames } from "../training/weights.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { randomiseWeights } from "./_branched.ts";
import { buildNetwork } from "./build_network.ts";
import { type NetworkForm, networkLayers, type NetworkShape, networkWeights } from "./families.ts";
import { forwardPass } from "./forward.ts";
import { layerCost, networkCost } from "./layers.ts";
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
  // A pool takes votes, not images.
  for (const { name } of NETWORKS.filter(({ name }) => name !== "pool")) {
    const shape: NetworkShape = { ...TINY, network: name, batchNorm: "all" };
    const model = buildNetwork(shape, { seed: 1, form: FER2013_FORM });
    deepStrictEqual(model.inputs[0]!.shape, [null, 48, 48, 1], name);
    deepStrictEqual(model.outputShape, [null, 7], name);
    model.dispose();
  }
});

Deno.test("Networks that runs are committed of start as they always did, bit for bit", () => {
  // Names and values of all weights in their order, as the first version of each network had them.
  const digests: [Partial<NetworkShape>, string][] = [
    [{}, "4f542d04f83a09b3"],
    [{ batchNorm: "all", convDropout: 0.1, denseDropout: 0.4 }, "1af8a441814782df"],
    [{ network: "vgg(3)", batchNorm: true }, "c4c93ccab328ba49"],
    [{ network: "mlp(2)", batchNorm: "all" }, "3f73c7cf0fff3e2d"],
  ];
  for (const [changes, expected] of digests) {
    const model = buildNetwork({ ...BASELINE, ...changes }, { seed: 1 });
    const hash = createHash("sha256");
    weightNames(model).forEach((name, i) =>
      hash.update(name).update(
        new Uint8Array((model.weights[i]!.read().dataSync() as Float32Array).buffer),
      )
    );
    strictEqual(hash.digest("hex").slice(0, 16), expected, JSON.stringify(changes));
    model.dispose();
  }
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

/** Holds the forward pass to the probabilities that the model predicts, of three images, to 1e-6. */
function holdForwardPass(model: tf.LayersModel): void {
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
}

Deno.test("forwardPass() gives the probabilities that vgg(3) predicts, to 1e-6", () => {
  const model = buildNetwork({ ...TINY, network: "vgg(3)", batchNorm: true }, {
    seed: 1,
    form: FER2013_FORM,
  });
  holdForwardPass(model);
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
  for (const network of ["chain", "vgg(2)", "resnet(1)", "mlp(1)"]) {
    const shape: NetworkShape = { ...TINY, network, batchNorm: "all" };
    const model = buildNetwork(shape, { seed: 1, form: BARS });
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

/** The networks that branch or have another dial turned, each with something of its own. */
const DIALS: readonly Partial<NetworkShape>[] = [
  {},
  { network: "vgg(3)", batchNorm: true, downsampling: "strided", head: "average" },
  { network: "vgg(2)", squeezeExcitation: 2, convDropout: 0.1 },
  { network: "plain(2, 1, 6)" },
  { network: "resnet(1)", batchNorm: true, squeezeExcitation: 4, head: "average" },
  { network: "resnet(2, 3, 4)", batchNorm: "all", downsampling: "strided" },
  { network: "mlp(2)", batchNorm: "all" },
];

for (const changes of DIALS) {
  Deno.test(`Shapes and parameters of the list of layers are the model's: ${JSON.stringify(changes)}`, () => {
    const shape = { ...TINY, ...changes };
    const layers = networkLayers(shape, FER2013_FORM);
    const model = buildNetwork(shape, { seed: 1 });
    for (const layer of layers.slice(1)) {
      const built = model.getLayer(layer.name);
      deepStrictEqual(built.outputShape, [null, ...layer.shape], layer.name);
      strictEqual(layerCost(layer, layers).parameters, built.countParams(), layer.name);
    }
    strictEqual(networkCost(layers).parameters, model.countParams());
    model.dispose();
  });

  Deno.test(`forwardPass() gives the probabilities that the model predicts, to 1e-6: ${JSON.stringify(changes)}`, () => {
    const model = buildNetwork({ ...TINY, ...changes }, { seed: 1 });
    randomiseWeights(model, randomStream(1, "dials"));
    holdForwardPass(model);
    model.dispose();
  });
}

Deno.test("A residual network begins with blocks that are their shortcuts", () => {
  const model = buildNetwork(
    { ...TINY, network: "resnet(2)", batchNorm: true, squeezeExcitation: 2 },
    { seed: 1 },
  );
  const names = model.layers.map(({ name }) => name).filter((name) => /^batch_norm/.test(name));
  const scales = names.map((name) => model.getLayer(name).getWeights()[0]!.dataSync());
  names.forEach((name, i) => {
    const scale = /_[12]_2$/.test(name) ? 0 : 1;
    ok(scales[i]!.every((value) => value === scale), name);
  });
  strictEqual(names.filter((name) => /_[12]_2$/.test(name)).length, 4);
  // The second block has an identity shortcut: ReLU of what is positive already is what it was.
  const ends = tf.model({
    inputs: model.inputs,
    outputs: ["relu1_1", "relu1_2"].map((name) =>
      model.getLayer(name).output
    ) as tf.SymbolicTensor[],
  });
  tf.tidy(() => {
    const [before, after] = ends.predict(tf.randomUniform([2, 48, 48, 1], 0, 1, "float32", 5)) as [
      tf.Tensor,
      tf.Tensor,
    ];
    deepStrictEqual(after.dataSync(), before.dataSync());
  });
  model.dispose();
});

Deno.test("He's rule is for layers with ReLU: the output layer and gates keep Glorot's", () => {
  const shape: NetworkShape = {
    ...TINY,
    ...{ network: "resnet(1)", batchNorm: true, squeezeExcitation: 2 },
  };
  const glorot = build(shape).weights;
  const he = build({ ...shape, initializer: "he-normal" }).weights;
  const kernels = Object.keys(glorot).filter((name) =>
    /^(conv|dense|reduce|excite|out)/.test(name)
  );
  deepStrictEqual(
    kernels.filter((name) => String(glorot[name]![0]) === String(he[name]![0])).sort(),
    ["excite1_1", "excite2_1", "output"],
  );
});

Deno.test("A pool adds up the modalities' votes, with one weight or a weight each, all 1 at first", () => {
  const form = { sample: { shape: [6] }, classes: ["happy", "sad", "neutral"] };
  for (const [network, trainable] of [["pool(0)", 1], ["pool(1)", 2]] as const) {
    const model = buildNetwork({ ...BASELINE, network }, { seed: 1, form });
    const sizes = model.trainableWeights.map((weight) => weight.read().size);
    strictEqual(sizes.reduce((sum, size) => sum + size, 0), trainable, network);
    const [votes, sums] = [[1, 0, 2, 0.5, 0.25, 1], [1.5, 0.25, 3]];
    const output = (model.predict(tf.tensor2d([votes])) as tf.Tensor).dataSync();
    const expected = tf.softmax(tf.tensor1d(sums)).dataSync();
    sums.forEach((_, c) => ok(Math.abs(output[c]! - expected[c]!) < 1e-6, `${network}: ${output}`));
    model.dispose();
  }
});

Deno.test("networkWeights() names the weights of every network as its model has them", () => {
  const told = (form: NetworkForm, shape: NetworkShape) => {
    const model = buildNetwork(shape, { seed: 1, form });
    deepStrictEqual(networkWeights(shape, form), weightForms(model), JSON.stringify(shape));
    model.dispose();
  };
  for (const network of ["chain", "vgg(2)", "plain(1)", "resnet(1)", "mlp(2)"]) {
    for (const batchNorm of [false, true, "all"] as const) {
      told(FER2013_FORM, { ...TINY, network, batchNorm, squeezeExcitation: 2 });
    }
  }
  const votes = { sample: { shape: [12] }, classes: VOTES.classes };
  told(votes, { ...TINY, network: "pool(0)" });
  told(votes, { ...TINY, network: "pool(1)" });
});
