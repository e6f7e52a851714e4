/**
 * The section of a report on classes: their scores, and which of them the variants help.
 *
 * @module
 */

import { type DataWords, dataWords } from "../dataset/words.ts";
import { bold, differenceCell, figure } from "./_section.ts";
import { figureFile } from "./figure_files.ts";
import { escape } from "./gfm.ts";
import type { ExperimentReport, GroupReport, Verdict } from "./record.ts";
import {
  chosenVariant,
  classesOf,
  type Compared,
  comparedVariants,
  effectiveVerdict,
} from "./summary.ts";
import { markdownTable, right } from "./table.ts";
import {
  capital,
  count,
  list,
  NOTHING,
  percent,
  percentInterval,
  percentOrNothing,
  points,
} from "./text.ts";

/** The chosen variant's classes, and what the variants change in their recalls. */
export function classesSection(report: ExperimentReport): string[] {
  const chosen = chosenVariant(report);
  const single = report.variants.length === 1;
  const parts = [
    ...(single ? [] : [`${bold(chosen)}, all of PrivateTest:`]),
    classTable(chosen.test, dataWords(report.dataset)),
  ];
  const compared = comparedVariants(report.variants);
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

/** Precision, recall and F1 of each class, and their means. */
export function classTable(group: GroupReport, words: DataWords): string {
  const classes = classesOf(group);
  const { macroF1, macroPrecision, macroRecall } = group;
  return markdownTable(
    [
      { title: "Class" },
      ...right(capital(words.samples), "Precision %", "Recall %", "F1 %"),
    ],
    [
      ...classes.map(({ name, support, precision, recall, f1 }) => [
        escape(name),
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

/** Numbers of classes in words; more are in digits. */
const NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven"] as const;

function recallTable(compared: readonly Compared[], group: GroupReport): string {
  const classes = classesOf(group);
  return markdownTable(
    [
      { title: "Variant" },
      ...right(...classes.map(({ name }) => escape(name))),
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
  const judged = classesOf(group).filter(({ recall }) => recall).length;
  const number = NUMBERS[judged] ?? String(judged);
  const sentences = compared.flatMap(({ name, comparison }) => {
    const say = (phrase: string, word: Verdict): string[] => {
      const found = comparison.recalls.filter((recall) => effectiveVerdict(recall) === word)
        .map((recall) => `${escape(recall.name)} (${points(recall.difference, 1)})`);
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
