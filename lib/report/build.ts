/**
 * From the records of an experiment's runs to its report.
 *
 * @module
 */

import { mean } from "mathjs";
import { differences } from "../configuration.ts";
import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { percentileInterval, tInterval, wilsonInterval } from "../evaluation/intervals.ts";
import { classScores, evaluatePredictions, type Evaluation } from "../evaluation/metrics.ts";
import { randomStream } from "../seed.ts";
import type {
  Change,
  ClassReport,
  Estimate,
  ExperimentReport,
  ExperimentText,
  GroupReport,
  Headline,
  Interval,
  MeanEpoch,
  PlannedContrast,
  ReportDataset,
  ReportFacts,
  RunFacts,
  RunRecord,
  RunReport,
  RunScores,
  Scores,
  VariantReport,
} from "./record.ts";
import type { GroupedConditions } from "../evaluation/condition.ts";
import type { Predictions } from "../evaluation/predictions.ts";
import { claimReport } from "./claimed.ts";
import { type CompareOptions, compareVariants } from "./comparison.ts";

/** What a report is made from. */
export interface ReportSource {
  readonly experiment: ExperimentText;
  readonly preset: string;
  /** The command that makes it again. */
  readonly command: string;
  /** The seeds asked for. */
  readonly seeds: readonly number[];
  /** 1 for each PrivateTest image that has no copy in Training or PublicTest, else 0; shape [n]. */
  readonly clean: Uint8Array;
  /** The first is the baseline that the others are compared with. */
  readonly variants: readonly VariantSource[];
  /** What is compared besides; those without a run are left out. */
  readonly contrasts?: readonly PlannedContrast[];
}

/** One variant with its finished runs. */
export interface VariantSource {
  readonly name: string;
  readonly description: string;
  readonly control?: true | undefined;
  readonly runs: readonly RunSource[];
}

/** One run, as read from its folder. */
export interface RunSource {
  readonly record: RunRecord;
  /** The best epoch's predictions on PrivateTest. */
  readonly predictions: Predictions;
  /** Right predictions by group under conditions; runs from before this was kept have none. */
  readonly conditions?: GroupedConditions;
  /** The run's folder relative to the report's. */
  readonly folder: string;
  /** When, where and how long; for {@linkcode buildReportFacts}. */
  readonly facts: RunFacts;
}

/** Draws of the bootstrap behind a single run's precision and F1. */
const RESAMPLES = 1000;

/**
 * Makes the report: a pure function of the runs' records and predictions, no time in it.
 *
 * Variants without a run are left out and make the report `interrupted`, as do runs that were
 * stopped and seeds that are missing.
 *
 * @param source The runs and what was asked.
 * @param options How often the bootstrap draws.
 * @throws {RangeError} Where no variant has a run, or runs are of different data.
 */
export function buildReport(source: ReportSource, options: CompareOptions = {}): ExperimentReport {
  const variants = source.variants.filter(({ runs }) => runs.length > 0);
  const first = variants[0]?.runs[0]?.record;
  if (!first) throw new RangeError(`No run of "${source.experiment.name}" to report on`);
  const records = variants.flatMap(({ runs }) => runs.map(({ record }) => record));
  const other = records.find((record) => record.dataset.digest !== first.dataset.digest);
  if (other) {
    throw new RangeError(
      `Runs of different data in one report: ${first.dataset.digest}, ${other.dataset.digest}`,
    );
  }
  const complete = variants.length === source.variants.length &&
    records.every(({ status }) => status === "complete") &&
    variants.every(({ runs }) =>
      source.seeds.every((seed) => runs.some(({ record }) => record.seed === seed))
    );
  const place = (name: string) => variants.findIndex((variant) => variant.name === name);
  // With the baseline, the first variant, each is compared already: a second time would count twice in
  // Holm's correction. Where only some variants were trained, a contrast's may have become the baseline.
  const planned = (source.contrasts ?? [])
    .filter(({ variant, against }) => place(variant) > 0 && place(against) > 0);
  const { comparisons, contrasts } = compareVariants(
    variants.map(({ runs }) =>
      runs.map(({ record, predictions }) => ({ seed: record.seed, ...predictions }))
    ),
    source.clean,
    formOf(first.dataset).classes,
    {
      samples: dataWords(first.dataset).samples,
      contrasts: planned.map(({ variant, against }) => [place(variant), place(against)] as const),
      ...options,
    },
  );
  const compared = planned.flatMap(({ variant, against }, i) =>
    contrasts[i] ? [{ variant, against, ...contrasts[i] }] : []
  );
  return {
    kind: "fer-lab/report",
    version: 1,
    experiment: source.experiment,
    status: complete ? "complete" : "interrupted",
    preset: source.preset,
    command: source.command,
    seeds: source.seeds,
    dataset: sharedDataset(first),
    build: first.build,
    ...severalBuilds(variants),
    commonsense: first.commonsense,
    baseline: variants[0]!.name,
    variants: variants.map((variant, i) => ({
      ...variantReport(variant, first, source.clean),
      comparison: comparisons[i] ?? null,
    })),
    ...(compared.length > 0 ? { contrasts: compared } : {}),
  };
}

/** The builds of the runs, where they are not all of one. */
function severalBuilds(variants: readonly VariantSource[]): Pick<ExperimentReport, "builds"> {
  const builds = new Map<string, { build: RunRecord["build"]; variants: string[] }>();
  for (const { name, runs } of variants) {
    for (const { record: { build } } of runs) {
      const key = JSON.stringify(build);
      const entry = builds.get(key) ?? { build, variants: [] };
      builds.set(key, entry);
      if (!entry.variants.includes(name)) entry.variants.push(name);
    }
  }
  return builds.size > 1 ? { builds: [...builds.values()] } : {};
}

/** Gathers the facts of a report's runs: times, host, versions. */
export function buildReportFacts(source: ReportSource): ReportFacts {
  return {
    kind: "fer-lab/report-facts",
    version: 1,
    experiment: source.experiment.name,
    runs: source.variants.flatMap(({ name, runs }) =>
      runs.map(({ record, folder, facts }) => ({ variant: name, seed: record.seed, folder, facts }))
    ),
  };
}

/** The data set without what differs between variants. */
export function sharedDataset({ dataset }: RunRecord): ReportDataset {
  const { trainedOn: _, ...shared } = dataset;
  return shared;
}

function variantReport(
  { name, description, control, runs }: VariantSource,
  baseline: RunRecord,
  clean: Uint8Array,
): Omit<VariantReport, "comparison"> {
  const records = runs.map(({ record }) => record);
  const first = records[0]!;
  const claimed = claimReport(records);
  const predictions = runs.map((run) => run.predictions);
  return {
    name,
    description,
    ...control ? { control } : {},
    digest: first.digest,
    configuration: first.configuration,
    changes: differences(baseline.configuration, first.configuration).map(({ name, a, b }) => ({
      name,
      baseline: a as Change["value"],
      value: b as Change["value"],
    })),
    model: first.model,
    trainedOn: first.dataset.trainedOn,
    runs: runs.map(({ record, folder }) => runReport(record, folder)),
    ...claimed ? { claimed } : {},
    history: meanHistory(records),
    test: groupReport(records.map(({ best }) => best.test), predictions),
    cleanTest: groupReport(
      records.map(({ best }) => best.cleanTest),
      predictions.map((each) => onlyClean(each, clean)),
    ),
    ...first.conditions
      ? {
        conditions: first.conditions.map(({ name }, i) => ({
          name,
          accuracy: conditionAccuracy(runs, i),
          macroF1: overSeeds(records.map(({ conditions }) => conditions![i]!.macroF1)),
        })),
      }
      : {},
  };
}

/** Accuracy under a condition, with its interval over groups where every run tells of them. */
function conditionAccuracy(runs: readonly RunSource[], condition: number): Estimate {
  const values = runs.map(({ record }) => record.conditions![condition]!.accuracy);
  const grouped = runs.flatMap(({ conditions }) => conditions ?? []);
  if (grouped.length < runs.length) return overSeeds(values);
  const { groups, samples } = grouped[0]!;
  // The mean over seeds has no seed's own samples: each group's are the same for all.
  const correct = groups.map((_, g) =>
    mean(grouped.map(({ conditions }) => conditions[condition]!.correct[g]!))
  );
  const random = randomStream(0, "bootstrap", "groups");
  const draws = Float64Array.from({ length: RESAMPLES }, () => {
    let [right, all] = [0, 0];
    for (let i = 0; i < groups.length; i++) {
      const g = random.integer(0, groups.length);
      right += correct[g]!;
      all += samples[g]!;
    }
    return right / all;
  });
  return { mean: mean(values), ...percentileInterval(draws), over: "groups" };
}

/** What a report keeps of one run. */
export function runReport(record: RunRecord, folder: string): RunReport {
  return {
    seed: record.seed,
    status: record.status,
    folder,
    epochs: record.epochs.length,
    predictions: record.predictions,
    best: runScores(record.best),
    last: runScores(record.last),
  };
}

function runScores(scores: Scores): RunScores {
  return {
    epoch: scores.epoch,
    ...scores.averaged ? { averaged: true } as const : {},
    weights: scores.weights,
    trainingAccuracy: scores.training.accuracy,
    validationAccuracy: scores.validation.accuracy,
    test: headline(rescored(scores.test)),
    cleanTest: headline(rescored(scores.cleanTest)),
  };
}

/**
 * Scores as they are defined now, from the confusion matrix. Records of before took absent classes for
 * classes of which nothing is found; one report has one definition, whenever its runs were made.
 */
function rescored(evaluation: Evaluation): Evaluation {
  return { ...evaluation, ...classScores(evaluation.confusion, namesOf(evaluation)) };
}

/** The names of the classes that were scored. */
function namesOf({ perClass }: Evaluation): string[] {
  return perClass.map(({ emotion }) => emotion);
}

/** The numbers that stand first. */
export function headline({ accuracy, weighted, macro }: Evaluation): Headline {
  return {
    accuracy,
    weightedPrecision: weighted.precision,
    weightedRecall: weighted.recall,
    weightedF1: weighted.f1,
    macroPrecision: macro.precision,
    macroRecall: macro.recall,
    macroF1: macro.f1,
  };
}

/** Means over the runs that reached the epoch. */
function meanHistory(records: readonly RunRecord[]): MeanEpoch[] {
  const longest = Math.max(...records.map(({ epochs }) => epochs.length));
  return Array.from({ length: longest }, (_, i) => {
    const epochs = records.flatMap((record) => record.epochs[i] ?? []);
    const average = (pick: (epoch: typeof epochs[number]) => number) => mean(epochs.map(pick));
    return {
      epoch: i + 1,
      learningRate: average((e) => e.learningRate),
      trainingLoss: average((e) => e.trainingLoss),
      trainingAccuracy: average((e) => e.trainingAccuracy),
      validationLoss: average((e) => e.validationLoss),
      validationAccuracy: average((e) => e.validationAccuracy),
      runs: epochs.length,
    };
  });
}

/**
 * Scores of one group of images over all seeds.
 *
 * @param recorded One per seed, of the same images.
 * @param predictions Theirs, for intervals over groups where they tell of some.
 */
export function groupReport(
  recorded: readonly Evaluation[],
  predictions: readonly GroupedPredictions[] = [],
): GroupReport {
  const evaluations = recorded.map(rescored);
  const headlines = evaluations.map(headline);
  const grouped = groupIntervals(predictions, namesOf(evaluations[0]!));
  const intervals = evaluations.length === 1 && !grouped
    ? imageIntervals(evaluations[0]!)
    : undefined;
  const estimate = (name: keyof Headline): Estimate =>
    grouped
      ? { mean: mean(headlines.map((h) => h[name])), ...grouped[name], over: "groups" }
      : overSeeds(headlines.map((h) => h[name]), intervals?.[name]);
  return {
    images: evaluations[0]!.images,
    accuracy: estimate("accuracy"),
    weightedPrecision: estimate("weightedPrecision"),
    weightedRecall: estimate("weightedRecall"),
    weightedF1: estimate("weightedF1"),
    macroPrecision: estimate("macroPrecision"),
    macroRecall: estimate("macroRecall"),
    macroF1: estimate("macroF1"),
    classes: evaluations[0]!.perClass.map((_, c) => classReport(evaluations, c)),
    confusion: evaluations[0]!.confusion.map((row, i) =>
      row.map((_, j) => evaluations.reduce((sum, { confusion }) => sum + confusion[i]![j]!, 0))
    ),
  };
}

/** What intervals over groups are computed from. */
export type GroupedPredictions = Pick<Predictions, "labels" | "predicted" | "groups">;

/**
 * Intervals of the means over seeds, by the percentile bootstrap over groups of samples (Field and Welsh
 * 2007): whole groups are drawn, the same for all seeds. Nothing where no groups are known.
 */
function groupIntervals(
  predictions: readonly GroupedPredictions[],
  classes: readonly string[],
): Record<keyof Headline, Interval> | undefined {
  const groups = predictions[0]?.groups;
  if (!groups || groups.length === 0) return undefined;
  const names = [...new Set(groups)];
  const matrices = predictions.map(({ labels, predicted }) => {
    const byGroup = new Map(names.map((name) => [name, classes.map(() => classes.map(() => 0))]));
    groups.forEach((group, i) => byGroup.get(group)![labels[i]!]![predicted[i]!]!++);
    return names.map((name) => byGroup.get(name)!);
  });
  const random = randomStream(0, "bootstrap", "groups");
  const draws = Array.from({ length: RESAMPLES }, () => {
    const drawn = names.map(() => random.integer(0, names.length));
    const headlines = matrices.map((ofGroup) => {
      const sum = classes.map((_, i) =>
        classes.map((_, j) => drawn.reduce((total, g) => total + ofGroup[g]![i]![j]!, 0))
      );
      return headline(evaluationOf(sum, classes));
    });
    return (name: keyof Headline) => mean(headlines.map((h) => h[name]));
  });
  const interval = (name: keyof Headline) =>
    percentileInterval(Float64Array.from(draws, (draw) => draw(name)));
  return {
    accuracy: interval("accuracy"),
    weightedPrecision: interval("weightedPrecision"),
    weightedRecall: interval("weightedRecall"),
    weightedF1: interval("weightedF1"),
    macroPrecision: interval("macroPrecision"),
    macroRecall: interval("macroRecall"),
    macroF1: interval("macroF1"),
  };
}

/** The scores that follow from a confusion matrix, of one sample or more. */
function evaluationOf(confusion: Evaluation["confusion"], classes: readonly string[]): Evaluation {
  const images = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
  const accuracy = correct / images;
  return { images, correct, accuracy, loss: 0, ...classScores(confusion, classes), confusion };
}

function onlyClean({ labels, predicted, groups }: GroupedPredictions, clean: Uint8Array) {
  const isClean = (_: unknown, i: number) => clean[i] === 1;
  return {
    labels: labels.filter(isClean),
    predicted: predicted.filter(isClean),
    ...groups ? { groups: groups.filter(isClean) } : {},
  };
}

function classReport(evaluations: readonly Evaluation[], c: number): ClassReport {
  const classes = evaluations.map(({ perClass }) => perClass[c]!);
  const { support } = classes[0]!;
  const found = evaluations[0]!.confusion[c]![c]!;
  return {
    name: classes[0]!.emotion,
    support,
    precision: knownMean(classes.map(({ precision }) => precision)),
    recall: support === 0 ? null : overSeeds(
      classes.map(({ recall }) => recall!),
      wilsonInterval(found, support),
    ),
    f1: knownMean(classes.map(({ f1 }) => f1)),
  };
}

/** The mean of what is known; null where nothing is. */
function knownMean(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : mean(known);
}

/**
 * The mean of one value per seed with Student's interval; for a single seed the interval over images.
 * Bounds are cut to 0 and 1: with two seeds Student's interval often leaves the range of a share.
 */
function overSeeds(values: readonly number[], overImages?: Interval): Estimate {
  const interval = values.length > 1 ? tInterval(values) : overImages;
  return {
    mean: mean([...values]),
    low: interval ? Math.max(0, interval.low) : null,
    high: interval ? Math.min(1, interval.high) : null,
    over: !interval ? "nothing" : values.length > 1 ? "seeds" : "images",
  };
}

/**
 * Intervals of one run's scores over the images: Wilson's for shares of images, the percentile
 * bootstrap over images for the others, which are no shares.
 */
function imageIntervals(
  evaluation: Evaluation,
): Record<keyof Headline, Interval> {
  const { confusion, correct, images } = evaluation;
  const classes = namesOf(evaluation);
  const { labels, predicted } = imagesOf(confusion);
  const random = randomStream(0, "bootstrap", "headline");
  const [drawnLabels, drawnPredicted] = [new Uint8Array(images), new Uint8Array(images)];
  const drawnImages = new Uint32Array(images);
  const draws = Array.from({ length: RESAMPLES }, () => {
    random.integers(drawnImages, images);
    for (let i = 0; i < images; i++) {
      drawnLabels[i] = labels[drawnImages[i]!]!;
      drawnPredicted[i] = predicted[drawnImages[i]!]!;
    }
    return headline(evaluatePredictions(drawnLabels, drawnPredicted, classes));
  });
  const drawn = (name: keyof Headline) =>
    percentileInterval(Float64Array.from(draws, (draw) => draw[name]));
  const share = wilsonInterval(correct, images);
  return {
    accuracy: share,
    weightedPrecision: drawn("weightedPrecision"),
    // Weighted recall is accuracy by another name.
    weightedRecall: share,
    weightedF1: drawn("weightedF1"),
    macroPrecision: drawn("macroPrecision"),
    macroRecall: drawn("macroRecall"),
    macroF1: drawn("macroF1"),
  };
}

/** The images that a confusion matrix counts, in the order of its cells. */
function imagesOf(confusion: Evaluation["confusion"]): { labels: number[]; predicted: number[] } {
  const cells = confusion.flatMap((row, label) =>
    row.flatMap((images, predicted) => Array.from({ length: images }, () => [label, predicted]))
  );
  return { labels: cells.map(([label]) => label!), predicted: cells.map(([, p]) => p!) };
}
