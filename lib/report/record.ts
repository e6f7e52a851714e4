/**
 * The record of one run (one configuration, one seed): what it is a function of, and what came out.
 *
 * Two kinds of facts are never mixed in one file. The {@linkcode RunRecord} (`record.json`) is a
 * function of configuration, data, TensorFlow build, thread count and kind of CPU: run it twice and
 * it is the same to the byte; it holds no time, host or path. The {@linkcode RunFacts} (`run.json`)
 * say when, where and how long.
 *
 * @module
 */

import type { CheckoutState } from "../checkout.ts";
import type { RecordedConfiguration } from "../configuration.ts";
import type { BadImage, ClassCounts, Dataset, SplitName } from "../dataset/dataset.ts";
import type { CommonsenseScore } from "../evaluation/commonsense.ts";
import type { RecordedForm } from "../dataset/form.ts";
import type { Interval } from "../evaluation/intervals.ts";
import type { Evaluation } from "../evaluation/metrics.ts";
import type { Verdict } from "../evaluation/verdict.ts";
import type { BuildRecord } from "../tensorflow/expected_build.ts";
import type { EpochRecord } from "../training/epoch.ts";

/** What other rooms make and a record holds. */
export type { BuildRecord, CommonsenseScore, EpochRecord, Interval, Verdict };

/** Raised when a field changes its meaning. */
export const RECORD_VERSION = 1;

/** What one run is a function of, and its results. */
export interface RunRecord {
  readonly kind: "fer-lab/run-record";
  readonly version: typeof RECORD_VERSION;
  /** 16 hex digits of the SHA-256 over configuration, data-set digest and build: the run's identity without its seed. */
  readonly digest: string;
  readonly seed: number;
  readonly status: "complete" | "interrupted";
  readonly configuration: RecordedConfiguration;
  readonly dataset: DatasetRecord;
  readonly build: BuildRecord;
  readonly model: ModelRecord;
  /** One entry per finished epoch. */
  readonly epochs: readonly EpochRecord[];
  /** The epoch (from 1) that came first by `selection`; its weights are "best". */
  readonly bestEpoch: number;
  /** What was compared on PublicTest to choose the best epoch. */
  readonly selection: "validation accuracy";
  /** Scores of the best and the last epoch's weights. */
  readonly best: Scores;
  readonly last: Scores;
  /** What needs no training: floors for every table. */
  readonly commonsense: readonly CommonsenseScore[];
  /** SHA-256 of the predictions file, which holds the best epoch's predictions on PrivateTest. */
  readonly predictions: string;
}

/** A set of weights and how it scores. */
export interface Scores {
  readonly epoch: number;
  /** SHA-256 over the weights in the order of the model. */
  readonly weights: string;
  /** Training without its augmented copies, in inference mode. */
  readonly training: Evaluation;
  /** PublicTest. */
  readonly validation: Evaluation;
  /** All of PrivateTest. */
  readonly test: Evaluation;
  /** The PrivateTest images with no copy in Training or PublicTest. */
  readonly cleanTest: Evaluation;
}

/** The data set as the run saw it; classes and samples that are FER2013's are not told. */
export interface DatasetRecord extends RecordedForm {
  readonly name: string;
  readonly synthetic: boolean;
  readonly description: string;
  readonly digest: string;
  readonly split: Dataset["split"];
  /** There where training is towards a distribution over the classes instead of towards the label. */
  readonly targets?: "distributions";
  readonly counts: Readonly<Record<SplitName, ClassCounts>>;
  /** Samples of Training per class after balancing and deduplication: what was trained on. */
  readonly trainedOn: ClassCounts;
  /** PrivateTest images with no copy in Training or PublicTest. */
  readonly cleanTestImages: number;
  readonly skipped: readonly BadImage[];
}

/** The model's size. */
export interface ModelRecord {
  readonly parameters: number;
  readonly layers: readonly {
    name: string;
    type: string;
    output: readonly number[];
    parameters: number;
  }[];
}

/** When, where and how long: `run.json`. */
export interface RunFacts {
  readonly kind: "fer-lab/run-facts";
  readonly version: typeof RECORD_VERSION;
  /** ISO 8601, UTC. */
  readonly started: string;
  readonly finished: string;
  /** Seconds of training, validation after each epoch included. */
  readonly trainingSeconds: number;
  /** Seconds of the final scoring. */
  readonly scoringSeconds: number;
  readonly imagesPerSecond: number;
  /** Largest resident memory in bytes. */
  readonly peakMemory: number;
  readonly host: string;
  readonly cpuModel: string;
  readonly threads: number;
  readonly versions: Readonly<Record<string, string>>;
  /** The command that made it. */
  readonly command: string;
  readonly git: CheckoutState;
  /** How often the run was stopped and resumed. */
  readonly resumptions: number;
}

/** What an experiment asks; stands at the top of its file and of its report. */
export interface ExperimentText {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly hypothesis: string;
  /**
   * What was expected before the runs: accuracy, and the minutes to plan with, on which data. What came
   * of it is the report's to say.
   */
  readonly expected: string;
}

/**
 * The result of an experiment: `report.json`.
 *
 * A pure function of the runs' records and predictions, without any time, so that the same runs give
 * the same bytes. With the {@linkcode ReportFacts} beside it, `report.md` is a pure function of it.
 */
export interface ExperimentReport {
  readonly kind: "fer-lab/report";
  readonly version: typeof RECORD_VERSION;
  readonly experiment: ExperimentText;
  /** `interrupted` where a run is missing or was stopped before its last epoch. */
  readonly status: "complete" | "interrupted";
  readonly preset: string;
  /** The command that makes it again. */
  readonly command: string;
  /** The seeds asked for; a variant may have fewer where the experiment was interrupted. */
  readonly seeds: readonly number[];
  readonly dataset: ReportDataset;
  readonly build: BuildRecord;
  /** What needs no training: floors for every table. */
  readonly commonsense: readonly CommonsenseScore[];
  /** The variant that the others are compared with: the first. */
  readonly baseline: string;
  readonly variants: readonly VariantReport[];
}

/** The data set as all variants of an experiment share it. */
export type ReportDataset = Omit<DatasetRecord, "trainedOn">;

/** One variant with its runs, one per seed. */
export interface VariantReport {
  readonly name: string;
  readonly description: string;
  /** The runs' identity without their seeds. */
  readonly digest: string;
  readonly configuration: RecordedConfiguration;
  /** What the configuration differs in from the report's baseline variant; empty for that one. */
  readonly changes: readonly Change[];
  readonly model: ModelRecord;
  readonly trainedOn: ClassCounts;
  readonly runs: readonly RunReport[];
  /** Means over the runs that reached the epoch. */
  readonly history: readonly MeanEpoch[];
  /** All of PrivateTest. */
  readonly test: GroupReport;
  /** The PrivateTest images with no copy in Training or PublicTest. */
  readonly cleanTest: GroupReport;
  /** Against the baseline variant; null for that one, and where no seed is shared. */
  readonly comparison: Comparison | null;
}

/** One hyper-parameter that differs. */
export interface Change {
  readonly name: string;
  readonly baseline: number | boolean | string | readonly (number | string)[];
  readonly value: number | boolean | string | readonly (number | string)[];
}

/** What a report keeps of one run. */
export interface RunReport {
  readonly seed: number;
  readonly status: "complete" | "interrupted";
  /** The run's folder relative to the report's. */
  readonly folder: string;
  /** Epochs finished. */
  readonly epochs: number;
  /** SHA-256 of the predictions file. */
  readonly predictions: string;
  readonly best: RunScores;
  readonly last: RunScores;
}

/** The scores of one set of weights, without classes. */
export interface RunScores {
  readonly epoch: number;
  /** SHA-256 over the weights. */
  readonly weights: string;
  readonly trainingAccuracy: number;
  readonly validationAccuracy: number;
  readonly test: Headline;
  readonly cleanTest: Headline;
}

/** The numbers that stand first; all are shares from 0 to 1. */
export interface Headline {
  readonly accuracy: number;
  readonly weightedPrecision: number;
  readonly weightedRecall: number;
  readonly weightedF1: number;
  readonly macroPrecision: number;
  readonly macroRecall: number;
  readonly macroF1: number;
}

/** An epoch's means over `runs` runs. */
export interface MeanEpoch extends EpochRecord {
  readonly runs: number;
}

/** The best weights' scores on one group of test images, over all seeds. */
export interface GroupReport {
  readonly images: number;
  readonly accuracy: Estimate;
  readonly weightedPrecision: Estimate;
  readonly weightedRecall: Estimate;
  readonly weightedF1: Estimate;
  readonly macroPrecision: Estimate;
  readonly macroRecall: Estimate;
  readonly macroF1: Estimate;
  /** In their order. */
  readonly classes: readonly ClassReport[];
  /** Sums over the runs: row = label, column = prediction. */
  readonly confusion: readonly (readonly number[])[];
}

/**
 * A mean over the runs with its 95 % interval: Student's t over seeds, or Wilson's over images where
 * there is one seed and the number is a share of images. Without either the bounds are null.
 */
export interface Estimate {
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly over: "seeds" | "images" | "nothing";
}

/** One class. */
export interface ClassReport {
  readonly name: string;
  /** Images of the class. */
  readonly support: number;
  /** Null where the class neither has images nor is predicted, by any run. */
  readonly precision: number | null;
  /** Null for a class without images. */
  readonly recall: Estimate | null;
  /** Null as precision. */
  readonly f1: number | null;
}

/** A variant against the baseline variant; differences are variant minus baseline, in shares. */
export interface Comparison {
  /** The seeds that both have. */
  readonly seeds: readonly number[];
  /** Accuracy on all of PrivateTest. */
  readonly test: Effect;
  /** Accuracy on the clean images. */
  readonly cleanTest: Effect;
  /** Recall of each class with images on all of PrivateTest; Holm's correction over these. */
  readonly recalls: readonly RecallDifference[];
  /** Classes that are often taken for each other: share of their images that are not. */
  readonly pairs: readonly PairDifference[];
}

/** A difference with what may be said of it. */
export interface GroupDifference {
  readonly difference: number;
  /** The 95 % interval to show beside it. */
  readonly interval: Interval;
  /** After Holm's correction over what is compared together. */
  readonly adjustedP: number;
  /** Of the method; always "not distinguishable" for one seed. */
  readonly verdict: Verdict;
  /** One seed: of these two trained models only; null for several seeds. */
  readonly models: Verdict | null;
}

/** A difference of accuracy and what speaks for it; lib/evaluation/paired.ts says how it is computed. */
export interface Effect extends GroupDifference {
  /** What the interval speaks about: the methods (several seeds), or these two models (one seed). */
  readonly about: "methods" | "models";
  /** Before Holm's correction. */
  readonly p: number;
  /** Why the verdict, in words. */
  readonly reason: string;
  /** Paired t interval over seeds, these test images kept; null for one seed. */
  readonly overSeeds: Interval | null;
  /** Paired bootstrap interval over images, these trained models kept. */
  readonly overImages: Interval;
  /** Over seeds and images; null for one seed. */
  readonly overBoth: Interval | null;
  /** Chance that a run of the variant beats a run of the baseline, with its bootstrap interval. */
  readonly probabilityOfImprovement: { readonly runs: number } & Interval;
  /** Exact McNemar for each seed. */
  readonly mcnemar: readonly McNemarReport[];
}

/** McNemar's exact test on one seed's predictions. */
export interface McNemarReport {
  readonly seed: number;
  /** Images that only the baseline gets right. */
  readonly onlyBaseline: number;
  /** Images that only the variant gets right. */
  readonly onlyVariant: number;
  readonly p: number;
}

/** How much more of a class is found. */
export interface RecallDifference extends GroupDifference {
  readonly name: string;
}

/** How much less often two classes are taken for each other. */
export interface PairDifference extends GroupDifference {
  readonly pair: readonly [string, string];
}

/** Runs of any reports against the first of them: what `deno task compare --json` writes. */
export interface ComparisonReport {
  readonly kind: "fer-lab/comparison";
  readonly version: typeof RECORD_VERSION;
  readonly dataset: ReportDataset;
  readonly subjects: readonly ComparedSubject[];
}

/** The runs of one configuration in a {@linkcode ComparisonReport}. */
export interface ComparedSubject {
  readonly name: string;
  /** The file or folder it was read from. */
  readonly source: string;
  readonly status: "complete" | "interrupted";
  readonly digest: string;
  readonly seeds: readonly number[];
  readonly configuration: RecordedConfiguration;
  /** Against the first subject. */
  readonly changes: readonly Change[];
  readonly build: BuildRecord;
  readonly test: GroupReport;
  readonly cleanTest: GroupReport;
  /** Accuracy on all of PrivateTest against the first; null for that one, and where untested. */
  readonly effect: Effect | null;
  /** Why there is no effect. */
  readonly untested: string | null;
}

/**
 * When, where and how long the runs of a report took: `report.run.json`, apart from `report.json`
 * for the same reason as {@linkcode RunFacts}.
 */
export interface ReportFacts {
  readonly kind: "fer-lab/report-facts";
  readonly version: typeof RECORD_VERSION;
  readonly experiment: string;
  readonly runs: readonly ReportRunFacts[];
}

/** Whose facts they are. */
export interface ReportRunFacts {
  readonly variant: string;
  readonly seed: number;
  readonly folder: string;
  readonly facts: RunFacts;
}
