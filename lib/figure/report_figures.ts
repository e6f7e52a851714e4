/**
 * The figures of an experiment's report, under the file names that its Markdown links to.
 *
 * @module
 */

import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { costOf, costsDrawn } from "../report/cost.ts";
import { type FigureFile, figureFile } from "../report/figure_files.ts";
import { hasOriginal, ORIGINAL } from "../report/original.ts";
import type { ExperimentReport } from "../report/record.ts";
import {
  chosenVariant,
  commonHistory,
  comparedVariants,
  recallChanges,
  selectionTexts,
} from "../report/summary.ts";
import { dialledSeries, figureNote, startsToMatter } from "../report/synthetic_channel.ts";
import { accuracyByCost } from "./cost.ts";
import { confusionDifference, confusionMatrix, recallDifferences } from "./confusion.ts";
import { forestPlot } from "./effects.ts";
import type { Figure, FigureOptions } from "./figure.ts";
import { accuracyByBits } from "./information.ts";
import { learningCurves } from "./learning_curves.ts";
import { schedulePlot } from "./schedules.ts";

/** A figure and where it goes. */
export interface ReportFigure {
  /** Relative to the report's folder, such as `figures/curves.svg`. */
  readonly file: string;
  readonly figure: Figure;
}

/**
 * Draws what a report shows: learning curves and the chosen variant's confusion matrix, and with
 * several variants also their effects, recalls, schedules and the difference of confusions.
 *
 * @param report What came out.
 */
export function reportFigures(report: ExperimentReport): ReportFigure[] {
  const { variants } = report;
  const options = {
    dataset: report.dataset.name,
    synthetic: report.dataset.synthetic,
    words: dataWords(report.dataset),
    note: figureNote(report),
  };
  const chosen = chosenVariant(report);
  const drawn: [FigureFile, Figure][] = [
    [
      figureFile("curves"),
      learningCurves(
        variants.map((variant) => ({
          name: variant.name,
          runs: [{
            epochs: commonHistory(variant),
            // One seed has one best epoch; the mean of several has none.
            ...(variant.runs.length === 1 ? { bestEpoch: variant.runs[0]!.best.epoch } : {}),
          }],
        })),
        { ...options, selection: curvesSelection(report) },
      ),
    ],
    [
      figureFile("confusion", chosen.name),
      confusionMatrix(chosen.test.confusion, {
        ...options,
        classes: formOf(report.dataset).classes,
      }),
    ],
  ];
  if (variants.some(({ comparison }) => comparison)) {
    drawn.push(
      [figureFile("effects"), effectsFigure(report, options)],
      [figureFile("recalls"), recallsFigure(report, options)],
    );
  }
  const costs = variants.map(({ configuration }) => costOf(configuration, report.dataset));
  if (costsDrawn(costs)) drawn.push([figureFile("costs"), costsFigure(report, costs, options)]);
  const bits = bitsFigure(report, options);
  if (bits) drawn.push([figureFile("synthetic-bits"), bits]);
  if (chosen !== variants[0]) {
    drawn.push([
      figureFile("confusion-difference", chosen.name),
      confusionChangeFigure(report, options),
    ]);
  }
  if (new Set(variants.map(({ configuration }) => configuration.schedule)).size > 1) {
    drawn.push([figureFile("schedules"), schedulesFigure(report, options)]);
  }
  return drawn.map(([{ file }, figure]) => ({ file, figure }));
}

/** What the learning curves' validation is on, for their key. */
export function curvesSelection({ variants }: ExperimentReport): string {
  const texts = selectionTexts(variants);
  return texts.length === 1 ? texts[0]! : "what each epoch is chosen on";
}

/** Accuracies by the bits of the synthetic channel; nothing where its dial was not turned. */
export function bitsFigure(report: ExperimentReport, options: FigureOptions): Figure | undefined {
  const all = dialledSeries(report);
  if (all.length === 0) return undefined;
  const [first] = report.variants;
  const fused = all.find(({ alone }) => !alone);
  return accuracyByBits(
    all.map(({ name, points }) => ({
      name,
      points: points.map(({ bits, variant: { test: { accuracy } } }) => ({
        bits,
        accuracy: accuracy.mean,
        low: accuracy.low,
        high: accuracy.high,
      })),
    })),
    {
      ...options,
      reference: { name: `${first!.name} alone`, accuracy: first!.test.accuracy.mean },
      start: fused && startsToMatter(fused)?.first.bits,
    },
  );
}

/** Each variant's accuracy above the multiply-adds of its network. */
function costsFigure(
  { variants, dataset }: ExperimentReport,
  costs: readonly ReturnType<typeof costOf>[],
  options: FigureOptions,
): Figure {
  const points = variants.map(({ name, test: { accuracy } }, i) => ({
    name,
    accuracy: accuracy.mean,
    low: accuracy.low,
    high: accuracy.high,
    costs: [costs[i] ? costs[i].multiplyAdds / 1e6 : null],
  }));
  return accuracyByCost(points, ["Million multiply-adds (MMAC)"], {
    ...options,
    ...hasOriginal(dataset)
      ? { reference: { name: "the original report", accuracy: ORIGINAL.accuracy } }
      : {},
  });
}

/** The compared variants' differences of accuracy with their intervals. */
export function effectsFigure(
  { variants, baseline }: ExperimentReport,
  options: FigureOptions,
): Figure {
  return forestPlot(
    comparedVariants(variants).map(({ name, comparison: { test } }) => ({
      name,
      difference: test.difference,
      ...test.interval,
      verdict: test.verdict,
    })),
    { ...options, baseline },
  );
}

/** The compared variants' differences of recall by class. */
export function recallsFigure(
  { variants, baseline, dataset }: ExperimentReport,
  options: FigureOptions,
): Figure {
  return recallDifferences(
    comparedVariants(variants).map(({ name, comparison: { recalls } }) => ({
      name,
      differences: recallChanges(variants[0]!.test, recalls),
    })),
    { ...options, baseline, classes: formOf(dataset).classes },
  );
}

/** What the variant that PublicTest chooses confuses otherwise than the baseline. */
export function confusionChangeFigure(report: ExperimentReport, options: FigureOptions): Figure {
  const first = report.variants[0]!;
  const chosen = chosenVariant(report);
  return confusionDifference(first.test.confusion, chosen.test.confusion, {
    ...options,
    classes: formOf(report.dataset).classes,
    names: [first.name, chosen.name],
  });
}

/** The learning rate of each variant by epoch. */
export function schedulesFigure({ variants }: ExperimentReport, options: FigureOptions): Figure {
  return schedulePlot(
    variants.map((variant) => ({
      name: variant.name,
      rates: commonHistory(variant).map(({ learningRate }) => learningRate),
    })),
    options,
  );
}
