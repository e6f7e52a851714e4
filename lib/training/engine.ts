/**
 * The training step of a model: one function of tensors, run either as a traced graph or op by op.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { UserError } from "../error.ts";
import { FORWARD_PART, forwardPass } from "../model/forward.ts";
import { randomKey } from "../seed.ts";
import { type Execution, float, makeExecutor } from "../tensorflow/executor.ts";
import type { NativeData, NativeGraphOptions } from "../tensorflow/native.ts";
import { asFloat32 } from "../tensorflow/op.ts";
import { EAGER_IS_FLOAT32, STEP_CONFIG } from "../tensorflow/precision.ts";
import * as tf from "../tensorflow/tf.ts";
import { inPart, tensorOf } from "../tensorflow/trace.ts";
import { findAnomaly } from "./anomaly.ts";
import { makeMovingAverage } from "./average.ts";
import { gradientsOf } from "./gradients.ts";
import { lossWeights, meanLoss, smoothedTargets } from "./loss.ts";
import { type Mix, mixRows, type MixTensors } from "./mixup.ts";
import { makeOptimizer, type OptimizerSettings } from "./optimizer.ts";
import { weightNames } from "./weights.ts";

/** A step's samples and what they should be. */
export interface Batch {
  /** As the model takes them, shape [size, ...] of its input; gray values from 0 to 1. */
  readonly inputs: Float32Array;
  /** Label numbers, shape [size]. */
  readonly labels: Uint8Array;
  /** What to train towards in place of the labels: distributions, shape [size, classes]. */
  readonly targets?: Float32Array;
  /** How the step mixes its samples; the same batches of a run have it, or none. */
  readonly mix?: Mix;
  readonly size: number;
}

/** What a training step tells. */
export interface StepResult {
  /** Mean loss over the batch, label smoothing and class weights included, in nats. */
  readonly loss: number;
  /**
   * Samples whose most probable class was the label, before the step's change; of a mixed sample, that
   * of which it holds more.
   */
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
  /** What the weights are called in their order, such as `conv1/kernel`. */
  readonly names: readonly string[];
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
  /**
   * The gradients of the mean loss over a batch with the variables' present values, of what is trained,
   * by the weights' names; see {@linkcode gradientsOf}. Dropout is the same at every call. Runs op by op,
   * in float32.
   */
  gradients(batch: Batch): Record<string, Float32Array>;
  /** Brings the values of a traced graph into the variables. */
  pull(): Promise<void>;
  /** Brings the variables' values into a traced graph, after they were set from outside. */
  push(): Promise<void>;
}

/** The parts of a step by the names that its operations bear where they are timed; see `inPart`. */
export const STEP_PARTS = {
  /** Followed by the layer's name: `forward/conv1`. */
  forward: FORWARD_PART,
  loss: "loss",
  gradients: "gradients",
  optimizer: "optimizer",
  average: "moving_average",
} as const;

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
  const trainingStep = (...tensors: tf.Tensor[]): tf.Tensor[] => {
    const { inputs, targets, sampleWeights, rates, keys, averageShare, mix } = stepInputs(
      tensors,
      settings,
    );
    inPart(STEP_PARTS.average, () => average?.update(averageShare!));
    let logits: tf.Tensor | undefined;
    const { value, grads } = inPart(STEP_PARTS.gradients, () =>
      tf.variableGrads(() => {
        const output = forward.logits(mixRows(inputs, mix), { keys });
        logits = tf.keep(output);
        return inPart(STEP_PARTS.loss, () => meanLoss(output, { targets, sampleWeights, mix }));
      }, trainable));
    const gradients = trainable.map((each) => grads[each.name]!);
    inPart(STEP_PARTS.optimizer, () =>
      optimizer.apply(
        // Or the norm that gradients are clipped by would be added up in bfloat16.
        precision === "bfloat16" ? gradients.map(asFloat32) : gradients,
        rates,
      ));
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
    ...batch.mix
      ? [
        { dtype: "int32" as const, shape: [batch.size], values: batch.mix.partners },
        float([], Float32Array.of(batch.mix.share)),
      ]
      : [],
  ];

  return {
    variables,
    weights,
    names: weightNames(model),
    averages,
    train: async (batch, learningRate, step) => {
      const [loss, logits] = await executor.run(
        "the training step",
        trainingStep,
        inputsOf(batch, learningRate, step),
      );
      return {
        loss: loss!.values[0]!,
        correct: countCorrect(logits!.values as Float32Array, classes, batch.labels),
      };
    },
    findAnomaly: (batch, step) =>
      tf.tidy(() => {
        const { inputs, ...others } = stepInputs(inputsOf(batch, 0, step).map(tensorOf), settings);
        return findAnomaly(model, forward, { ...others, inputs: mixRows(inputs, others.mix) });
      }),
    gradients: (batch) => {
      const gradients = tf.tidy(() => {
        const { inputs, ...others } = stepInputs(
          inputsOf(batch, 0, NO_STEP).map(tensorOf),
          settings,
        );
        return gradientsOf(model, forward, { ...others, inputs: mixRows(inputs, others.mix) });
      });
      try {
        return Object.fromEntries(
          Object.entries(gradients).map(([name, each]) => [name, each.dataSync() as Float32Array]),
        );
      } finally {
        tf.dispose(gradients);
      }
    },
    pull: () => executor.pull(),
    push: () => executor.push(),
    [Symbol.dispose]: () => {
      executor[Symbol.dispose]();
      tf.dispose([...optimizer.slots, ...averages]);
    },
  };
}

/** Steps count from 1: what is drawn for this one is drawn for no other. */
const NO_STEP = 0;

/** What a step is given, by its name. */
function stepInputs(tensors: readonly tf.Tensor[], { ema }: Pick<Configuration, "ema">) {
  const [inputs, targets, sampleWeights, rates, keys, ...others] = tensors;
  const averageShare = ema > 0 ? others.shift() as tf.Scalar : undefined;
  const [partners, share] = others;
  return {
    inputs: inputs!,
    targets: targets as tf.Tensor2D,
    sampleWeights: sampleWeights as tf.Tensor1D,
    rates: rates as tf.Tensor1D,
    keys: keys as tf.Tensor2D,
    averageShare,
    mix: partners && { partners, share } as MixTensors,
  };
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
