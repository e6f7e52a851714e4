/**
 * Where in a step of training a number stops being one: for `--detect-anomalies`.
 *
 * @module
 */

import type { ForwardPass } from "../model/forward.ts";
import * as tf from "../tensorflow/tf.ts";
import { type LossInputs, meanLoss } from "./loss.ts";

/** What a step of training is given. */
export interface AnomalyInputs extends LossInputs {
  /** As the network takes them, mixed already. */
  readonly inputs: tf.Tensor;
  /** Of the dropout layers. */
  readonly keys: tf.Tensor2D;
}

/**
 * Carries out a step of training op by op, without its change of the weights, and looks at everything
 * in the order it comes into being: weights, each layer's output, the loss, and then the gradients
 * from the last layer to the first.
 *
 * @returns The first that holds NaN or an infinity, in words; nothing where all is finite.
 */
export function findAnomaly(
  model: tf.LayersModel,
  forward: ForwardPass,
  { inputs, keys, ...loss }: AnomalyInputs,
): string | undefined {
  for (const layer of model.layers) {
    for (const weight of layer.weights) {
      const bad = notFinite(weight.read());
      const name = weight.originalName.split("/").at(-1);
      if (bad) return `the ${name} of layer ${layer.name} holds ${bad} since the step before`;
    }
  }
  let found: string | undefined;
  const trainable = model.layers.flatMap((layer) =>
    layer.trainableWeights.map((weight) => ({
      layer: layer.name,
      name: weight.originalName.split("/").at(-1),
      variable: weight.read() as tf.Variable,
    }))
  );
  const { value, grads } = tf.variableGrads(() => {
    const logits = forward.logits(inputs, {
      keys,
      onOutput: ({ name, kind }, output) => {
        const bad = found ? undefined : notFinite(output);
        if (bad) found = `the output of layer ${name} (${kind}) holds ${bad}`;
      },
    });
    return meanLoss(logits, loss);
  }, trainable.map(({ variable }) => variable));
  if (found) return found;
  const badLoss = notFinite(value);
  if (badLoss) return `the loss is ${badLoss} though every layer's output is finite`;
  for (const { layer, name, variable } of trainable.reverse()) {
    const bad = notFinite(grads[variable.name]!);
    if (bad) return `the gradient of layer ${layer}'s ${name} holds ${bad}`;
  }
  return undefined;
}

/** The first value of a tensor that is NaN or infinite, as text. */
function notFinite(tensor: tf.Tensor): string | undefined {
  const value = tensor.dataSync().find((value) => !Number.isFinite(value));
  return value === undefined ? undefined : String(value);
}
