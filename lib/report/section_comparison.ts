/**
 * How a report's variants compare with its baseline: the answer, the table and the tests behind.
 *
 * @module
 */

import { differences, formatValue } from "../configuration.ts";
import { dataWords } from "../dataset/words.ts";
import { bold, figure, meanEpoch, minutesOf, verdictCell } from "./_section.ts";
import { COST_COLUMNS, costCells, costOf, costsDiffer, MULTIPLY_ADDS } from "./cost.ts";
import { figureFile } from "./figure_files.ts";
import { code, details, escape } from "./gfm.ts";
import { besideOriginal, hasOriginal } from "./original.ts";
import type { Change, Contrast, ExperimentReport, ReportFacts } from "./record.ts";
import { chosenVariant, comparedPairs, effectiveVerdict, hasCopies, testGap } from "./summary.ts";
import { type Column, markdownTable, right } from "./table.ts";
import {
  capital,
  count,
  list,
  NOTHING,
  percent,
  percentEstimate,
  percentInterval,
  percentScore,
  points,
  pointsInterval,
  pValue,
} from "./text.ts";

/** Which variants are better or worse, and how good the one is that PublicTest chooses. */
export function variantsAnswer(report: ExperimentReport): string {
  const pairs = comparedPairs(report);
  const answers = (models: boolean) => {
    const some = pairs.filter(({ test }) => (test.models !== null) === models);
    return [...new Set(some.map(({ against }) => against))].flatMap((against) =>
      answersAgainst(against, some.filter((pair) => pair.against === against))
    ).join("; ");
  };
  // An interrupted experiment may have some variants with several seeds and others with one.
  const [methods, models] = [answers(false), answers(true)];
  const chosen = chosenVariant(report);
  const effect = chosen.comparison?.test;
  const sentences = [
    ...(methods ? [`On PrivateTest ${methods}.`] : []),
    ...(models
      ? [
        `Of these networks, one seed each, on PrivateTest ${models}: a finding about them, not yet ` +
        "about the methods.",
      ]
      : []),
    ...(pairs.length === 0 ? ["Nothing could be compared yet."] : []),
    `PublicTest would choose ${bold(chosen)}, which recognises ` +
    `**${percent(chosen.test.accuracy.mean)} %** ${percentInterval(chosen.test.accuracy)} of the ` +
    `${count(chosen.test.images)} PrivateTest ${dataWords(report.dataset).samples}` +
    (effect
      ? `, ${points(effect.difference)} points ${pointsInterval(effect.interval)} against ` +
        `\`${report.baseline}\`.`
      : "."),
  ];
  if (hasOriginal(report.dataset)) sentences.push(besideOriginal(chosen.test.accuracy));
  return sentences.join(" ");
}

/** Which of some variants are better or worse than the one that all of them are compared with. */
function answersAgainst(against: string, pairs: readonly Contrast[]): string[] {
  return [
    ["better", "better than"],
    ["worse", "worse than"],
    ["not distinguishable", "not distinguishable from"],
  ].flatMap(([verdict, phrase]) => {
    const names = pairs.filter(({ test }) => effectiveVerdict(test) === verdict)
      .map(({ variant }) => bold({ name: variant }));
    if (names.length === 0) return [];
    return `${list(names)} ${names.length === 1 ? "is" : "are"} ${phrase} \`${against}\``;
  });
}

/** Every variant's scores and what may be said of it. */
export function variantsTable(report: ExperimentReport, facts: ReportFacts | undefined): string {
  const costs = report.variants.map(({ configuration }) => costOf(configuration, report.dataset));
  const withCosts = costsDiffer(costs);
  const copies = report.variants.some(hasCopies);
  const columns: Column[] = [
    { title: "Variant" },
    ...right(
      "Accuracy %",
      ...(copies ? [`Clean ${dataWords(report.dataset).samples} %`] : []),
      "Macro F1 %",
      `Against ${code(report.baseline)}, points`,
      "p (Holm)",
    ),
    { title: "Verdict" },
    ...right("Best epoch", "Train-test gap, points"),
    ...(withCosts ? right(...COST_COLUMNS) : []),
    ...(facts ? right("Minutes a run") : []),
  ];
  const rows = report.variants.map((variant, i) => {
    const effect = variant.comparison?.test;
    const chosen = variant === chosenVariant(report);
    return [
      chosen ? bold(variant) : escape(variant.name),
      percentEstimate(variant.test.accuracy),
      ...(copies ? [percentScore(variant.cleanTest, "accuracy")] : []),
      percent(variant.test.macroF1.mean),
      effect
        ? `${points(effect.difference)} ${pointsInterval(effect.interval)}`
        : variant.name === report.baseline
        ? "baseline"
        : NOTHING,
      effect ? pValue(effect.adjustedP) : NOTHING,
      effect ? verdictCell(effect) : NOTHING,
      meanEpoch(variant.runs, "best"),
      points(testGap(variant, "best"), 1),
      ...(withCosts ? costCells(costs[i]) : []),
      ...(facts ? [minutesOf(facts, variant.name)] : []),
    ];
  });
  const floors = report.commonsense.map(({ name, accuracy, macroF1 }) => [
    `_${escape(name)}_`,
    percent(accuracy),
    ...(copies ? [NOTHING] : []),
    percent(macroF1),
    ...Array.from({ length: columns.length - (copies ? 4 : 3) }, () => NOTHING),
  ]);
  return markdownTable(columns, [...rows, ...floors]) +
    "\nBold: chosen by PublicTest" +
    (report.variants.some(({ control }) => control)
      ? `, among all but the controls (${
        list(report.variants.filter(({ control }) => control).map(({ name }) => escape(name)))
      })`
      : "") +
    ". In italics: baselines without training. Gap: training accuracy " +
    "less PrivateTest accuracy at the best epoch." + (withCosts ? ` ${MULTIPLY_ADDS}` : "");
}

/** What was planned to be compared besides, where anything was. */
export function contrastsTable({ contrasts = [], variants, baseline }: ExperimentReport): string[] {
  if (contrasts.length === 0) return [];
  const settings = (name: string) =>
    variants.find((variant) => variant.name === name)!.configuration;
  return [
    `Planned contrasts, with another variant than \`${baseline}\`:`,
    markdownTable(
      [
        { title: "Variant" },
        { title: "Against" },
        { title: "Changed" },
        ...right("Points", "p (Holm)"),
        { title: "Verdict" },
      ],
      contrasts.map(({ variant, against, test }) => [
        escape(variant),
        escape(against),
        differences(settings(against), settings(variant))
          .map(({ name, b }) => code(`${name}=${formatValue(b as Change["value"])}`)).join(", "),
        `${points(test.difference)} ${pointsInterval(test.interval)}`,
        pValue(test.adjustedP),
        verdictCell(test),
      ]),
    ),
  ];
}

/** The tests behind the verdicts. */
export function evidence(report: ExperimentReport): string[] {
  const { baseline, dataset, contrasts, variants } = report;
  const compared = comparedPairs(report);
  if (compared.length === 0) return [];
  const { sample, samples } = dataWords(dataset);
  const nameOf = ({ variant, against }: Contrast) =>
    escape(against === baseline ? variant : `${variant} against ${against}`);
  const reasons = compared.map((pair) => {
    const { test, cleanTest } = pair;
    const said = `- **${nameOf(pair)}: ${test.verdict}.** ${capital(test.reason)}.`;
    if (dataset.cleanTestImages === 0 || !variants.some(hasCopies)) return said;
    const clean = `${points(cleanTest.difference)} ${pointsInterval(cleanTest.interval)}`;
    const same = effectiveVerdict(cleanTest) === effectiveVerdict(test);
    return `${said} On the clean ${samples} ` +
      `${same ? "the same" : verdictCell(cleanTest)}: ${clean}.`;
  });
  const table = markdownTable(
    [
      { title: "Variant" },
      ...right("Over seeds", `Over ${samples}`, "Over both", "P(improvement)"),
      {
        title: `McNemar per seed: only variant right / only ${
          contrasts ? "the other" : "baseline"
        } right, p`,
      },
      ...right("p", "p (Holm)"),
    ],
    compared.map(({ test, ...pair }) => [
      nameOf({ test, ...pair }),
      test.overSeeds ? pointsInterval(test.overSeeds) : NOTHING,
      pointsInterval(test.overImages),
      test.overBoth ? pointsInterval(test.overBoth) : NOTHING,
      `${test.probabilityOfImprovement.runs.toFixed(2)} ` +
      `[${test.probabilityOfImprovement.low.toFixed(2)}, ${
        test.probabilityOfImprovement.high.toFixed(2)
      }]`,
      test.mcnemar.map(({ onlyVariant, onlyBaseline, p }) =>
        `${onlyVariant} / ${onlyBaseline}, ${pValue(p)}`
      ).join("; "),
      pValue(test.p),
      pValue(test.adjustedP),
    ]),
  );
  return [
    figure(figureFile("effects")),
    reasons.join("\n"),
    details(
      "The tests behind the verdicts",
      `${
        contrasts ? "Where not said otherwise" : "All"
      } against \`${baseline}\`, paired by seed and ${sample}; intervals are 95 %, in points.\n\n` +
        `${table}\nOver seeds: paired t. Over ${samples}: paired bootstrap. Over both: Clark's min F', which ` +
        "may be the narrower one; the verdict goes by the wider. " +
        "A verdict needs p (Holm) below 0.05 and every interval on one side of 0; of the method nothing " +
        "is said from one seed. P(improvement): the chance that a run of the variant beats one of the " +
        "baseline.",
    ),
  ];
}
