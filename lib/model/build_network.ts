/**
 * The network that a configuration names, as a tfjs layers model.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type * as tf from "../tensorflow/tf.ts";
import type { DataForm } from "../dataset/dataset.ts";
import { type Architecture, buildCnn, buildMlp } from "./cnn.ts";
import { type NetworkName, parseNetwork } from "./network.ts";

/** The hyper-parameters that shape a network. */
export type NetworkShape = Architecture & Pick<Configuration, "network">;

type Builder = (
  shape: NetworkShape,
  args: readonly number[],
  options: { readonly seed: number; readonly form: DataForm },
) => tf.LayersModel;

const BUILDERS: Readonly<Record<NetworkName, Builder>> = {
  chain: (shape, _, options) => buildCnn(shape, options),
  vgg: (shape, [convolutions], options) =>
    buildCnn(shape, { ...options, convolutions: convolutions! }),
  mlp: (shape, [layers], options) => buildMlp(shape, { ...options, layers: layers! }),
};

/**
 * Builds the network that a configuration names. Input [batch, ...] of the samples' shape; output the
 * softmax over the classes.
 *
 * @param shape The network, and what else shapes it.
 * @param options `seed` of the run: initial weights come from its streams; `form` of the data.
 * @throws {SyntaxError} For a network that `parseNetwork` does not know.
 */
export function buildNetwork(
  shape: NetworkShape,
  options: { readonly seed: number; readonly form: DataForm },
): tf.LayersModel {
  const { name, args } = parseNetwork(shape.network);
  return BUILDERS[name](shape, args, options);
}
