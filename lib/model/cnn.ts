/**
 * The report's four-layer CNN and its variants, as ordinary tfjs layers models.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { CLASS_COUNT, IMAGE_SIZE } from "../emotion.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";

/**
 * How much of its moving averages batch normalisation keeps at each step: PyTorch's default. At Keras's
 * 0.99 the averages start so far from the small variances of the first layers that after an epoch of
 * FER2013 they are still wrong, and predictions with them.
 */
const BATCH_NORM_MOMENTUM = 0.9;

/** The hyper-parameters that shape the model. */
export type Architecture = Pick<
  Configuration,
  "filters" | "denseUnits" | "batchNorm" | "convDropout" | "denseDropout"
>;

/**
 * Builds the CNN: blocks of 3x3 convolutions, each with its ReLU, and 2x2 max-pooling, a dense layer,
 * and the output layer's softmax over the seven emotions. Input [batch, 48, 48, 1], gray values 0 to 1.
 *
 * @param architecture Filters per block, units, and which of batch normalisation and dropout.
 * @param options `seed` of the run: initial weights come from its streams; `convolutions` in each
 *   block (default 1, as in the original report).
 */
export function buildCnn(
  architecture: Architecture,
  options: { readonly seed: number; readonly convolutions?: number },
): tf.Sequential {
  const { convolutions = 1 } = options;
  const { filters, denseUnits, batchNorm, convDropout, denseDropout } = architecture;
  const model = tf.sequential({ name: "cnn" });
  const normalise = (name: string) => {
    model.add(tf.layers.batchNormalization({
      name: `batch_norm${name}`,
      momentum: BATCH_NORM_MOMENTUM,
    }));
    model.add(tf.layers.activation({ name: `relu${name}`, activation: "relu" }));
  };
  const convolve = (name: string, count: number) => {
    model.add(tf.layers.conv2d({
      name: `conv${name}`,
      ...(model.layers.length === 0 ? { inputShape: [IMAGE_SIZE, IMAGE_SIZE, 1] } : {}),
      filters: count,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: "zeros",
      // Batch normalisation subtracts any bias again, and stands before the activation (Ioffe and
      // Szegedy 2015).
      useBias: !batchNorm,
      ...(batchNorm ? {} : { activation: "relu" as const }),
    }));
    if (batchNorm) normalise(name);
  };
  filters.forEach((count, i) => {
    const block = i + 1;
    for (let n = 1; n <= convolutions; n++) {
      convolve(convolutions === 1 ? `${block}` : `${block}_${n}`, count);
    }
    model.add(tf.layers.maxPooling2d({ name: `pool${block}`, poolSize: 2 }));
    if (convDropout > 0) {
      model.add(tf.layers.dropout({ name: `dropout${block}`, rate: convDropout }));
    }
  });
  model.add(tf.layers.flatten({ name: "flatten" }));
  const normaliseDense = batchNorm === "all";
  model.add(tf.layers.dense({
    name: "dense",
    units: denseUnits,
    kernelInitializer: "zeros",
    useBias: !normaliseDense,
    ...(normaliseDense ? {} : { activation: "relu" as const }),
  }));
  if (normaliseDense) normalise("_dense");
  if (denseDropout > 0) {
    model.add(tf.layers.dropout({ name: "dropout_dense", rate: denseDropout }));
  }
  model.add(tf.layers.dense({
    name: "output",
    units: CLASS_COUNT,
    activation: "softmax",
    kernelInitializer: "zeros",
  }));
  initialiseKernels(model, options.seed);
  return model;
}

/**
 * Draws every kernel by Glorot and Bengio's uniform rule (2010), each from its own stream of the
 * seed, so that two layers of one shape start differently and adding a layer moves no other's start.
 * tfjs's own initialisers treat seed 0 as none and repeat themselves for equal shapes.
 */
function initialiseKernels(model: tf.Sequential, seed: number): void {
  for (const layer of model.layers) {
    tf.tidy(() =>
      layer.setWeights(
        layer.getWeights().map((weight, i) => {
          if (i !== 0 || weight.rank < 2) return weight;
          const stream = randomStream(seed, "weights", layer.name);
          return tf.tensor(glorotUniform(weight.shape, stream), weight.shape);
        }),
      )
    );
  }
}

/**
 * Glorot and Bengio's uniform initial weights (2010, eq. 16): uniform in +-sqrt(6 / (in + out)).
 *
 * @param shape Of a kernel: [height, width, in, out] or [in, out].
 * @param stream Where the numbers come from.
 */
export function glorotUniform(shape: readonly number[], stream: RandomStream): Float32Array {
  const receptive = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  const fanIn = receptive * shape.at(-2)!;
  const fanOut = receptive * shape.at(-1)!;
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  const size = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length: size }, () => limit * (2 * stream.uniform() - 1));
}
