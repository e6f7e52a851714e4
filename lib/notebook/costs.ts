/**
 * What notebooks show of what accuracy costs, and of networks of a report together.
 *
 * @module
 */

import { join } from "node:path";
import { dataWords } from "../dataset/words.ts";
import { accuracyByCost, type CostPoint } from "../figure/cost.ts";
import type { Figure } from "../figure/figure.ts";
import { exists } from "../file.ts";
import { readSubjects } from "../report/compare.ts";
import { COST_COLUMNS, costCells, costOf, MULTIPLY_ADDS } from "../report/cost.ts";
import { buildEnsemble } from "../report/ensemble.ts";
import { ACCURACIES, ensembleAnswer, membersTable } from "../report/ensemble_text.ts";
import { readReportFacts, REPORT_FILES, RUN_FILES } from "../report/files.ts";
import { escape } from "../report/gfm.ts";
import { hasOriginal, ORIGINAL } from "../report/original.ts";
import type { EnsembleReport, ReportFacts, RunFacts } from "../report/record.ts";
import { classesOf, meanOver, secondsOf } from "../report/summary.ts";
import { right } from "../report/table.ts";
import {
  capital,
  count,
  list,
  minutes,
  NOTHING,
  percent,
  percentEstimate,
  percentOrNothing,
  plural,
  points,
} from "../report/text.ts";
import { readEnsemble } from "../run/ensemble.ts";
import type { Results, View } from "./reports.ts";
import type { Shown } from "./show.ts";
import type { CaptionedTable } from "./table.ts";

/** What each variant recognises and costs: parameters, multiply-adds, minutes, images a second. */
export async function table(results: Results): Promise<Shown[]> {
  const { report } = results;
  const facts = await factsOf(results);
  const { samples } = dataWords(report.dataset);
  const shown: CaptionedTable = {
    caption: `Accuracy on PrivateTest and what it costs${
      facts ? ` (${machinesText(facts.runs.map((run) => run.facts))})` : ""
    }`,
    columns: [
      { title: "Variant" },
      ...right("Accuracy %", "Macro F1 %", ...COST_COLUMNS, "Epochs"),
      ...right("Minutes a run", `Training ${samples} a second`),
    ],
    rows: report.variants.map(({ name, test, configuration }) => {
      const own = runsOf(facts, name);
      return [
        name,
        percentEstimate(test.accuracy),
        percent(test.macroF1.mean),
        ...costCells(costOf(configuration, report.dataset)),
        count(configuration.epochs),
        own.length === 0 ? NOTHING : minutes(meanOver(own, secondsOf)),
        own.length === 0 ? NOTHING : count(Math.round(meanOver(own, (run) => run.imagesPerSecond))),
      ];
    }),
  };
  return [shown, MULTIPLY_ADDS];
}

/** Each variant's accuracy above its multiply-adds and its minutes. */
export async function figure(results: Results): Promise<Figure> {
  return costFigure(results, await costPoints(results));
}

/**
 * Variants of a report together, by the mean of their saved probabilities: what that gains, what it costs,
 * and which classes it finds more of.
 *
 * @param names The variants', of two or more runs together; all of them are members.
 * @param options `resamples`: draws of the bootstrap (default 10,000).
 */
export function ensemble(
  names: readonly string[],
  options: { readonly resamples?: number } = {},
): View {
  return async (results) => {
    const missing = await missingOf(results, names);
    if (missing !== undefined) return missing;
    const subjects = await Promise.all(
      names.map((name) => readSubjects(`${results.folder}#${name}`)),
    );
    const { candidates, clean } = await readEnsemble(subjects.flat());
    const report = buildEnsemble(candidates, clean, { selection: "all", ...options });
    const singles = await costPoints(results);
    // Every run of a variant is a network of its own, and costs as much as the others.
    const members = subjects.flat().flatMap(({ runs }, i) =>
      runs.map(() => singles.find((point) => point.name === names[i])!)
    );
    const { mean, low, high } = report.test.accuracy;
    const together: CostPoint = {
      name: "together",
      ...{ accuracy: mean, low, high },
      costs: PANELS.map((_, kind) => sumOf(members.map(({ costs }) => costs[kind]!))),
    };
    return [
      ensembleAnswer(report).map(escape).join("\n\n"),
      {
        caption:
          "Alone, all up to it together, what it adds to those before it (in points), and the " +
          "ensemble without it",
        ...membersTable(report),
      },
      `${capital(ACCURACIES)}. ${choiceText(report)}`,
      costFigure(results, [...singles, together]),
      ensembleClasses(report),
    ];
  };
}

/** What of the ensemble's members is not there, in a line; nothing where all is. */
async function missingOf(
  { report, folder }: Results,
  names: readonly string[],
): Promise<string | undefined> {
  for (const name of names) {
    const variant = report.variants.find((one) => one.name === name);
    if (!variant || variant.runs.length === 0) {
      return `*${escape(report.experiment.name)} has no finished run of ${
        escape(name)
      }: nothing to ` +
        "average yet.*";
    }
    for (const run of variant.runs) {
      const file = join(run.folder, RUN_FILES.validation);
      if (!await exists(join(folder, file))) {
        return `*The predictions of ${
          escape(name)
        } on PublicTest are not there (${file}): run the ` +
          "experiment again to write them.*";
      }
    }
  }
  return undefined;
}

/** Whether who chose on PublicTest would have the ensemble at all. */
function choiceText({ members, best, validationAccuracy }: EnsembleReport): string {
  const alone = members.find(({ name }) => name === best)!.alone.validation;
  const both = `there ${percent(validationAccuracy)} % together, ${percent(alone)} % alone`;
  return validationAccuracy > alone
    ? `PublicTest would choose them together, too: ${both}.`
    : `**PublicTest would not choose them together**, but ${escape(best)} alone: ${both}.`;
}

/** Recall of each class, of the ensemble and of the member that PublicTest would take alone. */
function ensembleClasses({ test, bestTest, best }: EnsembleReport): CaptionedTable {
  const alone = classesOf(bestTest).map(({ recall }) => recall && recall.mean);
  return {
    caption: `Recall of each class in per cent: the ensemble, and ${best} alone`,
    columns: [{ title: "Class" }, ...right("Images", "Alone", "Ensemble", "Difference")],
    rows: classesOf(test).map(({ name, support, recall }, i) => {
      const before = alone[i]!;
      return [
        name,
        count(support),
        percentOrNothing(before, 1),
        percentOrNothing(recall && recall.mean, 1),
        recall === null || before === null ? NOTHING : points(recall.mean - before, 1),
      ];
    }),
  };
}

// ------------------------------------------------------------------------------------------ pieces

const PANELS = ["Million multiply-adds (MMAC)", "Minutes a run"];

async function costPoints(results: Results): Promise<CostPoint[]> {
  const { report } = results;
  const facts = await factsOf(results);
  return report.variants.map(({ name, test, configuration }) => {
    const adds = costOf(configuration, report.dataset)?.multiplyAdds;
    const own = runsOf(facts, name);
    return {
      name,
      accuracy: test.accuracy.mean,
      low: test.accuracy.low,
      high: test.accuracy.high,
      costs: [
        adds === undefined ? null : adds / 1e6,
        own.length === 0 ? null : meanOver(own, secondsOf) / 60,
      ],
    };
  });
}

function costFigure({ report, data }: Results, drawn: readonly CostPoint[]): Figure {
  return accuracyByCost(drawn, PANELS, {
    ...data,
    ...(hasOriginal(report.dataset)
      ? { reference: { name: "the original report", accuracy: ORIGINAL.accuracy } }
      : {}),
  });
}

async function factsOf({ folder }: Results): Promise<ReportFacts | undefined> {
  const file = join(folder, REPORT_FILES.facts);
  return await exists(file) ? await readReportFacts(file) : undefined;
}

function runsOf(facts: ReportFacts | undefined, variant: string): RunFacts[] {
  return facts?.runs.filter((run) => run.variant === variant).map((run) => run.facts) ?? [];
}

/** On what the minutes were measured. */
function machinesText(runs: readonly RunFacts[]): string {
  const each = runs.map(({ cpuModel, threads }) => `${cpuModel}, ${plural(threads, "thread")}`);
  return list([...new Set(each)]);
}

/** Nothing where one of them is not known. */
function sumOf(costs: readonly (number | null)[]): number | null {
  return costs.reduce((sum, cost) => sum === null || cost === null ? null : sum + cost, 0);
}
