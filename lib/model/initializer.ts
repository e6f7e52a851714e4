/**
 * How kernels are drawn before training.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type { RandomStream } from "../seed.ts";

/**
 * Draws a kernel.
 *
 * - `glorot-uniform`: Glorot and Bengio 2010, eq. 16: uniform in +-sqrt(6 / (in + out)).
 * - `he-normal`: He et al. 2015, eq. 10: normal around 0 with variance 2 / in, which keeps the size of
 *   what goes forwards through layers with ReLU.
 *
 * @param rule One of the two.
 * @param shape Of a kernel: [height, width, in, out] or [in, out].
 * @param stream Where the numbers come from.
 */
export function drawKernel(
  rule: Configuration["initializer"],
  shape: readonly number[],
  stream: RandomStream,
): Float32Array {
  const receptive = shape.slice(0, -2).reduce((product, side) => product * side, 1);
  const fanIn = receptive * shape.at(-2)!;
  const fanOut = receptive * shape.at(-1)!;
  const length = fanIn * shape.at(-1)!;
  if (rule === "he-normal") {
    const deviation = Math.sqrt(2 / fanIn);
    return Float32Array.from({ length }, () => deviation * stream.normal());
  }
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from({ length }, () => limit * (2 * stream.uniform() - 1));
}
