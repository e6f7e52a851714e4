/**
 * McNemar's test: do two trained models differ on the same images?
 *
 * @module
 */

/** The images on which exactly one of two models has the outcome in question, and the test on them. */
export interface McNemar {
  /** Images that only the baseline gets right. */
  readonly onlyBaseline: number;
  /** Images that only the variant gets right. */
  readonly onlyVariant: number;
  /** Two-sided and exact. */
  readonly p: number;
}

/** A sum of binomial coefficients is kept under this, a power of 2, and the power counted. */
const SCALE_DOUBLINGS = 512;
const SCALE = 2 ** SCALE_DOUBLINGS;

/**
 * McNemar's exact test (McNemar 1947; recommended for models trained once by Dietterich 1998): if
 * two models are equally good, each image that only one of them gets right is as likely to be the
 * one's as the other's. It speaks about these two sets of weights, not about how they were trained.
 *
 * @param baseline 1 for each image the baseline gets right, else 0; shape [n].
 * @param variant The same for the variant, on the same images; shape [n].
 * @throws {RangeError} Where lengths differ.
 */
export function mcnemar(baseline: Uint8Array, variant: Uint8Array): McNemar {
  if (baseline.length !== variant.length) {
    throw new RangeError(`${baseline.length} images against ${variant.length}`);
  }
  let onlyBaseline = 0;
  let onlyVariant = 0;
  for (let i = 0; i < baseline.length; i++) {
    if (baseline[i]! > variant[i]!) onlyBaseline++;
    if (variant[i]! > baseline[i]!) onlyVariant++;
  }
  const discordant = onlyBaseline + onlyVariant;
  return {
    onlyBaseline,
    onlyVariant,
    p: Math.min(1, bothTails(Math.min(onlyBaseline, onlyVariant), discordant)),
  };
}

/**
 * Twice the chance of at most `hits` heads in `tosses` of a fair coin: the sum of C(tosses, i) for i up
 * to `hits` over 2^(tosses - 1), term by term. All terms are positive, so no digit is lost, as it is
 * where a small tail is taken as 1 less the other (@stdlib/stats-binomial-test), or by logarithms of
 * factorials (Cephes: 1e-10 at 40,000).
 *
 * @param hits At most half of the tosses, for speed.
 * @returns Good to 1e-12 relative; 0 below the smallest number there is (5e-324).
 */
function bothTails(hits: number, tosses: number): number {
  let term = 1;
  let sum = 1;
  // Both stand for 2 ** doublings times as much.
  let doublings = 0;
  for (let i = 1; i <= hits; i++) {
    term *= (tosses - i + 1) / i;
    sum += term;
    if (sum > SCALE) {
      term /= SCALE;
      sum /= SCALE;
      doublings += SCALE_DOUBLINGS;
    }
  }
  // In two steps: the power of 2 alone may be too small for a number where the chance is not.
  const power = doublings - tosses + 1;
  const half = Math.trunc(power / 2);
  return sum * 2 ** half * 2 ** (power - half);
}
