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

import type { Configuration } from "../configuration.ts";
import type { BadImage, ClassCounts, SplitName } from "../dataset/dataset.ts";
import type { Evaluation } from "../evaluation/metrics.ts";

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
  readonly configuration: Configuration;
  readonly dataset: DatasetRecord;
  readonly build: BuildRecord;
  readonly model: ModelRecord;
  /** One entry per finished epoch. */
  readonly epochs: readonly EpochRecord[];
  /** The epoch (from 1) with the lowest validation loss... see `selection`; its weights are "best". */
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

/** A baseline without training: `majority class`, `class prior`, `nearest class mean`. */
export interface CommonsenseScore {
  readonly name: string;
  readonly accuracy: number;
  readonly macroF1: number;
}

/** The data set as the run saw it. */
export interface DatasetRecord {
  readonly name: string;
  readonly synthetic: boolean;
  readonly description: string;
  readonly digest: string;
  readonly split: "official" | "stratified-tenth" | "generated";
  readonly counts: Readonly<Record<SplitName, ClassCounts>>;
  /** Images of Training per class after balancing and deduplication: what was trained on. */
  readonly trainedOn: ClassCounts;
  /** PrivateTest images with no copy in Training or PublicTest. */
  readonly cleanTestImages: number;
  readonly skipped: readonly BadImage[];
}

/** What computes. */
export interface BuildRecord {
  /** Version of native TensorFlow, such as `2.21.0`. */
  readonly tensorflow: string;
  /** Version of tfjs-node. */
  readonly tfjs: string;
  /** `linux-x86_64` and the like. */
  readonly platform: string;
  /** The vector instructions that decide which kernels run, such as `avx512_vnni`. */
  readonly cpu: string;
  readonly threads: number;
  /** How steps run: one traced graph, or op by op. */
  readonly execution: "traced" | "eager";
}

/** The model's size. */
export interface ModelRecord {
  readonly parameters: number;
  readonly layers: readonly { name: string; type: string; output: readonly number[]; parameters: number }[];
}

/** One epoch. Losses are mean cross-entropy in nats; rates are per step. */
export interface EpochRecord {
  /** From 1. */
  readonly epoch: number;
  /** Learning rate of the epoch's last step. */
  readonly learningRate: number;
  /** Means over the epoch's steps, while weights moved, copies and augmentation included. */
  readonly trainingLoss: number;
  readonly trainingAccuracy: number;
  /** After the epoch, on PublicTest. */
  readonly validationLoss: number;
  readonly validationAccuracy: number;
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
  /** The commit, and the SHA-256 of the uncommitted patch where there is one; null outside git. */
  readonly git: { readonly commit: string; readonly patch: string | null } | null;
  /** How often the run was stopped and resumed. */
  readonly resumptions: number;
}

/** What an experiment asks; stands at the top of its file and of its report. */
export interface ExperimentText {
  readonly name: string;
  readonly title: string;
  readonly question: string;
  readonly hypothesis: string;
  /** What to expect: accuracy, minutes, on which data. */
  readonly expected: string;
}

/** The result of an experiment: `report.json`, from which `report.md` is a pure function. */
export interface ExperimentReport {
  readonly kind: "fer-lab/report";
  readonly version: typeof RECORD_VERSION;
  readonly experiment: ExperimentText;
  readonly status: "complete" | "interrupted";
  readonly preset: string;
  /** The command that makes it again. */
  readonly command: string;
  readonly seeds: readonly number[];
  readonly variants: readonly VariantReport[];
}

/** One variant with its runs, one per seed. */
export interface VariantReport {
  readonly name: string;
  readonly description: string;
  /** Folder of each seed's run, relative to the report's folder. */
  readonly runs: readonly { readonly seed: number; readonly folder: string; readonly minutes: number }[];
}
