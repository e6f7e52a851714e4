/**
 * The training loop: epochs of steps, validation after each, the best epoch's weights kept, a
 * checkpoint to go on from.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import type { DataForm, Split } from "../dataset/dataset.ts";
import { UserError } from "../error.ts";
import { crossEntropy, predictedClasses } from "../evaluation/metrics.ts";
import type { Predictor } from "../model/predictor.ts";
import * as tf from "../tensorflow/tf.ts";
import { epochBatches, type TrainingSamples } from "./batch.ts";
import { type Checkpoint, CheckpointError, type NamedTensor } from "./checkpoint.ts";
import type { Batch, Engine } from "./engine.ts";
import { type EpochRecord, isAveraged, isEpochRecord } from "./epoch.ts";
import { type EpochHistograms, histogramOf } from "./histogram.ts";
import { endOfRun, type RunLength } from "./patience.ts";
import { type Timer, untimed } from "./profile.ts";
import { parseSchedule } from "./schedule.ts";

/** What is trained on, and what the best epoch is chosen on. */
export interface TrainingData {
  /** Training, deduplicated and balanced as configured. */
  readonly training: TrainingSamples;
  /** PublicTest. */
  readonly validation: Split;
  /** Of both. */
  readonly form: DataForm;
}

/** Where a run stands; with the variables, everything it takes to go on to the same result. */
export interface TrainingState {
  /** Finished epochs. */
  readonly history: readonly EpochRecord[];
  /** The epoch with the highest validation accuracy so far (the first of equals), 0 before any. */
  readonly bestEpoch: number;
  /** Batches done of the epoch under way. */
  readonly batch: number;
  /** Sums over those batches' images. */
  readonly lossSum: number;
  readonly correct: number;
}

/** A step that was done: images done of the epoch, and the means so far. */
export interface TrainingStep {
  /** From 1. */
  readonly epoch: number;
  readonly images: number;
  /** Images of the epoch. */
  readonly total: number;
  readonly loss: number;
  readonly accuracy: number;
}

/** What a run listens to and tells. */
export interface TrainingOptions {
  readonly seed: number;
  /** Predicts by the engine's model: for the validation after each epoch. */
  readonly predictor: Predictor;
  /** Where to go on from. */
  readonly from?: Checkpoint;
  /** Stops the run after the step under way. */
  readonly signal?: AbortSignal;
  /** After each step. */
  readonly onStep?: (step: TrainingStep) => void;
  /** After each epoch. */
  readonly onEpoch?: (epoch: EpochRecord, state: TrainingState) => Promise<void> | void;
  /** Saves a checkpoint: at each epoch's end, when stopped, and where `checkpointDue` says so. */
  readonly save: (checkpoint: Checkpoint) => Promise<void>;
  /**
   * Where the loss is no longer a number, says which layer's output or gradient was the first. Copies
   * the weights before every step, which takes time.
   */
  readonly detectAnomalies?: boolean;
  /**
   * Keeps histograms of weights and gradients after each epoch of which the number is a multiple of
   * `every`, before that epoch's checkpoint is saved.
   */
  readonly histograms?: {
    readonly every: number;
    readonly keep: (histograms: EpochHistograms) => Promise<void>;
  };
  /** Whether a checkpoint within an epoch is due; asked after each step. */
  readonly checkpointDue?: () => boolean;
  /** Does the parts of the work, to time them. */
  readonly time?: Timer;
}

/** How training ended. */
export interface TrainingResult {
  readonly status: "complete" | "interrupted";
  readonly state: TrainingState;
  /**
   * The best epoch's weights, or their average where that is the better; empty before the first epoch's
   * end.
   */
  readonly best: readonly NamedTensor[];
}

const START: TrainingState = { history: [], bestEpoch: 0, batch: 0, lossSum: 0, correct: 0 };

/**
 * Trains a model.
 *
 * @param engine The model with its optimizer; afterwards its variables hold the last weights.
 * @param configuration Epochs and patience, batch size, augmentation, learning rate and its schedule.
 * @param data Training and PublicTest.
 * @param options Seed, predictor, where to go on from, whom to tell.
 * @throws {UserError} Where the loss is no longer a number.
 */
export async function train(
  engine: Engine,
  configuration: Configuration,
  data: TrainingData,
  options: TrainingOptions,
): Promise<TrainingResult> {
  const { epochs, batchSize, augment, learningRate } = configuration;
  const { seed, predictor, signal, time = untimed } = options;
  const schedule = parseSchedule(configuration.schedule);
  const { sample } = data.form;
  const total = data.training.labels.length;
  const stepsPerEpoch = Math.ceil(total / batchSize);

  // ------------------------------------------------------------------------------ where to start
  let state = START;
  let best: readonly NamedTensor[] = [];
  if (options.from) {
    ({ state, best } = restore(engine, options.from));
    await engine.push();
  }
  const save = () =>
    time("saving", async () => {
      await engine.pull();
      await options.save(snapshot(engine, state, best));
    });

  const batchesOf = (epoch: number) =>
    epochBatches(data.training, epoch, {
      ...{ batchSize, sample, augment, seed },
      modalityDropout: configuration.modalityDropout,
      mixup: configuration.mixup,
    });

  // ----------------------------------------------------------------------------------- the epochs
  while (endOfRun(state.history, configuration) === undefined) {
    const epoch = state.history.length + 1;
    const batches = time("batch preparation", () => batchesOf(epoch));
    const batchAt = (index: number) =>
      index < batches.count ? time("batch preparation", () => batches.at(index)) : undefined;
    const rateAt = (batch: number) =>
      schedule.rate({
        step: (epoch - 1) * stepsPerEpoch + batch,
        stepsPerEpoch,
        epochs,
        base: learningRate,
        history: state.history,
      });
    let next = batchAt(state.batch);
    while (next) {
      const batch = next;
      const step = (epoch - 1) * stepsPerEpoch + state.batch;
      const rate = rateAt(state.batch);
      const before = options.detectAnomalies ? await weightsNow(engine) : undefined;
      const running = time("training step", () => engine.train(batch, rate, step + 1), batch.size);
      // While the native step runs, the next batch is made.
      const index = state.batch + 1;
      next = batchAt(index);
      const { loss, correct } = await running;
      if (!Number.isFinite(loss)) {
        if (before) assignAll(engine.weights, before);
        const where = before &&
          (engine.findAnomaly(batch, step + 1) ?? NOTHING_FOUND[configuration.precision]);
        throw diverged(loss, { epoch, step: index, rate, state, where });
      }
      state = {
        ...state,
        batch: index,
        lossSum: state.lossSum + loss * batch.size,
        correct: state.correct + correct,
      };
      const images = Math.min(index * batchSize, total);
      options.onStep?.({
        epoch,
        images,
        total,
        loss: state.lossSum / images,
        accuracy: state.correct / images,
      });
      if (signal?.aborted) {
        await save();
        return { status: "interrupted", state, best };
      }
      if (next && options.checkpointDue?.()) await save();
    }

    // ------------------------------------------------------------------------------- validation
    const validation = await time("validation", async () => {
      await engine.pull();
      return await validate(engine, predictor, data);
    });
    const record: EpochRecord = {
      epoch,
      // Asked again: a run that was stopped right before the validation has no last step here.
      learningRate: rateAt(stepsPerEpoch - 1),
      trainingLoss: state.lossSum / total,
      trainingAccuracy: state.correct / total,
      ...validation,
    };
    const former = state.history[state.bestEpoch - 1]?.validationAccuracy ?? -1;
    const improved = record.validationAccuracy > former;
    if (improved) best = weightsOf(engine, record);
    state = {
      ...START,
      history: [...state.history, record],
      bestEpoch: improved ? epoch : state.bestEpoch,
    };
    const { histograms } = options;
    if (histograms && epoch % histograms.every === 0) {
      await time(
        "histograms",
        () => histograms.keep(histogramsOf(engine, epoch, batchesOf(NO_EPOCH).at(0))),
      );
    }
    await time("saving", () => options.save(snapshot(engine, state, best)));
    await options.onEpoch?.(record, state);
  }
  return { status: "complete", state, best };
}

/**
 * The weights that an epoch is known by, copied: the model's present ones, or their average where that
 * was the better on PublicTest.
 *
 * @param engine As it was after the epoch.
 * @param epoch What its validation found; left out, the present weights are meant.
 */
export function weightsOf(
  { weights, averages }: Pick<Engine, "weights" | "averages">,
  epoch: Parameters<typeof isAveraged>[0] = {},
): NamedTensor[] {
  return namedTensors(isAveraged(epoch) ? averages : weights);
}

/** Epochs count from 1: a batch of this one is like those of training, and none of them. */
const NO_EPOCH = 0;

/**
 * What an epoch has made of the weights, and the gradients that they have on a batch.
 *
 * @param engine Its variables are up to date.
 */
function histogramsOf(engine: Engine, epoch: number, batch: Batch): EpochHistograms {
  const spread = (values: readonly (readonly [name: string, values: Float32Array])[]) =>
    Object.fromEntries(values.map(([name, each]) => [name, histogramOf(each)]));
  return {
    epoch,
    weights: spread(
      namedTensors(engine.weights).map(({ values }, i) => [engine.names[i]!, values]),
    ),
    gradients: spread(Object.entries(engine.gradients(batch))),
  };
}

/** The model's weights as they are in the graph. */
async function weightsNow(engine: Engine): Promise<NamedTensor[]> {
  await engine.pull();
  return copied(namedTensors(engine.weights));
}

function copied(tensors: readonly NamedTensor[]): NamedTensor[] {
  return tensors.map((tensor) => ({ ...tensor, values: tensor.values.slice() }));
}

type Validation = Omit<
  EpochRecord,
  "epoch" | "learningRate" | "trainingLoss" | "trainingAccuracy"
>;

/** How the weights do on PublicTest, and where they are averaged how their average does. */
async function validate(
  engine: Engine,
  predictor: Predictor,
  { validation: { labels, samples }, form: { classes } }: TrainingData,
): Promise<Validation> {
  const score = async () => {
    await predictor.push();
    const probabilities = await predictor.predict(samples);
    const predicted = predictedClasses(probabilities, classes.length);
    return {
      validationLoss: crossEntropy(labels, probabilities, classes.length),
      validationAccuracy: labels.filter((label, i) => label === predicted[i]).length /
        labels.length,
    };
  };
  const raw = await score();
  if (engine.averages.length === 0) return raw;
  // The model's variables hold the average for as long as it is scored.
  const weights = copied(namedTensors(engine.weights));
  let averaged: typeof raw;
  try {
    assignAll(engine.weights, namedTensors(engine.averages));
    averaged = await score();
  } finally {
    assignAll(engine.weights, weights);
  }
  const both = {
    rawValidationLoss: raw.validationLoss,
    rawValidationAccuracy: raw.validationAccuracy,
    averagedValidationLoss: averaged.validationLoss,
    averagedValidationAccuracy: averaged.validationAccuracy,
  };
  return { ...isAveraged(both) ? averaged : raw, ...both };
}

/** Sets the weights that an engine trains, or a predictor predicts by. */
export async function setWeights(
  { weights, push }: Pick<Engine | Predictor, "weights" | "push">,
  tensors: readonly NamedTensor[],
): Promise<void> {
  assignAll(weights, tensors);
  await push();
}

/** Steps are repeated op by op, which is float32. */
const NOTHING_FOUND = {
  float32: "nothing when repeated",
  bfloat16: "nothing when repeated in float32",
} as const;

/** Best weights stand in a checkpoint beside the present ones, under this prefix. */
const BEST = "best:";

function snapshot(
  engine: Engine,
  state: TrainingState,
  best: readonly NamedTensor[],
): Checkpoint {
  return {
    state,
    tensors: [
      ...namedTensors(engine.variables),
      ...best.map((tensor) => ({ ...tensor, name: BEST + tensor.name })),
    ],
  };
}

function restore(engine: Engine, checkpoint: Checkpoint) {
  const isBest = ({ name }: NamedTensor) => name.startsWith(BEST);
  assignAll(engine.variables, checkpoint.tensors.filter((tensor) => !isBest(tensor)));
  return {
    state: checkpoint.state as TrainingState,
    best: checkpoint.tensors.filter(isBest)
      .map((tensor) => ({ ...tensor, name: tensor.name.slice(BEST.length) })),
  };
}

/**
 * Checks that training can go on from a checkpoint: a checksum says that nothing was damaged, not that
 * it is one of this run. What is wrong would else show hours later, in a record that cannot be written.
 *
 * @param checkpoint As decoded.
 * @param engine What it is to be restored to.
 * @param options The run's epochs and patience, and the images of an epoch and of a step.
 * @throws {CheckpointError} Where tensors or state are not this run's.
 */
export function checkCheckpoint(
  { tensors, state }: Checkpoint,
  engine: Engine,
  options: Extent,
): void {
  const { variables, weights, averages } = engine;
  if (!isTrainingState(state, { ...options, averaged: averages.length > 0 })) {
    throw new CheckpointError("its state is not that of a training run");
  }
  const best = state.bestEpoch === 0 ? [] : weights;
  const expected = [
    ...variables.map(({ shape }, i) => `${i} ${shape}`),
    ...best.map(({ shape }, i) => `${BEST}${i} ${shape}`),
  ];
  const found = tensors.map(({ name, shape }) => `${name} ${shape}`);
  if (found.length !== expected.length || found.some((tensor, i) => tensor !== expected[i])) {
    throw new CheckpointError("its tensors are not those of this run");
  }
}

/** How much there is to train. */
interface Extent extends RunLength {
  readonly images: number;
  readonly batchSize: number;
}

function isTrainingState(
  json: unknown,
  { images, batchSize, averaged, ...length }: Extent & { readonly averaged: boolean },
): json is TrainingState {
  const { history, bestEpoch, batch, lossSum, correct } = (json ?? {}) as Partial<TrainingState>;
  if (!Array.isArray(history)) return false;
  if (!history.every((json, i) => isEpochRecord(json, { averaged }) && json.epoch === i + 1)) {
    return false;
  }
  const end = endOfRun(history, length);
  if (history.length > (end ?? Infinity)) return false;
  const accuracies = history.map(({ validationAccuracy }) => validationAccuracy);
  if (bestEpoch !== accuracies.indexOf(Math.max(...accuracies)) + 1) return false;
  const steps = end === undefined ? Math.ceil(images / batchSize) : 0;
  return isCount(batch) && batch <= steps && isCount(correct) &&
    correct <= Math.min(batch * batchSize, images) && Number.isFinite(lossSum) && lossSum! >= 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function namedTensors(variables: readonly tf.Variable[]): NamedTensor[] {
  return variables.map((variable, i) => ({
    // tfjs counts its variables up from process to process; the place is what stays.
    name: `${i}`,
    shape: variable.shape,
    values: variable.dataSync() as Float32Array,
  }));
}

function assignAll(variables: readonly tf.Variable[], tensors: readonly NamedTensor[]): void {
  tensors.forEach(({ shape, values }, i) =>
    tf.tidy(() => variables[i]!.assign(tf.tensor(values, [...shape])))
  );
}

function diverged(
  loss: number,
  { epoch, step, rate, state, where }: {
    readonly epoch: number;
    readonly step: number;
    readonly rate: number;
    readonly state: TrainingState;
    readonly where: string | undefined;
  },
): UserError {
  const epochs = state.history.length;
  const last = epochs > 0
    ? `; the last good checkpoint is of epoch ${epochs}`
    : "; no epoch was finished";
  return new UserError(
    `Training diverged: the loss is ${loss} in epoch ${epoch}, step ${step}, at learning rate ` +
      `${rate}${
        where ? `; the first that is not finite: ${where}` : ""
      }${last}. Try a lower rate ` +
      "(--set learningRate=...) or clipping (--set clipNorm=1)" +
      (where ? "" : "; --detect-anomalies names the layer"),
  );
}
