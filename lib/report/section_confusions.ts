/**
 * The section of a report on what is taken for what.
 *
 * @module
 */

import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { type Confusion, mostFrequentConfusions } from "../evaluation/confusions.ts";
import { bold, differenceCell, figure } from "./_section.ts";
import { figureFile } from "./figure_files.ts";
import { details, escape } from "./gfm.ts";
import type { ExperimentReport, GroupReport } from "./record.ts";
import { chosenVariant, comparedVariants } from "./summary.ts";
import { markdownTable, right } from "./table.ts";
import { count, NOTHING, percent } from "./text.ts";

/** The most frequent confusions, what the variants change in them, and the matrices. */
export function confusionsSection(report: ExperimentReport): string[] {
  const chosen = chosenVariant(report);
  const single = report.variants.length === 1;
  const baseline = report.variants.find(({ name }) => name === report.baseline)!;
  const { classes } = formOf(report.dataset);
  const { sample, samples } = dataWords(report.dataset);
  const frequent = mostFrequentConfusions(chosen.test.confusion, classes);
  const words = frequent.map(({ true: truth, predicted, share, count: taken }) => {
    const all = rowSum(chosen.test.confusion, classes.indexOf(truth));
    const [is, as] = [escape(truth), escape(predicted)];
    return `- ${is} taken for ${as}: ${percent(share, 1)} % of the ${is} ${samples} ` +
      `(${count(taken)} of ${count(all)})`;
  });
  return [
    `The most frequent confusions${single ? "" : ` of ${bold(chosen)}`}` +
    `${chosen.runs.length > 1 ? `, counted over ${chosen.runs.length} runs` : ""}:`,
    words.length > 0 ? words.join("\n") : `None: every ${sample} was recognised.`,
    ...(single || frequent.length === 0 ? [] : [
      `How often each variant makes them, in % of the class's ${samples}:`,
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
        `${bold(variant)}: ${samples} of PrivateTest, rows are labels, columns predictions` +
        `${variant.runs.length > 1 ? `, sums over ${variant.runs.length} runs` : ""}.\n\n` +
        confusionTable(variant.test.confusion, classes)
      ).join("\n"),
    ),
  ];
}

function confusionsByVariant(
  { variants, dataset }: ExperimentReport,
  frequent: readonly Confusion[],
): string {
  const { classes } = formOf(dataset);
  return markdownTable(
    [
      { title: "Variant" },
      ...right(
        ...frequent.map(({ true: truth, predicted }) => `${escape(truth)} as ${escape(predicted)}`),
      ),
    ],
    variants.map(({ name, test: { confusion } }) => [
      escape(name),
      ...frequent.map(({ true: truth, predicted }) => {
        const all = rowSum(confusion, classes.indexOf(truth));
        const cell = confusion[classes.indexOf(truth)]![classes.indexOf(predicted)]!;
        return all === 0 ? NOTHING : percent(cell / all, 1);
      }),
    ]),
  );
}

/** Did a variant help to tell two classes apart? */
function pairWords({ variants, baseline, dataset }: ExperimentReport): string[] {
  const compared = comparedVariants(variants);
  const first = compared[0];
  if (!first || first.comparison.pairs.length === 0) return [];
  return [
    `How much better each variant tells the hardest pairs apart than \`${baseline}\`, in points of the ` +
    `pair's ${
      dataWords(dataset).samples
    } that are not taken for the other class (bold: more than chance after Holm's ` +
    "correction over the pairs):",
    markdownTable(
      [
        { title: "Variant" },
        ...right(...first.comparison.pairs.map(({ pair }) => pair.map(escape).join(" / "))),
      ],
      compared.map(({ name, comparison }) => [
        escape(name),
        ...comparison.pairs.map(differenceCell),
      ]),
    ),
  ];
}

/** How many samples of each class (rows) are taken for each (columns). */
export function confusionTable(
  confusion: GroupReport["confusion"],
  classes: readonly string[],
): string {
  return markdownTable(
    [
      { title: "Label" },
      ...right(...classes.map((name) => escape(name))),
    ],
    confusion.map((row, i) => [
      escape(classes[i]!),
      ...row.map((images, j) => i === j ? `**${count(images)}**` : count(images)),
    ]),
  );
}

function rowSum(confusion: GroupReport["confusion"], label: number): number {
  return confusion[label]!.reduce((a, b) => a + b, 0);
}
