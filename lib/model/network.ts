/**
 * The networks that there are, by the name in `network=...`: what they take, and which configurations
 * fit them. `build_network.ts` builds them; to know them loads no TensorFlow.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { IMAGE_SIZE } from "../emotion.ts";
import { formatCall, parseCall, type Signature } from "../expression.ts";

/** What is known of a network without building it. */
export interface NetworkText extends Signature {
  /** What it is, in a few words for messages. */
  readonly meaning: string;
  /** Why a configuration does not fit the network; nothing where it does. */
  readonly refuse: (configuration: Configuration) => string | undefined;
}

/** The networks, for `parseCall`. */
export const NETWORKS = [
  {
    name: "chain",
    meaning: "one convolution a block",
    parameters: [],
    refuse: refuseBlocks,
  },
  {
    // Simonyan and Zisserman 2015: several 3x3 convolutions see as far as a larger one, with fewer
    // weights and a ReLU after each. One a block is the chain.
    name: "vgg",
    meaning: "so many convolutions a block",
    parameters: [{ name: "convolutions", default: 2, minimum: 2, maximum: 4, whole: true }],
    refuse: refuseBlocks,
  },
] as const satisfies readonly NetworkText[];

/** The name of a network. */
export type NetworkName = typeof NETWORKS[number]["name"];

/** A network as a configuration names it. */
export interface Network {
  readonly name: NetworkName;
  /** The numbers of the call, defaults filled in. */
  readonly args: readonly number[];
  /** The canonical text, defaults written out. */
  readonly text: string;
}

/**
 * Reads a network.
 *
 * - `chain`: the original report's, one 3x3 convolution in each block.
 * - `vgg(convolutions)`: so many 3x3 convolutions in each block.
 *
 * Both have a block for each number in `filters`, ended by 2x2 max-pooling, then a dense layer.
 *
 * @param text One call, such as `vgg(2)`.
 * @throws {SyntaxError} For an unknown network (with the nearest) or a number out of its range.
 */
export function parseNetwork(text: string): Network {
  const call = parseCall(text, NETWORKS);
  return { name: call.name as NetworkName, args: call.args, text: formatCall(call) };
}

/**
 * Why a configuration does not fit its own network; nothing where it does.
 *
 * @param configuration Each value of it in its own range.
 */
export function networkRefusal(configuration: Configuration): string | undefined {
  const { name } = parseNetwork(configuration.network);
  return NETWORKS.find((network) => network.name === name)!.refuse(configuration);
}

/** Every block ends in a pooling that halves both sides of the image. */
function refuseBlocks({ filters }: Configuration): string | undefined {
  const most = Math.floor(Math.log2(IMAGE_SIZE));
  if (filters.length <= most) return undefined;
  return `"filters" has ${filters.length} blocks, and ${IMAGE_SIZE} pixels can be halved ${most} ` +
    `times: leave out ${filters.length - most}`;
}
