/**
 * The network that a configuration names, as a tfjs layers model.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type * as tf from "../tensorflow/tf.ts";
import { type Architecture, buildCnn } from "./cnn.ts";
import { type NetworkName, parseNetwork } from "./network.ts";

/** The hyper-parameters that shape a network. */
export type NetworkShape = Architecture & Pick<Configuration, "network">;

type Builder = (
  shape: NetworkShape,
  args: readonly number[],
  options: { readonly seed: number },
) => tf.LayersModel;

const BUILDERS: Readonly<Record<NetworkName, Builder>> = {
  chain: (shape, _, options) => buildCnn(shape, options),
  vgg: (shape, [convolutions], options) =>
    buildCnn(shape, { ...options, convolutions: convolutions! }),
};

/**
 * Builds the network that a configuration names. Input [batch, 48, 48, 1], gray values 0 to 1; output
 * the softmax over the seven emotions.
 *
 * @param shape The network, and what else shapes it.
 * @param options `seed` of the run: initial weights come from its streams.
 * @throws {SyntaxError} For a network that `parseNetwork` does not know.
 */
export function buildNetwork(shape: NetworkShape, options: { seed: number }): tf.LayersModel {
  const { name, args } = parseNetwork(shape.network);
  return BUILDERS[name](shape, args, options);
}
