/**
 * The section of a report on what splits of Training would have reported.
 *
 * @module
 */

import { dataWords } from "../dataset/words.ts";
import { code, escape } from "./gfm.ts";
import { hasOriginal, ORIGINAL } from "./original.ts";
import type { ExperimentReport } from "./record.ts";
import { markdownTable, right } from "./table.ts";
import { count, list, NOTHING, percent, percentInterval, points } from "./text.ts";

/** Claimed, true and what lies between; nothing where no variant splits Training anew. */
export function claimedSection(report: ExperimentReport): string[] {
  const split = report.variants.flatMap((v) => v.claimed ? [{ ...v, claimed: v.claimed }] : []);
  if (split.length === 0) return [];
  const { samples } = dataWords(report.dataset);
  const both = (e: { mean: number; low: number | null; high: number | null }) =>
    `${percent(e.mean)} ${percentInterval(e)}`;
  const difference = (e: { mean: number; low: number | null; high: number | null }) =>
    `${points(e.mean)} [${points(e.low!)}, ${points(e.high!)}]`;
  const rows = report.variants.map(({ name, claimed, test }) => [
    escape(name),
    both(claimed?.accuracy ?? test.accuracy),
    both(test.accuracy),
    claimed ? difference(claimed.optimism) : "0, the same",
    claimed ? `${count(claimed.related)} of ${count(claimed.images)}` : NOTHING,
    claimed?.unrelated ? both(claimed.unrelated) : NOTHING,
  ]);
  const classes = split[0]!.claimed.classes.map(({ name }) => name);
  return [
    markdownTable([
      { title: "Protocol" },
      ...right("Claimed %", "True (PrivateTest) %", "Optimism, points"),
      ...right("Held out with a relative in Training", "Claimed without those %"),
    ], rows),
    `Claimed: what the protocol would have reported, on the ${samples} that it holds out. Optimism: ` +
    "claimed less true. A relative is the original of a copy, another copy of it, or one with " +
    "equal pixels; counts are of the first seed.",
    ...hasOriginal(report.dataset) ? [`**${originalVerdict(report)}**`] : [],
    "Recall by class, claimed less true, in points:",
    markdownTable(
      [{ title: "Class" }, ...right(...split.map(({ name }) => escape(name)))],
      classes.map((name, c) => [
        escape(name),
        ...split.map(({ claimed }) => {
          const { optimism } = claimed.classes[c]!;
          return optimism ? difference(optimism) : NOTHING;
        }),
      ]),
    ),
  ];
}

/**
 * Whether the original report's accuracy is what one of the protocols would have reported, in a
 * sentence; where it is none's, how near the nearest is.
 */
export function originalVerdict({ variants, status }: ExperimentReport): string {
  const claims = variants.flatMap(({ name, claimed, test }) => {
    const { mean, low, high } = claimed?.accuracy ?? test.accuracy;
    return low === null || high === null ? [] : [{ name, mean, low, high }];
  });
  const original = `The original report's ${percent(ORIGINAL.accuracy)} %`;
  const soFar = status === "complete" ? "" : " so far";
  const inside = claims.filter(({ low, high }) =>
    low <= ORIGINAL.accuracy && ORIGINAL.accuracy <= high
  );
  if (inside.length > 0) {
    return `${original} lies inside ${
      inside.length === 1 ? "the claimed interval" : "the claimed intervals"
    } of ${list(inside.map(({ name }) => code(name)))}: ${
      inside.length === 1 ? "that protocol" : "each of these protocols"
    } alone would explain it.`;
  }
  const where = claims.every(({ high }) => high < ORIGINAL.accuracy)
    ? "above every claimed interval"
    : claims.every(({ low }) => low > ORIGINAL.accuracy)
    ? "below every claimed interval"
    : "inside no claimed interval";
  const away = ({ mean }: { readonly mean: number }) => Math.abs(mean - ORIGINAL.accuracy);
  const nearest = claims.reduce((a, b) => away(b) < away(a) ? b : a);
  return `${original} lies ${where}${soFar}, ${points(away(nearest)).replace("+", "")} points ${
    nearest.mean < ORIGINAL.accuracy ? "above" : "below"
  } the nearest, ${code(nearest.name)}: none of these protocols alone explains it.`;
}
