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
import { count, NOTHING, percent, percentInterval, points } from "./text.ts";

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
    ...hasOriginal(report.dataset) ? [verdict(report)] : [],
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

/** Whether the original report's accuracy is what one of the protocols would have reported. */
function verdict({ variants }: ExperimentReport): string {
  const inside = variants.filter(({ claimed, test }) => {
    const { low, high } = claimed?.accuracy ?? test.accuracy;
    return low !== null && high !== null && low <= ORIGINAL.accuracy && ORIGINAL.accuracy <= high;
  }).map(({ name }) => code(name));
  const original = `The original report's ${percent(ORIGINAL.accuracy)} %`;
  return inside.length === 0
    ? `**${original} lies inside no protocol's claimed interval: none of them alone explains it.**`
    : `**${original} lies inside what ${inside.join(", ")} would have reported.**`;
}
