/**
 * A network's layers as an ordinary tfjs layers model. It is built by tfjs's own layers, which need no
 * native TensorFlow: weights are made by whatever backend is registered.
 *
 * @module
 */

import * as tf from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import { BATCH_NORM_EPSILON, BATCH_NORM_MOMENTUM, type Layer, type Layers } from "./layers.ts";

/**
 * Builds a network: sequential, or functional where it branches. Kernels are zeros.
 *
 * @param layers As `networkLayers` has them.
 */
export function layersModel(layers: Layers): tf.LayersModel {
  const chained = layers.every(({ inputs }, place) =>
    inputs.length === 0 || inputs.length === 1 && inputs[0] === place - 1
  );
  return chained ? buildSequential(layers) : buildFunctional(layers);
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
  const outputs: SymbolicTensor[] = [images];
  for (const layer of layers) {
    const from = layer.inputs.map((place) => outputs[place]!);
    const output = layerOf(layer).apply(from.length === 1 ? from[0]! : from);
    outputs.push(output as SymbolicTensor);
  }
  return tf.model({ inputs: images, outputs: outputs.at(-1)!, name: "network" });
}

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
        epsilon: BATCH_NORM_EPSILON,
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
