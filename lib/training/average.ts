/**
 * The exponential moving average of a model's weights, kept by the training step itself.
 *
 * Averaged weights predict as if the learning rate were far lower (Polyak and Juditsky 1992; Izmailov
 * et al. 2018 say why), while the weights themselves go on learning.
 *
 * @module
 */

import * as tf from "../tensorflow/tf.ts";
import { updateInGraph } from "../tensorflow/trace.ts";

/** Moving averages of weights, in the weights' order. */
export interface MovingAverage {
  /** Equal to the weights at the start. */
  readonly averages: readonly tf.Variable[];
  /** The share of the way that the averages go to the weights in a step, from 1. */
  share(step: number): number;
  /**
   * Moves the averages towards the weights; only tensor operations, so that it can be traced. Within a
   * traced step the weights are those that it began with: so nothing waits for it, and it is done while
   * the step computes.
   */
  update(share: tf.Scalar): void;
}

/**
 * Makes the moving average of weights.
 *
 * In step t the average keeps `min(momentum, t / (t + 9))` of itself, as TensorFlow's
 * `ExponentialMovingAverage` does that is told of its updates: a constant momentum would hold on to the
 * initial weights for thousands of steps.
 *
 * @param momentum What a step keeps in the long run (Keras's `ema_momentum`), 0 to below 1.
 * @param weights What is averaged; moving statistics of batch normalisation as all others.
 */
export function makeMovingAverage(
  momentum: number,
  weights: readonly tf.Variable[],
): MovingAverage {
  const averages = weights.map((weight) =>
    // A copy: a trace tells variables apart by the memory that they hold.
    tf.tidy(() =>
      tf.variable(tf.tensor(weight.dataSync(), weight.shape), false, `${weight.name}/average`)
    )
  );
  return {
    averages,
    share: (step) => 1 - Math.min(momentum, step / (step + 9)),
    update: (share) =>
      tf.tidy(() =>
        averages.forEach((average, i) => {
          const away = tf.sub(average, weights[i]!);
          if (updateInGraph("ResourceApplyGradientDescent", [average], [share, away])) return;
          average.assign(tf.sub(average, tf.mul(away, share)));
        })
      ),
  };
}
