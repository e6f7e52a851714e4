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
 * @param options `seed`: of the draws; `resamples`: how many; `groups`: numbers from 0 of the images'
 *   groups, which are then drawn whole, in place of images.
 */
export function drawPaired(
  baseline: readonly Uint8Array[],
  variant: readonly Uint8Array[],
  options: {
    readonly seed: number;
    readonly resamples: number;
    readonly groups?: Uint32Array | undefined;
  },
): PairedDraws {
  const { resamples } = options;
  const seeds = baseline.length;
  const images = baseline[0]!.length;
  const runs = [...baseline, ...variant];
  const { groups } = options;
  const { patternOf, patterns } = groups ? groupSums(runs, groups) : outcomePatterns(runs, images);
  // How many images a pattern stands for: of a group all of its own.
  const sizes = groups ? groupSizes(groups) : undefined;
  const units = groups ? patterns.length : images;

  const imageStream = randomStream(options.seed, "bootstrap", "images");
  const seedStream = randomStream(options.seed, "bootstrap", "seeds");
  const drawnUnits = new Uint32Array(units);
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
    let drawnImages = groups ? 0 : images;
    imageStream.integers(drawnUnits, units);
    for (let i = 0; i < units; i++) {
      const pattern = patternOf[drawnUnits[i]!]!;
      counts[pattern]! += 1;
      if (sizes) drawnImages += sizes[pattern]!;
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
    draws.overImages[draw] = fixed / (seeds * drawnImages);
    draws.overBoth[draw] = drawn / (seeds * drawnImages);
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

/** Each group as a pattern of its own: how many of its images each run gets right. */
function groupSums(runs: readonly Uint8Array[], groups: Uint32Array) {
  const patterns = groupSizes(groups).map(() => runs.map(() => 0));
  groups.forEach((group, i) => {
    for (let run = 0; run < runs.length; run++) patterns[group]![run]! += runs[run]![i]!;
  });
  return { patterns, patternOf: Uint32Array.from(patterns, (_, group) => group) };
}

function groupSizes(groups: Uint32Array): number[] {
  const sizes = new Array<number>(groups.reduce((most, group) => Math.max(most, group), 0) + 1)
    .fill(0);
  for (const group of groups) sizes[group]!++;
  return sizes;
}
