/**
 * A trained network in the ONNX format: the graph of its layers for prediction, written layer by layer.
 *
 * Images are channels first ([batch, channels, height, width]) as everywhere in ONNX; before a dense layer
 * they are turned back to channels last, so that its kernel is the network's own. Batch normalisation stays a
 * node of its own; dropout, which does nothing in prediction, is left out.
 *
 * @module
 */

import { networkLayers } from "../model/families.ts";
import { BATCH_NORM_EPSILON, type Layer } from "../model/layers.ts";
import type { Trained } from "../run/trained.ts";
import { exportMetadata, metadataTexts } from "./metadata.ts";
import { type Attribute, encodeOnnx, type OnnxNode, type OnnxTensor } from "./onnx_format.ts";

/** Of 2024: onnxruntime from 1.18 on reads it. */
const OPSET = 21;
const IR_VERSION = 10;

/** The names of what goes in and what comes out. */
const INPUT = "input";
const OUTPUT = "probabilities";

/**
 * A trained network as the bytes of an `.onnx` file. It takes one view, float32 of [batch, channels,
 * height, width] (or [batch, values]) with any batch size, and gives probabilities [batch, classes].
 *
 * @param trained As `readTrained` has it.
 * @param options `card`: goes into the metadata.
 * @throws {RangeError} For a pool of votes, which has no layers.
 */
export function onnxModel(
  trained: Trained,
  options: { readonly card?: string | undefined } = {},
): Uint8Array {
  const metadata = exportMetadata(trained, options);
  const { classes, sample: { divisor }, input, viewsText } = metadata;
  const graph = new Graph(trained);
  const [height, width, channels] = input;
  const shape = input.length === 3 ? [channels!, height!, width!] : input;
  return encodeOnnx({
    name: trained.record.dataset.name,
    meaning: `Probabilities of ${classes.join(", ")}. A prediction is of ${viewsText}.`,
    irVersion: IR_VERSION,
    opset: OPSET,
    nodes: graph.nodes,
    tensors: graph.tensors,
    input: { name: INPUT, shape: ["batch", ...shape], meaning: `Values / ${divisor}` },
    output: {
      name: OUTPUT,
      shape: ["batch", classes.length],
      meaning: `Probabilities of ${classes.join(", ")}`,
    },
    metadata: metadataTexts(metadata),
  });
}

/** The nodes and constants of a network's layers. */
class Graph {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly #weights: ReadonlyMap<string, Trained["weights"][number]>;
  /** The name of each layer's output. */
  readonly #outputs: string[] = [];

  constructor({ configuration, input, weights }: Trained) {
    this.#weights = new Map(weights.map((weight) => [weight.name, weight]));
    const layers = networkLayers(configuration, input);
    layers.forEach((layer, place) => {
      const inputs = layer.inputs.map((from) => this.#outputs[from]!);
      const output = place === layers.length - 1 ? OUTPUT : layer.name;
      const shape = layers[layer.inputs[0] ?? 0]!.shape;
      this.#outputs.push(this.#add(layer, inputs, output, shape));
    });
  }

  /**
   * Adds a layer's nodes.
   *
   * @param output What its result is to be called.
   * @param shape Of what it takes.
   * @returns What its result is called: a layer without nodes hands its input on.
   */
  #add(layer: Layer, inputs: readonly string[], output: string, shape: readonly number[]): string {
    const { name } = layer;
    const node = (opType: string, more: string[] = [], attributes?: OnnxNode["attributes"]) =>
      this.#node(opType, name, [...inputs, ...more], output, attributes);
    switch (layer.kind) {
      case "input":
        return INPUT;
      case "convolution": {
        const { size, stride, activation } = layer;
        const weights = [this.#kernel(name), ...layer.bias ? [this.#vector(name, "bias")] : []];
        const attributes = {
          kernel_shape: [size, size],
          strides: [stride, stride],
          pads: samePads(shape, size, stride),
        };
        return this.#activated("Conv", layer, [...inputs, ...weights], {
          ...{ output, attributes, activation },
        });
      }
      case "dense": {
        const weights = [
          this.#vector(name, "kernel"),
          ...layer.bias ? [this.#vector(name, "bias")] : [],
        ];
        const { activation } = layer;
        return this.#activated("Gemm", layer, [...inputs, ...weights], { output, activation });
      }
      case "batchNorm": {
        const weights = ["gamma", "beta", "moving_mean", "moving_variance"].map((each) =>
          this.#vector(name, each)
        );
        return node("BatchNormalization", weights, { epsilon: { float: BATCH_NORM_EPSILON } });
      }
      case "relu":
        return node("Relu");
      case "maxPool":
        return node("MaxPool", [], { kernel_shape: [2, 2], strides: [2, 2] });
      case "average": {
        const pooled = this.#node("GlobalAveragePool", name, inputs, `${name}/pixel`);
        return this.#node("Flatten", `${name}/flatten`, [pooled], output, { axis: 1 });
      }
      case "flatten": {
        if (shape.length !== 3) return node("Flatten", [], { axis: 1 });
        const last = `${name}/channels_last`;
        const turned = this.#node("Transpose", last, inputs, last, { perm: [0, 2, 3, 1] });
        return this.#node("Flatten", name, [turned], output, { axis: 1 });
      }
      case "pixel": {
        const axes = `${name}/axes`;
        this.tensors.push({ name: axes, shape: [2], values: BigInt64Array.of(2n, 3n) });
        return node("Unsqueeze", [axes]);
      }
      case "add":
        return node("Add");
      case "multiply":
        return node("Mul");
      case "dropout":
        return inputs[0]!;
    }
  }

  #node(
    opType: string,
    name: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.nodes.push({ opType, name, input, output: [output], attributes });
    return output;
  }

  /** A node and, behind it, its activation. */
  #activated(
    opType: string,
    { name }: Layer,
    input: readonly string[],
    { output, attributes, activation }: {
      readonly output: string;
      readonly attributes?: Readonly<Record<string, Attribute>>;
      readonly activation: "relu" | "sigmoid" | "softmax" | undefined;
    },
  ): string {
    if (activation === undefined) return this.#node(opType, name, input, output, attributes);
    const linear = this.#node(opType, name, input, `${name}/linear`, attributes);
    const [type, settings] = ACTIVATIONS[activation];
    return this.#node(type, `${name}/${activation}`, [linear], output, settings);
  }

  /** Adds a weight as the network has it. */
  #vector(layer: string, which: string): string {
    const weight = this.#weights.get(`${layer}/${which}`)!;
    this.tensors.push(weight);
    return weight.name;
  }

  /** Adds a convolution's kernel: from height, width, input, output to output, input, height, width. */
  #kernel(layer: string): string {
    const { name, shape, values } = this.#weights.get(`${layer}/kernel`)!;
    const [height, width, inputs, outputs] = shape as [number, number, number, number];
    const turned = new Float32Array(values.length);
    let to = 0;
    for (let o = 0; o < outputs; o++) {
      for (let i = 0; i < inputs; i++) {
        for (let pixel = 0; pixel < height * width; pixel++) {
          turned[to++] = values[(pixel * inputs + i) * outputs + o]!;
        }
      }
    }
    this.tensors.push({ name, shape: [outputs, inputs, height, width], values: turned });
    return name;
  }
}

const ACTIVATIONS = {
  relu: ["Relu", {}],
  sigmoid: ["Sigmoid", {}],
  softmax: ["Softmax", { axis: 1 }],
} as const;

/**
 * The pixels around an image at TensorFlow's "same" padding, top, left, bottom, right: where they are odd
 * the one more stands below and right.
 */
function samePads([height, width]: readonly number[], size: number, stride: number): number[] {
  const around = (side: number) => {
    const all = Math.max(0, (Math.ceil(side / stride) - 1) * stride + size - side);
    return [Math.floor(all / 2), Math.ceil(all / 2)] as const;
  };
  const [top, bottom] = around(height!);
  const [left, right] = around(width!);
  return [top, left, bottom, right];
}
