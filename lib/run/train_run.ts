/**
 * A run that is trained, scored and written down.
 *
 * @module
 */

import { join } from "node:path";
import { cleanTestIndices } from "../dataset/audit.ts";
import type { Dataset, Split } from "../dataset/dataset.ts";
import { Interrupted } from "../error.ts";
import { formatConditions } from "../evaluation/condition.ts";
import { predictedClasses } from "../evaluation/metrics.ts";
import { formatPredictions } from "../evaluation/predictions.ts";
import { writeFileWhole } from "../file.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type Predictor } from "../model/predictor.ts";
import { formatRecord, RUN_FILES, writeFactsAndPatch } from "../report/files.ts";
import type { EpochRecord } from "../report/record.ts";
import { currentBuild } from "../tensorflow/build.ts";
import { expectBfloat16 } from "../tensorflow/precision.ts";
import type * as tf from "../tensorflow/tf.ts";
import {
  type Checkpoint,
  LARGEST_HEADER,
  loadCheckpoint,
  type NamedTensor,
  saveCheckpoint,
} from "../training/checkpoint.ts";
import { type Engine, makeEngine } from "../training/engine.ts";
import type { EpochHistograms } from "../training/histogram.ts";
import { networkForm, presentModalities } from "../training/modalities.ts";
import { type PreparedTraining, prepareTraining } from "../training/prepare.ts";
import { untimed } from "../training/profile.ts";
import {
  checkCheckpoint,
  train,
  type TrainingResult,
  type TrainingState,
  weightsOf,
} from "../training/train.ts";
import { encodeWeights, weightForms, WEIGHTS_FILE } from "../training/weights.ts";
import { continueHistograms } from "./histograms.ts";
import { observeAll, type RunObserver } from "./observer.ts";
import { makeFacts, makeRecord, type RecordSource } from "./record.ts";
import type { RunOutcome, RunRequest } from "./request.ts";
import { makeScorer } from "./score.ts";
import { type BegunFacts, clearProgress, continueFacts, identify, writeBegun } from "./state.ts";

/** A checkpoint within an epoch at least this often. */
const CHECKPOINT_SECONDS = 300;

/** A run with what it is trained by. */
interface Training {
  readonly request: RunRequest;
  readonly folder: string;
  /** The request's, as the network gets it. */
  readonly dataset: Dataset;
  readonly prepared: PreparedTraining;
  readonly model: tf.LayersModel;
  readonly engine: Engine;
  readonly predictor: Predictor;
  readonly tell: Required<RunObserver>;
  readonly measured: Measured;
  readonly keepHistograms: (histograms: EpochHistograms) => Promise<void>;
}

/** What is measured on the way. */
interface Measured {
  /** As of now. */
  facts: () => BegunFacts;
  imagesTrained: number;
  seconds: number;
  peakMemory: number;
}

/**
 * Trains a run to its end, or until its signal is aborted, and writes its files; the record last.
 *
 * @param request The run; its folder is locked.
 * @param observers Hear how it goes.
 * @throws {UserError} Where training diverges, or bfloat16 is asked for and cannot be had here.
 */
export async function trainRun(
  request: RunRequest,
  observers: readonly RunObserver[],
): Promise<RunOutcome> {
  const { configuration, seed, execution } = request;
  const { folder } = identify(request);
  const dataset = presentModalities(request.dataset, configuration, seed);
  if (configuration.precision === "bfloat16") await expectBfloat16();
  const started = performance.now();
  const prepared = prepareTraining(dataset, configuration, seed);
  const model = buildNetwork(configuration, {
    seed,
    form: networkForm(dataset, configuration),
  });
  using engine = makeEngine(model, configuration, {
    seed,
    classWeights: prepared.classWeights,
    execution,
    ...request.profiler ? { graph: request.profiler.graph } : {},
  });
  using predictor = makePredictor(model, {
    sample: dataset.sample,
    execution,
    mirror: configuration.mirrorPrediction,
    crops: configuration.cropPrediction,
  });
  const checkpoint = await findCheckpoint(request, folder, prepared, engine);
  const facts = await continueFacts(folder, {
    ...{ resumed: checkpoint !== undefined, since: started, git: request.git },
  });
  const measured: Measured = { facts, imagesTrained: 0, seconds: 0, peakMemory: 0 };
  const tell = observeAll([measure(measured), keepHistory(folder), ...observers]);
  const after = (checkpoint?.state as TrainingState | undefined)?.history.length;
  const training = {
    ...{ request, folder, dataset, prepared, model, engine, predictor, tell, measured },
    keepHistograms: await continueHistograms(folder, { after: after ?? 0, label: request.label }),
  };
  let outcome: RunOutcome | undefined;
  try {
    await writeBegun(folder, request, facts());
    await tell.begin({ request, folder, ...after === undefined ? {} : { resumedAfter: after } });
    outcome = await trainAndScore(training, checkpoint);
  } finally {
    await tell.end(outcome);
    model.dispose();
  }
  return outcome;
}

async function findCheckpoint(
  { configuration: { epochs, patience, batchSize }, label }: RunRequest,
  folder: string,
  prepared: PreparedTraining,
  engine: Engine,
): Promise<Checkpoint | undefined> {
  return await loadCheckpoint(folder, {
    onDamaged: (file, reason) =>
      console.error(`${label}: ${file} is damaged (${reason}): going back to the one before`),
    check: (checkpoint) =>
      checkCheckpoint(checkpoint, engine, {
        ...{ epochs, patience, batchSize },
        images: prepared.labels.length,
      }),
    mostBytes: largestCheckpoint(engine),
  });
}

/** Bytes that a checkpoint of a run can have: all variables and the best weights, and a header. */
function largestCheckpoint({ variables, weights }: Engine): number {
  const floats = [...variables, ...weights]
    .reduce((sum, { size }) => sum + size, 0);
  return LARGEST_HEADER + Float32Array.BYTES_PER_ELEMENT * floats;
}

/** Counts images, and looks at the memory after each epoch. */
function measure(measured: Measured): RunObserver {
  let before = 0;
  return {
    step: ({ images }) => {
      measured.imagesTrained += images > before ? images - before : images;
      before = images;
    },
    epoch: () => {
      measured.peakMemory = Math.max(measured.peakMemory, Deno.memoryUsage().rss);
    },
  };
}

/** Writes the finished epochs after each of them. */
function keepHistory(folder: string): RunObserver {
  return { epoch: async (_, { history }) => await writeHistory(folder, history) };
}

async function writeHistory(folder: string, epochs: readonly EpochRecord[]): Promise<void> {
  const lines = epochs.map((epoch) => JSON.stringify(epoch) + "\n").join("");
  await writeFileWhole(join(folder, RUN_FILES.history), lines);
}

async function trainAndScore(
  training: Training,
  checkpoint: Checkpoint | undefined,
): Promise<RunOutcome> {
  const { request, folder, dataset, engine, predictor, tell, measured } = training;
  const { configuration, seed, signal } = request;

  // ------------------------------------------------------------------------------------- training
  const started = performance.now();
  let lastCheckpoint = started;
  const time = request.profiler?.time ?? untimed;
  const { status, state, best } = await time("training", () =>
    train(engine, configuration, {
      training: training.prepared,
      validation: training.prepared.selection,
      form: dataset,
    }, {
      seed,
      predictor,
      signal,
      detectAnomalies: request.detectAnomalies ?? false,
      ...request.histograms
        ? { histograms: { every: request.histograms, keep: training.keepHistograms } }
        : {},
      ...(checkpoint ? { from: checkpoint } : {}),
      onStep: tell.step,
      onEpoch: tell.epoch,
      save: async (snapshot) => {
        await saveCheckpoint(folder, snapshot);
        lastCheckpoint = performance.now();
        await writeBegun(folder, request, measured.facts());
      },
      checkpointDue: () => performance.now() - lastCheckpoint > CHECKPOINT_SECONDS * 1000,
      time,
    }));
  measured.seconds = (performance.now() - started) / 1000;
  const begun = measured.facts();
  const interrupted = { status: "interrupted", folder, epochs: state.history } as const;
  // After the last step, too: validation and scoring follow the last checkpoint.
  if (status === "interrupted" || signal.aborted) return interrupted;

  // -------------------------------------------------------------------------------------- scoring
  const scoringStarted = performance.now();
  const clean = cleanTestIndices(dataset);
  const { originals, heldOut } = training.prepared;
  const scorer = makeScorer(
    predictor,
    { ...dataset, splits: { ...dataset.splits, Training: originals } },
    clean,
    { signal, onBatch: tell.score },
  );
  let scored: Results["scored"];
  try {
    const lastEpoch = state.history.at(-1)!;
    const bestEpoch = state.history[state.bestEpoch - 1]!;
    const last = await scorer.score(lastEpoch, weightsOf(engine, lastEpoch));
    const chosen = bestEpoch === lastEpoch ? last : await scorer.score(bestEpoch, best);
    scored = {
      last,
      best: chosen,
      conditions: await scorer.scoreConditions(),
      ...heldOut ? { heldOut: await scorer.predictHeldOut(heldOut.split) } : {},
    };
  } catch (error) {
    if (error instanceof Interrupted) return interrupted;
    throw error;
  }
  measured.peakMemory = Math.max(measured.peakMemory, Deno.memoryUsage().rss);
  await writeResults(training, { state, best, scored, clean, begun, scoringStarted });
  return { status: "complete", folder, found: false };
}

/** What a run has come to. */
interface Results extends Pick<TrainingResult, "state"> {
  /** The best epoch's weights. */
  readonly best: readonly NamedTensor[];
  readonly scored: RecordSource["scored"];
  /** The test images that have no copy elsewhere. */
  readonly clean: Uint32Array;
  readonly begun: BegunFacts;
  /** As `performance.now()` has it. */
  readonly scoringStarted: number;
}

/** Writes the files of a finished run; the record last: where it is, all else of the run is there too. */
async function writeResults(
  { request, folder, dataset, prepared, model, measured }: Training,
  { state, best, scored, clean, begun, scoringStarted }: Results,
): Promise<void> {
  const { seed, execution } = request;
  const { digest } = identify(request);
  const build = currentBuild(execution);
  const { classes } = dataset;
  const predictionsOn = ({ ids, labels, groups }: Split, probabilities: Float64Array) =>
    formatPredictions({
      classes,
      images: ids,
      labels,
      groups,
      predicted: predictedClasses(probabilities, classes.length),
      probabilities,
    });
  const { PublicTest, PrivateTest } = dataset.splits;
  const predictions = predictionsOn(PrivateTest, scored.best.probabilities);
  const claimed = prepared.heldOut && scored.heldOut &&
    predictionsOn(prepared.heldOut.split, scored.heldOut);
  const record = makeRecord({
    request,
    digest,
    build,
    prepared,
    model,
    state,
    scored,
    clean,
    predictions,
    ...claimed === undefined ? {} : { claimed },
  });
  await writeHistory(folder, state.history);
  await writeFileWhole(join(folder, RUN_FILES.predictions), predictions);
  await writeFileWhole(
    join(folder, RUN_FILES.validation),
    predictionsOn(PublicTest, scored.best.validation),
  );
  const { grouped } = scored.conditions;
  if (grouped) await writeFileWhole(join(folder, RUN_FILES.conditions), formatConditions(grouped));
  if (claimed !== undefined) await writeFileWhole(join(folder, RUN_FILES.claimed), claimed);
  await writeFileWhole(
    join(folder, WEIGHTS_FILE),
    encodeWeights(best, {
      forms: weightForms(model),
      form: networkForm(dataset, request.configuration),
      state: { digest, seed, epoch: state.bestEpoch },
    }),
  );
  const facts = makeFacts(request, build, {
    begun,
    scoringSeconds: (performance.now() - scoringStarted) / 1000,
    imagesPerSecond: measured.imagesTrained / measured.seconds,
    peakMemory: measured.peakMemory,
  });
  await writeFactsAndPatch(folder, facts, request.patch);
  const recordFile = join(folder, RUN_FILES.record);
  await writeFileWhole(recordFile, formatRecord(record, recordFile));
  await clearProgress(folder);
}
