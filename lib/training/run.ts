/**
 * One run: a configuration and a seed, trained, scored and written down; or found done already, or
 * gone on with where it was stopped.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { cpus, hostname } from "node:os";
import { join } from "node:path";
import { type Configuration, recordedConfiguration } from "../configuration.ts";
import { classCounts, cleanTestIndices } from "../dataset/audit.ts";
import { type Dataset, type SplitName, SPLITS } from "../dataset/dataset.ts";
import { CLASS_COUNT, EMOTIONS } from "../emotion.ts";
import { Interrupted, UserError } from "../error.ts";
import { commonsenseScores } from "../evaluation/commonsense.ts";
import { evaluate, type Evaluation, predictedClasses } from "../evaluation/metrics.ts";
import { formatPredictions, roundProbabilities } from "../evaluation/predictions.ts";
import { exists, removeLeftovers, writeFileWhole } from "../file.ts";
import { lockFolder } from "../lock.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type Predictor } from "../model/predictor.ts";
import { Progress } from "../progress.ts";
import {
  formatRecord,
  readFacts,
  readJson,
  readRecord,
  readText,
  RUN_FILES,
  writeFacts,
} from "../report/files.ts";
import {
  type EpochRecord,
  type ModelRecord,
  RECORD_VERSION,
  type RunFacts,
  type RunRecord,
  type Scores,
} from "../report/record.ts";
import { runDigest } from "../run/identity.ts";
import { currentBuild } from "../tensorflow/build.ts";
import * as tf from "../tensorflow/tf.ts";
import {
  CHECKPOINT_FILES,
  LARGEST_HEADER,
  loadCheckpoint,
  type NamedTensor,
  removeCheckpoints,
  saveCheckpoint,
} from "./checkpoint.ts";
import { type Engine, makeEngine } from "./engine.ts";
import { prepareTraining, select } from "./prepare.ts";
import { checkCheckpoint, setWeights, train, type TrainingState, weightsOf } from "./train.ts";
import { encodeWeights, WEIGHTS_FILE, weightsDigest } from "./weights.ts";

/** What to run, and where. */
export interface RunRequest {
  readonly configuration: Configuration;
  readonly seed: number;
  readonly dataset: Dataset;
  readonly execution: "traced" | "eager";
  /** The folder in which runs lie by their digest and seed. */
  readonly runsFolder: string;
  /** Start over, also where the run is done or was begun. */
  readonly fresh: boolean;
  /** Stops the run after the step under way. */
  readonly signal: AbortSignal;
  readonly quiet: boolean;
  /** See `TrainingOptions`. */
  readonly detectAnomalies?: boolean;
  /** The command, and the state of the checkout, for `run.json`. */
  readonly command: string;
  readonly git: RunFacts["git"];
  /** What lines about this run begin with, such as `dropout-0.5, seed 2`. */
  readonly label: string;
  /** Hears of each epoch, for whom the files are not enough. */
  readonly onEpoch?: (epoch: EpochRecord) => void;
}

/** How a run ended. */
export type RunOutcome =
  | { readonly status: "complete"; readonly folder: string; readonly found: boolean }
  | {
    readonly status: "interrupted";
    readonly folder: string;
    readonly epochs: readonly EpochRecord[];
  };

/** A checkpoint within an epoch at least this often. */
const CHECKPOINT_SECONDS = 300;

/**
 * Carries out a run.
 *
 * @throws {UserError} Where another process is at it, or training diverges.
 */
export async function performRun(request: RunRequest): Promise<RunOutcome> {
  const { configuration, seed, dataset, execution, quiet, label } = request;
  const { build, digest, folder } = identify(request);
  using _lock = await lockFolder(folder);
  await removeLeftovers(folder);

  // ---------------------------------------------------------------------- done already, or begun?
  const recordFile = join(folder, RUN_FILES.record);
  if (request.fresh) {
    await removeCheckpoints(folder);
    // Or the same command without --fresh would find the old run done, where the new one was stopped.
    if (await exists(recordFile)) await Deno.remove(recordFile);
  } else if (await isWhole(folder, { label })) {
    // Left by a kill right after the record was written.
    await clearProgress(folder);
    return { status: "complete", folder, found: true };
  }

  // ------------------------------------------------------------------------------------- training
  const started = performance.now();
  let lastCheckpoint = started;
  let peakMemory = 0;
  let imagesTrained = 0;
  const prepared = prepareTraining(dataset, configuration, seed);
  const model = buildNetwork(configuration, { seed });
  using engine = makeEngine(model, configuration, {
    seed,
    classWeights: prepared.classWeights,
    execution,
  });
  using predictor = makePredictor(model, { execution, mirror: configuration.mirrorPrediction });
  const checkpoint = await loadCheckpoint(folder, {
    onDamaged: (file, reason) =>
      console.error(`${label}: ${file} is damaged (${reason}): going back to the one before`),
    check: (checkpoint) =>
      checkCheckpoint(checkpoint, engine, {
        epochs: configuration.epochs,
        images: prepared.labels.length,
        batchSize: configuration.batchSize,
      }),
    mostBytes: largestCheckpoint(engine),
  });
  const resumed = checkpoint !== undefined;
  const facts = await continueFacts(folder, { resumed, since: started });
  if (checkpoint && !quiet) {
    const { history } = checkpoint.state as TrainingState;
    console.error(`${label}: going on after epoch ${history.length} of ${configuration.epochs}`);
  }
  const progress = epochProgress(label, configuration.epochs, quiet);
  let previousImages = 0;
  const { status, state, best } = await train(engine, configuration, {
    training: prepared,
    validation: dataset.splits.PublicTest,
  }, {
    seed,
    predictor,
    signal: request.signal,
    detectAnomalies: request.detectAnomalies ?? false,
    ...(checkpoint ? { from: checkpoint } : {}),
    onStep: (step) => {
      imagesTrained += step.images > previousImages ? step.images - previousImages : step.images;
      previousImages = step.images;
      progress.step(step);
    },
    onEpoch: async (epoch, { history, bestEpoch }) => {
      peakMemory = Math.max(peakMemory, Deno.memoryUsage().rss);
      progress.epoch(epoch, bestEpoch);
      request.onEpoch?.(epoch);
      await writeFileWhole(join(folder, RUN_FILES.history), historyLines(history));
    },
    save: async (snapshot) => {
      await saveCheckpoint(folder, snapshot);
      lastCheckpoint = performance.now();
      await writeFileWhole(join(folder, BEGUN_FILE), JSON.stringify(facts()));
    },
    checkpointDue: () => performance.now() - lastCheckpoint > CHECKPOINT_SECONDS * 1000,
  }).finally(() => progress.end());
  const trainingSeconds = (performance.now() - started) / 1000;
  const begun = facts();
  const interrupted = { status: "interrupted", folder, epochs: state.history } as const;
  // After the last step, too: validation and scoring follow the last checkpoint.
  if (status === "interrupted" || request.signal.aborted) return interrupted;

  // -------------------------------------------------------------------------------------- scoring
  const scoringStarted = performance.now();
  const last = weightsOf(engine);
  const clean = cleanTestIndices(dataset);
  const scorer = makeScorer(predictor, dataset, clean, { label, quiet, signal: request.signal });
  let lastScores: Scored;
  let bestScores: Scored;
  try {
    lastScores = await scorer.score(configuration.epochs, last);
    const sameEpoch = state.bestEpoch === configuration.epochs;
    bestScores = sameEpoch ? lastScores : await scorer.score(state.bestEpoch, best);
  } catch (error) {
    if (error instanceof Interrupted) return interrupted;
    throw error;
  } finally {
    scorer.end();
  }
  const predictions = formatPredictions({
    images: dataset.splits.PrivateTest.ids,
    labels: dataset.splits.PrivateTest.labels,
    predicted: predictedClasses(bestScores.probabilities),
    probabilities: bestScores.probabilities,
  });
  peakMemory = Math.max(peakMemory, Deno.memoryUsage().rss);

  // ------------------------------------------------------------------------------------ the record
  const record: RunRecord = {
    kind: "fer-lab/run-record",
    version: RECORD_VERSION,
    digest,
    seed,
    status: "complete",
    configuration: recordedConfiguration(configuration),
    dataset: {
      name: dataset.name,
      synthetic: dataset.synthetic,
      description: dataset.description,
      digest: dataset.digest,
      split: dataset.split,
      counts: Object.fromEntries(
        SPLITS.map((name) => [name, classCounts(dataset.splits[name])]),
      ) as RunRecord["dataset"]["counts"],
      trainedOn: Object.fromEntries(
        EMOTIONS.map((emotion, i) => [emotion, prepared.counts[i]!]),
      ) as RunRecord["dataset"]["trainedOn"],
      cleanTestImages: clean.length,
      skipped: dataset.skipped,
    },
    build,
    model: describeModel(model),
    epochs: state.history,
    bestEpoch: state.bestEpoch,
    selection: "validation accuracy",
    best: bestScores.scores,
    last: lastScores.scores,
    commonsense: commonsenseScores(dataset.splits.Training, dataset.splits.PrivateTest),
    predictions: sha256(predictions),
  };
  await writeFileWhole(join(folder, RUN_FILES.history), historyLines(state.history));
  await writeFileWhole(join(folder, RUN_FILES.predictions), predictions);
  await writeFileWhole(
    join(folder, WEIGHTS_FILE),
    encodeWeights(best, { model, state: { digest, seed, epoch: state.bestEpoch } }),
  );
  await writeFacts(join(folder, RUN_FILES.facts), {
    kind: "fer-lab/run-facts",
    version: RECORD_VERSION,
    started: begun.started,
    finished: new Date().toISOString(),
    trainingSeconds: round(begun.trainingSeconds),
    scoringSeconds: round((performance.now() - scoringStarted) / 1000),
    imagesPerSecond: round(imagesTrained / trainingSeconds),
    peakMemory,
    host: hostname(),
    cpuModel: cpus()[0]?.model.trim() ?? "unknown",
    threads: build.threads,
    versions: {
      deno: Deno.version.deno,
      v8: Deno.version.v8,
      tensorflow: build.tensorflow,
      tfjs: build.tfjs,
    },
    command: request.command,
    git: request.git,
    resumptions: begun.resumptions,
  });
  // The record comes last: where it is, all else of the run is there too.
  await writeFileWhole(recordFile, formatRecord(record, recordFile));
  await clearProgress(folder);
  model.dispose();
  return { status: "complete", folder, found: false };
}

/** Where the files of a run lie: by its digest and seed. */
export function runFolder(request: RunRequest): string {
  return identify(request).folder;
}

/** What a run is trained with, and what it is known by. */
function identify({ configuration, seed, dataset, execution, runsFolder }: RunRequest) {
  const build = currentBuild(execution);
  const digest = runDigest(configuration, dataset, build);
  return { build, digest, folder: join(runsFolder, digest, `seed-${seed}`) };
}

/**
 * Whether a run's files are there and belong together; where the record is there but another file is
 * not what the record says, or nothing that can be read, that is told: the run is done again.
 */
async function isWhole(folder: string, { label }: { readonly label: string }): Promise<boolean> {
  const file = join(folder, RUN_FILES.record);
  if (!await exists(file)) return false;
  let trouble: string;
  try {
    const { predictions } = await readRecord(file);
    await readFacts(join(folder, RUN_FILES.facts));
    const text = await readText(join(folder, RUN_FILES.predictions));
    if (sha256(text) === predictions) return true;
    trouble = `${join(folder, RUN_FILES.predictions)} is not what was written`;
  } catch (error) {
    // A record of a later FER Lab is not damage: nothing of it is overwritten.
    if (!(error instanceof UserError) || await isLater(file)) throw error;
    trouble = error.message;
  }
  console.error(`${label}: ${trouble}: running it again`);
  return false;
}

/** Bytes that a checkpoint of a run can have: all variables and the best weights, and a header. */
function largestCheckpoint({ variables, weights }: Engine): number {
  const floats = [...variables, ...weights]
    .reduce((sum, { size }) => sum + size, 0);
  return LARGEST_HEADER + Float32Array.BYTES_PER_ELEMENT * floats;
}

/** Removes what only an unfinished run needs. */
async function clearProgress(folder: string): Promise<void> {
  await removeCheckpoints(folder);
  if (await exists(join(folder, BEGUN_FILE))) await Deno.remove(join(folder, BEGUN_FILE));
}

async function isLater(file: string): Promise<boolean> {
  const json = await readJson(file).catch(() => null) as { version?: unknown } | null;
  return typeof json?.version === "number" && json.version > RECORD_VERSION;
}

/** Whether a run was begun, so that {@linkcode performRun} would go on with it or find it done. */
export async function isBegun(request: RunRequest): Promise<boolean> {
  const folder = runFolder(request);
  const files = [RUN_FILES.record, ...CHECKPOINT_FILES].map((name) => join(folder, name));
  return (await Promise.all(files.map(exists))).includes(true);
}

/** Whether a run has been carried out before, so that {@linkcode performRun} would only find it. */
export async function isDone(request: RunRequest): Promise<boolean> {
  return await exists(join(runFolder(request), RUN_FILES.record));
}

/** When a run was begun and how long it has taken: kept beside the checkpoint, never in a record. */
export interface BegunFacts {
  readonly started: string;
  readonly trainingSeconds: number;
  readonly resumptions: number;
}

const BEGUN_FILE = "begun.json";

/**
 * Takes up the facts of a run that is gone on with; the result tells them as of now.
 *
 * @param options `since`: when this process began with it, as `performance.now()` has it.
 */
async function continueFacts(
  folder: string,
  { resumed, since }: { readonly resumed: boolean; readonly since: number },
): Promise<() => BegunFacts> {
  let before: BegunFacts = {
    started: new Date(Date.now() - (performance.now() - since)).toISOString(),
    trainingSeconds: 0,
    resumptions: 0,
  };
  if (resumed) {
    // Without the facts of its beginning a run counts from here.
    const read = await readBegun(join(folder, BEGUN_FILE));
    before = { ...before, ...read, resumptions: (read?.resumptions ?? 0) + 1 };
  }
  return () => ({
    ...before,
    trainingSeconds: before.trainingSeconds + (performance.now() - since) / 1000,
  });
}

/** The facts of a run's beginning; nothing where they are not there or not what was written. */
export async function readBegun(file: string): Promise<BegunFacts | undefined> {
  let json: unknown;
  try {
    json = await readJson(file);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const { started, trainingSeconds, resumptions } = (json ?? {}) as Partial<BegunFacts>;
  // As run.json must have them, or it could not be written when all is done.
  if (typeof started !== "string" || !TIME.test(started)) return undefined;
  if (!Number.isFinite(trainingSeconds) || trainingSeconds! < 0) return undefined;
  if (!Number.isSafeInteger(resumptions) || resumptions! < 0) return undefined;
  return { started, trainingSeconds: trainingSeconds!, resumptions: resumptions! };
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;

/** Shows an epoch under way as a bar, and each finished one as a line. */
function epochProgress(label: string, epochs: number, quiet: boolean) {
  let bar: Progress | undefined;
  let shown = 0;
  return {
    step: (
      { epoch, images, total, loss, accuracy }: {
        epoch: number;
        images: number;
        total: number;
        loss: number;
        accuracy: number;
      },
    ) => {
      if (epoch !== shown) {
        bar = new Progress(`${label}, epoch ${epoch}/${epochs}`, { total, unit: "images", quiet });
        shown = epoch;
      }
      bar?.update(images, `loss ${loss.toFixed(3)}, accuracy ${percent(accuracy)}`);
    },
    epoch: (record: EpochRecord, bestEpoch: number) =>
      bar?.finish(
        `loss ${record.trainingLoss.toFixed(3)}, accuracy ${percent(record.trainingAccuracy)}; ` +
          `PublicTest ${percent(record.validationAccuracy)}` +
          (bestEpoch === record.epoch ? " (best so far)" : ""),
      ),
    end: () => bar?.abandon(),
  };
}

/** What one set of weights is worth. */
interface Scored {
  readonly scores: Scores;
  /** Of PrivateTest; shape [images, classes]. */
  readonly probabilities: Float64Array;
}

/**
 * Scores sets of weights on all splits, with one progress bar over everything; throws
 * {@linkcode Interrupted} where the signal is aborted.
 */
function makeScorer(
  predictor: Predictor,
  dataset: Dataset,
  clean: Uint32Array,
  { label, quiet, signal }: {
    readonly label: string;
    readonly quiet: boolean;
    readonly signal: AbortSignal;
  },
) {
  const progress = new Progress(`${label}, scoring`, { unit: "images", quiet, keep: false });
  let before = 0;
  const probabilitiesOf = async (name: SplitName): Promise<Float64Array> => {
    const { images, length } = dataset.splits[name];
    const probabilities = await predictor.predict(images, {
      onBatch: (done) => {
        progress.update(before + done, name);
        if (signal.aborted) throw new Interrupted();
      },
    });
    before += length;
    // As the predictions file has them, so that every score can be computed again from it.
    return roundProbabilities(probabilities);
  };
  const scored = (name: SplitName, probabilities: Float64Array): Evaluation =>
    evaluate(dataset.splits[name].labels, probabilities);
  return {
    score: async (epoch: number, weights: readonly NamedTensor[]): Promise<Scored> => {
      await setWeights(predictor, weights);
      const probabilities = await probabilitiesOf("PrivateTest");
      const scores: Scores = {
        epoch,
        weights: weightsDigest(weights),
        training: scored("Training", await probabilitiesOf("Training")),
        validation: scored("PublicTest", await probabilitiesOf("PublicTest")),
        test: scored("PrivateTest", probabilities),
        cleanTest: evaluate(
          select(dataset.splits.PrivateTest, clean).labels,
          rows(probabilities, clean),
        ),
      };
      return { scores, probabilities };
    },
    end: () => progress.finish(),
  };
}

function rows(probabilities: Float64Array, indices: Uint32Array): Float64Array {
  const chosen = new Float64Array(indices.length * CLASS_COUNT);
  indices.forEach((from, to) =>
    chosen.set(
      probabilities.subarray(from * CLASS_COUNT, (from + 1) * CLASS_COUNT),
      to * CLASS_COUNT,
    )
  );
  return chosen;
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

function historyLines(epochs: readonly EpochRecord[]): string {
  return epochs.map((epoch) => JSON.stringify(epoch) + "\n").join("");
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function round(seconds: number): number {
  return Math.round(seconds * 100) / 100;
}
