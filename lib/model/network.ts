/**
 * The networks that there are, by the name in `network=...`: what they take, and which configurations
 * fit them. `build_network.ts` builds them; to know them loads no TensorFlow.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { FACE } from "../emotion.ts";
import { formatCall, parseCall, type Signature } from "../expression.ts";
import { type SampleForm, sampleText, SYNTHETIC_PHYSIOLOGY } from "../sample.ts";

/** What is known of a network without building it. */
export interface NetworkText extends Signature {
  /** What it is, in a few words for messages. */
  readonly meaning: string;
  /** Why a configuration does not fit the network on such samples; nothing where it does. */
  readonly refuse: (configuration: Configuration, sample: SampleForm) => string | undefined;
}

/** Of a network in stages. */
const STAGED = [
  { name: "blocks", default: 1, minimum: 1, maximum: 16, whole: true },
  { name: "convolutions", default: 2, minimum: 1, maximum: 4, whole: true },
  { name: "stem", default: 32, minimum: 1, maximum: 1024, whole: true },
] as const;

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
  {
    // He et al. 2016, figure 3, middle and right.
    name: "plain",
    meaning: "stages of so many blocks, each of so many convolutions, after a stem",
    parameters: STAGED,
    refuse: refuseBlocks,
  },
  {
    name: "resnet",
    meaning: "the same with a shortcut around each block",
    parameters: STAGED,
    refuse: refuseShortcuts,
  },
  {
    name: "mlp",
    meaning: "so many dense layers, no blocks",
    parameters: [{ name: "layers", default: 2, minimum: 0, maximum: 8, whole: true }],
    refuse: refuseNoBlocks,
  },
  {
    // Genest and Zidek 1986: linear opinion pool where votes are shares, logarithmic where they are
    // logarithms of them.
    name: "pool",
    meaning:
      "the sum of the modalities' votes, all weighed alike (0) or each by its own weight (1)",
    parameters: [{ name: "weights", default: 0, minimum: 0, maximum: 1, whole: true }],
    refuse: refuseNoVotes,
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
 * - `resnet(blocks, convolutions, stem)`: a stem of one 3x3 convolution with `stem` filters, then stages
 *   of so many residual blocks, each of so many 3x3 convolutions with a shortcut around them.
 * - `plain(blocks, convolutions, stem)`: the same without shortcuts.
 * - `mlp(layers)`: so many dense layers of `denseUnits` each, for samples that are vectors; an image is
 *   read as one. `filters` says nothing there. `mlp(0)` is softmax regression.
 * - `pool(weights)`: an opinion pool of the votes of modalities, with one weight for all of them (0) or
 *   one for each (1). `filters` and `denseUnits` say nothing there.
 *
 * The others have a block or stage for each number in `filters`, which halves the image as `downsampling`
 * says, and end as `head` says.
 *
 * @example A fourth stage is one more number
 * ```ts
 * import { deepStrictEqual } from "node:assert/strict";
 * import { BASELINE } from "../configuration.ts";
 * import { EMOTIONS, FACE } from "../emotion.ts";
 * import { networkLayers } from "./families.ts";
 *
 * const deep = { ...BASELINE, network: "resnet(1)", batchNorm: true, head: "average" } as const;
 * const sides = (filters: number[]) =>
 *   networkLayers({ ...deep, filters }, { sample: FACE, classes: EMOTIONS })
 *     .filter(({ kind }) => kind === "add").map(({ shape }) => shape.join("x"));
 * deepStrictEqual(sides([64, 128, 256]), ["24x24x64", "12x12x128", "6x6x256"]);
 * deepStrictEqual(sides([64, 128, 256, 512]).at(-1), "3x3x512");
 * ```
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
 * @param sample What it is to be trained on: FER2013's faces unless given.
 */
export function networkRefusal(
  configuration: Configuration,
  sample: SampleForm = FACE,
): string | undefined {
  const { name } = parseNetwork(configuration.network);
  return NETWORKS.find((network) => network.name === name)!.refuse(configuration, sample);
}

/** Every block or stage halves both sides of the image. */
function refuseBlocks(
  { filters, squeezeExcitation }: Configuration,
  { shape }: SampleForm,
): string | undefined {
  if (shape.length !== 3) return `it takes images, not ${sampleText({ shape })}`;
  const side = Math.min(shape[0]!, shape[1]!);
  const most = Math.floor(Math.log2(side));
  if (filters.length > most) {
    return `"filters" has ${filters.length} blocks, and ${side} pixels can be halved ${most} ` +
      `times: leave out ${filters.length - most}`;
  }
  const fewest = Math.min(...filters);
  if (squeezeExcitation <= fewest) return undefined;
  return `squeezeExcitation=${squeezeExcitation} leaves no unit of ${fewest} channels: at most ` +
    `${fewest}, or 0 for none`;
}

/** A block starts as the identity by the scale of its last batch normalisation. */
function refuseShortcuts(configuration: Configuration, sample: SampleForm): string | undefined {
  if (configuration.batchNorm !== false) return refuseBlocks(configuration, sample);
  return "its blocks begin as the identity by batch normalisation's scale: batchNorm=true or all";
}

/** What is of blocks alone would say nothing, and be told in every report. */
function refuseNoBlocks(
  { batchNorm, convDropout, head, downsampling, squeezeExcitation }: Configuration,
): string | undefined {
  if (batchNorm === true) return "it has no convolutions to normalise: batchNorm=all or false";
  if (convDropout > 0) return "it has no blocks to drop from: convDropout=0, or denseDropout";
  if (head === "average") return "it has no image to average over: head=dense";
  if (downsampling === "strided") return "it has no convolutions to stride: downsampling=pooled";
  if (squeezeExcitation > 0) return "it has no channels to scale: squeezeExcitation=0";
  return undefined;
}

/** Only votes for the classes can be added up; what is of layers would say nothing. */
function refuseNoVotes(
  configuration: Configuration,
  { modalities }: SampleForm,
): string | undefined {
  if (configuration.denseDropout > 0) return "it has no layers to drop from: denseDropout=0";
  const { batchNorm } = configuration;
  if (batchNorm) return "it has no layers to normalise: batchNorm=false";
  if (
    configuration.syntheticBits !== "none" && isChosen(SYNTHETIC_PHYSIOLOGY.name, configuration)
  ) {
    return "it adds up votes, and the synthetic channel is none: syntheticBits=none";
  }
  // Of what comes later only the data can tell: faces stand for "not known yet".
  if (!modalities) return undefined;
  const chosen = modalities.filter(({ name }) => isChosen(name, configuration));
  return chosen.every(({ type }) => type !== "features")
    ? undefined
    : "it adds up votes or probabilities, and not all modalities are such";
}

/** Whether a configuration lets the network have a modality. */
export function isChosen(name: string, { modalities }: Pick<Configuration, "modalities">): boolean {
  return modalities.length === 0 || modalities.includes(name);
}
