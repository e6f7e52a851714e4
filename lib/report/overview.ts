/**
 * The overview across experiments (`reports/README.md`): a pure function of their reports.
 *
 * @module
 */

import { escape, target } from "./gfm.ts";
import type { ExperimentReport, VariantReport } from "./record.ts";
import { meanOver, ORIGINAL, testGap } from "./summary.ts";
import { type Column, markdownTable } from "./table.ts";
import { count, percent, percentEstimate, points, pointsInterval } from "./text.ts";

/** A report and where its Markdown is, relative to the overview. */
export interface OverviewEntry {
  readonly report: ExperimentReport;
  /** Such as `fer2013/dropout/report.md`. */
  readonly link: string;
}

/**
 * Writes the overview as GitHub-flavoured Markdown: one table per data set, in it every variant of
 * every experiment.
 *
 * @param entries In the order of the overview.
 */
export function renderOverview(entries: readonly OverviewEntry[]): string {
  const datasets = [...new Set(entries.map(({ report }) => datasetKey(report)))]
    // The real data first.
    .sort((a, b) => Number(isSynthetic(entries, a)) - Number(isSynthetic(entries, b)));
  const sections = datasets.flatMap((key) =>
    datasetSection(entries.filter(({ report }) => datasetKey(report) === key))
  );
  return [
    "# Results",
    "Made by `deno task exp:all` from the reports below; every number is computed from a committed " +
    "`report.json`. Trained on Training, epochs chosen on PublicTest, PrivateTest scored once.",
    ...(sections.length === 0 ? ["No report yet."] : sections),
  ].join("\n\n") + "\n";
}

function datasetKey({ dataset }: ExperimentReport): string {
  return `${dataset.name} ${dataset.digest}`;
}

function isSynthetic(entries: readonly OverviewEntry[], key: string): boolean {
  return entries.some(({ report }) => datasetKey(report) === key && report.dataset.synthetic);
}

function datasetSection(entries: readonly OverviewEntry[]): string[] {
  const { dataset, variants } = entries[0]!.report;
  const original = dataset.name === "fer2013" && !dataset.synthetic;
  const columns: Column[] = [
    { title: "Experiment" },
    { title: "Variant" },
    { title: "Epochs", align: "right" },
    { title: "Seeds", align: "right" },
    { title: "Accuracy %", align: "right" },
    { title: "Clean images %", align: "right" },
    { title: "Macro F1 %", align: "right" },
    { title: "Gap, points", align: "right" },
    { title: "Against its baseline, points", align: "right" },
    { title: "Verdict" },
  ];
  const rows = entries.flatMap(({ report, link }) =>
    report.variants.map((variant, i) => [
      i === 0 ? `[${escape(report.experiment.name)}](${target(link)})${note(report)}` : "",
      escape(variant.name),
      count(variant.configuration.epochs),
      count(variant.runs.length),
      percentEstimate(variant.test.accuracy),
      percentEstimate(variant.cleanTest.accuracy),
      percent(variant.test.macroF1.mean),
      points(testGap(variant, "best"), 1),
      ...difference(report, variant),
    ])
  );
  const floors = entries[0]!.report.commonsense.map(({ name, accuracy, macroF1 }) => [
    "_no training_",
    `_${escape(name)}_`,
    "–",
    "–",
    percent(accuracy),
    "–",
    percent(macroF1),
    "–",
    "–",
    "–",
  ]);
  const first = original
    ? [[
      "_original report_",
      "_four-layer CNN_",
      "71",
      "–",
      percent(ORIGINAL.accuracy),
      ...Array.from({ length: 5 }, () => "–"),
    ]]
    : [];
  const images = variants[0]!.test.images;
  return [
    `## ${dataset.synthetic ? "Synthetic faces (not FER2013)" : escape(dataset.name)}`,
    `${count(images)} test images, ${
      count(dataset.cleanTestImages)
    } of them with no copy in Training ` +
    "or PublicTest. In brackets: 95 % intervals over seeds, or over images where there is one seed. " +
    "Gap: training accuracy less PrivateTest accuracy at the best epoch.",
    markdownTable(columns, [...first, ...rows, ...floors]).trimEnd(),
    `Highest mean accuracy on PublicTest: ${highest(entries)}.`,
  ];
}

function note({ status }: ExperimentReport): string {
  return status === "interrupted" ? " (interrupted)" : "";
}

function difference({ baseline }: ExperimentReport, { name, comparison }: VariantReport): string[] {
  if (name === baseline) return ["baseline", "–"];
  if (!comparison) return ["–", "–"];
  const { difference, interval, verdict } = comparison.test;
  return [
    `${points(difference)} ${pointsInterval(interval)}`,
    verdict === "not distinguishable" ? verdict : `**${verdict}**`,
  ];
}

/** Chosen as every epoch is: never by PrivateTest. */
function highest(entries: readonly OverviewEntry[]): string {
  const all = entries.flatMap(({ report }) =>
    report.variants.map((variant) => ({
      experiment: report.experiment.name,
      variant,
      score: meanOver(variant.runs, (run) => run.best.validationAccuracy),
    }))
  );
  const best = all.reduce((a, b) => b.score > a.score ? b : a);
  return `**${escape(best.variant.name)}** of ${escape(best.experiment)} with ${
    percent(best.score)
  } %; it recognises ` +
    `${percentEstimate(best.variant.test.accuracy)} % of PrivateTest`;
}
