/**
 * The section of a report on how much a synthetic channel adds, by the bits that it tells.
 *
 * @module
 */

import { figureFile } from "./figure_files.ts";
import { figure, verdictCell } from "./_section.ts";
import { escape } from "./gfm.ts";
import type { ExperimentReport } from "./record.ts";
import {
  bitsText,
  type DialledSeries,
  dialledSeries,
  startsToMatter,
} from "./synthetic_channel.ts";
import { markdownTable, right } from "./table.ts";
import { NOTHING, percentEstimate, points, pointsInterval, pValue } from "./text.ts";

/** Accuracies by bits and where they start to matter; nothing where no dial was turned. */
export function syntheticSection(report: ExperimentReport): string[] {
  const all = dialledSeries(report);
  if (all.length === 0) return [];
  const { baseline } = report;
  return [
    "## By bits",
    ...all.filter(({ alone }) => !alone).map((series) => startText(series, baseline)),
    figure(figureFile("synthetic-bits")),
    ...all.flatMap((series) => [
      `${series.name[0]!.toUpperCase()}${escape(series.name.slice(1))}:`,
      markdownTable(
        right("Bits", "Accuracy %", `Against ${escape(baseline)}, points`, "p (Holm)")
          .concat({ title: "Verdict" }),
        series.points.map(({ bits, variant: { test, comparison } }) => [
          String(bits),
          percentEstimate(test.accuracy),
          ...comparison
            ? [
              `${points(comparison.test.difference)} ${pointsInterval(comparison.test.interval)}`,
              pValue(comparison.test.adjustedP),
              verdictCell(comparison.test),
            ]
            : [NOTHING, NOTHING, NOTHING],
        ]),
      ),
    ]),
    "Bits: the mutual information of the channel and the emotion, emotions as frequent as in " +
    "Training; known exactly, since the channel is made from it.",
  ];
}

/** Where it starts to matter, in a sentence with its numbers. */
function startText(series: DialledSeries, baseline: string): string {
  const start = startsToMatter(series);
  const most = series.points.at(-1)!;
  if (!start) {
    return `Up to ${bitsText(most.bits)} the ${escape(series.name)} are not better than ` +
      `${escape(baseline)}.`;
  }
  const { first, before } = start;
  const told = ({ variant: { comparison } }: typeof first) =>
    comparison
      ? `${points(comparison.test.difference)} points ${pointsInterval(comparison.test.interval)}`
      : NOTHING;
  return `**It starts to matter at ${bitsText(first.bits)}**, with ${told(first)} against ` +
    `${escape(baseline)}` +
    (before
      ? `; ${bitsText(before.bits)}, ${told(before)}, cannot be told from none yet.`
      : ", the fewest that were tried.") +
    ` The most that were tried, ${bitsText(most.bits)}, give ${told(most)}.`;
}
