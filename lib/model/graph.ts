/**
 * What a tfjs layers model computes, as a graph: nodes in the order of computation, each an operation
 * with the nodes whose outputs it takes.
 *
 * @module
 */

import * as tf from "../tensorflow/tf.ts";

/** An operation of the graph, the name of the layer it belongs to, and where its inputs come from. */
export type Node = {
  readonly name: string;
  /** Places in the graph of the nodes whose outputs it takes; all come before it. */
  readonly inputs: readonly number[];
} & Operation;

/** What a node computes; weights are the layer's own variables. */
export type Operation =
  | { readonly kind: "input" }
  | {
    readonly kind: "convolve";
    readonly kernel: tf.Variable;
    readonly strides: readonly [number, number];
    readonly padding: Padding;
  }
  | { readonly kind: "matmul"; readonly kernel: tf.Variable }
  | { readonly kind: "bias"; readonly bias: tf.Variable }
  | { readonly kind: "normalise"; readonly layer: BatchNorm }
  | { readonly kind: "relu" }
  | { readonly kind: "sigmoid" }
  | {
    readonly kind: "pool";
    /** Of a window; each begins where the one before ends. */
    readonly size: readonly [number, number];
    readonly padding: Padding;
  }
  | { readonly kind: "average" }
  | { readonly kind: "flatten" }
  | { readonly kind: "reshape"; readonly shape: readonly number[] }
  | { readonly kind: "add" }
  | { readonly kind: "multiply" }
  | { readonly kind: "dropout"; readonly rate: number; readonly number: number };

/** What convolution and pooling do at the edges of an image, as TensorFlow has it. */
export type Padding = "same" | "valid";

/** A batch-normalisation layer's weights and settings. */
export interface BatchNorm {
  readonly gamma: tf.Variable;
  readonly beta: tf.Variable;
  readonly movingMean: tf.Variable;
  readonly movingVariance: tf.Variable;
  readonly momentum: number;
  readonly epsilon: number;
}

/** A sequential or functional model as a graph: the first node is its input, the last its output. */
export type ModelGraph = readonly Node[];

/**
 * Reads the graph of a model.
 *
 * @param model With one input and one output. A softmax at the very end is left out: the loss takes
 *   logits, and predictions apply the softmax themselves.
 * @throws {Error} For a kind of layer, or a setting of one, that is not known here.
 */
export function modelGraph(model: tf.LayersModel): ModelGraph {
  const { inputs, outputs } = model;
  if (inputs.length !== 1 || outputs.length !== 1) {
    throw new Error(
      `Model ${model.name} has ${inputs.length} inputs and ${outputs.length} outputs: only one of ` +
        "each is known here",
    );
  }
  const nodes: Node[] = [{ name: inputs[0]!.sourceLayer.name, inputs: [], kind: "input" }];
  const places = new Map([[inputs[0]!, 0]]);
  const applied = new Set<tf.layers.Layer>();
  let dropouts = 0;
  /** Adds what a tensor is computed by, unless it is there, and says where it is. */
  const placeOf = (tensor: tf.SymbolicTensor): number => {
    const known = places.get(tensor);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    if (applied.has(layer)) {
      throw new Error(`Layer ${layer.name} is applied more than once: only once is known here`);
    }
    applied.add(layer);
    let from = tensor.inputs.map(placeOf);
    for (const operation of operationsOf(layer, tensor === outputs[0], () => dropouts++)) {
      nodes.push({ name: layer.name, inputs: from, ...operation });
      from = [nodes.length - 1];
    }
    // A layer without operations, such as an activation "linear", hands its input on.
    places.set(tensor, from[0]!);
    return from[0]!;
  };
  placeOf(outputs[0]!);
  return nodes;
}

type ReadLayer = (layer: LayerReader) => Operation[];

/** What is known, by the class of the layer; a layer may be several operations, one after another. */
const LAYERS: Readonly<Record<string, ReadLayer>> = {
  Conv2D: (layer) => {
    layer.require("dilationRate", [1, 1]);
    const strides = layer.config.strides as [number, number];
    const padding = layer.padding();
    return [
      { kind: "convolve", kernel: layer.weight("kernel"), strides, padding },
      ...layer.bias(),
      ...layer.activation(),
    ];
  },
  Dense: (layer) => {
    // On more than a vector per image tfjs multiplies the last axis alone.
    layer.requireRank(2);
    return [
      { kind: "matmul", kernel: layer.weight("kernel") },
      ...layer.bias(),
      ...layer.activation(),
    ];
  },
  Activation: (layer) => layer.activation(),
  ReLU: (layer) => {
    layer.require("maxValue", undefined);
    return [{ kind: "relu" }];
  },
  BatchNormalization: (layer) => {
    layer.require("axis", -1);
    return [{
      kind: "normalise",
      layer: {
        gamma: layer.weight("gamma"),
        beta: layer.weight("beta"),
        movingMean: layer.weight("moving_mean"),
        movingVariance: layer.weight("moving_variance"),
        momentum: layer.config.momentum as number,
        epsilon: layer.config.epsilon as number,
      },
    }];
  },
  MaxPooling2D: (layer) => {
    // Where windows overlap, gradients add up, and TensorFlow's kernels do so in different orders.
    layer.require("strides", layer.config.poolSize);
    const size = layer.config.poolSize as [number, number];
    return [{ kind: "pool", size, padding: layer.padding() }];
  },
  GlobalAveragePooling2D: () => [{ kind: "average" }],
  Flatten: () => [{ kind: "flatten" }],
  Reshape: (layer) => [{
    kind: "reshape",
    // tfjs has null where a side is found from the others.
    shape: (layer.config.targetShape as (number | null)[]).map((side) => side ?? -1),
  }],
  Add: () => [{ kind: "add" }],
  Multiply: () => [{ kind: "multiply" }],
  Dropout: (layer) => {
    layer.require("noiseShape", undefined);
    return [{ kind: "dropout", rate: layer.config.rate as number, number: layer.dropout() }];
  },
};

/** A layer as {@linkcode LAYERS} reads it. */
interface LayerReader {
  readonly config: Readonly<Record<string, unknown>>;
  weight(name: string): tf.Variable;
  bias(): Operation[];
  activation(): Operation[];
  padding(): Padding;
  /** The next number of a dropout layer. */
  dropout(): number;
  /** @throws {Error} Where a setting is not the only one known. */
  require(setting: string, known: unknown): void;
  requireRank(rank: number): void;
}

function operationsOf(
  layer: tf.layers.Layer,
  isOutput: boolean,
  nextDropout: () => number,
): Operation[] {
  const config = layer.getConfig() as Record<string, unknown>;
  const kind = layer.getClassName();
  const readLayer = LAYERS[kind];
  if (!readLayer) {
    throw new Error(
      `Layer ${layer.name} of kind ${kind} is not known here: known are ${
        Object.keys(LAYERS).join(", ")
      }`,
    );
  }
  const outputShape = layer.outputShape as (number | null)[];
  const reader: LayerReader = {
    config,
    dropout: nextDropout,
    weight: (name) => {
      const found = layer.weights.find((each) => each.originalName.endsWith(`/${name}`));
      if (!found) throw new Error(`Layer ${layer.name} has no weight "${name}"`);
      // A LayerVariable's `val` is the tf.Variable that `read()` returns; tfjs types it protected.
      return found.read() as tf.Variable;
    },
    bias: () => config.useBias ? [{ kind: "bias", bias: reader.weight("bias") }] : [],
    activation: () => {
      const { activation } = config;
      if (activation === "linear") return [];
      if (activation === "relu" || activation === "sigmoid") return [{ kind: activation }];
      if (activation === "softmax" && isOutput) return [];
      throw new Error(
        `Layer ${layer.name}: activation "${activation}" is not known here: known are linear, ` +
          "relu, sigmoid, and softmax at the end",
      );
    },
    padding: () => {
      const { padding } = config;
      if (padding === "same" || padding === "valid") return padding;
      throw new Error(
        `Layer ${layer.name}: padding ${padding} is not known here: known are same and valid`,
      );
    },
    require: (setting, known) => {
      if (JSON.stringify(config[setting] ?? undefined) === JSON.stringify(known)) return;
      throw new Error(
        known === undefined
          ? `Layer ${layer.name}: ${setting} is not known here`
          : `Layer ${layer.name}: only ${setting} ${known} is known here`,
      );
    },
    requireRank: (rank) => {
      if (outputShape.length === rank) return;
      throw new Error(
        `Layer ${layer.name}: an output of rank ${outputShape.length} is not known here, only of ` +
          `rank ${rank}`,
      );
    },
  };
  for (const setting of Object.keys(config)) {
    // Weight decay is the optimizer's; a penalty of a layer would be left out of the loss.
    if (/(Regularizer|Constraint)$/.test(setting)) reader.require(setting, undefined);
    if (setting === "dataFormat") reader.require(setting, "channelsLast");
  }
  return readLayer(reader);
}

/**
 * Moves max-pooling before the bias and the ReLU it follows. Both are monotone and the same for all
 * pixels of a channel, so the largest value stays the largest and every result, rounding included,
 * is what it was; but they then work on fewer pixels. Not before batch normalisation: a negative
 * scale would turn the largest value into the smallest. Nor before what another node takes as well:
 * that one would get the pooled values.
 *
 * @returns A graph of the same nodes, the same output in the same place.
 */
export function hoistPooling(graph: ModelGraph): ModelGraph {
  const nodes = [...graph];
  const consumers = (place: number) =>
    nodes.reduce((count, { inputs }) => count + inputs.filter((from) => from === place).length, 0);
  const hoist = (place: number): void => {
    const pool = nodes[place]!;
    const [before] = pool.inputs;
    const passed = nodes[before!]!;
    if (passed.kind !== "relu" && passed.kind !== "bias") return;
    if (consumers(before!) > 1) return;
    // The two change places, so that whoever takes the second's output finds it where it was.
    nodes[before!] = { ...pool, inputs: passed.inputs };
    nodes[place] = { ...passed, inputs: [before!] };
    hoist(before!);
  };
  graph.forEach(({ kind }, place) => {
    if (kind === "pool") hoist(place);
  });
  return nodes;
}
