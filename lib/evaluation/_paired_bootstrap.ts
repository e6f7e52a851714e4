/**
 * The bootstrap of paired runs over images, and over images and seeds.
 *
 * @module
 */

import { randomStream } from "../seed.ts";

/** What each draw gave; shape [resamples] each. Differences are variant less baseline, in shares. */
export interface PairedDraws {
  /** Mean difference on drawn images, all seeds kept: what other test images would change. */
  readonly overImages: Float64Array;
  /** Mean difference on drawn images and drawn pairs of runs. */
  readonly overBoth: Float64Array;
  /** Probability of improvement on drawn images and drawn pairs of runs. */
  readonly improvement: Float64Array;
}

/**
 * Draws images with replacement, the same for all runs of both methods, and pairs of runs (one
 * seed's baseline and variant) with replacement.
 *
 * Images on which all runs have the same outcomes are interchangeable, so a draw only counts how
 * often each pattern of outcomes comes up: a few dozen patterns stand for thousands of images.
 *
 * @param baseline Outcomes, 0 or 1, per seed: [seeds] of shape [images].
 * @param variant The same for the variant, paired by index.
 * @param options `seed`: of the draws; `resamples`: how many.
 */
export function drawPaired(
  baseline: readonly Uint8Array[],
  variant: readonly Uint8Array[],
  options: { readonly seed: number; readonly resamples: number },
): PairedDraws {
  const { resamples } = options;
  const seeds = baseline.length;
  const images = baseline[0]!.length;
  const runs = [...baseline, ...variant];
  const { patternOf, patterns } = outcomePatterns(runs, images);

  const imageStream = randomStream(options.seed, "bootstrap", "images");
  const seedStream = randomStream(options.seed, "bootstrap", "seeds");
  const counts = new Uint32Array(patterns.length);
  const hits = new Uint32Array(runs.length);
  const drawnSeeds = new Uint32Array(seeds);
  const draws = {
    overImages: new Float64Array(resamples),
    overBoth: new Float64Array(resamples),
    improvement: new Float64Array(resamples),
  };
  for (let draw = 0; draw < resamples; draw++) {
    counts.fill(0);
    for (let i = 0; i < images; i++) {
      const pattern = patternOf[imageStream.integer(0, images)]!;
      counts[pattern]! += 1;
    }
    hits.fill(0);
    for (let p = 0; p < patterns.length; p++) {
      const outcomes = patterns[p]!;
      for (let run = 0; run < runs.length; run++) {
        hits[run]! += outcomes[run]! * counts[p]!;
      }
    }
    for (let s = 0; s < seeds; s++) drawnSeeds[s] = seedStream.integer(0, seeds);
    let fixed = 0;
    let drawn = 0;
    for (let s = 0; s < seeds; s++) {
      fixed += hits[seeds + s]! - hits[s]!;
      drawn += hits[seeds + drawnSeeds[s]!]! - hits[drawnSeeds[s]!]!;
    }
    draws.overImages[draw] = fixed / (seeds * images);
    draws.overBoth[draw] = drawn / (seeds * images);
    draws.improvement[draw] = probabilityOfImprovement(
      Array.from(drawnSeeds, (s) => hits[s]!),
      Array.from(drawnSeeds, (s) => hits[seeds + s]!),
    );
  }
  return draws;
}

/**
 * The probability that a run of the variant beats a run of the baseline (Agarwal et al. 2021,
 * rliable): the share of all pairs of a run of each, whatever their seeds, in which the variant is
 * higher; a tie counts one half. This is Mann and Whitney's U over the number of pairs.
 *
 * @param baseline One score per run.
 * @param variant One score per run.
 * @returns From 0 to 1.
 */
export function probabilityOfImprovement(
  baseline: readonly number[],
  variant: readonly number[],
): number {
  let wins = 0;
  for (const b of baseline) {
    for (const v of variant) wins += v > b ? 1 : v === b ? 0.5 : 0;
  }
  return wins / (baseline.length * variant.length);
}

/** Numbers the distinct patterns of outcomes over all runs, and gives each image its pattern. */
function outcomePatterns(runs: readonly Uint8Array[], images: number) {
  const numbers = new Map<string, number>();
  const patterns: number[][] = [];
  const patternOf = new Uint32Array(images);
  for (let i = 0; i < images; i++) {
    const outcomes = runs.map((run) => run[i]!);
    const key = outcomes.join("");
    let number = numbers.get(key);
    if (number === undefined) {
      number = patterns.length;
      numbers.set(key, number);
      patterns.push(outcomes);
    }
    patternOf[i] = number;
  }
  return { patternOf, patterns };
}
