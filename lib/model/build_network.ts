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
import type { Layers } from "./layers.ts";
import { layersModel } from "./layers_model.ts";
import { parseNetwork } from "./network.ts";
import { buildPool } from "./pool.ts";

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
  const model = layersModel(layers);
  initialiseKernels(model, layers, { seed: options.seed, initializer: shape.initializer });
  return model;
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
