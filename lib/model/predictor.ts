/**
 * A model's predictions, without anything that only its training needs.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { type Execution, float, makeExecutor } from "../tensorflow/executor.ts";
import type { NativeGraphOptions } from "../tensorflow/native.ts";
import * as tf from "../tensorflow/tf.ts";
import { type SampleForm, sampleSize, type SampleValues, writeInputs } from "../sample.ts";
import { forwardPass } from "./forward.ts";
import { type Crop, viewsOf } from "./views.ts";

/** A model ready to predict. */
export interface Predictor extends Disposable {
  /** The model's weights in its order. */
  readonly weights: readonly tf.Variable[];
  /**
   * Probabilities of the classes, shape [count, classes].
   *
   * @param samples Values of the predictor's kind of sample, shape [count, ...]; of an image the gray values.
   * @param options `onBatch` hears how many samples are done; `batchSize` is how many are done at once.
   * @throws {RangeError} Where the values are those of no whole number of samples.
   */
  predict(samples: SampleValues, options?: PredictOptions): Promise<Float32Array>;
  /** Takes up the weights' present values, after they were set. */
  push(): Promise<void>;
}

/** How to run {@linkcode Predictor.predict}. */
export interface PredictOptions {
  readonly onBatch?: (done: number) => void;
  readonly batchSize?: number;
}

/** Samples of one prediction batch: large enough that a step's fixed costs do not count. */
const PREDICTION_BATCH = 256;

/**
 * Makes the predictor of a model; the model stays the caller's.
 *
 * @param model Sequential or functional, of layers that `modelGraph` knows; ends in a softmax.
 * @param options `sample`: what is predicted, images that may be larger than the model's; then `crops`
 *   says which parts of them are seen (default the centre). `mirror` gives the mean over the image and its
 *   mirror image; `execution` and `graph` as for `makeExecutor`.
 */
export function makePredictor(
  model: tf.LayersModel,
  options: {
    readonly sample: SampleForm;
    readonly execution: Execution;
    readonly mirror?: boolean;
    readonly crops?: Configuration["cropPrediction"];
    readonly graph?: NativeGraphOptions;
  },
): Predictor {
  const forward = forwardPass(model);
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  const { inputShape, classes } = forward;
  const { sample } = options;
  const views = viewsOf(sample.shape, inputShape, {
    cropPrediction: options.crops ?? "center",
    mirrorPrediction: options.mirror ?? false,
  });
  const whole = String(sample.shape) === String(inputShape);
  const values = sampleSize(sample);
  const executor = makeExecutor(weights, options);

  const probabilitiesOf = (inputs: tf.Tensor): tf.Tensor => tf.softmax(forward.logits(inputs));
  const prediction = (inputs: tf.Tensor): tf.Tensor[] => {
    const each = views.map(({ crop, mirrored }) => {
      const view = whole ? inputs : cut(inputs, crop, inputShape);
      return probabilitiesOf(mirrored ? tf.reverse(view, 2) : view);
    });
    return [
      each.length === 1 ? each[0]! : tf.mul(each.reduce((a, b) => tf.add(a, b)), 1 / each.length),
    ];
  };

  return {
    weights,
    predict: async (samples, { onBatch, batchSize = PREDICTION_BATCH } = {}) => {
      const count = samples.length / values;
      if (!Number.isInteger(count)) {
        throw new RangeError(
          `${samples.length} values are no whole number of samples of ${values}`,
        );
      }
      const probabilities = new Float32Array(count * classes);
      for (let start = 0; start < count; start += batchSize) {
        const size = Math.min(batchSize, count - start);
        // A smaller last batch is filled up with zeros (black images), whose results are dropped:
        // cheaper than a trace of its own.
        const input = new Float32Array(batchSize * values);
        writeInputs(
          samples,
          Uint32Array.from({ length: size }, (_, i) => start + i),
          sample,
          input,
        );
        const [output] = await executor.run("the prediction", prediction, [
          float([batchSize, ...sample.shape], input),
        ]);
        const shares = output!.values as Float32Array;
        probabilities.set(shares.subarray(0, size * classes), start * classes);
        onBatch?.(start + size);
      }
      return probabilities;
    },
    push: () => executor.push(),
    [Symbol.dispose]: () => executor[Symbol.dispose](),
  };
}

function cut(
  images: tf.Tensor,
  [row, column]: Crop,
  [height, width, channels]: readonly number[],
): tf.Tensor {
  const { shape: [batch] } = images;
  return tf.slice(images, [0, row, column, 0], [batch!, height!, width!, channels!]);
}
