/**
 * The section of a report on the gap between training and test.
 *
 * @module
 */

import { bold, figure, meanEpoch } from "./_section.ts";
import { curvesFile, figureFile } from "./figure_files.ts";
import { escape } from "./gfm.ts";
import type { ExperimentReport, VariantReport } from "./record.ts";
import { meanOver, selectionText, selectionTexts, testGap } from "./summary.ts";
import { markdownTable, right } from "./table.ts";
import { percent, points } from "./text.ts";

/** When the networks are at their best, and what training on costs. */
export function overfittingSection(report: ExperimentReport): string[] {
  const single = report.variants.length === 1;
  return [
    overfittingWords(report.variants[0]!, single),
    ...(single ? [] : [gapTable(report.variants)]),
    figure(curvesFile(selectionTexts(report.variants))),
    ...(new Set(report.variants.map(({ configuration }) => configuration.schedule)).size > 1
      ? [figure(figureFile("schedules"))]
      : []),
  ];
}

function overfittingWords(variant: VariantReport, single: boolean): string {
  const { runs } = variant;
  const on = selectionText(variant.configuration);
  const at = (which: "best" | "last") => ({
    training: meanOver(runs, (run) => run[which].trainingAccuracy),
    test: meanOver(runs, (run) => run[which].test.accuracy),
  });
  const [best, last] = [at("best"), at("last")];
  const lost = last.test - best.test;
  const sentences = [
    `${single ? "The network" : bold(variant)} is at its best on ${on} after epoch ` +
    `${meanEpoch(runs, "best")}: ${percent(best.training)} % of Training and ` +
    `${percent(best.test)} % of PrivateTest are then recognised, a gap of ` +
    `${points(testGap(variant, "best"), 1).replace("+", "")} points.`,
  ];
  if (runs.every((run) => run.best.epoch === run.last.epoch)) {
    sentences.push("That was its last epoch: it may not have been trained to the end.");
  } else {
    sentences.push(
      `After the last epoch (${meanEpoch(runs, "last")}) it is ${percent(last.training)} % and ` +
        `${percent(last.test)} %, a gap of ` +
        `${points(testGap(variant, "last"), 1).replace("+", "")} points: training on ` +
        (lost < 0
          ? `cost ${points(-lost).replace("+", "")} points on PrivateTest.`
          : `brought ${points(lost).replace("+", "")} points on PrivateTest, though not on ${on}.`),
    );
  }
  return sentences.join(" ");
}

function gapTable(variants: readonly VariantReport[]): string {
  const columns = ["epoch", "Training %", "PrivateTest %", "gap"];
  return markdownTable(
    [
      { title: "Variant" },
      ...["Best", "Last"].flatMap((which) =>
        right(...columns.map((column) => `${which}: ${column}`))
      ),
    ],
    variants.map((variant) => [
      escape(variant.name),
      ...(["best", "last"] as const).flatMap((which) => [
        meanEpoch(variant.runs, which),
        percent(meanOver(variant.runs, (run) => run[which].trainingAccuracy), 1),
        percent(meanOver(variant.runs, (run) => run[which].test.accuracy), 1),
        points(testGap(variant, which), 1),
      ]),
    ]),
  );
}
