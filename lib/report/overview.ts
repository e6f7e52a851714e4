/**
 * The overview across experiments (`reports/README.md`): a pure function of their reports.
 *
 * @module
 */

import { originalClaims } from "./claims.ts";
import { COST_COLUMNS, costCells, costOf, MULTIPLY_ADDS } from "./cost.ts";
import { escape, target } from "./gfm.ts";
import { hasOriginal, ORIGINAL } from "./original.ts";
import type { ExperimentReport, ReportFacts, VariantReport } from "./record.ts";
import { WEIGHTED_SCORES } from "./scores.ts";
import { dataWords, isFaces } from "../dataset/words.ts";
import {
  absentClasses,
  choosable,
  epochsText,
  hasCopies,
  meanOver,
  secondsOf,
  selectionTexts,
  testGap,
  verdictText,
} from "./summary.ts";
import { type Column, markdownTable, right } from "./table.ts";
import {
  count,
  list,
  minutes,
  NOTHING,
  percent,
  percentEstimate,
  percentScore,
  plural,
  points,
  pointsInterval,
} from "./text.ts";

/** A report and where its Markdown is, relative to the overview. */
export interface OverviewEntry {
  readonly report: ExperimentReport;
  /** Such as `fer2013/dropout/report.md`. */
  readonly link: string;
  /** How long its runs took, where that is known. */
  readonly facts?: ReportFacts;
  /** Whether it is shown beside somebody's own results, as what came with the project. */
  readonly committed?: boolean;
}

/**
 * Writes the overview as GitHub-flavoured Markdown: one table per data set, in it every variant of
 * every experiment. On FER2013 the original report's numbers and claims stand beside.
 *
 * @param entries In the order of the overview.
 * @param options `findings`: by the first folder of the links, what was learned there, in Markdown.
 */
export function renderOverview(
  entries: readonly OverviewEntry[],
  { findings = new Map() }: { readonly findings?: ReadonlyMap<string, string> } = {},
): string {
  const datasets = [...new Set(entries.map(({ report }) => datasetKey(report)))]
    // The real data first.
    .sort((a, b) => Number(isSynthetic(entries, a)) - Number(isSynthetic(entries, b)));
  const sections = datasets.flatMap((key) => {
    const onData = entries.filter(({ report }) => datasetKey(report) === key);
    const learned = onData.flatMap(({ link }) => findings.get(link.split("/")[0]!) ?? []);
    const title = datasetTitle(onData[0]!.report.dataset);
    const titles = datasets.filter((other) => titleOf(entries, other) === title).length;
    const digest = titles > 1 ? ` (data ${onData[0]!.report.dataset.digest.slice(0, 8)})` : "";
    return datasetSection(onData, { title: title + digest, findings: [...new Set(learned)] });
  });
  const beside = entries.some(({ committed }) => committed)
    ? [
      "These are your own runs. The rows marked *(committed)* are of the results on the same data that " +
      "came with the project.",
    ]
    : [];
  return [
    "# Results",
    "Written by every `deno task exp:...` from the reports beside it: each number is computed from a " +
    "`report.json`. Trained on Training, epochs chosen on PublicTest, PrivateTest scored once." +
    splitText(entries),
    ...beside,
    ...(sections.length === 0 ? ["No report yet."] : sections),
  ].join("\n\n") + "\n";
}

/** That some runs choose the epoch on a part of Training; nothing where none does. */
function splitText(entries: readonly OverviewEntry[]): string {
  const names = entries.filter(({ report }) =>
    selectionTexts(report.variants).some((text) => text !== "PublicTest")
  ).map(({ report }) => escape(report.experiment.name));
  return names.length === 0
    ? ""
    : ` In ${list([...new Set(names)])} variants choose the epoch on a part of Training instead.`;
}

function datasetKey({ dataset }: ExperimentReport): string {
  return `${dataset.name} ${dataset.digest}`;
}

function isSynthetic(entries: readonly OverviewEntry[], key: string): boolean {
  return entries.some(({ report }) => datasetKey(report) === key && report.dataset.synthetic);
}

function titleOf(entries: readonly OverviewEntry[], key: string): string {
  return datasetTitle(entries.find(({ report }) => datasetKey(report) === key)!.report.dataset);
}

function datasetSection(
  all: readonly OverviewEntry[],
  { title, findings }: { readonly title: string; readonly findings: readonly string[] },
): string[] {
  const { dataset, variants } = all[0]!.report;
  const entries = all.filter(({ committed }) => !committed);
  const original = hasOriginal(dataset);
  const images = variants[0]!.test.images;
  const words = dataWords(dataset);
  return [
    `## ${title}`,
    ...(findings.length === 0 ? [] : ["### What was learned", ...findings]),
    ...(original ? scoresBeside(entries) : []),
    ...(original ? claims(entries) : []),
    ...(findings.length > 0 || original ? ["### Every variant"] : []),
    `${count(images)} test ${words.samples}, ${
      dataset.cleanTestImages === images
        ? "none of them with a copy"
        : `${count(dataset.cleanTestImages)} of them with no copy`
    } in Training or PublicTest. ` +
    `In brackets: 95 % intervals over ${
      dataset.groups
        ? `the ${count(dataset.groups.count)} ${escape(dataset.groups.name)}`
        : `seeds, or over ${words.samples} where there is one seed`
    }. ` +
    "Gap: training accuracy less PrivateTest accuracy at the best epoch. " +
    `${MULTIPLY_ADDS} Minutes: all seeds together; what experiments share was run once.`,
    variantsTable(all),
    ...absentClasses(
      entries.flatMap(({ report }) => report.variants.map(({ test }) => test)),
      "PrivateTest",
      words,
      escape,
    ),
    `Highest mean accuracy on PublicTest: ${highest(entries)}.${totalCost(entries)}`,
  ];
}

function datasetTitle(dataset: ExperimentReport["dataset"]): string {
  const { name, synthetic } = dataset;
  if (synthetic) {
    return isFaces(dataWords(dataset))
      ? "Synthetic faces (not FER2013)"
      : `Synthetic data (${escape(name)})`;
  }
  return name === "fer2013" ? "FER2013" : escape(name);
}

/** A column of the table, whether the short one has it, and whether it is of the clean samples. */
type VariantColumn = Column & { readonly main?: boolean; readonly clean?: boolean };

const VARIANT_COLUMNS: readonly VariantColumn[] = [
  { title: "Experiment", main: true },
  { title: "Variant", main: true },
  { title: "Epochs", align: "right", main: true },
  { title: "Seeds", align: "right", main: true },
  { title: "Accuracy %", align: "right", main: true },
  { title: "Clean images %", align: "right", clean: true },
  ...right("Macro F1 %"),
  { title: "Gap, points", align: "right", main: true },
  { title: "Against its baseline, points", align: "right", main: true },
  { title: "Verdict", main: true },
  ...right(...COST_COLUMNS, "Minutes"),
];

/**
 * Every variant of every experiment on one data set; above them the original report, below what needs
 * no training.
 *
 * @param entries All on the same data.
 * @param options `main`: only the columns that a first reader looks for. `folder`: where the links are,
 * relative to the page that the table stands on.
 */
export function variantsTable(
  entries: readonly OverviewEntry[],
  { main = false, folder = "" }: { readonly main?: boolean; readonly folder?: string } = {},
): string {
  const rows = entries.flatMap(({ report, link, facts, committed }) =>
    report.variants.map((variant, i) => [
      i === 0
        ? `[${escape(folderOf(link))}](${target(folder + link)})${note(report)}` +
          (committed ? " *(committed)*" : "")
        : "",
      escape(variant.name),
      epochsText(variant),
      count(variant.runs.length),
      percentEstimate(variant.test.accuracy),
      percentScore(variant.cleanTest, "accuracy"),
      percent(variant.test.macroF1.mean),
      points(testGap(variant, "best"), 1),
      ...difference(report, variant),
      ...costCells(costOf(variant.configuration, report.dataset)),
      cost(facts, variant),
    ])
  );
  const floors = entries[0]!.report.commonsense.map(({ name, accuracy, macroF1 }) => [
    "_no training_",
    `_${escape(name)}_`,
    NOTHING,
    NOTHING,
    percent(accuracy),
    NOTHING,
    percent(macroF1),
    ...Array.from({ length: 6 }, () => NOTHING),
  ]);
  const first = hasOriginal(entries[0]!.report.dataset)
    ? [[
      "_original report_",
      "_four-layer CNN_",
      "71",
      NOTHING,
      percent(ORIGINAL.accuracy),
      ...Array.from({ length: 8 }, () => NOTHING),
    ]]
    : [];
  const { samples } = dataWords(entries[0]!.report.dataset);
  const copies = entries.some(({ report }) => report.variants.some(hasCopies));
  const shown = VARIANT_COLUMNS.map(({ title, ...column }, i) => ({
    column: { ...column, title: title.replace("images", samples) },
    i,
  }))
    .filter(({ column }) => (!main || column.main) && (!column.clean || copies));
  return markdownTable(
    shown.map(({ column }) => column),
    [...first, ...rows, ...floors].map((row) => shown.map(({ i }) => row[i]!)),
  ).trimEnd();
}

/** The original report's numbers, the baseline's, and those of what PublicTest would choose. */
function scoresBeside(entries: readonly OverviewEntry[]): string[] {
  const baseline = entries.find(({ report }) => report.experiment.name === "baseline");
  const own = baseline?.report.variants[0];
  const chosen = chosenOf(entries);
  const shown = [...(own ? [own] : []), ...(chosen.variant === own ? [] : [chosen.variant])];
  const columns: Column[] = [
    { title: "In %" },
    ...right("Original report"),
    ...shown.map((variant) => ({
      title: `${escape(variant.name)}, ${epochsText(variant)} epochs, ` +
        plural(variant.runs.length, "seed"),
      align: "right",
    } as const)),
  ];
  return [
    "### Beside the original report",
    markdownTable(columns, [
      ...WEIGHTED_SCORES.map(([metric, title]) => [
        title,
        percent(ORIGINAL[metric]),
        ...shown.map(({ test }) => percentEstimate(test[metric])),
      ]),
      [
        "Accuracy on Training, last epoch",
        "over 99",
        ...shown.map(({ runs }) => percent(meanOver(runs, (run) => run.last.trainingAccuracy))),
      ],
    ]).trimEnd(),
  ];
}

function claims(entries: readonly OverviewEntry[]): string[] {
  const checked = originalClaims(entries.map(({ report }) => report));
  if (checked.length === 0) return [];
  return [
    "### Its claims, checked",
    markdownTable(
      [{ title: "Claim" }, { title: "Our runs" }, { title: "So" }],
      checked.map(({ claim, found, answer }) => [claim, found, answer]),
    ).trimEnd(),
  ];
}

/** Minutes of all of a variant's runs. */
function cost(facts: ReportFacts | undefined, { name }: VariantReport): string {
  const own = facts?.runs.filter(({ variant }) => variant === name) ?? [];
  return own.length === 0
    ? NOTHING
    : minutes(own.reduce((sum, run) => sum + secondsOf(run.facts), 0));
}

/** What all runs took, each counted once. */
function totalCost(entries: readonly OverviewEntry[]): string {
  const runs = new Map(
    entries.flatMap(({ facts }) => facts?.runs ?? []).map(({ folder, facts }) => [folder, facts]),
  );
  if (runs.size === 0) return "";
  const seconds = [...runs.values()].reduce((sum, facts) => sum + secondsOf(facts), 0);
  return ` Minutes of ${plural(runs.size, "run")} in all: ${minutes(seconds)}.`;
}

/** A report's folder: its experiment's name, with a number where another plan's report has that. */
function folderOf(link: string): string {
  return link.split("/").at(-2)!;
}

function note({ status }: ExperimentReport): string {
  return status === "interrupted" ? " (interrupted)" : "";
}

function difference({ baseline }: ExperimentReport, { name, comparison }: VariantReport): string[] {
  if (name === baseline) return ["baseline", NOTHING];
  if (!comparison) return [NOTHING, NOTHING];
  const { difference, interval, verdict } = comparison.test;
  return [
    `${points(difference)} ${pointsInterval(interval)}`,
    verdict === "not distinguishable" ? verdictText(comparison.test) : `**${verdict}**`,
  ];
}

/** Chosen as every epoch is: never by PrivateTest. */
function chosenOf(entries: readonly OverviewEntry[]) {
  return entries.flatMap(({ report }) =>
    choosable(report).map((variant) => ({
      experiment: report.experiment.name,
      variant,
      score: meanOver(variant.runs, (run) => run.best.validationAccuracy),
    }))
  ).reduce((a, b) => b.score > a.score ? b : a);
}

function highest(entries: readonly OverviewEntry[]): string {
  const { experiment, variant, score } = chosenOf(entries);
  return `**${escape(variant.name)}** of ${escape(experiment)} with ${
    percent(score)
  } %; it recognises ` +
    `${percentEstimate(variant.test.accuracy)} % of PrivateTest`;
}
