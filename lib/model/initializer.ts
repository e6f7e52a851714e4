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
 * - `dirac`: Zagoruyko and Komodakis 2017 (DiracNets), section 3.1, at the start of training: a convolution
 *   that keeps its number of channels begins as the identity and a tenth of a random kernel whose filters
 *   each have the norm 1. All others, 1x1 convolutions among them, begin as with `he-normal`.
 *
 * @param rule One of the three.
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
  if (rule !== "glorot-uniform") {
    const deviation = Math.sqrt(2 / fanIn);
    const kernel = Float32Array.from({ length }, () => deviation * stream.normal());
    const keepsChannels = receptive > 1 && fanIn === fanOut;
    return rule === "dirac" && keepsChannels ? nearIdentity(kernel, shape) : kernel;
  }
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return Float32Array.from({ length }, () => limit * (2 * stream.uniform() - 1));
}

/** The share of the random kernel beside the identity: b of DiracNets, where a is 1. */
const RANDOM_SHARE = 0.1;

/** The identity, and a share of a kernel of shape [height, width, channels, channels]. */
function nearIdentity(kernel: Float32Array, shape: readonly number[]): Float32Array {
  const [height, width, , filters] = shape as [number, number, number, number];
  const norms = new Float64Array(filters);
  kernel.forEach((value, i) => norms[i % filters]! += value ** 2);
  const values = kernel.map((value, i) => RANDOM_SHARE * value / Math.sqrt(norms[i % filters]!));
  const centre = (Math.floor((height - 1) / 2) * width + Math.floor((width - 1) / 2)) * filters;
  for (let c = 0; c < filters; c++) values[(centre + c) * filters + c]! += 1;
  return values;
}
