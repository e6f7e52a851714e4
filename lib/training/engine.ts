/**
 * The training step and the prediction of a model, each one function of tensors, run either as a
 * traced graph or op by op.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { CLASS_COUNT, IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { forwardPass } from "../model/forward.ts";
import { randomKey } from "../seed.ts";
import type { NativeData, NativeGraphOptions } from "../tensorflow/native.ts";
import { softmaxCrossEntropy } from "../tensorflow/op.ts";
import * as tf from "../tensorflow/tf.ts";
import { tensorOf, type Traced, TracedGraph } from "../tensorflow/trace.ts";
import { findAnomaly } from "./anomaly.ts";
import { makeOptimizer, type OptimizerSettings } from "./optimizer.ts";

/** A step's images and what they should be. */
export interface Batch {
  /** Gray values 0 to 1, shape [size, 48, 48, 1]. */
  readonly images: Float32Array;
  /** Label numbers, shape [size]. */
  readonly labels: Uint8Array;
  readonly size: number;
}

/** What a training step tells. */
export interface StepResult {
  /** Mean loss over the batch, label smoothing and class weights included, in nats. */
  readonly loss: number;
  /** Images whose most probable class was the label, before the step's change. */
  readonly correct: number;
}

/** A model with its optimizer, ready to be trained. */
export interface Engine extends Disposable {
  /** The model's weights, then the optimizer's slots; up to date after {@linkcode pull}. */
  readonly variables: readonly tf.Variable[];
  /** How many of the variables are the model's. */
  readonly weightCount: number;
  /**
   * One step of training.
   *
   * @param batch Images and labels.
   * @param learningRate Of this step.
   * @param step From 1, over all epochs; dropout and Adam's correction depend on it.
   */
  train(batch: Batch, learningRate: number, step: number): Promise<StepResult>;
  /**
   * Probabilities of the classes, shape [count, 7].
   *
   * @param images Gray values 0 to 255, shape [count, 48, 48].
   * @param options `onBatch` hears how many images are done; `batchSize` is how many are done at once.
   */
  predict(
    images: Uint8Array,
    options?: { readonly onBatch?: (done: number) => void; readonly batchSize?: number },
  ): Promise<Float32Array>;
  /**
   * What is not finite in a step of training with the variables' present values, in words; nothing
   * where all is. Runs op by op; the variables are not to be used after.
   */
  findAnomaly(batch: Batch, step: number): string | undefined;
  /** Brings the values of a traced graph into the variables. */
  pull(): Promise<void>;
  /** Brings the variables' values into a traced graph, after they were set from outside. */
  push(): Promise<void>;
}

/** What an {@linkcode Engine} needs to know beside the model. */
export type EngineSettings =
  & OptimizerSettings
  & Pick<Configuration, "labelSmoothing" | "mirrorPrediction">;

/** Images of one prediction batch: large enough that a step's fixed costs do not count. */
const PREDICTION_BATCH = 256;

/**
 * Makes the engine of a model.
 *
 * @param model A sequential model of the layers that `forwardPass` knows.
 * @param settings Optimizer, loss and prediction.
 * @param options `seed` of the run (dropout draws from it); `classWeights` scales each class's loss;
 *   `execution`: `traced` runs whole graphs, `eager` op by op; `graph`: how whole graphs run.
 */
export function makeEngine(
  model: tf.Sequential,
  settings: EngineSettings,
  options: {
    readonly seed: number;
    readonly classWeights?: readonly number[];
    readonly execution: "traced" | "eager";
    readonly graph?: NativeGraphOptions;
  },
): Engine {
  const { seed, execution } = options;
  const classWeights = options.classWeights ?? new Array(CLASS_COUNT).fill(1);
  const forward = forwardPass(model);
  const read = (weight: { read(): tf.Tensor }) => weight.read() as tf.Variable;
  const trainable = model.trainableWeights.map(read);
  const weights = model.weights.map(read);
  const optimizer = makeOptimizer(settings, trainable);
  const variables = [...weights, ...optimizer.slots];

  // ------------------------------------------------------------------------------- the computation
  const trainingStep = (
    images: tf.Tensor,
    targets: tf.Tensor,
    imageWeights: tf.Tensor,
    rates: tf.Tensor,
    keys: tf.Tensor,
  ): tf.Tensor[] => {
    let logits: tf.Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const output = forward.logits(images as tf.Tensor4D, { keys: keys as tf.Tensor2D });
      logits = tf.keep(output);
      const losses = softmaxCrossEntropy(output, targets as tf.Tensor2D);
      return tf.mean(tf.mul(losses, imageWeights)) as tf.Scalar;
    }, trainable);
    optimizer.apply(trainable.map((each) => grads[each.name]!), rates as tf.Tensor1D);
    return [value, logits!];
  };
  const prediction = (images: tf.Tensor): tf.Tensor[] => {
    const probabilities = (images: tf.Tensor) =>
      tf.softmax(forward.logits(images as tf.Tensor4D)) as tf.Tensor;
    if (!settings.mirrorPrediction) return [probabilities(images)];
    const mirrored = tf.reverse(images, 2);
    return [tf.mul(tf.add(probabilities(images), probabilities(mirrored)), 0.5)];
  };

  // --------------------------------------------------------------------------------- how it is run
  const graph = execution === "traced" ? new TracedGraph(variables, options.graph) : undefined;
  const traces = new Map<string, Traced>();
  const run = (
    name: string,
    fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
    inputs: readonly NativeData[],
  ): Promise<NativeData[]> => {
    if (!graph) return runEagerly(fn, inputs);
    // The last batch of an epoch may be smaller and has a trace of its own.
    const key = `${name} of ${inputs[0]!.shape[0]} images`;
    let traced = traces.get(key);
    if (!traced) traces.set(key, traced = graph.trace(key, fn as (typeof fn), inputs));
    return traced(inputs);
  };

  const inputsOf = (batch: Batch, learningRate: number, step: number): NativeData[] => [
    float([batch.size, IMAGE_SIZE, IMAGE_SIZE, 1], batch.images),
    float([batch.size, CLASS_COUNT], smoothedTargets(batch, settings.labelSmoothing)),
    float([batch.size], Float32Array.from(batch.labels, (label) => classWeights[label]!)),
    float([2], optimizer.rates(learningRate, step)),
    {
      dtype: "int32",
      shape: [forward.dropouts, 2],
      values: dropoutKeys(seed, step, forward.dropouts),
    },
  ];

  return {
    variables,
    weightCount: weights.length,
    train: async (batch, learningRate, step) => {
      const [loss, logits] = await run(
        "the training step",
        trainingStep as (...inputs: tf.Tensor[]) => tf.Tensor[],
        inputsOf(batch, learningRate, step),
      );
      return {
        loss: loss!.values[0]!,
        correct: countCorrect(logits!.values as Float32Array, batch.labels),
      };
    },
    predict: async (images, { onBatch, batchSize = PREDICTION_BATCH } = {}) => {
      const count = images.length / IMAGE_PIXELS;
      const probabilities = new Float32Array(count * CLASS_COUNT);
      for (let start = 0; start < count; start += batchSize) {
        const size = Math.min(batchSize, count - start);
        // A smaller last batch is filled up with black images, whose results are dropped: cheaper
        // than a trace of its own.
        const input = new Float32Array(batchSize * IMAGE_PIXELS);
        const offset = start * IMAGE_PIXELS;
        for (let i = 0; i < size * IMAGE_PIXELS; i++) input[i] = images[offset + i]! / 255;
        const [output] = await run("the prediction", prediction, [
          float([batchSize, IMAGE_SIZE, IMAGE_SIZE, 1], input),
        ]);
        const values = output!.values as Float32Array;
        probabilities.set(values.subarray(0, size * CLASS_COUNT), start * CLASS_COUNT);
        onBatch?.(start + size);
      }
      return probabilities;
    },
    findAnomaly: (batch, step) =>
      tf.tidy(() => {
        const [images, targets, imageWeights, , keys] = inputsOf(batch, 0, step).map(tensorOf);
        return findAnomaly(model, forward, {
          images: images as tf.Tensor4D,
          targets: targets as tf.Tensor2D,
          imageWeights: imageWeights as tf.Tensor1D,
          keys: keys as tf.Tensor2D,
        });
      }),
    pull: async () => await graph?.pull(),
    push: async () => await graph?.push(),
    [Symbol.dispose]: () => {
      graph?.[Symbol.dispose]();
      optimizer.slots.forEach((slot) => slot.dispose());
    },
  };
}

/** Runs a function op by op: the reference that a traced graph is held against. */
async function runEagerly(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly NativeData[],
): Promise<NativeData[]> {
  const tensors = inputs.map(tensorOf);
  const outputs = tf.tidy(() => fn(...tensors));
  try {
    return await Promise.all(outputs.map(async (output) => ({
      dtype: output.dtype as "float32" | "int32",
      shape: output.shape,
      values: await output.data() as Float32Array | Int32Array,
    })));
  } finally {
    tf.dispose([...tensors, ...outputs]);
  }
}

function float(shape: readonly number[], values: Float32Array): NativeData {
  return { dtype: "float32", shape, values };
}

/** One-hot targets with a share spread evenly over all classes (Szegedy et al. 2016, section 7). */
function smoothedTargets({ labels, size }: Batch, smoothing: number): Float32Array {
  const targets = new Float32Array(size * CLASS_COUNT).fill(smoothing / CLASS_COUNT);
  for (let i = 0; i < size; i++) targets[i * CLASS_COUNT + labels[i]!]! += 1 - smoothing;
  return targets;
}

/** A key per dropout layer, new at every step and the same ones for the same seed. */
function dropoutKeys(seed: number, step: number, layers: number): Int32Array {
  return Int32Array.from(
    Array.from({ length: layers }, (_, layer) => randomKey(seed, "dropout", step, layer)).flat(),
  );
}

function countCorrect(logits: Float32Array, labels: Uint8Array): number {
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * CLASS_COUNT, (i + 1) * CLASS_COUNT);
    let best = 0;
    for (let c = 1; c < CLASS_COUNT; c++) if (row[c]! > row[best]!) best = c;
    if (best === labels[i]) correct++;
  }
  return correct;
}
