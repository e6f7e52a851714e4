/**
 * What splits of Training would have reported, beside what the same networks are worth on PrivateTest.
 *
 * @module
 */

import { mean } from "mathjs";
import { tInterval, wilsonInterval } from "../evaluation/intervals.ts";
import type { Interval } from "../schema/report.ts";
import type { ClaimReport, Estimate, RunRecord } from "./record.ts";

/** Hits among so many images. */
interface Share {
  readonly correct: number;
  readonly images: number;
}

/**
 * What a variant's runs claim; nothing where they split nothing.
 *
 * @param records One per seed.
 */
export function claimReport(records: readonly RunRecord[]): ClaimReport | undefined {
  const pairs = records.flatMap(({ claimed, best }) =>
    claimed ? [{ claimed, test: best.test }] : []
  );
  const first = pairs[0];
  if (!first || pairs.length < records.length) return undefined;
  const ofClass = (c: number) =>
    pairs.map(({ claimed, test }) => ({
      claimed: recallOf(claimed.scores.confusion, c),
      test: recallOf(test.confusion, c),
    })).filter(({ claimed, test }) => claimed.images > 0 && test.images > 0);
  const known = pairs.map(({ claimed }) => claimed.unrelated).filter(({ images }) => images > 0);
  return {
    images: first.claimed.scores.images,
    copies: first.claimed.copies,
    related: first.claimed.scores.images - first.claimed.unrelated.images,
    accuracy: shareEstimate(pairs.map(({ claimed }) => claimed.scores)),
    optimism: optimismEstimate(
      pairs.map(({ claimed, test }) => ({ claimed: claimed.scores, test })),
    ),
    unrelated: known.length === 0 ? null : shareEstimate(known),
    classes: first.test.perClass.map(({ emotion: name }, c) => {
      const recalls = ofClass(c);
      return {
        name,
        recall: recalls.length === 0 ? null : shareEstimate(recalls.map(({ claimed }) => claimed)),
        optimism: recalls.length === 0 ? null : optimismEstimate(recalls),
      };
    }),
  };
}

function recallOf(confusion: readonly (readonly number[])[], c: number): Share {
  return { correct: confusion[c]![c]!, images: confusion[c]!.reduce((sum, n) => sum + n, 0) };
}

function shareEstimate(shares: readonly Share[]): Estimate {
  const values = shares.map(({ correct, images }) => correct / images);
  const interval = values.length > 1
    ? tInterval(values)!
    : wilsonInterval(shares[0]!.correct, shares[0]!.images);
  return {
    mean: mean(values),
    low: Math.max(0, interval.low),
    high: Math.min(1, interval.high),
    over: values.length > 1 ? "seeds" : "images",
  };
}

function optimismEstimate(
  pairs: readonly { readonly claimed: Share; readonly test: Share }[],
): Estimate {
  const values = pairs.map(({ claimed, test }) =>
    claimed.correct / claimed.images - test.correct / test.images
  );
  const { low, high } = values.length > 1
    ? tInterval(values)!
    : differenceInterval(pairs[0]!.claimed, pairs[0]!.test);
  return { mean: mean(values), low, high, over: values.length > 1 ? "seeds" : "images" };
}

/** The interval of the difference of two shares of different images (Newcombe 1998, method 10). */
export function differenceInterval(a: Share, b: Share): Interval {
  const [p, q] = [a.correct / a.images, b.correct / b.images];
  const [first, second] = [a, b].map(({ correct, images }) => wilsonInterval(correct, images)) as [
    Interval,
    Interval,
  ];
  return {
    low: p - q - Math.hypot(p - first.low, second.high - q),
    high: p - q + Math.hypot(first.high - p, q - second.low),
  };
}
