/**
 * Pieces that several sections of a report put together in the same way.
 *
 * @module
 */

import type { FigureFile } from "./figure_files.ts";
import { escape, target } from "./gfm.ts";
import type { GroupDifference, ReportFacts, RunReport } from "./record.ts";
import { effectiveVerdict, meanOver, secondsOf, verdictText } from "./summary.ts";
import { count, minutes, NOTHING, points, pointsInterval } from "./text.ts";

/** The mean epoch of the runs, best or last. */
export function meanEpoch(runs: readonly RunReport[], which: "best" | "last"): string {
  const value = meanOver(runs, (run) => run[which].epoch);
  return Number.isInteger(value) ? count(value) : value.toFixed(1);
}

/** Minutes of a run, mean over those of the variant (and seed). */
export function minutesOf(facts: ReportFacts, variant: string, seed?: number): string {
  const runs = facts.runs.filter((run) =>
    run.variant === variant && (seed === undefined || run.seed === seed)
  );
  return runs.length === 0 ? NOTHING : minutes(meanOver(runs, (run) => secondsOf(run.facts)));
}

/** One seed says nothing of the method, but may tell the two trained networks apart. */
export function verdictCell(difference: GroupDifference): string {
  const text = verdictText(difference);
  return difference.verdict === "not distinguishable" ? text : `**${text}**`;
}

/** A difference in points with its interval, bold where it is more than chance. */
export function differenceCell(difference: GroupDifference): string {
  const text = `${points(difference.difference, 1)} ${pointsInterval(difference.interval)}`;
  return effectiveVerdict(difference) === "not distinguishable" ? text : `**${text}**`;
}

/** A variant's name in bold. */
export function bold({ name }: { readonly name: string }): string {
  return `**${escape(name)}**`;
}

/** A figure in its place. */
export function figure({ file, alt }: FigureFile): string {
  return `![${escape(alt)}](${target(file)})`;
}
