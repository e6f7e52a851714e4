/**
 * McNemar's test: do two trained models differ on the same images?
 *
 * @module
 */

import binomialTest from "@stdlib/stats-binomial-test";

/** The images on which exactly one of two models has the outcome in question, and the test on them. */
export interface McNemar {
  /** Images that only the baseline gets right. */
  readonly onlyBaseline: number;
  /** Images that only the variant gets right. */
  readonly onlyVariant: number;
  /** Two-sided and exact. */
  readonly p: number;
}

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
    // Without a discordant image there is nothing to test (and the library divides by zero).
    p: discordant === 0 ? 1 : binomialTest(onlyVariant, discordant, { p: 0.5 }).pValue,
  };
}
