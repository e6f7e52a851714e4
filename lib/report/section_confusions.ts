/**
 * The section of a report on what is taken for what.
 *
 * @module
 */

import { type Emotion, EMOTIONS } from "../emotion.ts";
import { type Confusion, mostFrequentConfusions } from "../evaluation/confusions.ts";
import { bold, differenceCell, figure } from "./_section.ts";
import { figureFile } from "./figure_files.ts";
import { details, escape } from "./gfm.ts";
import type { ExperimentReport, GroupReport } from "./record.ts";
import { chosenVariant, comparedVariants } from "./summary.ts";
import { markdownTable } from "./table.ts";
import { count, NOTHING, percent } from "./text.ts";

/** The most frequent confusions, what the variants change in them, and the matrices. */
export function confusionsSection(report: ExperimentReport): string[] {
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
  const compared = comparedVariants(variants);
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
