/**
 * The record of a run, and the facts beside it.
 *
 * @module
 */

import { cpus, hostname } from "node:os";
import { recordedConfiguration } from "../configuration.ts";
import { classCounts } from "../dataset/audit.ts";
import { perSplit } from "../dataset/dataset.ts";
import { recordedForm } from "../dataset/form.ts";
import { recordedTone } from "../dataset/known.ts";
import { sha256 } from "../digest.ts";
import { commonsenseScores, pluralities } from "../evaluation/commonsense.ts";
import { evaluate } from "../evaluation/metrics.ts";
import {
  type BuildRecord,
  type ModelRecord,
  RECORD_VERSION,
  type RunFacts,
  type RunRecord,
} from "../report/record.ts";
import { selectRows } from "../sample.ts";
import type * as tf from "../tensorflow/tf.ts";
import type { PreparedTraining } from "../training/prepare.ts";
import type { TrainingState } from "../training/train.ts";
import type { RunRequest } from "./request.ts";
import type { ConditionResults, Scored } from "./score.ts";
import type { BegunFacts } from "./state.ts";

/** What a record is made of. */
export interface RecordSource {
  readonly request: RunRequest;
  readonly digest: string;
  readonly build: BuildRecord;
  readonly prepared: PreparedTraining;
  readonly model: tf.LayersModel;
  readonly state: Pick<TrainingState, "history" | "bestEpoch">;
  readonly scored: {
    readonly last: Scored;
    readonly best: Scored;
    /** Of the best. */
    readonly conditions: ConditionResults;
    /** The best's probabilities of what was held out of Training; shape [samples, classes]. */
    readonly heldOut?: Float64Array;
  };
  /** The test images that have no copy elsewhere. */
  readonly clean: Uint32Array;
  /** The text of the predictions' file. */
  readonly predictions: string;
  /** That of the predictions on what was held out of Training. */
  readonly claimed?: string;
}

/** The record of a finished run: a function of configuration, data and build, with no time in it. */
export function makeRecord(source: RecordSource): RunRecord {
  const { request: { configuration, seed, dataset }, prepared, model, state, scored } = source;
  const { classes } = dataset;
  const { groups } = dataset.splits.PrivateTest;
  return {
    kind: "fer-lab/run-record",
    version: RECORD_VERSION,
    digest: source.digest,
    seed,
    status: "complete",
    configuration: recordedConfiguration(configuration),
    dataset: {
      name: dataset.name,
      synthetic: dataset.synthetic,
      description: dataset.description,
      ...dataset.caveat === undefined ? {} : { caveat: dataset.caveat },
      ...recordedForm(dataset),
      digest: dataset.digest,
      split: dataset.split,
      ...groups && dataset.groupName
        ? { groups: { name: dataset.groupName, count: new Set(groups).size } }
        : {},
      ...dataset.splits.Training.targets
        ? { targets: dataset.targets ?? ("distributions" as const) }
        : {},
      ...dataset.choices ? { choices: dataset.choices } : {},
      ...recordedTone(dataset),
      counts: perSplit((name) => classCounts(dataset.splits[name].labels, classes)),
      trainedOn: classCounts(prepared.labels, classes),
      cleanTestImages: source.clean.length,
      skipped: dataset.skipped,
    },
    build: source.build,
    model: describeModel(model),
    epochs: state.history,
    bestEpoch: state.bestEpoch,
    selection: "validation accuracy",
    best: scored.best.scores,
    last: scored.last.scores,
    ...makeClaim(source),
    ...scored.conditions.scores.length > 0 ? { conditions: [...scored.conditions.scores] } : {},
    commonsense: [
      ...commonsenseScores(dataset.splits.Training, dataset.splits.PrivateTest, classes)
        // It would be of modalities that some networks do not get.
        .filter(({ name }) => !dataset.sample.modalities || name !== "nearest class mean"),
      ...pluralities(dataset.splits.PrivateTest, dataset),
    ],
    predictions: sha256(source.predictions),
  };
}

/** What would have been reported; nothing where nothing was held out. */
function makeClaim(
  { request, prepared: { heldOut }, scored, claimed }: RecordSource,
): Pick<RunRecord, "claimed"> {
  if (!heldOut || !scored.heldOut || claimed === undefined) return {};
  const { split: { labels }, copies, unrelated } = heldOut;
  const { classes } = request.dataset;
  return {
    claimed: {
      scores: evaluate(labels, scored.heldOut, classes),
      copies,
      unrelated: evaluate(
        selectRows(labels, unrelated, 1),
        selectRows(scored.heldOut, unrelated, classes.length),
        classes,
      ),
      predictions: sha256(claimed),
    },
  };
}

function describeModel(model: tf.LayersModel): ModelRecord {
  return {
    parameters: model.countParams(),
    layers: model.layers.map((layer) => ({
      name: layer.name,
      type: layer.getClassName(),
      output: (layer.outputShape as (number | null)[]).slice(1).map(Number),
      parameters: layer.countParams(),
    })),
  };
}

/** When, where and how long: what is measured, and what the machine says. */
export function makeFacts(
  { command }: RunRequest,
  build: BuildRecord,
  measured: {
    readonly begun: BegunFacts;
    readonly scoringSeconds: number;
    readonly imagesPerSecond: number;
    /** Bytes. */
    readonly peakMemory: number;
  },
): RunFacts {
  const { begun } = measured;
  return {
    kind: "fer-lab/run-facts",
    version: RECORD_VERSION,
    started: begun.started,
    finished: new Date().toISOString(),
    trainingSeconds: round(begun.trainingSeconds),
    scoringSeconds: round(measured.scoringSeconds),
    imagesPerSecond: round(measured.imagesPerSecond),
    peakMemory: measured.peakMemory,
    host: hostname(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    threads: build.threads,
    versions: {
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      tensorflow: build.tensorflow,
      tfjs: build.tfjs,
    },
    command,
    git: begun.git ?? null,
    resumptions: begun.resumptions,
  };
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
