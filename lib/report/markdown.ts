/**
 * A report as Markdown: a pure function of `report.json` and, where given, `report.run.json`.
 *
 * What a reader wants first comes first: the answer in numbers, the table of results, then classes,
 * confusions, overfitting, data, and last what was run and how to run it again.
 *
 * @module
 */

import type { ExperimentReport, ReportFacts } from "./record.ts";
import { banners } from "./section_banners.ts";
import { claimedSection } from "./section_claimed.ts";
import { classesSection } from "./section_classes.ts";
import { conditionsSection } from "./section_conditions.ts";
import { confusionsSection } from "./section_confusions.ts";
import { dataSection } from "./section_data.ts";
import { overfittingSection } from "./section_overfitting.ts";
import { protocolSection } from "./section_protocol.ts";
import { resultSection } from "./section_result.ts";
import { syntheticSection } from "./section_synthetic.ts";

/**
 * Writes a report as GitHub-flavoured Markdown.
 *
 * @param report What came out.
 * @param facts When, where and how long; without them minutes and commits are left out.
 */
export function renderReport(report: ExperimentReport, facts?: ReportFacts): string {
  const { experiment } = report;
  const claimed = claimedSection(report);
  const sections = [
    `# ${experiment.title}`,
    ...banners(report),
    `**Question.** ${experiment.question}`,
    `**Hypothesis.** ${experiment.hypothesis}`,
    `**Expected.** ${experiment.expected}`,
    ...(claimed.length > 0 ? ["## Claimed and true", ...claimed] : []),
    "## Result",
    ...resultSection(report, facts),
    ...syntheticSection(report),
    "## Per class",
    ...classesSection(report),
    "## Confusions",
    ...confusionsSection(report),
    ...conditionsSection(report),
    "## Overfitting",
    ...overfittingSection(report),
    "## Data",
    ...dataSection(report),
    "## What was run",
    ...protocolSection(report, facts),
  ];
  return sections.map((section) => section.trimEnd()).join("\n\n") + "\n";
}
