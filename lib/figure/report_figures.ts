/**
 * The figures of an experiment's report, under the file names that its Markdown links to.
 *
 * @module
 */

import { figureFile } from "../report/figure_files.ts";
import type { ExperimentReport } from "../report/record.ts";
import { chosenVariant, recallChanges } from "../report/summary.ts";
import { confusionDifference, confusionMatrix, recallDifferences } from "./confusion.ts";
import { forestPlot } from "./effects.ts";
import type { Figure } from "./figure.ts";
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
  const { variants, baseline, seeds } = report;
  const data = {
    dataset: report.dataset.name,
    synthetic: report.dataset.synthetic,
    note: seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds`,
  };
  const first = variants[0]!;
  const chosen = chosenVariant(report);
  const compared = variants.flatMap(({ name, comparison }) =>
    comparison ? [{ name, ...comparison }] : []
  );
  const figures: ReportFigure[] = [{
    file: figureFile("curves").file,
    figure: learningCurves(
      variants.map(({ name, history, runs }) => ({
        name,
        runs: [{
          epochs: history,
          // One seed has one best epoch; the mean of several has none.
          ...(runs.length === 1 ? { bestEpoch: runs[0]!.best.epoch } : {}),
        }],
      })),
      data,
    ),
  }, {
    file: figureFile("confusion", chosen.name).file,
    figure: confusionMatrix(chosen.test.confusion, data),
  }];
  if (compared.length > 0) {
    figures.push({
      file: figureFile("effects").file,
      figure: forestPlot(
        compared.map(({ name, test }) => ({
          name,
          difference: test.difference,
          ...test.interval,
          verdict: test.verdict,
        })),
        { ...data, baseline },
      ),
    }, {
      file: figureFile("recalls").file,
      figure: recallDifferences(
        compared.map(({ name, recalls }) => ({
          name,
          differences: recallChanges(chosen.test, recalls),
        })),
        { ...data, baseline },
      ),
    });
  }
  if (chosen !== first) {
    figures.push({
      file: figureFile("confusion-difference", chosen.name).file,
      figure: confusionDifference(first.test.confusion, chosen.test.confusion, {
        ...data,
        names: [first.name, chosen.name],
      }),
    });
  }
  if (new Set(variants.map(({ configuration }) => configuration.schedule)).size > 1) {
    figures.push({
      file: figureFile("schedules").file,
      figure: schedulePlot(
        variants.map(({ name, history }) => ({
          name,
          rates: history.map(({ learningRate }) => learningRate),
        })),
        data,
      ),
    });
  }
  return figures;
}
