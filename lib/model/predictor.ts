/**
 * A model's predictions, without anything that only its training needs.
 *
 * @module
 */

import { type Execution, float, makeExecutor } from "../tensorflow/executor.ts";
import type { NativeGraphOptions } from "../tensorflow/native.ts";
import * as tf from "../tensorflow/tf.ts";
import { forwardPass } from "./forward.ts";

/** A model ready to predict. */
export interface Predictor extends Disposable {
  /** The model's weights in its order. */
  readonly weights: readonly tf.Variable[];
  /**
   * Probabilities of the classes, shape [count, classes].
   *
   * @param images Gray values 0 to 255, shape [count, height, width, channels] of the model's input.
   * @param options `onBatch` hears how many images are done; `batchSize` is how many are done at once.
   * @throws {RangeError} Where the values are those of no whole number of images.
   */
  predict(images: Uint8Array, options?: PredictOptions): Promise<Float32Array>;
  /** Takes up the weights' present values, after they were set. */
  push(): Promise<void>;
}

/** How to run {@linkcode Predictor.predict}. */
export interface PredictOptions {
  readonly onBatch?: (done: number) => void;
  readonly batchSize?: number;
}

/** Images of one prediction batch: large enough that a step's fixed costs do not count. */
const PREDICTION_BATCH = 256;

/**
 * Makes the predictor of a model; the model stays the caller's.
 *
 * @param model Sequential or functional, of layers that `modelGraph` knows; ends in a softmax.
 * @param options `mirror` gives the mean over the image and its mirror image; `execution` and `graph`
 *   as for `makeExecutor`.
 */
export function makePredictor(
  model: tf.LayersModel,
  options: {
    readonly execution: Execution;
    readonly mirror?: boolean;
    readonly graph?: NativeGraphOptions;
  },
): Predictor {
  const forward = forwardPass(model);
  const weights = model.weights.map((weight) => weight.read() as tf.Variable);
  const { inputShape, classes } = forward;
  const pixels = inputShape.reduce((product, side) => product * side, 1);
  const executor = makeExecutor(weights, options);

  const probabilitiesOf = (images: tf.Tensor): tf.Tensor => tf.softmax(forward.logits(images));
  const prediction = (images: tf.Tensor): tf.Tensor[] => {
    if (!options.mirror) return [probabilitiesOf(images)];
    const mirrored = tf.reverse(images, 2);
    return [tf.mul(tf.add(probabilitiesOf(images), probabilitiesOf(mirrored)), 0.5)];
  };

  return {
    weights,
    predict: async (images, { onBatch, batchSize = PREDICTION_BATCH } = {}) => {
      const count = images.length / pixels;
      if (!Number.isInteger(count)) {
        throw new RangeError(`${images.length} values are no whole number of images of ${pixels}`);
      }
      const probabilities = new Float32Array(count * classes);
      for (let start = 0; start < count; start += batchSize) {
        const size = Math.min(batchSize, count - start);
        // A smaller last batch is filled up with black images, whose results are dropped: cheaper
        // than a trace of its own.
        const input = new Float32Array(batchSize * pixels);
        const offset = start * pixels;
        for (let i = 0; i < size * pixels; i++) input[i] = images[offset + i]! / 255;
        const [output] = await executor.run("the prediction", prediction, [
          float([batchSize, ...inputShape], input),
        ]);
        const values = output!.values as Float32Array;
        probabilities.set(values.subarray(0, size * classes), start * classes);
        onBatch?.(start + size);
      }
      return probabilities;
    },
    push: () => executor.push(),
    [Symbol.dispose]: () => executor[Symbol.dispose](),
  };
}
