/**
 * How much there is to compute, from the layers.
 *
 * @module
 */

import { CLASS_COUNT, IMAGE_SIZE } from "../lib/emotion.ts";
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
  { kind, batchSize, filters, denseUnits }: Pick<
    Case,
    "kind" | "batchSize" | "filters" | "denseUnits"
  >,
): number {
  let side = IMAGE_SIZE;
  let channels = 1;
  const forward: number[] = [];
  for (const count of filters) {
    forward.push(2 * side * side * 9 * channels * count);
    channels = count;
    // 2x2 max-pooling drops an odd last row.
    side = Math.floor(side / 2);
  }
  forward.push(2 * side * side * channels * denseUnits, 2 * denseUnits * CLASS_COUNT);
  const once = forward.reduce((sum, each) => sum + each, 0);
  const perImage = kind === "predict" ? once : 3 * once - forward[0]!;
  return perImage * batchSize / 1e9;
}
