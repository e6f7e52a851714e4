import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { IMAGE_SIZE } from "../emotion.ts";
import * as tf from "../tensorflow/tf.ts";
import { buildBranched } from "./_branched.ts";
import { buildNetwork } from "./build_network.ts";
import type { NetworkShape } from "./families.ts";
import { hoistPooling, type ModelGraph, modelGraph } from "./graph.ts";

const TINY: NetworkShape = { ...BASELINE, filters: [4, 8], denseUnits: 16 };
const SHAPE = [IMAGE_SIZE, IMAGE_SIZE, 1];
const { layers } = tf;

/** The kinds of a graph's nodes, with the places of their inputs where those are not the one before. */
function written(graph: ModelGraph): string {
  return graph.map(({ kind, inputs }, place) =>
    inputs.length === 0 || String(inputs) === String(place - 1) ? kind : `${kind}(${inputs})`
  ).join(" ");
}

/** Builds a model, reads its graph and frees it. */
function graphOf(build: () => tf.LayersModel): ModelGraph {
  const model = build();
  try {
    return modelGraph(model);
  } finally {
    model.dispose();
  }
}

Deno.test("The graph of a sequential model is a chain, without the softmax at its end", () => {
  const cnn = (architecture: NetworkShape) =>
    written(graphOf(() => buildNetwork(architecture, { seed: 1 })));
  strictEqual(
    cnn({ ...TINY, filters: [4] }),
    "input convolve bias relu pool flatten matmul bias relu matmul bias",
  );
  strictEqual(
    cnn({ ...TINY, filters: [4], batchNorm: true, convDropout: 0.1 }),
    "input convolve normalise relu pool dropout flatten matmul bias relu matmul bias",
  );
});

Deno.test("The graph of a functional model has its branches, each node after what it takes", () => {
  const graph = graphOf(() => buildBranched("a residual block"));
  strictEqual(
    written(graph),
    "input convolve normalise relu pool convolve normalise relu convolve normalise add(4,9) relu " +
      "average matmul bias",
  );
  for (const { inputs, name } of graph) ok(inputs.every((place) => place < graph.length), name);
});

Deno.test("The same model has the same graph, whatever order its layers were made in", () => {
  const build = (swapped: boolean) => () => {
    const images = tf.input({ shape: SHAPE });
    const branch = (filters: number) =>
      layers.conv2d({ filters: 2, kernelSize: filters, padding: "same" })
        .apply(images) as tf.SymbolicTensor;
    const [first, second] = swapped
      ? [branch(1), branch(3)].reverse() as [tf.SymbolicTensor, tf.SymbolicTensor]
      : [branch(3), branch(1)];
    const sum = layers.add().apply([first!, second!]) as tf.SymbolicTensor;
    return tf.model({ inputs: images, outputs: sum });
  };
  const kernels = (graph: ModelGraph) =>
    graph.flatMap((node) => node.kind === "convolve" ? [node.kernel.shape] : []);
  deepStrictEqual(kernels(graphOf(build(true))), kernels(graphOf(build(false))));
  deepStrictEqual(kernels(graphOf(build(true)))[0], [3, 3, 1, 2]);
});

Deno.test("Pooling goes before bias and ReLU, but not before batch normalisation", () => {
  const hoisted = (architecture: NetworkShape) =>
    written(hoistPooling(graphOf(() => buildNetwork(architecture, { seed: 1 }))));
  strictEqual(
    hoisted({ ...TINY, filters: [4] }),
    "input convolve pool bias relu flatten matmul bias relu matmul bias",
  );
  strictEqual(
    hoisted({ ...TINY, filters: [4], batchNorm: true, convDropout: 0.1 }),
    "input convolve normalise pool relu dropout flatten matmul bias relu matmul bias",
  );
  const twice = tf.sequential({
    layers: [
      layers.conv2d({ filters: 2, kernelSize: 3, activation: "relu", inputShape: SHAPE }),
      layers.maxPooling2d({ poolSize: 2 }),
      layers.maxPooling2d({ poolSize: 3 }),
    ],
  });
  strictEqual(written(hoistPooling(modelGraph(twice))), "input convolve pool pool bias relu");
  twice.dispose();
});

Deno.test("Pooling does not go before what another node takes as well", () => {
  const graph = (build: (relu: tf.SymbolicTensor, pool: tf.SymbolicTensor) => tf.SymbolicTensor) =>
    written(hoistPooling(graphOf(() => {
      const images = tf.input({ shape: SHAPE });
      const convolved = layers.conv2d({ filters: 2, kernelSize: 3, padding: "same" }).apply(images);
      const relu = layers.reLU().apply(convolved) as tf.SymbolicTensor;
      const pool = layers.maxPooling2d({ poolSize: 2 }).apply(relu) as tf.SymbolicTensor;
      return tf.model({ inputs: images, outputs: build(relu, pool) });
    })));
  strictEqual(graph((_, pool) => pool), "input convolve pool bias relu");
  // What stands behind the pooling may have as many consumers as it likes.
  strictEqual(
    graph((_, pool) => layers.add().apply([pool, pool]) as tf.SymbolicTensor),
    "input convolve pool bias relu add(4,4)",
  );
  strictEqual(
    graph((relu, pool) => {
      const strided = layers.conv2d({ filters: 2, kernelSize: 1, strides: 2, useBias: false });
      return layers.add().apply([
        pool,
        strided.apply(relu) as tf.SymbolicTensor,
      ]) as tf.SymbolicTensor;
    }),
    "input convolve bias relu pool convolve(3) add(4,5)",
  );
});

Deno.test("What is not known is refused with the layer's name and what is known", () => {
  const conv = { name: "conv", filters: 2, kernelSize: 3, padding: "same" as const };
  const refuses = (chain: tf.layers.Layer[], message: RegExp) => {
    const images = tf.input({ shape: SHAPE });
    const outputs = chain.reduce((x, layer) => layer.apply(x) as tf.SymbolicTensor, images);
    throws(() => graphOf(() => tf.model({ inputs: images, outputs })), message);
  };
  refuses([layers.conv2d({ ...conv, dilationRate: 2 })], /Layer conv: only dilationRate 1,1 is/);
  refuses(
    [layers.conv2d({ ...conv, activation: "tanh" })],
    /Layer conv: activation "tanh" is not known here: known are linear, relu, sigmoid/,
  );
  refuses(
    [layers.conv2d({ ...conv, kernelRegularizer: tf.regularizers.l2() })],
    /Layer conv: kernelRegularizer is not known here/,
  );
  refuses(
    [layers.conv2d({ ...conv, dataFormat: "channelsFirst" })],
    /Layer conv: only dataFormat channelsLast is known here/,
  );
  refuses(
    [layers.maxPooling2d({ name: "pool", poolSize: 3, strides: 2 })],
    /Layer pool: only strides 3,3 is known here/,
  );
  refuses(
    [layers.averagePooling2d({ name: "pool", poolSize: 2 })],
    /Layer pool of kind AveragePooling2D is not known here: known are Conv2D, Dense, .*Dropout$/,
  );
  refuses(
    [layers.batchNormalization({ name: "norm", axis: 1 })],
    /Layer norm: only axis -1 is known here/,
  );
  refuses(
    [layers.batchNormalization({ name: "norm", scale: false })],
    /Layer norm has no weight "gamma"/,
  );
  refuses([layers.reLU({ name: "relu", maxValue: 6 })], /Layer relu: maxValue is not known here/);
  refuses(
    [layers.dense({ name: "dense", units: 3 })],
    /Layer dense: an output of rank 4 is not known here, only of rank 2/,
  );
  // Softmax is left to the loss at the very end only.
  refuses(
    [layers.conv2d({ ...conv, activation: "softmax" }), layers.flatten()],
    /Layer conv: activation "softmax" is not known here/,
  );
  const twice = layers.conv2d({ ...conv, filters: 1 });
  refuses([twice, twice], /Layer conv is applied more than once: only once is known here/);
});

Deno.test("A model of several inputs or outputs is refused", () => {
  const [one, two] = [tf.input({ shape: [3] }), tf.input({ shape: [3] })];
  const outputs = layers.add().apply([one, two]) as tf.SymbolicTensor;
  throws(
    () => modelGraph(tf.model({ name: "pair", inputs: [one, two], outputs })),
    /Model pair has 2 inputs and 1 outputs: only one of each is known here/,
  );
  throws(
    () => modelGraph(tf.model({ name: "pair", inputs: one, outputs: [one, one] })),
    /Model pair has 1 inputs and 2 outputs/,
  );
});
