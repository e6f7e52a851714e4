/**
 * Small networks with branches, for tests.
 *
 * @module
 */

import { CLASS_COUNT, IMAGE_SIZE } from "../emotion.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";

type Tensor = tf.SymbolicTensor;
type Convolution = Partial<Parameters<typeof tf.layers.conv2d>[0]>;

/** Layers of the network under construction: tfjs's own names count up from model to model. */
let layers = 0;
const named = () => ({ name: `layer${++layers}` });

const apply = (layer: tf.layers.Layer, ...inputs: Tensor[]): Tensor =>
  layer.apply(inputs.length === 1 ? inputs[0]! : inputs) as Tensor;

function convolve(x: Tensor, filters: number, options: Convolution = {}): Tensor {
  const layer = tf.layers.conv2d({
    ...named(),
    filters,
    kernelSize: 3,
    padding: "same",
    kernelInitializer: "zeros",
    ...options,
  });
  return apply(layer, x);
}

/** A convolution as deep networks have it: batch normalisation in place of its bias, then ReLU. */
function normalised(x: Tensor, filters: number, options: Convolution = {}): Tensor {
  return apply(tf.layers.reLU(named()), unactivated(x, filters, options));
}

function unactivated(x: Tensor, filters: number, options: Convolution = {}): Tensor {
  const convolved = convolve(x, filters, { useBias: false, ...options });
  return apply(tf.layers.batchNormalization({ ...named(), momentum: 0.9 }), convolved);
}

function dense(x: Tensor, units: number, activation: "relu" | "sigmoid" | "softmax"): Tensor {
  return apply(tf.layers.dense({ ...named(), units, activation, kernelInitializer: "zeros" }), x);
}

const pool = (x: Tensor, poolSize = 2) =>
  apply(tf.layers.maxPooling2d({ ...named(), poolSize }), x);
const average = (x: Tensor) => apply(tf.layers.globalAveragePooling2d(named()), x);
const relu = (x: Tensor) => apply(tf.layers.activation({ ...named(), activation: "relu" }), x);
const add = (...inputs: Tensor[]) => apply(tf.layers.add(named()), ...inputs);
const multiply = (...inputs: Tensor[]) => apply(tf.layers.multiply(named()), ...inputs);

/** From the images to what the output layer takes. */
const BODIES: Readonly<Record<string, (images: Tensor) => Tensor>> = {
  // He et al. 2016, figure 2.
  "a residual block": (images) => {
    const x = pool(normalised(images, 4));
    const block = unactivated(normalised(x, 4), 4);
    return average(relu(add(x, block)));
  },
  // Hu et al. 2018, figure 3; a vector per image stands for all pixels, reshaped or not.
  "squeeze-and-excitation": (images) => {
    const x = pool(convolve(images, 6, { activation: "relu" }), 4);
    const block = unactivated(x, 6);
    const scale = dense(dense(average(block), 3, "relu"), 6, "sigmoid");
    const scaled = multiply(
      block,
      apply(tf.layers.reshape({ ...named(), targetShape: [1, 1, 6] }), scale),
    );
    const again = multiply(dense(average(scaled), 6, "sigmoid"), scaled);
    return average(relu(add(again, x)));
  },
  "strides and edges": (images) => {
    const x = convolve(images, 4, { strides: 2, activation: "relu" });
    const block = normalised(normalised(x, 6, { strides: 2, padding: "same" }), 6);
    const shortcut = convolve(x, 6, { kernelSize: 1, strides: 2, useBias: false });
    const joined = add(block, shortcut);
    const pooled = tf.layers.maxPooling2d({ ...named(), poolSize: 3, padding: "same" });
    const y = convolve(apply(pooled, joined), 8, { kernelSize: [2, 3], padding: "valid" });
    const flat = apply(tf.layers.flatten(named()), relu(y));
    return apply(tf.layers.dropout({ ...named(), rate: 0.3 }), dense(flat, 12, "relu"));
  },
  "outputs that go to several places": (images) => {
    // Pooling may not go ahead of a ReLU that others take as well.
    const x = relu(pool(convolve(images, 4), 4));
    const y = convolve(x, 4, { activation: "relu" });
    const branches = [pool(y), pool(x), convolve(y, 4, { strides: 2 })];
    const joined = add(...branches, convolve(x, 4, { strides: 2, kernelSize: 1 }));
    const gated = multiply(
      joined,
      apply(tf.layers.activation({ ...named(), activation: "sigmoid" }), joined),
    );
    return average(add(gated, joined, pool(y)));
  },
};

/** What the networks have, by name. */
export const BRANCHED = Object.keys(BODIES);

/** Builds one of the networks, with random weights. */
export function buildBranched(name: string): tf.LayersModel {
  layers = 0;
  const images = tf.input({ shape: [IMAGE_SIZE, IMAGE_SIZE, 1] });
  const output = dense(BODIES[name]!(images), CLASS_COUNT, "softmax");
  const model = tf.model({ inputs: images, outputs: output });
  randomiseWeights(model, randomStream(1, "branched", name));
  return model;
}

/** Makes every weight random: kernels around 0, the rest positive, as variances are. */
export function randomiseWeights(model: tf.LayersModel, stream: RandomStream): void {
  for (const layer of model.layers) {
    tf.tidy(() =>
      layer.setWeights(
        layer.getWeights().map((weight) => {
          const limit = Math.sqrt(6 / (weight.size / weight.shape.at(-1)! + weight.shape.at(-1)!));
          const draw = weight.rank > 1
            ? () => limit * (2 * stream.uniform() - 1)
            : () => 0.2 + stream.uniform();
          return tf.tensor(Float32Array.from({ length: weight.size }, draw), weight.shape);
        }),
      )
    );
  }
}
