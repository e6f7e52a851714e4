/**
 * The first section of a report: what came out, in numbers.
 *
 * @module
 */

import { dataWords } from "../dataset/words.ts";
import { figure } from "./_section.ts";
import { costOf, costsDrawn } from "./cost.ts";
import { figureFile } from "./figure_files.ts";
import { escape } from "./gfm.ts";
import { besideOriginal, hasOriginal } from "./original.ts";
import type { ExperimentReport, ReportFacts } from "./record.ts";
import { scoreRows } from "./scores.ts";
import { contrastsTable, evidence, variantsAnswer, variantsTable } from "./section_comparison.ts";
import { absentClasses, chosenVariant, hasCopies } from "./summary.ts";
import { type Column, markdownTable, right } from "./table.ts";
import { count, NOTHING, percent, percentInterval, plural } from "./text.ts";

/** The answer in a sentence, the tables of scores, how sure they are, and the tests. */
export function resultSection(report: ExperimentReport, facts: ReportFacts | undefined): string[] {
  const single = report.variants.length === 1;
  return [
    single ? singleAnswer(report) : variantsAnswer(report),
    ...(single
      ? []
      : [variantsTable(report, facts), ...costsDrawing(report), ...contrastsTable(report)]),
    headlineTable(report),
    ...averagedClasses(report),
    howSure(report),
    ...(single ? [] : evidence(report)),
  ];
}

/** The figure of what variants recognise and cost, where the costs are many. */
function costsDrawing({ variants, dataset }: ExperimentReport): string[] {
  const costs = variants.map(({ configuration }) => costOf(configuration, dataset));
  return costsDrawn(costs) ? [figure(figureFile("costs"))] : [];
}

function singleAnswer(report: ExperimentReport): string {
  const { test, cleanTest } = report.variants[0]!;
  const { samples } = dataWords(report.dataset);
  const sentences = [
    `**${percent(test.accuracy.mean)} %** ${percentInterval(test.accuracy)} of the ` +
    `${count(test.images)} PrivateTest ${samples} are recognised` +
    (cleanTest.images === 0
      ? "; each has a copy in Training or PublicTest."
      : !hasCopies({ test, cleanTest })
      ? "; none has a copy in Training or PublicTest."
      : `, and **${percent(cleanTest.accuracy.mean)} %** ${percentInterval(cleanTest.accuracy)} ` +
        `of the ${count(cleanTest.images)} that have no copy in Training or PublicTest.`),
  ];
  if (hasOriginal(report.dataset)) sentences.push(besideOriginal(test.accuracy));
  return sentences.join(" ");
}

function headlineTable(report: ExperimentReport): string {
  const variant = chosenVariant(report);
  const { test, cleanTest } = variant;
  const withOriginal = hasOriginal(report.dataset);
  const single = report.variants.length === 1;
  const copies = hasCopies(variant);
  const columns: Column[] = [
    { title: single ? "In %" : `${escape(variant.name)}, in %` },
    ...right(
      `All ${count(test.images)} of PrivateTest`,
      ...(copies
        ? [`The ${count(cleanTest.images)} clean ${dataWords(report.dataset).samples}`]
        : []),
    ),
    ...(withOriginal ? right("Original report") : []),
  ];
  const [accuracy, ...others] = scoreRows(variant, { original: withOriginal });
  const rows = [
    [`**${accuracy![0]}**`, ...accuracy!.slice(1)],
    ...others,
    ...(single
      ? report.commonsense.map(({ name, accuracy }) => [
        `_Accuracy of ${escape(name)}_`,
        percent(accuracy),
        ...(copies ? [NOTHING] : []),
        ...(withOriginal ? [NOTHING] : []),
      ])
      : []),
  ];
  return markdownTable(columns, rows);
}

/** Over which classes macro averages are, where that is not all. */
function averagedClasses(report: ExperimentReport): string[] {
  const { variants, dataset } = report;
  const words = dataWords(dataset);
  const said = absentClasses(variants.map(({ test }) => test), "PrivateTest", words, escape);
  return said.length > 0 ? said : absentClasses(
    variants.map(({ cleanTest }) => cleanTest),
    "What is clean of PrivateTest",
    words,
    escape,
  );
}

function howSure({ variants, seeds, dataset }: ExperimentReport): string {
  const { samples } = dataWords(dataset);
  const counts = new Set(variants.map(({ runs }) => runs.length));
  // An interrupted experiment may have some variants with fewer seeds.
  const fewer = counts.size > 1 ? ", or those of them that a variant has been run with" : "";
  const means = `Means over ${plural(seeds.length, "seed")} (${seeds.join(", ")})${fewer}. ` +
    "In brackets: 95 % intervals over";
  if (dataset.groups) {
    const { name, count: number } = dataset.groups;
    return `${means} the ${count(number)} ${escape(name)} (bootstrap of whole ${
      escape(name)
    }), which say what others would give.`;
  }
  const ofImages = `${samples} (Wilson's for accuracy and recall, the bootstrap for the others)`;
  if (Math.max(...counts) > 1) {
    return `${means} seeds (Student's t), which say what other seeds would give on the same ` +
      `${samples}${counts.has(1) ? `; where there is one seed, over ${ofImages}` : ""}.`;
  }
  const run = [...new Set(variants.flatMap(({ runs }) => runs.map(({ seed }) => seed)))];
  return `**One seed (${run.join(", ")}).** In brackets: 95 % intervals over ${ofImages}, which ` +
    `say what this trained network would give on other ${samples}. ` +
    "What one seed cannot tell: how much another seed would change, and so " +
    "whether a difference of a point or two between two configurations is more than luck.";
}
