/**
 * How many seeds further comparisons need, from the runs of a report.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { commonSeeds } from "../evaluation/paired.ts";
import {
  pooledSpread,
  power,
  seedsNeeded,
  seedVarianceInterval,
  type Spread,
  spreadOf,
} from "../evaluation/power.ts";
import { shownPath } from "../paths.ts";
import type { Interval, ReportFacts } from "./record.ts";
import type { Subject } from "./compare.ts";
import { meanOver, secondsOf } from "./summary.ts";

/** A difference and what it takes to decide it. */
export interface Need {
  /** In points. */
  readonly difference: number;
  /** Seeds; null where even {@linkcode MOST_SEEDS} are too few. */
  readonly seeds: number | null;
  /** With the least and the most spread that the runs allow. */
  readonly seedsLow: number | null;
  readonly seedsHigh: number | null;
  /** The chance that the seeds that are there decide it. */
  readonly power: number;
  /** Of the runs that are missing, of all variants; null where that is not known. */
  readonly minutes: number | null;
}

/** What {@linkcode planSeeds} finds. */
export interface SeedPlan {
  readonly baseline: string;
  /** The variants whose spread was taken together. */
  readonly variants: readonly string[];
  /** Seeds of each variant now: the fewest. */
  readonly seeds: number;
  readonly images: number;
  /** The standard deviation, between seeds, of a difference on these images, in points. */
  readonly spread: number;
  readonly spreadInterval: Interval;
  readonly freedom: number;
  /** The standard error over images that no number of seeds takes away, in points. */
  readonly imageError: number;
  readonly comparisons: number;
  /** The chance to reach. */
  readonly chance: number;
  readonly needs: readonly Need[];
}

/** What to plan for. */
export interface SeedPlanOptions {
  /** In points. */
  readonly differences: readonly number[];
  /** The chance to reach, from 0 to 1. */
  readonly chance: number;
  /** How long the runs took; else nothing is said of minutes. */
  readonly facts?: ReportFacts | undefined;
}

/**
 * From the spread between the seeds of a report, how many seeds differences need to be decided after
 * Holm's correction, and how many minutes that is where the runs were made.
 *
 * @param subjects The report's variants; the first is what the others are compared with.
 * @throws {UserError} Where there is nothing to compare, or fewer than two seeds.
 */
export function planSeeds(
  subjects: readonly Subject[],
  { differences, chance, facts }: SeedPlanOptions,
): SeedPlan {
  const [first, ...others] = subjects;
  if (!first) throw new RangeError("No variant to plan for");
  if (others.length === 0) {
    throw new UserError(
      `${
        shownPath(first.source)
      }: Has one variant, and so no difference: name a report with several`,
    );
  }
  const pairs = others.map((variant) => ({
    name: nameOf(variant),
    baseline: first.predictions,
    variant: variant.predictions,
  })).filter((pair) => commonSeeds(pair).length > 1);
  if (pairs.length === 0) {
    throw new UserError(
      `${shownPath(first.source)}: No variant has two seeds in common with ${
        nameOf(first)
      } whose predictions are ` +
        "there, and one seed shows no spread: run the experiment with --seeds 3",
    );
  }
  const spread = pooledSpread(pairs.map(spreadOf));
  const limits = seedVarianceInterval(spread);
  const comparisons = others.length;
  const seeds = Math.min(...subjects.map(({ runs }) => runs.length));
  const needed = (difference: number, of: Spread) =>
    seedsNeeded(difference, of, { comparisons, chance }) ?? null;
  return {
    baseline: nameOf(first),
    variants: pairs.map(({ name }) => name),
    seeds,
    images: spread.images,
    spread: Math.sqrt(spread.seedVariance),
    spreadInterval: { low: Math.sqrt(limits.low), high: Math.sqrt(limits.high) },
    freedom: spread.freedom,
    imageError: Math.sqrt(spread.imageVariance),
    comparisons,
    chance,
    needs: differences.map((difference): Need => {
      const wanted = needed(difference, spread);
      return {
        difference,
        seeds: wanted,
        seedsLow: needed(difference, { ...spread, seedVariance: limits.low }),
        seedsHigh: needed(difference, { ...spread, seedVariance: limits.high }),
        power: seeds > 1 ? power(difference, spread, { seeds, comparisons }) : 0,
        minutes: wanted === null || !facts ? null : minutesOf(subjects, wanted, facts),
      };
    }),
  };
}

/** The minutes of the runs that are missing to so many seeds of each variant. */
function minutesOf(subjects: readonly Subject[], seeds: number, facts: ReportFacts): number | null {
  let total = 0;
  for (const { runs } of subjects) {
    const missing = Math.max(0, seeds - runs.length);
    const took = facts.runs.filter(({ folder }) => runs.some((run) => run.folder === folder));
    if (took.length === 0) return null;
    total += missing * meanOver(took, (run) => secondsOf(run.facts)) / 60;
  }
  return total;
}

/** A variant's name without its experiment's. */
function nameOf({ name }: Subject): string {
  return name.slice(name.indexOf(": ") + 2);
}
