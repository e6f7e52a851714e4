/**
 * What Markdown, overview and comparison say about a report, in numbers.
 *
 * @module
 */

import { mean } from "mathjs";
import { type RecordedConfiguration, wholeConfiguration } from "../configuration.ts";
import { selectionWords } from "../dataset/hold_out.ts";
import type { DataWords } from "../dataset/words.ts";
import type {
  ClassReport,
  Comparison,
  Contrast,
  ExperimentReport,
  GroupDifference,
  GroupReport,
  MeanEpoch,
  RecallDifference,
  RunFacts,
  RunReport,
  VariantReport,
  Verdict,
} from "./record.ts";
import { count, list, plural } from "./text.ts";

/**
 * The variant that PublicTest would choose: the highest mean validation accuracy of the best epochs,
 * the first where several are equal. Choosing by PrivateTest would be selecting on the test set.
 */
export function chosenVariant(report: ExperimentReport): VariantReport {
  const score = ({ runs }: VariantReport) => meanOver(runs, (run) => run.best.validationAccuracy);
  return choosable(report).reduce((best, variant) => score(variant) > score(best) ? variant : best);
}

/** The variants of a report that may be chosen: all but controls, where there is another. */
export function choosable({ variants }: ExperimentReport): readonly VariantReport[] {
  const others = variants.filter(({ control }) => !control);
  return others.length > 0 ? others : variants;
}

/** The run of a variant that PublicTest would choose: the best epoch's accuracy, the first of equals. */
export function chosenRun({ runs }: VariantReport): RunReport {
  return runs.reduce((best, run) =>
    run.best.validationAccuracy > best.best.validationAccuracy ? run : best
  );
}

/** What the epoch was chosen on, in words: PublicTest, or where Training is split anew a part of it. */
export function selectionText(configuration: RecordedConfiguration): string {
  return selectionWords(wholeConfiguration(configuration));
}

/** {@linkcode selectionText} of variants, each once. */
export function selectionTexts(variants: readonly VariantReport[]): string[] {
  return [...new Set(variants.map(({ configuration }) => selectionText(configuration)))];
}

/** A variant with what came out against the baseline. */
export interface Compared {
  readonly name: string;
  readonly comparison: Comparison;
}

/** The variants that were compared with the baseline. */
export function comparedVariants(variants: readonly VariantReport[]): Compared[] {
  return variants.flatMap(({ name, comparison }) => comparison ? [{ name, comparison }] : []);
}

/** All comparisons of a report: with the baseline, then the planned contrasts. */
export function comparedPairs(
  { variants, baseline, contrasts = [] }: ExperimentReport,
): Contrast[] {
  const withBaseline = comparedVariants(variants).map(({ name, comparison }) => {
    const { seeds, test, cleanTest } = comparison;
    return { variant: name, against: baseline, seeds, test, cleanTest };
  });
  return [...withBaseline, ...contrasts];
}

/**
 * The epochs that every run of a variant reached: beyond, where some stopped early, the mean is of other
 * runs than before, and a step in it would be no step of any run.
 */
export function commonHistory({ history, runs }: VariantReport): readonly MeanEpoch[] {
  return history.filter((epoch) => epoch.runs === runs.length);
}

/**
 * How many epochs the runs of a variant were trained: `60`, or `12 to 31 of 60` where they stopped early.
 */
export function epochsText({ runs, configuration: { epochs } }: VariantReport): string {
  const trained = runs.map((run) => run.epochs);
  const [least, most] = [Math.min(...trained), Math.max(...trained)];
  if (runs.length === 0 || least === epochs) return count(epochs);
  return `${least === most ? "" : `${count(least)} to `}${count(most)} of ${count(epochs)}`;
}

/** Which seed, or how many: `seed 1`, `3 seeds`. */
export function seedsText(seeds: readonly number[]): string {
  return seeds.length === 1 ? `seed ${seeds[0]}` : plural(seeds.length, "seed");
}

/** The mean of what is picked from each item. */
export function meanOver<T>(items: readonly T[], pick: (item: T) => number): number {
  return mean(items.map(pick));
}

/** Training accuracy less PrivateTest accuracy, mean over the runs. */
export function testGap({ runs }: VariantReport, which: "best" | "last"): number {
  return meanOver(runs, (run) => run[which].trainingAccuracy - run[which].test.accuracy);
}

/**
 * The scores of each class, null where there is nothing to score: reports of before have 0 there.
 *
 * @param group Of which images.
 */
export function classesOf({ classes, confusion }: GroupReport): ClassReport[] {
  return classes.map((scores, c) => {
    if (scores.support > 0) return scores;
    const predicted = confusion.some((row) => row[c]! > 0);
    return { ...scores, recall: null, ...(predicted ? {} : { precision: null, f1: null }) };
  });
}

/**
 * The differences of recall of all classes, null for those without images.
 *
 * @param group The images compared on.
 * @param recalls A comparison's.
 */
export function recallChanges(
  group: GroupReport,
  recalls: readonly RecallDifference[],
): (number | null)[] {
  return classesOf(group).map(({ name, recall }) =>
    recall === null ? null : recalls.find((each) => each.name === name)?.difference ?? null
  );
}

/**
 * Says what averages over classes do where a class has no images; nothing where all have some.
 *
 * @param groups Scores on the same images.
 * @param name What the samples together are called, such as `PrivateTest`.
 * @param words What they are called.
 * @param write How the name of a class is written, such as `escape` for Markdown.
 */
export function absentClasses(
  groups: readonly GroupReport[],
  name: string,
  words: DataWords,
  write: (className: string) => string = (className) => className,
): string[] {
  const scores = groups.map(classesOf);
  const classes = scores[0]!.map(({ name }) => write(name));
  const absent = classes.filter((_, c) => scores[0]![c]!.recall === null);
  if (absent.length === 0 || groups[0]!.images === 0) return [];
  const predicted = classes.filter((one, c) =>
    absent.includes(one) && scores.some((classes) => classes[c]!.precision !== null)
  );
  return [
    `${name} has no ${words.sample} of ${
      list(absent)
    }. As in scikit-learn, macro averages leave out a class ` +
    "that neither labels nor predictions have" +
    (predicted.length === 0
      ? "."
      : `; where a run takes ${words.samples} for ${list(predicted)}, it counts with 0.`),
  ];
}

/**
 * Whether some of the scored samples have a copy in Training or PublicTest. Where none has, the clean
 * samples are all of them, and their scores are not said a second time.
 */
export function hasCopies(
  { test, cleanTest }: { readonly [group in "test" | "cleanTest"]: { readonly images: number } },
): boolean {
  return cleanTest.images < test.images;
}

/** Seconds that a run took, training and scoring. */
export function secondsOf({ trainingSeconds, scoringSeconds }: RunFacts): number {
  return trainingSeconds + scoringSeconds;
}

/** What can be said of the methods, or for one seed of the two trained models. */
export function effectiveVerdict({ verdict, models }: GroupDifference): Verdict {
  return models ?? verdict;
}

/** {@linkcode effectiveVerdict} in words; for one seed it names that it speaks of these networks only. */
export function verdictText({ verdict, models }: GroupDifference): string {
  return models && models !== verdict ? `${verdict} (this network: ${models})` : verdict;
}
