/**
 * The section of a report on its data set.
 *
 * @module
 */

import { type ClassCounts, SPLITS } from "../dataset/dataset.ts";
import { countsOf, formOf } from "../dataset/form.ts";
import { type DataWords, dataWords, isFaces } from "../dataset/words.ts";
import { sampleText } from "../sample.ts";
import { code, details, escape } from "./gfm.ts";
import type { ExperimentReport } from "./record.ts";
import { hasCopies } from "./summary.ts";
import { markdownTable, right } from "./table.ts";
import { capital, count, plural } from "./text.ts";

/** How the samples were split, how many there are of each class, and which were skipped. */
export function dataSection(report: ExperimentReport): string[] {
  const { dataset, variants } = report;
  const { classes, sample } = formOf(dataset);
  const words = dataWords(dataset);
  const split = {
    "official": "The split is the official one.",
    "own": "The split is the data's own.",
    "stratified-tenth":
      "**The split is not the official one**: PublicTest is a seeded stratified " +
      "tenth of Training.",
    "drawn": `**The split is not an official one**: it was drawn from all ${words.samples}, ` +
      `stratified by class, copies of a ${
        words.sample === "image" ? "picture" : words.sample
      } all in one split.`,
    "generated": `The split was generated with the ${isFaces(words) ? "faces" : "data"}.`,
    "folds": foldsText(dataset, words),
  }[dataset.split];
  const countRow = (name: string, counts: ClassCounts): string[] => {
    const values = countsOf(counts, classes);
    return [name, ...values.map(count), count(values.reduce((a, b) => a + b, 0))];
  };
  const trained = Object.values(
    Object.groupBy(variants, ({ trainedOn }) => JSON.stringify(trainedOn)),
  ).map((group) => ({
    names: group!.map(({ name }) => escape(name)).join(", "),
    counts: group![0]!.trainedOn,
  }));
  const same = variants.every((v) =>
    countRow("", v.trainedOn).join() === countRow("", dataset.counts.Training).join()
  );
  const rows = [
    ...SPLITS.map((name) => countRow(name, dataset.counts[name])),
    ...(same
      ? []
      : trained.map(({ names, counts }) =>
        countRow(`trained on${trained.length > 1 ? ` (${names})` : ""}`, counts)
      )),
  ];
  const lines = [
    `${escape(dataset.description).replace(/\.?$/, ".")} ${split} ${
      dataset.sample === undefined ? "" : `The ${words.samples} are ${sampleText(sample)}. `
    }${
      dataset.targets === undefined
        ? ""
        : dataset.targets === "draws"
        ? "Training is towards a class that is drawn, anew at every epoch, from each sample's " +
          "distribution over the classes, of which its label is the most probable; scores are " +
          "against labels. "
        : "Training is towards each sample's distribution over the classes, of which its label is the " +
          "most probable; scores are against labels. "
    }${cleanText(report)}`,
    markdownTable(
      [
        { title: capital(words.samples) },
        ...right(...[...classes.map(escape), "all"]),
      ],
      rows,
    ),
    `Digest of ${words.values} and labels: \`${dataset.digest}\`.`,
  ];
  lines.push(...choicesLines(dataset));
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

/** How many of PrivateTest's samples have no copy in the other splits, and what they are called. */
function cleanText({ dataset, variants }: ExperimentReport): string {
  const { sample, samples } = dataWords(dataset);
  const [article, kind] = sample === "image" ? ["a", "pixel-identical"] : ["an", "identical"];
  const copy = `${kind} copy in Training or PublicTest`;
  return variants.some(hasCopies)
    ? `Of PrivateTest's ${samples} ${
      count(dataset.cleanTestImages)
    } have no ${copy}: the clean ${samples}.`
    : `None of PrivateTest's ${samples} has ${article} ${copy}.`;
}

/** What was chosen of the data, and that other classes make other numbers. */
function choicesLines({ classes, choices = {} }: ExperimentReport["dataset"]): string[] {
  const { labels, merge, kept } = choices;
  const told = [
    ...labels
      ? [
        `Numbers and codes are read as ${
          labels.preset === undefined ? "asked for" : `those of ${labels.preset}`
        }: ${escape(pairs(labels.names, " "))}.`,
      ]
      : [],
    ...merge ? [`Classes joined: ${escape(pairs(merge, " with "))}.`] : [],
    ...kept ? [`Classes kept: ${escape(kept.join(", "))}; images of others are left out.`] : [],
  ];
  const others = classes === undefined ? [] : [
    `**Numbers are not comparable with those on other classes**: these are ${classes.length}, ` +
    "and most published numbers are on seven.",
  ];
  const all = [...told, ...others];
  return all.length === 0 ? [] : [all.join(" ")];
}

function pairs(names: Readonly<Record<string, string>>, between: string): string {
  return Object.entries(names).map(([from, to]) => `${from}${between}${to}`).join(", ");
}

/** How a cross-validation divides its data. */
function foldsText({ folds, groups }: ExperimentReport["dataset"], { sample, samples }: DataWords) {
  if (folds === undefined) return "The split is one of several folds.";
  return `**Cross-validation in ${folds} folds**` +
    (groups
      ? `, of ${count(groups.count)} ${
        escape(groups.name)
      } nobody in two of Training, PublicTest and ` +
        "PrivateTest"
      : "") +
    `: each fold is PrivateTest once, the next one PublicTest, the others Training. Every ${sample} is ` +
    `tested once, by a network trained without it; counts of ${samples} are added up over the folds.`;
}
