/**
 * An ensemble's report in words and tables: a pure function of it.
 *
 * @module
 */

import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { wrap } from "../text.ts";
import { details, escape } from "./gfm.ts";
import type { Effect, EnsembleMember, EnsembleReport } from "./record.ts";
import { classTable } from "./section_classes.ts";
import { confusionTable } from "./section_confusions.ts";
import { hasCopies } from "./summary.ts";
import { markdownTable, right, type Table, terminalTable } from "./table.ts";
import {
  count,
  NOTHING,
  percent,
  percentScore,
  plural,
  points,
  pointsInterval,
  pValue,
} from "./text.ts";

/**
 * What a terminal shows: the answer, and the members.
 *
 * @param options `width`: the most columns of the terminal to use (default 100).
 */
export function ensembleText(
  report: EnsembleReport,
  { width = 100 }: { readonly width?: number } = {},
): string {
  const { columns, rows } = membersTable(report);
  const legend =
    `Alone, all up to it together, what it adds to those before it (in points), and the ` +
    `ensemble without it: ${ACCURACIES}.`;
  const wrapped = (text: string) => wrap(text, width).join("\n");
  return [
    ...ensembleAnswer(report).map(wrapped),
    terminalTable(columns, rows, { width }),
    wrapped(legend),
  ].map((part) => part.trimEnd()).join("\n\n") + "\n";
}

/** The whole report as Markdown. */
export function ensembleMarkdown(report: EnsembleReport): string {
  const { dataset, test, cleanTest, bestTest, bestCleanTest } = report;
  const words = dataWords(dataset);
  const { columns, rows } = membersTable(report);
  const gains = ([name, key]: readonly [string, "gain" | "cleanGain"]) => {
    const [group, alone] = key === "gain" ? [test, bestTest] : [cleanTest, bestCleanTest];
    return [
      `${name} (${count(group.images)})`,
      percentScore(group, "accuracy"),
      percentScore(group, "macroF1"),
      percentScore(alone, "accuracy"),
      `${points(report[key].difference)} ${pointsInterval(report[key].interval)}`,
      pValue(report[key].p),
    ];
  };
  return [
    `# Ensemble on ${escape(dataset.name)}`,
    ...ensembleAnswer(report).map(escape),
    markdownTable(
      [
        { title: "" },
        ...right("Accuracy %", "Macro F1 %", "Best member %", "Gain, points", "p"),
      ],
      ([
        ["All of PrivateTest", "gain"],
        ...(hasCopies(report) ? [[`The clean ${words.samples}`, "cleanGain"] as const] : []),
      ] as const).map(gains),
    ),
    "In brackets: 95 % intervals over the " + words.samples +
    " (Wilson's for accuracy, the bootstrap for " +
    "the others). The p is of McNemar's exact test.",
    "## Members",
    markdownTable(columns, rows.map(([name, ...cells]) => [escape(name!), ...cells])),
    "**Alone**, all up to it **together**, what it **adds** to those before it (in points), and the " +
    `ensemble **without** it: ${ACCURACIES}.`,
    "## Classes",
    classTable(test, words),
    "## Confusions",
    details(
      "The confusion matrix as a table",
      `Rows are labels, columns predictions.\n\n${
        confusionTable(test.confusion, formOf(dataset).classes)
      }`,
    ),
  ].map((part) => part.trimEnd()).join("\n\n") + "\n";
}

/** What the numbers in {@linkcode membersTable} are. */
export const ACCURACIES =
  "accuracy in % on PublicTest, which the members are chosen on, / on PrivateTest, which chose nothing";

const SYNTHETIC = "Synthetic faces, not FER2013.";

/** What an ensemble recognises, and what it gains over its best member, a sentence each. */
export function ensembleAnswer(report: EnsembleReport): string[] {
  const { members, selection, best, test, cleanTest, dataset } = report;
  const chosen = members.filter((member) => member.chosen).length;
  const { samples } = dataWords(dataset);
  const copies = hasCopies(report);
  const how = selection === "all"
    ? `All ${plural(members.length, "network")} given`
    : chosen === 1
    ? `On PublicTest none of ${members.length} networks helps ${best}, the best there, which stays alone ` +
      "(--all takes every one)"
    : `${plural(chosen, "network")} of ${members.length}, chosen one by one on PublicTest`;
  return [
    ...dataset.synthetic ? [SYNTHETIC] : [],
    ...dataset.caveat === undefined ? [] : [dataset.caveat],
    `${how}: ${percentScore(test, "accuracy")} % of the ${
      count(test.images)
    } PrivateTest ${samples}` +
    (copies
      ? `, ${percentScore(cleanTest, "accuracy")} % of the ${count(cleanTest.images)} clean ones`
      : "") +
    ` (PublicTest ${percent(report.validationAccuracy)} %).`,
    ...chosen === 1 ? [] : [
      `Against its best member on PublicTest, ${best}: ${gainText(report.gain)}` +
      (copies ? `; on the clean ${samples} ${gainText(report.cleanGain)}.` : "."),
    ],
  ];
}

/** One ensemble of these networks: what other seeds would give it cannot tell. */
function gainText({ difference, interval, models }: Effect): string {
  return `${points(difference)} points ${pointsInterval(interval)}, these networks: ${models}`;
}

/** Every member: alone, with those before it, what it adds to these, and the others without it. */
export function membersTable({ members }: EnsembleReport): Table {
  const both = (
    accuracies: EnsembleMember["without"] | undefined,
    text: (share: number) => string = percent,
  ) => accuracies ? `${text(accuracies.validation)} / ${text(accuracies.test)}` : NOTHING;
  const added = ({ joined }: EnsembleMember, i: number) => {
    const before = members[i - 1]?.joined;
    return before && {
      validation: joined.validation - before.validation,
      test: joined.test - before.test,
    };
  };
  return {
    columns: [
      { title: "Network" },
      { title: "Member" },
      ...right("Alone", "Together", "Adds", "Without"),
    ],
    rows: members.map((member, i) => [
      member.name,
      member.chosen ? "yes" : "no",
      both(member.alone),
      both(member.joined),
      both(added(member, i), points),
      both(member.without),
    ]),
  };
}
