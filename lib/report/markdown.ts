/**
 * A report as Markdown: a pure function of `report.json` and, where given, `report.run.json`.
 *
 * What a reader wants first comes first: the answer in numbers, the table of results, then classes,
 * confusions, overfitting, data, and last what was run and how to run it again.
 *
 * @module
 */

import { BASELINE, differences, parametersOf, wholeConfiguration } from "../configuration.ts";
import { type Emotion, EMOTIONS } from "../emotion.ts";
import { type Confusion, mostFrequentConfusions } from "../evaluation/confusions.ts";
import { SPLITS } from "../dataset/dataset.ts";
import { type FigureFile, figureFile } from "./figure_files.ts";
import { code, details, escape, target } from "./gfm.ts";
import type {
  Comparison,
  Estimate,
  ExperimentReport,
  GroupDifference,
  GroupReport,
  ReportFacts,
  RunReport,
  VariantReport,
  Verdict,
} from "./record.ts";
import {
  absentClasses,
  chosenVariant,
  classesOf,
  meanOver,
  ORIGINAL,
  saidOf,
  secondsOf,
  testGap,
  verdictText,
} from "./summary.ts";
import { type Column, markdownTable } from "./table.ts";
import {
  count,
  list,
  minutes,
  NOTHING,
  percent,
  percentEstimate,
  percentInterval,
  percentOrNothing,
  percentScore,
  plural,
  points,
  pointsInterval,
  pValue,
  settingValue,
} from "./text.ts";

/**
 * Writes a report as GitHub-flavoured Markdown.
 *
 * @param report What came out.
 * @param facts When, where and how long; without them minutes and commits are left out.
 */
export function renderReport(report: ExperimentReport, facts?: ReportFacts): string {
  const { experiment } = report;
  const sections = [
    `# ${experiment.title}`,
    ...banners(report),
    `**Question.** ${experiment.question}`,
    `**Hypothesis.** ${experiment.hypothesis}`,
    `**Expected.** ${experiment.expected}`,
    "## Result",
    ...result(report, facts),
    "## Per class",
    ...perClass(report),
    "## Confusions",
    ...confusions(report),
    "## Overfitting",
    ...overfitting(report),
    "## Data",
    ...data(report),
    "## What was run",
    ...whatWasRun(report, facts),
  ];
  return sections.map((section) => section.trimEnd()).join("\n\n") + "\n";
}

// Banners --------------------------------------------------------------------------------------

function banners({ status, dataset, variants, seeds }: ExperimentReport): string[] {
  const lines: string[] = [];
  if (status === "interrupted") {
    const stopped = variants.flatMap(({ name, runs }) =>
      runs.filter((run) => run.status === "interrupted")
        .map((run) => `${name} with seed ${run.seed} after ${plural(run.epochs, "epoch")}`)
    );
    const missing = variants.flatMap(({ name, runs }) =>
      seeds.filter((seed) => !runs.some((run) => run.seed === seed))
        .map((seed) => `${name} with seed ${seed}`)
    );
    const what = [
      ...(stopped.length > 0 ? [`Stopped early: ${list(stopped)}.`] : []),
      ...(missing.length > 0 ? [`Not run: ${list(missing)}.`] : []),
      ...(stopped.length + missing.length === 0 ? ["Whole variants are missing."] : []),
    ];
    lines.push(
      `> [!WARNING]\n> **Interrupted: these are not the final results.** ${what.join(" ")} ` +
        "The same command goes on where it stopped.",
    );
  }
  if (dataset.synthetic) {
    lines.push(
      "> [!IMPORTANT]\n> **Synthetic faces, not FER2013.** The images were drawn by a program; the " +
        "numbers say how the experiment runs, not how well a network recognises people's emotions.",
    );
  }
  return lines;
}

// Result ---------------------------------------------------------------------------------------

function result(report: ExperimentReport, facts: ReportFacts | undefined): string[] {
  const single = report.variants.length === 1;
  return [
    single ? singleAnswer(report) : variantsAnswer(report),
    ...(single ? [] : [variantsTable(report, facts)]),
    headlineTable(report),
    ...averagedClasses(report),
    howSure(report),
    ...(single ? [] : evidence(report)),
  ];
}

function singleAnswer(report: ExperimentReport): string {
  const { test, cleanTest } = report.variants[0]!;
  const sentences = [
    `**${percent(test.accuracy.mean)} %** ${percentInterval(test.accuracy)} of the ` +
    `${count(test.images)} PrivateTest images are recognised` +
    (cleanTest.images === 0
      ? "; each has a copy in Training or PublicTest."
      : `, and **${percent(cleanTest.accuracy.mean)} %** ${percentInterval(cleanTest.accuracy)} ` +
        `of the ${count(cleanTest.images)} that have no copy in Training or PublicTest.`),
  ];
  if (isFer2013(report)) sentences.push(besideOriginal(test.accuracy));
  return sentences.join(" ");
}

function besideOriginal({ mean, low, high }: Estimate): string {
  const difference = mean - ORIGINAL.accuracy;
  const side = low === null || high === null
    ? "beside"
    : ORIGINAL.accuracy < low
    ? "below"
    : ORIGINAL.accuracy > high
    ? "above"
    : "inside";
  return `That is ${points(Math.abs(difference)).replace("+", "")} points ` +
    `${difference < 0 ? "less" : "more"} than the original report's ${
      percent(ORIGINAL.accuracy)
    } %, ` +
    `which lies ${side} the interval.`;
}

function variantsAnswer(report: ExperimentReport): string {
  const others = report.variants.filter(({ comparison }) => comparison);
  const parts = [
    ["better", "better than"],
    ["worse", "worse than"],
    ["not distinguishable", "not distinguishable from"],
  ].flatMap(([verdict, phrase]) => {
    const names = others.filter(({ comparison }) => saidOf(comparison!.test) === verdict).map(bold);
    if (names.length === 0) return [];
    return `${list(names)} ${names.length === 1 ? "is" : "are"} ${phrase} \`${report.baseline}\``;
  });
  const oneSeed = others.some(({ comparison }) => comparison!.test.models);
  const answer = oneSeed
    ? `Of these networks, one seed each, on PrivateTest ${
      parts.join("; ")
    }: a finding about them, ` +
      "not yet about the methods."
    : `On PrivateTest ${parts.join("; ")}.`;
  const chosen = chosenVariant(report);
  const effect = chosen.comparison?.test;
  const sentences = [
    parts.length > 0 ? answer : "Nothing could be compared yet.",
    `PublicTest would choose ${bold(chosen)}, which recognises ` +
    `**${percent(chosen.test.accuracy.mean)} %** ${percentInterval(chosen.test.accuracy)} of the ` +
    `${count(chosen.test.images)} PrivateTest images` +
    (effect
      ? `, ${points(effect.difference)} points ${pointsInterval(effect.interval)} against ` +
        `\`${report.baseline}\`.`
      : "."),
  ];
  if (isFer2013(report)) sentences.push(besideOriginal(chosen.test.accuracy));
  return sentences.join(" ");
}

function variantsTable(report: ExperimentReport, facts: ReportFacts | undefined): string {
  const columns: Column[] = [
    { title: "Variant" },
    { title: "Accuracy %", align: "right" },
    { title: "Clean images %", align: "right" },
    { title: "Macro F1 %", align: "right" },
    { title: `Against ${code(report.baseline)}, points`, align: "right" },
    { title: "p (Holm)", align: "right" },
    { title: "Verdict" },
    { title: "Best epoch", align: "right" },
    { title: "Train-test gap, points", align: "right" },
    ...(facts ? [{ title: "Minutes a run", align: "right" } as const] : []),
  ];
  const rows = report.variants.map((variant) => {
    const effect = variant.comparison?.test;
    const chosen = variant === chosenVariant(report);
    return [
      chosen ? bold(variant) : escape(variant.name),
      percentEstimate(variant.test.accuracy),
      percentScore(variant.cleanTest, "accuracy"),
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
      ...(facts ? [minutesOf(facts, variant.name)] : []),
    ];
  });
  const floors = report.commonsense.map(({ name, accuracy, macroF1 }) => [
    `_${escape(name)}_`,
    percent(accuracy),
    NOTHING,
    percent(macroF1),
    ...Array.from({ length: columns.length - 4 }, () => NOTHING),
  ]);
  return markdownTable(columns, [...rows, ...floors]) +
    "\nBold: chosen by PublicTest. In italics: baselines without training. Gap: training accuracy " +
    "less PrivateTest accuracy at the best epoch.";
}

/** One seed says nothing of the method, but may tell the two trained networks apart. */
function verdictCell(difference: GroupDifference): string {
  const text = verdictText(difference);
  return difference.verdict === "not distinguishable" ? text : `**${text}**`;
}

const WEIGHTED: readonly [metric: keyof typeof ORIGINAL, title: string][] = [
  ["accuracy", "Accuracy"],
  ["weightedPrecision", "Precision, weighted"],
  ["weightedRecall", "Recall, weighted"],
  ["weightedF1", "F1, weighted"],
];

const MACROS = [
  ["macroPrecision", "Precision, macro"],
  ["macroRecall", "Recall, macro"],
  ["macroF1", "F1, macro"],
] as const;

function headlineTable(report: ExperimentReport): string {
  const variant = chosenVariant(report);
  const { test, cleanTest } = variant;
  const withOriginal = isFer2013(report);
  const single = report.variants.length === 1;
  const columns: Column[] = [
    { title: single ? "In %" : `${escape(variant.name)}, in %` },
    { title: `All ${count(test.images)} of PrivateTest`, align: "right" },
    { title: `The ${count(cleanTest.images)} clean images`, align: "right" },
    ...(withOriginal ? [{ title: "Original report", align: "right" } as const] : []),
  ];
  const rows = [
    ...WEIGHTED.map(([metric, title]) => [
      metric === "accuracy" ? `**${title}**` : title,
      percentEstimate(test[metric]),
      percentScore(cleanTest, metric),
      ...(withOriginal ? [percent(ORIGINAL[metric])] : []),
    ]),
    ...MACROS.map(([metric, title]) => [
      title,
      percentEstimate(test[metric]),
      percentScore(cleanTest, metric),
      ...(withOriginal ? [NOTHING] : []),
    ]),
    ...(single
      ? report.commonsense.map(({ name, accuracy }) => [
        `_Accuracy of ${escape(name)}_`,
        percent(accuracy),
        NOTHING,
        ...(withOriginal ? [NOTHING] : []),
      ])
      : []),
  ];
  return markdownTable(columns, rows);
}

/** Over which classes macro averages are, where that is not all seven. */
function averagedClasses(report: ExperimentReport): string[] {
  const { variants } = report;
  const said = absentClasses(variants.map(({ test }) => test), "PrivateTest");
  return said.length > 0
    ? said
    : absentClasses(variants.map(({ cleanTest }) => cleanTest), "What is clean of PrivateTest");
}

function howSure({ variants, seeds }: ExperimentReport): string {
  const runs = Math.max(...variants.map((variant) => variant.runs.length));
  if (runs > 1) {
    return `Means over ${plural(seeds.length, "seed")} (${seeds.join(", ")}). In brackets: 95 % ` +
      "intervals over seeds (Student's t), which say what other seeds would give on the same images.";
  }
  return `**One seed (${
    seeds.join(", ")
  }).** In brackets: 95 % intervals over images (Wilson's for ` +
    "accuracy and recall, the bootstrap for the others), which say what this trained network would " +
    "give on other images. What one seed cannot tell: how much another seed would change, and so " +
    "whether a difference of a point or two between two configurations is more than luck.";
}

/** The tests behind the verdicts. */
function evidence({ variants, baseline, dataset }: ExperimentReport): string[] {
  const compared = variants.flatMap(({ name, comparison }) =>
    comparison ? [{ name, comparison }] : []
  );
  if (compared.length === 0) return [];
  const reasons = compared.map(({ name, comparison: { test, cleanTest } }) => {
    const said = `- **${escape(name)}: ${test.verdict}.** ${capital(test.reason)}.`;
    if (dataset.cleanTestImages === 0) return said;
    const clean = `${points(cleanTest.difference)} ${pointsInterval(cleanTest.interval)}`;
    const same = saidOf(cleanTest) === saidOf(test);
    return `${said} On the clean images ` +
      `${same ? "the same" : verdictCell(cleanTest)}: ${clean}.`;
  });
  const table = markdownTable(
    [
      { title: "Variant" },
      { title: "Over seeds", align: "right" },
      { title: "Over images", align: "right" },
      { title: "Over both", align: "right" },
      { title: "P(improvement)", align: "right" },
      { title: "McNemar per seed: only variant right / only baseline right, p" },
      { title: "p", align: "right" },
      { title: "p (Holm)", align: "right" },
    ],
    compared.map(({ name, comparison: { test } }) => [
      escape(name),
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
      `All against \`${baseline}\`, paired by seed and image; intervals are 95 %, in points.\n\n` +
        `${table}\nOver seeds: paired t. Over images: paired bootstrap. Over both: Clark's min F', which ` +
        "may be the narrower one; the verdict goes by the wider. " +
        "A verdict needs p (Holm) below 0.05 and every interval on one side of 0; of the method nothing " +
        "is said from one seed. P(improvement): the chance that a run of the variant beats one of the " +
        "baseline.",
    ),
  ];
}

// Classes --------------------------------------------------------------------------------------

function perClass(report: ExperimentReport): string[] {
  const chosen = chosenVariant(report);
  const single = report.variants.length === 1;
  const parts = [
    ...(single ? [] : [`${bold(chosen)}, all of PrivateTest:`]),
    classTable(chosen.test),
  ];
  const compared = report.variants.flatMap(({ name, comparison }) =>
    comparison ? [{ name, comparison }] : []
  );
  if (compared.length > 0) {
    parts.push(
      `Difference of recall from \`${report.baseline}\`, in points with 95 % intervals:`,
      recallTable(compared, chosen.test),
      recallWords(compared, chosen.test),
      figure(figureFile("recalls")),
    );
  }
  return parts;
}

function classTable(group: GroupReport): string {
  const classes = classesOf(group);
  const { macroF1, macroPrecision, macroRecall } = group;
  return markdownTable(
    [
      { title: "Class" },
      { title: "Images", align: "right" },
      { title: "Precision %", align: "right" },
      { title: "Recall %", align: "right" },
      { title: "F1 %", align: "right" },
    ],
    [
      ...classes.map(({ name, support, precision, recall, f1 }) => [
        name,
        count(support),
        percentOrNothing(precision, 1),
        recall ? `${percent(recall.mean, 1)} ${percentInterval(recall)}`.trim() : NOTHING,
        percentOrNothing(f1, 1),
      ]),
      [
        "_mean_",
        count(classes.reduce((sum, { support }) => sum + support, 0)),
        percent(macroPrecision.mean, 1),
        percent(macroRecall.mean, 1),
        percent(macroF1.mean, 1),
      ],
    ],
  );
}

interface Compared {
  readonly name: string;
  readonly comparison: Comparison;
}

/** How many classes there can be, in words. */
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven"] as const;

function recallTable(compared: readonly Compared[], group: GroupReport): string {
  const classes = classesOf(group);
  return markdownTable(
    [
      { title: "Variant" },
      ...EMOTIONS.map((title) => ({ title, align: "right" } as const)),
    ],
    compared.map(({ name, comparison }) => [
      escape(name),
      ...classes.map(({ name, recall }) => {
        const difference = recall && comparison.recalls.find((each) => each.name === name);
        return difference ? differenceCell(difference) : NOTHING;
      }),
    ]),
  );
}

function recallWords(compared: readonly Compared[], group: GroupReport): string {
  const number = NUMBERS[classesOf(group).filter(({ recall }) => recall).length];
  const sentences = compared.flatMap(({ name, comparison }) => {
    const say = (phrase: string, word: Verdict): string[] => {
      const found = comparison.recalls.filter((recall) => saidOf(recall) === word)
        .map((recall) => `${recall.name} (${points(recall.difference, 1)})`);
      return found.length === 0 ? [] : [`${phrase} ${list(found)}`];
    };
    const parts = [...say("finds more of", "better"), ...say("finds less of", "worse")];
    return parts.length === 0 ? [] : `- **${escape(name)}** ${parts.join(" and ")}`;
  });
  const models = compared.some(({ comparison }) => comparison.test.about === "models");
  const scope = `Bold: more than chance after Holm's correction over the ${number} classes` +
    (models ? ", of these trained networks only (one seed)." : ".");
  return sentences.length === 0
    ? `No class's recall differs by more than chance (Holm's correction over the ${number} classes).`
    : `${scope}\n\n${sentences.join("\n")}`;
}

function differenceCell(difference: GroupDifference): string {
  const text = `${points(difference.difference, 1)} ${pointsInterval(difference.interval)}`;
  return saidOf(difference) === "not distinguishable" ? text : `**${text}**`;
}

// Confusions -----------------------------------------------------------------------------------

function confusions(report: ExperimentReport): string[] {
  const chosen = chosenVariant(report);
  const single = report.variants.length === 1;
  const baseline = report.variants.find(({ name }) => name === report.baseline)!;
  const frequent = mostFrequentConfusions(chosen.test.confusion);
  const words = frequent.map(({ true: truth, predicted, share, count: images }) =>
    `- ${truth} taken for ${predicted}: ${percent(share, 1)} % of the ${truth} images ` +
    `(${count(images)} of ${count(rowSum(chosen.test.confusion, truth))})`
  );
  return [
    `The most frequent confusions${single ? "" : ` of ${bold(chosen)}`}` +
    `${chosen.runs.length > 1 ? `, counted over ${chosen.runs.length} runs` : ""}:`,
    words.length > 0 ? words.join("\n") : "None: every image was recognised.",
    ...(single || frequent.length === 0 ? [] : [
      "How often each variant makes them, in % of the class's images:",
      confusionsByVariant(report, frequent),
    ]),
    ...pairWords(report),
    figure(figureFile("confusion", chosen.name)),
    ...(chosen === baseline ? [] : [
      `What changed from \`${report.baseline}\` to ${bold(chosen)}:`,
      figure(figureFile("confusion-difference", chosen.name)),
    ]),
    details(
      single ? "The confusion matrix as a table" : "The confusion matrices as tables",
      (single || chosen === baseline ? [chosen] : [chosen, baseline]).map((variant) =>
        `${bold(variant)}: images of PrivateTest, rows are labels, columns predictions` +
        `${variant.runs.length > 1 ? `, sums over ${variant.runs.length} runs` : ""}.\n\n` +
        confusionTable(variant.test.confusion)
      ).join("\n"),
    ),
  ];
}

function confusionsByVariant(
  { variants }: ExperimentReport,
  frequent: readonly Confusion[],
): string {
  return markdownTable(
    [
      { title: "Variant" },
      ...frequent.map(({ true: truth, predicted }) =>
        ({ title: `${truth} as ${predicted}`, align: "right" }) as const
      ),
    ],
    variants.map(({ name, test: { confusion } }) => [
      escape(name),
      ...frequent.map(({ true: truth, predicted }) => {
        const all = rowSum(confusion, truth);
        const cell = confusion[EMOTIONS.indexOf(truth)]![EMOTIONS.indexOf(predicted)]!;
        return all === 0 ? NOTHING : percent(cell / all, 1);
      }),
    ]),
  );
}

/** Did a variant help to tell two classes apart? */
function pairWords({ variants, baseline }: ExperimentReport): string[] {
  const compared = variants.flatMap(({ name, comparison }) =>
    comparison ? [{ name, comparison }] : []
  );
  const first = compared[0];
  if (!first || first.comparison.pairs.length === 0) return [];
  return [
    `How much better each variant tells the hardest pairs apart than \`${baseline}\`, in points of the ` +
    "pair's images that are not taken for the other class (bold: more than chance after Holm's " +
    "correction over the pairs):",
    markdownTable(
      [
        { title: "Variant" },
        ...first.comparison.pairs.map(({ pair }) =>
          ({ title: pair.join(" / "), align: "right" }) as const
        ),
      ],
      compared.map(({ name, comparison }) => [
        escape(name),
        ...comparison.pairs.map(differenceCell),
      ]),
    ),
  ];
}

function confusionTable(confusion: GroupReport["confusion"]): string {
  return markdownTable(
    [
      { title: "Label" },
      ...EMOTIONS.map((title) => ({ title, align: "right" } as const)),
    ],
    confusion.map((row, i) => [
      EMOTIONS[i]!,
      ...row.map((images, j) => i === j ? `**${count(images)}**` : count(images)),
    ]),
  );
}

function rowSum(confusion: GroupReport["confusion"], label: Emotion): number {
  return confusion[EMOTIONS.indexOf(label)]!.reduce((a, b) => a + b, 0);
}

// Overfitting ----------------------------------------------------------------------------------

function overfitting(report: ExperimentReport): string[] {
  const single = report.variants.length === 1;
  return [
    overfittingWords(report.variants[0]!, single),
    ...(single ? [] : [gapTable(report.variants)]),
    figure(figureFile("curves")),
    ...(new Set(report.variants.map(({ configuration }) => configuration.schedule)).size > 1
      ? [figure(figureFile("schedules"))]
      : []),
  ];
}

function overfittingWords(variant: VariantReport, single: boolean): string {
  const { runs } = variant;
  const at = (which: "best" | "last") => ({
    training: meanOver(runs, (run) => run[which].trainingAccuracy),
    test: meanOver(runs, (run) => run[which].test.accuracy),
  });
  const [best, last] = [at("best"), at("last")];
  const lost = last.test - best.test;
  const sentences = [
    `${single ? "The network" : bold(variant)} is at its best on PublicTest after epoch ` +
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
          : `brought ${
            points(lost).replace("+", "")
          } points on PrivateTest, though not on PublicTest.`),
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
        columns.map((column) => ({ title: `${which}: ${column}`, align: "right" } as const))
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

// Data -----------------------------------------------------------------------------------------

function data({ dataset, variants }: ExperimentReport): string[] {
  const split = {
    "official": "The split is the official one.",
    "own": "The split is the data's own.",
    "stratified-tenth":
      "**The split is not the official one**: PublicTest is a seeded stratified " +
      "tenth of Training.",
    "drawn": "**The split is not an official one**: it was drawn from all images, stratified by " +
      "class, copies of a picture all in one split.",
    "generated": "The split was generated with the faces.",
  }[dataset.split];
  const trained = Object.values(
    Object.groupBy(variants, ({ trainedOn }) => JSON.stringify(trainedOn)),
  ).map((group) => ({
    names: group!.map(({ name }) => escape(name)).join(", "),
    counts: group![0]!.trainedOn,
  }));
  const same = variants.every((v) => sameCounts(v.trainedOn, dataset.counts.Training));
  const rows = [
    ...SPLITS.map((name) => countRow(name, dataset.counts[name])),
    ...(same
      ? []
      : trained.map(({ names, counts }) =>
        countRow(`trained on${trained.length > 1 ? ` (${names})` : ""}`, counts)
      )),
  ];
  const lines = [
    `${escape(dataset.description).replace(/\.?$/, ".")} ${split} Of PrivateTest's images ` +
    `${
      count(dataset.cleanTestImages)
    } have no pixel-identical copy in Training or PublicTest: the ` +
    "clean images.",
    markdownTable(
      [
        { title: "Images" },
        ...[...EMOTIONS, "all"].map((title) => ({ title, align: "right" } as const)),
      ],
      rows,
    ),
    `Digest of pixels and labels: \`${dataset.digest}\`.`,
  ];
  if (dataset.skipped.length > 0) {
    const shown = dataset.skipped.slice(0, 50);
    const rest = dataset.skipped.length - shown.length;
    lines.push(
      `**${plural(dataset.skipped.length, "bad row")} skipped** under \`--skip-bad\`.`,
      details(
        "The skipped rows",
        shown.map(({ where, reason }) => `- ${code(where)}: ${escape(reason)}`).join("\n") +
          (rest > 0 ? `\n- and ${count(rest)} more, listed in the runs' record.json` : ""),
      ),
    );
  }
  return lines;
}

function countRow(name: string, counts: Readonly<Record<Emotion, number>>): string[] {
  const values = EMOTIONS.map((emotion) => counts[emotion]);
  return [name, ...values.map(count), count(values.reduce((a, b) => a + b, 0))];
}

function sameCounts(a: Readonly<Record<Emotion, number>>, b: typeof a): boolean {
  return EMOTIONS.every((emotion) => a[emotion] === b[emotion]);
}

// What was run ---------------------------------------------------------------------------------

function whatWasRun(report: ExperimentReport, facts: ReportFacts | undefined): string[] {
  const { variants, build, command, preset } = report;
  const baseline = variants.find(({ name }) => name === report.baseline)!;
  // Only what all variants share; what some of them change stands in their own table.
  const own = differences(BASELINE, baseline.configuration)
    .filter(({ name }) => variants.every(({ changes }) => changes.every((c) => c.name !== name)));
  return [
    "**Protocol.** Trained on Training, the best epoch chosen on PublicTest by validation accuracy, " +
    "PrivateTest scored once, at the end, for the best and the last epoch's weights.",
    own.length === 0
      ? `Preset \`${preset}\`; every hyper-parameter is the original report's.`
      : `Preset \`${preset}\`. What differs from the original report's protocol` +
        `${variants.length > 1 ? " in all variants" : ""}:\n\n` +
        markdownTable(
          [{ title: "Hyper-parameter" }, { title: "Original" }, { title: "Here" }],
          own.map(({ name, a, b }) => [name, code(setting(a)), code(setting(b))]),
        ),
    ...(variants.length === 1 ? [] : [
      `What each variant changes from \`${report.baseline}\`:`,
      markdownTable(
        [{ title: "Variant" }, { title: "What it is" }, { title: "Changed" }],
        variants.map((variant) => [
          escape(variant.name),
          escape(variant.description),
          variant.changes.length === 0
            ? NOTHING
            : variant.changes.map(({ name, value }) => code(`${name}=${settingValue(value)}`))
              .join(", "),
        ]),
      ),
    ]),
    details("Every hyper-parameter", configurationTable(variants)),
    details("The network", networkTable(baseline)),
    details("The runs", runsTable(variants, facts)),
    "**Run it again.**",
    "```sh\n" + command + "\n```",
    `**Build.** TensorFlow ${build.tensorflow} through tfjs-node ${build.tfjs}, ${build.platform}, ` +
    `${build.cpu}, ${plural(build.threads, "thread")}, ${
      build.execution === "traced" ? "each step one traced graph" : "steps run op by op"
    }.${facts ? ` ${provenance(facts)}` : ""} The records are the same to the byte on the same ` +
    "build, CPU kind and thread count.",
  ];
}

function configurationTable(variants: readonly VariantReport[]): string {
  return markdownTable(
    [{ title: "Hyper-parameter" }, ...variants.map(({ name }) => ({ title: escape(name) }))],
    parametersOf(variants.map(({ configuration }) => configuration)).map((parameter) => [
      parameter,
      ...variants.map(({ configuration, changes }) => {
        const text = code(setting(wholeConfiguration(configuration)[parameter]));
        return changes.some(({ name }) => name === parameter) ? `**${text}**` : text;
      }),
    ]),
  );
}

function networkTable({ name, model }: VariantReport): string {
  return `${escape(name)}: ${count(model.parameters)} parameters.\n\n` + markdownTable(
    [
      { title: "Layer" },
      { title: "Type" },
      { title: "Output", align: "right" },
      { title: "Parameters", align: "right" },
    ],
    model.layers.map((layer) => [
      escape(layer.name),
      escape(layer.type),
      layer.output.join(" x "),
      count(layer.parameters),
    ]),
  );
}

function runsTable(variants: readonly VariantReport[], facts: ReportFacts | undefined): string {
  return markdownTable(
    [
      { title: "Variant" },
      { title: "Seed", align: "right" },
      { title: "Run" },
      { title: "Epochs", align: "right" },
      { title: "Best epoch", align: "right" },
      { title: "PublicTest %", align: "right" },
      { title: "PrivateTest %", align: "right" },
      { title: "Weights" },
      ...(facts ? [{ title: "Minutes", align: "right" } as const] : []),
    ],
    variants.flatMap((variant) =>
      variant.runs.map((run) => [
        escape(variant.name),
        String(run.seed),
        `[${run.folder.split("/").slice(-2).join("/")}](${target(run.folder)})` +
        (run.status === "interrupted" ? " (interrupted)" : ""),
        count(run.epochs),
        count(run.best.epoch),
        percent(run.best.validationAccuracy),
        percent(run.best.test.accuracy),
        code(run.best.weights.slice(0, 12)),
        ...(facts ? [minutesOf(facts, variant.name, run.seed)] : []),
      ])
    ),
  );
}

function provenance(facts: ReportFacts): string {
  const commits = new Set(
    facts.runs.flatMap(({ facts: { git } }) =>
      git ? [`\`${git.commit.slice(0, 12)}\`${git.patch ? " with uncommitted changes" : ""}`] : []
    ),
  );
  const cpus = new Set(facts.runs.map(({ facts: { cpuModel } }) => escape(cpuModel)));
  const days = facts.runs.map(({ facts: { finished } }) => finished.slice(0, 10)).sort();
  if (days.length === 0) return "";
  const when = days[0] === days.at(-1) ? `on ${days[0]}` : `from ${days[0]} to ${days.at(-1)}`;
  const total = facts.runs.reduce((sum, run) => sum + secondsOf(run.facts), 0);
  return `Run ${when} on ${list([...cpus])}, ${minutes(total)} minutes in all` +
    `${commits.size > 0 ? `, commit ${list([...commits])}` : ""}.`;
}

// Small things ---------------------------------------------------------------------------------

function isFer2013({ dataset }: ExperimentReport): boolean {
  return dataset.name === "fer2013" && !dataset.synthetic;
}

function meanEpoch(runs: readonly RunReport[], which: "best" | "last"): string {
  const value = meanOver(runs, (run) => run[which].epoch);
  return Number.isInteger(value) ? count(value) : value.toFixed(1);
}

function minutesOf(facts: ReportFacts, variant: string, seed?: number): string {
  const runs = facts.runs.filter((run) =>
    run.variant === variant && (seed === undefined || run.seed === seed)
  );
  return runs.length === 0 ? NOTHING : minutes(meanOver(runs, (run) => secondsOf(run.facts)));
}

function setting(value: unknown): string {
  return settingValue(value as Parameters<typeof settingValue>[0]);
}

function bold({ name }: { readonly name: string }): string {
  return `**${escape(name)}**`;
}

function figure({ file, alt }: FigureFile): string {
  return `![${escape(alt)}](${target(file)})`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
