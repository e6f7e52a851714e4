/**
 * The network that a configuration names, as an ordinary tfjs layers model.
 *
 * @module
 */

import { FER2013_FORM } from "../dataset/form.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { type NetworkForm, networkLayers, type NetworkShape } from "./families.ts";
import { drawKernel } from "./initializer.ts";
import type { Layer, Layers } from "./layers.ts";
import { parseNetwork } from "./network.ts";
import { buildPool } from "./pool.ts";

/**
 * How much of its moving averages batch normalisation keeps at each step: PyTorch's default. At Keras's
 * 0.99 the averages start so far from the small variances of the first layers that after an epoch of
 * FER2013 they are still wrong, and predictions with them.
 */
const BATCH_NORM_MOMENTUM = 0.9;

/**
 * Builds the network that a configuration names: sequential, or functional where it branches. Input
 * [batch, ...] of the samples' shape; output the softmax over the classes.
 *
 * @param shape The network, and what else shapes it.
 * @param options `seed` of the run: initial weights come from its streams; `form` of the data (default
 *   FER2013's).
 * @throws {SyntaxError} For a network that `parseNetwork` does not know.
 */
export function buildNetwork(
  shape: NetworkShape,
  options: { readonly seed: number; readonly form?: NetworkForm },
): tf.LayersModel {
  const { name, args } = parseNetwork(shape.network);
  if (name === "pool") return buildPool(options.form ?? FER2013_FORM, { weighted: args[0] === 1 });
  const layers = networkLayers(shape, options.form ?? FER2013_FORM);
  const chained = layers.every(({ inputs }, place) =>
    inputs.length === 0 || inputs.length === 1 && inputs[0] === place - 1
  );
  const model = chained ? buildSequential(layers) : buildFunctional(layers);
  initialiseKernels(model, layers, { seed: options.seed, initializer: shape.initializer });
  return model;
}

function buildSequential([input, ...layers]: Layers): tf.Sequential {
  const model = tf.sequential({ name: "network" });
  layers.forEach((layer, i) =>
    model.add(layerOf(layer, i === 0 ? { inputShape: [...input!.shape] } : {}))
  );
  return model;
}

function buildFunctional([input, ...layers]: Layers): tf.LayersModel {
  const images = tf.input({ shape: [...input!.shape], name: input!.name });
  const outputs: tf.SymbolicTensor[] = [images];
  for (const layer of layers) {
    const from = layer.inputs.map((place) => outputs[place]!);
    const output = layerOf(layer).apply(from.length === 1 ? from[0]! : from);
    outputs.push(output as tf.SymbolicTensor);
  }
  return tf.model({ inputs: images, outputs: outputs.at(-1)!, name: "network" });
}

/** One layer; kernels are zeros until {@linkcode initialiseKernels}. */
function layerOf(layer: Layer, first: { inputShape?: number[] } = {}): tf.layers.Layer {
  const { name } = layer;
  const settings = { name, ...first };
  switch (layer.kind) {
    case "input":
      throw new Error(`${name} is the input: it stands first`);
    case "convolution": {
      const { filters, size, stride, bias, activation = "linear" } = layer;
      return tf.layers.conv2d({
        ...settings,
        filters,
        kernelSize: size,
        strides: stride,
        padding: "same",
        kernelInitializer: "zeros",
        useBias: bias,
        activation,
      });
    }
    case "dense": {
      const { units, bias, activation = "linear" } = layer;
      return tf.layers.dense({
        ...settings,
        units,
        kernelInitializer: "zeros",
        useBias: bias,
        activation,
      });
    }
    case "batchNorm":
      return tf.layers.batchNormalization({
        ...settings,
        momentum: BATCH_NORM_MOMENTUM,
        gammaInitializer: layer.scale === 0 ? "zeros" : "ones",
      });
    case "relu":
      return tf.layers.activation({ ...settings, activation: "relu" });
    case "maxPool":
      return tf.layers.maxPooling2d({ ...settings, poolSize: 2 });
    case "average":
      return tf.layers.globalAveragePooling2d(settings);
    case "flatten":
      return tf.layers.flatten(settings);
    case "pixel":
      return tf.layers.reshape({ ...settings, targetShape: [...layer.shape] });
    case "add":
      return tf.layers.add(settings);
    case "multiply":
      return tf.layers.multiply(settings);
    case "dropout":
      return tf.layers.dropout({ ...settings, rate: layer.rate });
  }
}

/**
 * Draws every kernel, each from its own stream of the seed, so that two layers of one shape start
 * differently and adding a layer moves no other's start. tfjs's own initialisers treat seed 0 as none
 * and repeat themselves for equal shapes.
 */
function initialiseKernels(
  model: tf.LayersModel,
  layers: Layers,
  { seed, initializer }: { readonly seed: number } & Pick<NetworkShape, "initializer">,
): void {
  const rectified = rectifiedLayers(layers);
  for (const layer of model.layers) {
    tf.tidy(() =>
      layer.setWeights(
        layer.getWeights().map((weight, i) => {
          if (i !== 0 || weight.rank < 2) return weight;
          const stream = randomStream(seed, "weights", layer.name);
          const rule = rectified.has(layer.name) ? initializer : "glorot-uniform";
          return tf.tensor(drawKernel(rule, weight.shape, stream), weight.shape);
        }),
      )
    );
  }
}

/**
 * The names of the layers whose output goes through a ReLU, at once or after batch normalisation and
 * additions: He's rule is for those. A sigmoid or a softmax halves nothing.
 */
function rectifiedLayers(layers: Layers): ReadonlySet<string> {
  return new Set(
    layers.filter((layer) =>
      layer.kind === "convolution" ||
      layer.kind === "dense" && layer.activation !== "sigmoid" && layer.activation !== "softmax"
    ).map(({ name }) => name),
  );
}
