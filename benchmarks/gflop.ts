/**
 * How much there is to compute, from the layers.
 *
 * @module
 */

import { BASELINE } from "../lib/configuration.ts";
import { FER2013_FORM } from "../lib/dataset/form.ts";
import { networkLayers } from "../lib/model/families.ts";
import { layerCost } from "../lib/model/layers.ts";
import type { Case } from "./cases.ts";

/** The formula, for the report. */
export const GFLOP_FORMULA =
  "a multiplication and an addition count as two; a 3x3 convolution takes 2 x height x width x 9 x " +
  "in x out per image, a dense layer 2 x in x out; a training step takes the forward pass three " +
  "times (forward, gradient by the weights, gradient by the input) less the first convolution's " +
  "gradient by its input, which nobody needs; pooling, activations, normalisation, dropout, " +
  "augmentation, loss and optimizer count nothing";

/**
 * Floating-point operations of one step (a batch of training or of prediction), in 10^9.
 *
 * Formula: {@linkcode GFLOP_FORMULA}.
 */
export function gflopOf(
  { kind, batchSize, ...shape }: Pick<Case, "kind" | "batchSize"> & Partial<Case>,
): number {
  const layers = networkLayers({ ...BASELINE, ...shape }, FER2013_FORM);
  const forward = layers.map((layer) => 2 * layerCost(layer, layers).multiplyAdds);
  const once = forward.reduce((sum, each) => sum + each, 0);
  const perImage = kind === "predict" ? once : 3 * once - forward.find((each) => each > 0)!;
  return perImage * batchSize / 1e9;
}
