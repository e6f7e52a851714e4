/**
 * The forward pass of a tfjs layers model, fast and seeded.
 *
 * `model.apply` would compose ReLU's gradient and batch normalisation from many small operations,
 * and draw the same dropout mask at every step. The model's graph is run here with TensorFlow's own
 * operations, dropout with a key per step.
 *
 * @module
 */

import {
  batchNormTraining,
  biasAdd,
  globalAverage,
  relu,
  sigmoid,
  statelessUniform,
  takePixels,
} from "../tensorflow/op.ts";
import * as tf from "../tensorflow/tf.ts";
import { inPart } from "../tensorflow/trace.ts";
import { type BatchNorm, hoistPooling, type ModelGraph, modelGraph, type Node } from "./graph.ts";

/** What the part of a traced function that is a forward pass is called, before the layer; see `inPart`. */
export const FORWARD_PART = "forward";

/** How to run a {@linkcode ForwardPass}. */
export interface ForwardOptions {
  /**
   * In training, the keys of the dropout layers, int32 of shape [dropout layers, 2]; left out, the
   * model is run for its predictions: no dropout, batch normalisation by the moving averages.
   */
  readonly keys?: tf.Tensor2D;
  /** Whether training moves the averages of batch normalisation; true where left out. */
  readonly tracks?: boolean;
  /** Hears of each node's output, in order; what it gives back takes the output's place. */
  readonly onOutput?: (node: Node, output: tf.Tensor) => tf.Tensor | void;
}

/** A model ready to be run. */
export interface ForwardPass {
  /** What training computes, in order: pooling as early as it can be. */
  readonly graph: ModelGraph;
  /** How many dropout layers there are. */
  readonly dropouts: number;
  /** Of one sample, such as [48, 48, 1]. */
  readonly inputShape: readonly number[];
  readonly classes: number;
  /** The logits, shape [batch, classes], of samples of shape [batch, ...inputShape]. */
  logits(samples: tf.Tensor, options?: ForwardOptions): tf.Tensor2D;
}

/**
 * Makes the forward pass of a model. Its gradients are exact, and the same bits traced and op by op:
 * where several nodes take an output, its gradients are added up from the last of them to the first.
 *
 * @param model Sequential or functional, of layers that `modelGraph` knows.
 * @throws {Error} For a kind of layer, or a setting of one, that is not known here.
 */
export function forwardPass(model: tf.LayersModel): ForwardPass {
  const asBuilt = modelGraph(model);
  const hoisted = hoistPooling(asBuilt);
  return {
    graph: hoisted,
    dropouts: asBuilt.filter(({ kind }) => kind === "dropout").length,
    inputShape: model.inputs[0]!.shape.slice(1) as number[],
    classes: model.outputs[0]!.shape.at(-1)!,
    logits: (samples, options = {}) =>
      tf.tidy(() => {
        // In training, what follows a pooling has less to do, and so have its gradients. In prediction
        // TensorFlow makes one operation of a convolution, its bias and ReLU, if they stand together.
        const graph = options.keys ? hoisted : asBuilt;
        const outputs: tf.Tensor[] = [samples];
        for (const node of graph.slice(1)) {
          const output = inPart(
            `${FORWARD_PART}/${node.name}`,
            () => compute(node, node.inputs.map((place) => outputs[place]!), options),
          );
          outputs.push(options.onOutput?.(node, output) ?? output);
        }
        return outputs.at(-1) as tf.Tensor2D;
      }),
  };
}

function compute(
  node: Node,
  inputs: readonly tf.Tensor[],
  { keys, tracks = true }: ForwardOptions,
): tf.Tensor {
  const x = inputs[0]!;
  switch (node.kind) {
    case "input":
      throw new Error(`${node.name} is the input: it stands first`);
    case "convolve": {
      const kernel = node.kernel as tf.Tensor as tf.Tensor4D;
      const [height, width] = kernel.shape;
      if (height === 1 && width === 1 && Math.max(...node.strides) > 1) {
        return tf.conv2d(takePixels(x as tf.Tensor4D, node.strides), kernel, 1, node.padding);
      }
      return tf.conv2d(x as tf.Tensor4D, kernel, [...node.strides], node.padding);
    }
    case "matmul":
      return tf.matMul(x, node.kernel);
    case "bias":
      return biasAdd(x, node.bias);
    case "relu":
      return relu(x);
    case "sigmoid":
      return sigmoid(x);
    case "pool":
      return tf.maxPool(x as tf.Tensor4D, [...node.size], [...node.size], node.padding);
    case "average":
      return globalAverage(x as tf.Tensor4D);
    case "flatten":
      return tf.reshape(x, [x.shape[0]!, -1]);
    case "reshape":
      return tf.reshape(x, [x.shape[0]!, ...node.shape]);
    case "add":
      return ofOneRank(inputs).reduce((sum, each) => tf.add(sum, each));
    case "multiply":
      return ofOneRank(inputs).reduce((product, each) => tf.mul(product, each));
    case "dropout":
      return keys
        ? dropout(x, node.rate, tf.gather(keys, node.number) as tf.Tensor as tf.Tensor1D)
        : x;
    case "normalise":
      return keys ? normaliseByBatch(x, node.layer, tracks) : normalise(x, node.layer);
  }
}

/** As tfjs's merging layers do it: a vector per image stands for all its pixels. */
function ofOneRank(inputs: readonly tf.Tensor[]): tf.Tensor[] {
  const rank = Math.max(...inputs.map((input) => input.rank));
  return inputs.map((input) => {
    if (input.rank === rank) return input;
    const [batch, ...rest] = input.shape;
    return tf.reshape(input, [batch!, ...new Array(rank - input.rank).fill(1), ...rest]);
  });
}

/** Inverted dropout (Srivastava et al. 2014): what is kept is scaled up, so that sums stay. */
function dropout(x: tf.Tensor, rate: number, key: tf.Tensor1D): tf.Tensor {
  const kept = tf.greaterEqual(statelessUniform(x.shape, key), rate);
  return tf.mul(x, tf.mul(tf.cast(kept, "float32"), 1 / (1 - rate)));
}

/** Normalises by the moving averages, as after training. */
function normalise(x: tf.Tensor, layer: BatchNorm): tf.Tensor {
  return tf.batchNorm(
    x as tf.Tensor4D,
    layer.movingMean as tf.Tensor as tf.Tensor1D,
    layer.movingVariance as tf.Tensor as tf.Tensor1D,
    layer.beta as tf.Tensor as tf.Tensor1D,
    layer.gamma as tf.Tensor as tf.Tensor1D,
    layer.epsilon,
  );
}

/** Normalises by the batch's statistics, and where it tracks them moves the averages towards them. */
function normaliseByBatch(x: tf.Tensor, layer: BatchNorm, tracks: boolean): tf.Tensor {
  const { y, mean, variance } = batchNormTraining(
    x,
    layer.gamma as tf.Tensor as tf.Tensor1D,
    layer.beta as tf.Tensor as tf.Tensor1D,
    layer.epsilon,
  );
  const towards = (average: tf.Variable, value: tf.Tensor) =>
    average.assign(tf.add(average, tf.mul(tf.sub(value, average), 1 - layer.momentum)));
  if (tracks) {
    towards(layer.movingMean, mean);
    towards(layer.movingVariance, variance);
  }
  tf.dispose([mean, variance]);
  return y;
}
