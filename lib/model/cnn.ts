/**
 * The report's four-layer CNN and its variants, and dense networks, as ordinary tfjs layers models.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type { DataForm } from "../dataset/dataset.ts";
import { FER2013_FORM } from "../dataset/form.ts";
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
 * and the output layer's softmax over the classes. Input [batch, height, width, channels].
 *
 * @param architecture Filters per block, units, and which of batch normalisation and dropout.
 * @param options `seed` of the run: initial weights come from its streams; `form` of the data (default
 *   FER2013's); `convolutions` in each block (default 1, as in the original report).
 */
export function buildCnn(
  architecture: Architecture,
  options: { readonly seed: number; readonly form?: DataForm; readonly convolutions?: number },
): tf.Sequential {
  const { convolutions = 1, form = FER2013_FORM } = options;
  const { filters, denseUnits, batchNorm, convDropout, denseDropout } = architecture;
  const model = tf.sequential({ name: "cnn" });
  const convolve = (name: string, count: number) => {
    model.add(tf.layers.conv2d({
      name: `conv${name}`,
      ...(model.layers.length === 0 ? { inputShape: [...form.sample.shape] } : {}),
      filters: count,
      kernelSize: 3,
      padding: "same",
      kernelInitializer: "zeros",
      // Batch normalisation subtracts any bias again, and stands before the activation (Ioffe and
      // Szegedy 2015).
      useBias: !batchNorm,
      ...(batchNorm ? {} : { activation: "relu" as const }),
    }));
    if (batchNorm) normalise(model, name);
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
  addDense(model, "dense", { denseUnits, batchNorm });
  finish(model, { denseDropout, classes: form.classes.length, seed: options.seed });
  return model;
}

/**
 * Builds a network of dense layers alone (a multilayer perceptron), each with its ReLU, and the output
 * layer's softmax over the classes. Samples of any shape are taken as vectors.
 *
 * @param architecture Units of each layer, and which of batch normalisation and dropout.
 * @param options `seed` of the run: initial weights come from its streams; `form` of the data; how many
 *   `layers` before the output layer.
 */
export function buildMlp(
  architecture: Pick<Architecture, "denseUnits" | "batchNorm" | "denseDropout">,
  options: { readonly seed: number; readonly form: DataForm; readonly layers: number },
): tf.Sequential {
  const { form: { sample: { shape }, classes }, layers, seed } = options;
  const model = tf.sequential({ name: "mlp" });
  if (shape.length > 1) model.add(tf.layers.flatten({ name: "flatten", inputShape: [...shape] }));
  for (let n = 1; n <= layers; n++) addDense(model, `dense${n}`, architecture, shape);
  finish(model, { denseDropout: architecture.denseDropout, classes: classes.length, seed });
  return model;
}

/** A dense layer with its ReLU, batch normalisation between the two where it is of all layers. */
function addDense(
  model: tf.Sequential,
  name: string,
  { denseUnits, batchNorm }: Pick<Architecture, "denseUnits" | "batchNorm">,
  inputShape: readonly number[] = [],
): void {
  const normalised = batchNorm === "all";
  model.add(tf.layers.dense({
    name,
    ...(model.layers.length === 0 ? { inputShape: [...inputShape] } : {}),
    units: denseUnits,
    kernelInitializer: "zeros",
    useBias: !normalised,
    ...(normalised ? {} : { activation: "relu" as const }),
  }));
  if (normalised) normalise(model, `_${name}`);
}

function normalise(model: tf.Sequential, name: string): void {
  model.add(tf.layers.batchNormalization({
    name: `batch_norm${name}`,
    momentum: BATCH_NORM_MOMENTUM,
  }));
  model.add(tf.layers.activation({ name: `relu${name}`, activation: "relu" }));
}

/** The output layer, and the initial weights of all layers. */
function finish(
  model: tf.Sequential,
  { denseDropout, classes, seed }: {
    readonly denseDropout: number;
    readonly classes: number;
    readonly seed: number;
  },
): void {
  if (denseDropout > 0) {
    model.add(tf.layers.dropout({ name: "dropout_dense", rate: denseDropout }));
  }
  model.add(tf.layers.dense({
    name: "output",
    units: classes,
    activation: "softmax",
    kernelInitializer: "zeros",
  }));
  initialiseKernels(model, seed);
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
