/**
 * Optimizers whose state lives in `tf.Variable`s, so that a traced step carries it in the graph and a
 * checkpoint can hold all of it.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import * as tf from "../tensorflow/tf.ts";
import { updateInGraph } from "../tensorflow/trace.ts";

/** The hyper-parameters of an optimizer. */
export type OptimizerSettings = Pick<
  Configuration,
  "optimizer" | "beta1" | "beta2" | "epsilon" | "momentum" | "weightDecay" | "clipNorm"
>;

/** Moves variables against their gradients. */
export interface Optimizer {
  /** The optimizer's own variables, zero at the start. */
  readonly slots: readonly tf.Variable[];
  /**
   * What to hand to {@linkcode apply} as rates of a step: the learning rate and, for Adam, the rate
   * with the correction of both moments' bias.
   *
   * @param learningRate Of the schedule.
   * @param step From 1.
   */
  rates(learningRate: number, step: number): Float32Array;
  /**
   * One step; only tensor operations, so that it can be traced.
   *
   * @param gradients One per variable, in the same order.
   * @param rates Shape [2], see {@linkcode rates}.
   */
  apply(gradients: readonly tf.Tensor[], rates: tf.Tensor1D): void;
}

/**
 * Makes the optimizer that the settings name: Adam (Kingma and Ba 2015) or SGD with Nesterov momentum
 * (Sutskever et al. 2013), each with clipping by the gradient's global norm (Pascanu et al. 2013) and
 * decoupled weight decay of kernels (Loshchilov and Hutter 2019).
 *
 * @param settings Which, and its constants.
 * @param variables What it moves.
 */
export function makeOptimizer(
  settings: OptimizerSettings,
  variables: readonly tf.Variable[],
): Optimizer {
  const { clipNorm, weightDecay } = settings;
  const moment = (name: string) =>
    tf.tidy(() =>
      variables.map((each) => tf.variable(tf.zerosLike(each), false, `${each.name}/${name}`))
    );
  const rule = settings.optimizer === "adam"
    ? adam(settings, variables, moment("moment1"), moment("moment2"))
    : nesterov(settings, variables, moment("velocity"));
  return {
    slots: rule.slots,
    rates: rule.rates,
    apply: (gradients, rates) =>
      tf.tidy(() => {
        const [learningRate, corrected] = tf.unstack(rates) as [tf.Scalar, tf.Scalar];
        const clipped = clipNorm > 0 ? clipByGlobalNorm(gradients, clipNorm) : gradients;
        variables.forEach((variable, i) => {
          // Biases and the scales of batch normalisation are not decayed: they have rank 1.
          if (weightDecay > 0 && variable.rank > 1) {
            const decay = tf.sub(1, tf.mul(learningRate, weightDecay));
            variable.assign(tf.mul(variable, decay));
          }
          rule.move(i, clipped[i]!, learningRate, corrected);
        });
      }),
  };
}

interface Rule {
  readonly slots: readonly tf.Variable[];
  rates(learningRate: number, step: number): Float32Array;
  move(i: number, gradient: tf.Tensor, learningRate: tf.Scalar, corrected: tf.Scalar): void;
}

/** Kingma and Ba 2015, algorithm 1 in the order of their section 2's last paragraph, as Keras has it. */
function adam(
  { beta1, beta2, epsilon, weightDecay }: OptimizerSettings,
  variables: readonly tf.Variable[],
  moments1: readonly tf.Variable[],
  moments2: readonly tf.Variable[],
): Rule {
  const constants = () => [beta1, beta2, epsilon].map((value) => tf.scalar(value));
  return {
    slots: [...moments1, ...moments2],
    rates: (learningRate, step) =>
      Float32Array.of(
        learningRate,
        learningRate * Math.sqrt(1 - beta2 ** step) / (1 - beta1 ** step),
      ),
    move: (i, gradient, _learningRate, corrected) => {
      // TensorFlow's own operation does the same arithmetic in one pass over the memory. It corrects
      // the moments' bias by their powers of beta, which are 0 here: the rate is corrected already.
      // A decayed variable has been assigned in this step and takes the way of the many operations.
      const decayed = weightDecay > 0 && variables[i]!.rank > 1;
      const state = [variables[i]!, moments1[i]!, moments2[i]!];
      const inputs = () => [tf.scalar(0), tf.scalar(0), corrected, ...constants(), gradient];
      if (!decayed && updateInGraph("ResourceApplyAdam", state, inputs())) return;
      const moment1 = towards(moments1[i]!, gradient, 1 - Math.fround(beta1));
      const moment2 = towards(moments2[i]!, tf.square(gradient), 1 - Math.fround(beta2));
      const change = tf.div(tf.mul(moment1, corrected), tf.add(tf.sqrt(moment2), epsilon));
      variables[i]!.assign(tf.sub(variables[i]!, change));
    },
  };
}

/** Moves a moving average a share of the way to a value and returns it. */
function towards(average: tf.Variable, value: tf.Tensor, share: number): tf.Tensor {
  const moved = tf.add(average, tf.mul(tf.sub(value, average), share));
  average.assign(moved);
  return moved;
}

/** Sutskever et al. 2013 in the form of Keras: the velocity holds the learning rate already. */
function nesterov(
  { momentum }: OptimizerSettings,
  variables: readonly tf.Variable[],
  velocities: readonly tf.Variable[],
): Rule {
  return {
    slots: velocities,
    rates: (learningRate) => Float32Array.of(learningRate, learningRate),
    move: (i, gradient, learningRate) => {
      const push = tf.mul(gradient, learningRate);
      const velocity = tf.sub(tf.mul(velocities[i]!, momentum), push);
      velocities[i]!.assign(velocity);
      variables[i]!.assign(tf.add(variables[i]!, tf.sub(tf.mul(velocity, momentum), push)));
    },
  };
}

/** Scales all gradients alike so that their common norm is at most `limit`. */
function clipByGlobalNorm(gradients: readonly tf.Tensor[], limit: number): tf.Tensor[] {
  const norm = tf.sqrt(tf.addN(gradients.map((each) => tf.sum(tf.square(each)))));
  const scale = tf.div(limit, tf.maximum(norm, limit));
  return gradients.map((each) => tf.mul(each, scale));
}
