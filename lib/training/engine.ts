/**
 * The training step of a model: one function of tensors, run either as a traced graph or op by op.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { UserError } from "../error.ts";
import { forwardPass } from "../model/forward.ts";
import { randomKey } from "../seed.ts";
import { type Execution, float, makeExecutor } from "../tensorflow/executor.ts";
import type { NativeData, NativeGraphOptions } from "../tensorflow/native.ts";
import { asFloat32, softmaxCrossEntropy } from "../tensorflow/op.ts";
import { EAGER_IS_FLOAT32, STEP_CONFIG } from "../tensorflow/precision.ts";
import * as tf from "../tensorflow/tf.ts";
import { tensorOf } from "../tensorflow/trace.ts";
import { findAnomaly } from "./anomaly.ts";
import { makeMovingAverage } from "./average.ts";
import { makeOptimizer, type OptimizerSettings } from "./optimizer.ts";

/** A step's samples and what they should be. */
export interface Batch {
  /** As the model takes them, shape [size, ...] of its input; gray values from 0 to 1. */
  readonly inputs: Float32Array;
  /** Label numbers, shape [size]. */
  readonly labels: Uint8Array;
  /** What to train towards in place of the labels: distributions, shape [size, classes]. */
  readonly targets?: Float32Array;
  readonly size: number;
}

/** What a training step tells. */
export interface StepResult {
  /** Mean loss over the batch, label smoothing and class weights included, in nats. */
  readonly loss: number;
  /** Samples whose most probable class was the label, before the step's change. */
  readonly correct: number;
}

/** A model with its optimizer, ready to be trained. */
export interface Engine extends Disposable {
  /**
   * The model's weights, the optimizer's slots, then the weights' moving averages; up to date after
   * {@linkcode pull}.
   */
  readonly variables: readonly tf.Variable[];
  /** Those of the variables that are the model's: the first. */
  readonly weights: readonly tf.Variable[];
  /** The moving averages of the weights in their order: the last of the variables; none without `ema`. */
  readonly averages: readonly tf.Variable[];
  /**
   * One step of training.
   *
   * @param batch Samples with labels or targets.
   * @param learningRate Of this step.
   * @param step From 1, over all epochs; dropout and Adam's correction depend on it.
   */
  train(batch: Batch, learningRate: number, step: number): Promise<StepResult>;
  /**
   * What is not finite in a step of training with the variables' present values, in words; nothing
   * where all is. Runs op by op, in float32; the variables are not to be used after.
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
  & Pick<Configuration, "labelSmoothing" | "precision" | "ema">;

/**
 * Makes the engine of a model.
 *
 * @param model Sequential or functional, of layers that `modelGraph` knows.
 * @param settings Optimizer, loss and precision; that the CPU has bfloat16, `expectBfloat16` sees to.
 * @param options `seed` of the run (dropout draws from it); `classWeights` scales each class's loss;
 *   `execution` and `graph` as for `makeExecutor`.
 * @throws {UserError} For bfloat16 op by op.
 */
export function makeEngine(
  model: tf.LayersModel,
  settings: EngineSettings,
  options: {
    readonly seed: number;
    readonly classWeights?: readonly number[];
    readonly execution: Execution;
    readonly graph?: NativeGraphOptions;
  },
): Engine {
  const { seed } = options;
  const { precision } = settings;
  if (precision === "bfloat16" && options.execution === "eager") {
    throw new UserError(`precision=bfloat16 cannot be: ${EAGER_IS_FLOAT32}`);
  }
  const forward = forwardPass(model);
  const { inputShape, classes } = forward;
  const classWeights = options.classWeights ?? new Array(classes).fill(1);
  const read = (weight: { read(): tf.Tensor }) => weight.read() as tf.Variable;
  const trainable = model.trainableWeights.map(read);
  const weights = model.weights.map(read);
  const optimizer = makeOptimizer(settings, trainable);
  const average = settings.ema > 0 ? makeMovingAverage(settings.ema, weights) : undefined;
  const averages = average?.averages ?? [];
  const variables = [...weights, ...optimizer.slots, ...averages];

  // ------------------------------------------------------------------------------- the computation
  const trainingStep = (
    inputs: tf.Tensor,
    targets: tf.Tensor,
    sampleWeights: tf.Tensor,
    rates: tf.Tensor,
    keys: tf.Tensor,
    averageShare?: tf.Tensor,
  ): tf.Tensor[] => {
    average?.update(averageShare as tf.Scalar);
    let logits: tf.Tensor | undefined;
    const { value, grads } = tf.variableGrads(() => {
      const output = forward.logits(inputs, { keys: keys as tf.Tensor2D });
      logits = tf.keep(output);
      const losses = softmaxCrossEntropy(output, targets as tf.Tensor2D);
      return tf.mean(tf.mul(losses, sampleWeights)) as tf.Scalar;
    }, trainable);
    const gradients = trainable.map((each) => grads[each.name]!);
    optimizer.apply(
      // Or the norm that gradients are clipped by would be added up in bfloat16.
      precision === "bfloat16" ? gradients.map(asFloat32) : gradients,
      rates as tf.Tensor1D,
    );
    return [value, logits!];
  };

  // --------------------------------------------------------------------------------- how it is run
  const config = Uint8Array.of(...STEP_CONFIG[precision], ...options.graph?.config ?? []);
  const executor = makeExecutor(variables, { ...options, graph: { ...options.graph, config } });
  const inputsOf = (batch: Batch, learningRate: number, step: number): NativeData[] => [
    float([batch.size, ...inputShape], batch.inputs),
    float([batch.size, classes], smoothedTargets(batch, classes, settings.labelSmoothing)),
    float([batch.size], lossWeights(batch, classWeights)),
    float([2], optimizer.rates(learningRate, step)),
    {
      dtype: "int32",
      shape: [forward.dropouts, 2],
      values: dropoutKeys(seed, step, forward.dropouts),
    },
    ...average ? [float([], Float32Array.of(average.share(step)))] : [],
  ];

  return {
    variables,
    weights,
    averages,
    train: async (batch, learningRate, step) => {
      const [loss, logits] = await executor.run(
        "the training step",
        trainingStep as (...inputs: tf.Tensor[]) => tf.Tensor[],
        inputsOf(batch, learningRate, step),
      );
      return {
        loss: loss!.values[0]!,
        correct: countCorrect(logits!.values as Float32Array, classes, batch.labels),
      };
    },
    findAnomaly: (batch, step) =>
      tf.tidy(() => {
        const [inputs, targets, sampleWeights, , keys] = inputsOf(batch, 0, step).map(tensorOf);
        return findAnomaly(model, forward, {
          inputs: inputs!,
          targets: targets as tf.Tensor2D,
          sampleWeights: sampleWeights as tf.Tensor1D,
          keys: keys as tf.Tensor2D,
        });
      }),
    pull: () => executor.pull(),
    push: () => executor.push(),
    [Symbol.dispose]: () => {
      executor[Symbol.dispose]();
      tf.dispose([...optimizer.slots, ...averages]);
    },
  };
}

/**
 * The targets, a label's being one-hot, with a share spread evenly over all classes (Szegedy et al. 2016,
 * section 7).
 */
function smoothedTargets(
  { labels, targets, size }: Batch,
  classes: number,
  smoothing: number,
): Float32Array {
  const smoothed = new Float32Array(size * classes).fill(smoothing / classes);
  if (targets) {
    for (let i = 0; i < smoothed.length; i++) smoothed[i]! += (1 - smoothing) * targets[i]!;
  } else for (let i = 0; i < size; i++) smoothed[i * classes + labels[i]!]! += 1 - smoothing;
  return smoothed;
}

/** What each sample's loss counts: its class's weight, or the mean of them over its target. */
function lossWeights({ labels, targets }: Batch, classWeights: readonly number[]): Float32Array {
  return Float32Array.from(labels, (label, i) => {
    if (!targets) return classWeights[label]!;
    const at = i * classWeights.length;
    return classWeights.reduce((sum, weight, c) => sum + weight * targets[at + c]!, 0);
  });
}

/** A key per dropout layer, new at every step and the same ones for the same seed. */
function dropoutKeys(seed: number, step: number, layers: number): Int32Array {
  return Int32Array.from(
    Array.from({ length: layers }, (_, layer) => randomKey(seed, "dropout", step, layer)).flat(),
  );
}

function countCorrect(logits: Float32Array, classes: number, labels: Uint8Array): number {
  let correct = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    let best = 0;
    for (let c = 1; c < classes; c++) if (row[c]! > row[best]!) best = c;
    if (best === labels[i]) correct++;
  }
  return correct;
}
