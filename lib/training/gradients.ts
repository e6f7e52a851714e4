/**
 * The gradients that a step of training would follow, without the step: for `--histograms`.
 *
 * @module
 */

import type { ForwardPass } from "../model/forward.ts";
import * as tf from "../tensorflow/tf.ts";
import type { AnomalyInputs } from "./anomaly.ts";
import { meanLoss } from "./loss.ts";
import { weightNames } from "./weights.ts";

/**
 * The gradients of a batch's mean loss with respect to what is trained, as in a step of training: with
 * dropout, and normalised by the batch. Before clipping and weight decay. Computed op by op; no variable
 * is changed, nor are the moving averages of batch normalisation.
 *
 * @returns By the weights' names, such as `conv1/kernel`, in the order of the model.
 */
export function gradientsOf(
  model: tf.LayersModel,
  forward: ForwardPass,
  { inputs, keys, ...loss }: AnomalyInputs,
): tf.NamedTensorMap {
  const names = weightNames(model);
  const trained = new Set(model.trainableWeights);
  const variables = model.weights.flatMap((weight, i) =>
    trained.has(weight) ? [{ name: names[i]!, variable: weight.read() as tf.Variable }] : []
  );
  const { grads } = tf.variableGrads(
    () => meanLoss(forward.logits(inputs, { keys, tracks: false }), loss),
    variables.map(({ variable }) => variable),
  );
  return Object.fromEntries(
    variables.map(({ name, variable }) => [name, grads[variable.name]!]),
  );
}
