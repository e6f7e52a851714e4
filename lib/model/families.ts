/**
 * The families of networks, each as its list of layers: what a configuration's `network` and the
 * hyper-parameters beside it describe. Loads no TensorFlow.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type { SampleForm } from "../sample.ts";
import { LayerList, type Layers, layerWeights, type WeightForm } from "./layers.ts";
import { type NetworkName, parseNetwork } from "./network.ts";

/** The hyper-parameters that shape a network. */
export type NetworkShape = Pick<
  Configuration,
  | ("network" | "filters" | "denseUnits" | "batchNorm" | "convDropout" | "denseDropout")
  | ("head" | "downsampling" | "squeezeExcitation" | "initializer")
>;

/** What a network takes, and what it tells apart. */
export interface NetworkForm {
  readonly sample: Pick<SampleForm, "shape">;
  readonly classes: readonly string[];
}

/**
 * The layers of the network that a configuration names: from the samples to the softmax over the classes.
 *
 * @param shape The network, and what else shapes it.
 * @param form Of what it is for.
 * @throws {SyntaxError} For a network that `parseNetwork` does not know.
 */
export function networkLayers(shape: NetworkShape, { sample, classes }: NetworkForm): Layers {
  const { name, args } = parseNetwork(shape.network);
  if (name === "pool") throw new RangeError("A pool of votes has no layers: see pool.ts");
  const net = new LayerList(sample.shape);
  BODIES[name](net, shape, args);
  if (shape.denseDropout > 0) {
    net.add("dropout_dense", { kind: "dropout", rate: shape.denseDropout });
  }
  net.add("output", { kind: "dense", units: classes.length, bias: true, activation: "softmax" });
  return net.layers;
}

/**
 * The weights of the network that a configuration names, in the order of its tfjs model.
 *
 * @param shape The network, and what else shapes it.
 * @param form Of what it is for.
 * @throws {SyntaxError} For a network that `parseNetwork` does not know.
 */
export function networkWeights(shape: NetworkShape, form: NetworkForm): WeightForm[] {
  const { name, args: [weighted] } = parseNetwork(shape.network);
  if (name !== "pool") return layerWeights(networkLayers(shape, form));
  const modalities = form.sample.shape[0]! / form.classes.length;
  const weights = { name: "weights/kernel", shape: [modalities, 1, 1, 1] };
  // As buildPool has them: what is not trained stands last.
  const temperature = { name: "temperature/kernel", shape: [1, 1, 1, 1] };
  return weighted === 1 ? [weights] : [temperature, weights];
}

type Body = (net: LayerList, shape: NetworkShape, args: readonly number[]) => void;

/** From the samples to what the output layer takes. */
const BODIES: Readonly<Record<Exclude<NetworkName, "pool">, Body>> = {
  chain: (net, shape) => vgg(net, shape, 1),
  vgg: (net, shape, [convolutions]) => vgg(net, shape, convolutions!),
  plain: (net, shape, args) => staged(net, shape, args, { shortcuts: false }),
  resnet: (net, shape, args) => staged(net, shape, args, { shortcuts: true }),
  mlp(net, shape, [layers]) {
    if (net.shapeAt(0).length > 1) net.add("flatten", { kind: "flatten" });
    for (let n = 1; n <= layers!; n++) dense(net, `dense${n}`, shape);
  },
};

/**
 * Blocks of 3x3 convolutions, each with its ReLU, and 2x2 max-pooling: the original report's with one
 * in each, after Simonyan and Zisserman 2015 with several. Where down-sampling is strided, the last
 * convolution of a block takes every second pixel in place of the pooling (Springenberg et al. 2015).
 */
function vgg(net: LayerList, shape: NetworkShape, convolutions: number): void {
  const { filters, convDropout, downsampling } = shape;
  const strided = downsampling === "strided";
  filters.forEach((count, i) => {
    const block = i + 1;
    for (let n = 1; n <= convolutions; n++) {
      const name = convolutions === 1 ? `${block}` : `${block}_${n}`;
      const stride = strided && n === convolutions ? 2 : 1;
      convolve(net, name, { filters: count, stride }, shape);
    }
    squeezeAndExcite(net, `${block}`, shape);
    if (!strided) net.add(`pool${block}`, { kind: "maxPool" });
    if (convDropout > 0) net.add(`dropout${block}`, { kind: "dropout", rate: convDropout });
  });
  head(net, shape);
}

/**
 * A stem of one 3x3 convolution, then a stage for each number of `filters`: it halves the image's sides,
 * pooled before its first block or strided by it, and has so many blocks of so many 3x3 convolutions.
 * With shortcuts they are residual blocks (He et al. 2016, figure 2): their input is added to their
 * output before the last ReLU, through a 1x1 convolution where the two have different shapes. The scale
 * of a block's last batch normalisation starts at 0, so that it begins as the identity (Goyal et al.
 * 2017, section 5.1).
 */
function staged(
  net: LayerList,
  shape: NetworkShape,
  [blocks, convolutions, stem]: readonly number[],
  { shortcuts }: { readonly shortcuts: boolean },
): void {
  const { filters, convDropout, downsampling } = shape;
  convolve(net, "_stem", { filters: stem!, stride: 1 }, shape);
  filters.forEach((count, i) => {
    const stage = i + 1;
    if (downsampling === "pooled") net.add(`pool${stage}`, { kind: "maxPool" });
    for (let b = 1; b <= blocks!; b++) {
      const stride = downsampling === "strided" && b === 1 ? 2 : 1;
      const settings = { filters: count, stride, convolutions: convolutions!, shortcuts };
      addBlock(net, `${stage}_${b}`, settings, shape);
    }
    if (convDropout > 0) net.add(`dropout${stage}`, { kind: "dropout", rate: convDropout });
  });
  head(net, shape);
}

function addBlock(
  net: LayerList,
  name: string,
  { filters, stride, convolutions, shortcuts }: {
    readonly filters: number;
    readonly stride: number;
    readonly convolutions: number;
    readonly shortcuts: boolean;
  },
  shape: NetworkShape,
): void {
  const from = net.last;
  for (let n = 1; n <= convolutions; n++) {
    const last = shortcuts && n === convolutions;
    convolve(net, `${name}_${n}`, { filters, stride: n === 1 ? stride : 1, last }, shape);
  }
  squeezeAndExcite(net, name, shape);
  if (!shortcuts) return;
  const output = net.last;
  let shortcut = from;
  if (stride > 1 || net.shapeAt(from).at(-1) !== filters) {
    const projection = { kind: "convolution", filters, size: 1, stride, bias: false } as const;
    net.add(`conv${name}_shortcut`, projection, from);
    shortcut = net.add(`batch_norm${name}_shortcut`, { kind: "batchNorm", scale: 1 });
  }
  net.add(`add${name}`, { kind: "add" }, output, shortcut);
  net.add(`relu${name}`, { kind: "relu" });
}

/**
 * A 3x3 convolution with its ReLU, and batch normalisation between the two where it is asked for; the
 * last of a residual block is left without ReLU.
 */
function convolve(
  net: LayerList,
  name: string,
  { filters, stride, last = false }: {
    readonly filters: number;
    readonly stride: number;
    readonly last?: boolean;
  },
  { batchNorm }: NetworkShape,
): void {
  net.add(`conv${name}`, {
    kind: "convolution",
    filters,
    size: 3,
    stride,
    // Batch normalisation subtracts any bias again, and stands before the activation (Ioffe and
    // Szegedy 2015).
    bias: !batchNorm,
    ...(batchNorm ? {} : { activation: "relu" as const }),
  });
  if (!batchNorm) return;
  net.add(`batch_norm${name}`, { kind: "batchNorm", scale: last ? 0 : 1 });
  if (!last) net.add(`relu${name}`, { kind: "relu" });
}

/** Scales each channel of a block by what is seen of all channels (Hu et al. 2018, figure 2). */
function squeezeAndExcite(net: LayerList, name: string, shape: NetworkShape): void {
  const { squeezeExcitation: ratio } = shape;
  if (ratio === 0) return;
  const block = net.last;
  const channels = net.shapeAt(block).at(-1)!;
  net.add(`squeeze${name}`, { kind: "average" });
  const units = Math.floor(channels / ratio);
  net.add(`reduce${name}`, { kind: "dense", units, bias: true, activation: "relu" });
  net.add(`excite${name}`, { kind: "dense", units: channels, bias: true, activation: "sigmoid" });
  const scale = net.add(`scale${name}`, { kind: "pixel" });
  net.add(`multiply${name}`, { kind: "multiply" }, block, scale);
}

/** From the last block's image to a vector. */
function head(net: LayerList, shape: NetworkShape): void {
  if (shape.head === "average") net.add("average", { kind: "average" });
  else {
    net.add("flatten", { kind: "flatten" });
    dense(net, "dense", shape);
  }
}

/** A dense layer with its ReLU, batch normalisation between the two where it is of all layers. */
function dense(net: LayerList, name: string, { denseUnits, batchNorm }: NetworkShape): void {
  const normalised = batchNorm === "all";
  net.add(name, {
    kind: "dense",
    units: denseUnits,
    bias: !normalised,
    ...(normalised ? {} : { activation: "relu" as const }),
  });
  if (!normalised) return;
  net.add(`batch_norm_${name}`, { kind: "batchNorm", scale: 1 });
  net.add(`relu_${name}`, { kind: "relu" });
}
