/**
 * A run on data in folds: a network for each fold, and what they come to together.
 *
 * Each fold is a run of its own while it lasts, in a folder within the run's, so that it is gone on with
 * and found done as any other. What remains is one record and one file of predictions, of every sample
 * by the network that has not seen its group.
 *
 * @module
 */

import { join } from "node:path";
import { goneOnWith } from "../checkout.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { recordedForm } from "../dataset/form.ts";
import { sha256 } from "../digest.ts";
import { conditionScores, formatConditions, joinConditions } from "../evaluation/condition.ts";
import { classScores, type Evaluation } from "../evaluation/metrics.ts";
import { formatPredictions, type Predictions } from "../evaluation/predictions.ts";
import { exists, writeFileWhole } from "../file.ts";
import type { RunSource } from "../report/build.ts";
import { formatRecord, readText, RUN_FILES, writeFactsAndPatch } from "../report/files.ts";
import type { EpochRecord, RunFacts, RunRecord, Scores } from "../report/record.ts";
import type { RunObserver } from "./observer.ts";
import { readRun } from "./report.ts";
import type { RunOutcome, RunRequest } from "./request.ts";
import { clearProgress, FOLDS_FOLDER, identify } from "./state.ts";

/** Carries out one of the folds. */
type Perform = (request: RunRequest, observers: readonly RunObserver[]) => Promise<RunOutcome>;

/**
 * Trains and scores a network for each fold, and writes the run's files; the record last.
 *
 * @param request On data in folds.
 * @param observers Hear of every fold's run as of a run; of `epoch` only once all folds are done.
 * @param perform Carries out a fold's run.
 */
export async function crossValidate(
  request: RunRequest,
  observers: readonly RunObserver[],
  perform: Perform,
): Promise<RunOutcome> {
  const { dataset, label, signal } = request;
  const { digest, folder } = identify(request);
  const folds = dataset.folds!;
  const sources: RunSource[] = [];
  const heard = observers.map(({ epoch: _, ...observer }) => observer);
  for (const [fold, each] of folds.entries()) {
    const outcome = await perform({
      ...request,
      dataset: each,
      runsFolder: join(folder, FOLDS_FOLDER),
      label: `${label}, fold ${fold + 1}/${folds.length}`,
    }, heard);
    if (outcome.status === "interrupted") return { ...outcome, folder };
    sources.push(await readRun(outcome.folder));
  }
  const predictions = formatPredictions(pooledPredictions(sources, dataset));
  const record = pooledRecord(sources, { digest, dataset, predictions });
  for (const [i, epoch] of record.epochs.entries()) {
    const history = record.epochs.slice(0, i + 1);
    for (const { epoch: hear } of observers) {
      await hear?.(epoch, { history, bestEpoch: Math.min(record.bestEpoch, i + 1) });
    }
  }
  if (signal.aborted) return { status: "interrupted", folder, epochs: record.epochs };
  await writeFileWhole(
    join(folder, RUN_FILES.history),
    record.epochs.map((epoch) => JSON.stringify(epoch) + "\n").join(""),
  );
  await writeFileWhole(join(folder, RUN_FILES.predictions), predictions);
  const grouped = sources.flatMap(({ conditions }) => conditions ?? []);
  if (grouped.length > 0) {
    const text = formatConditions(joinConditions(grouped));
    await writeFileWhole(join(folder, RUN_FILES.conditions), text);
  }
  await writeFactsAndPatch(
    folder,
    pooledFacts(sources.map(({ facts }) => facts)),
    await lastPatch(sources),
  );
  const file = join(folder, RUN_FILES.record);
  await writeFileWhole(file, formatRecord(record, file));
  await clearProgress(folder);
  return { status: "complete", folder, found: false };
}

/** Every sample's prediction, in the order of the whole data set. */
function pooledPredictions(sources: readonly RunSource[], { splits, classes }: Dataset) {
  const { ids, labels, groups } = splits.PrivateTest;
  const places = new Map<string, readonly [Predictions, number]>();
  for (const { predictions } of sources) {
    predictions.images.forEach((id, i) => places.set(id, [predictions, i]));
  }
  const found = ids.map((id) => places.get(id)!);
  return {
    classes,
    images: ids,
    labels,
    ...groups ? { groups } : {},
    predicted: Uint8Array.from(found, ([{ predicted }, i]) => predicted[i]!),
    probabilities: Float64Array.from(
      found.flatMap(([{ probabilities }, i]) =>
        classes.map((_, c) => probabilities[i * classes.length + c]!)
      ),
    ),
  };
}

/** The record of all folds together: a function of theirs. */
function pooledRecord(
  sources: readonly RunSource[],
  { digest, dataset, predictions }: {
    readonly digest: string;
    readonly dataset: Dataset;
    /** The text of the predictions' file. */
    readonly predictions: string;
  },
): RunRecord {
  const records = sources.map(({ record }) => record);
  const first = records[0]!;
  const { groups } = dataset.splits.PrivateTest;
  const added = (countsOf: (record: RunRecord) => Readonly<Record<string, number>>) =>
    Object.fromEntries(
      dataset.classes.map((
        name,
      ) => [name, sumOf(records, (record) => countsOf(record)[name] ?? 0)]),
    );
  return {
    ...first,
    digest,
    dataset: {
      ...first.dataset,
      ...recordedForm(dataset),
      digest: dataset.digest,
      folds: records.length,
      ...groups && dataset.groupName
        ? { groups: { name: dataset.groupName, count: new Set(groups).size } }
        : {},
      counts: {
        Training: added(({ dataset }) => dataset.counts.Training),
        PublicTest: added(({ dataset }) => dataset.counts.PublicTest),
        PrivateTest: added(({ dataset }) => dataset.counts.PrivateTest),
      },
      trainedOn: added(({ dataset }) => dataset.trainedOn),
      cleanTestImages: sumOf(records, ({ dataset }) => dataset.cleanTestImages),
    },
    epochs: pooledEpochs(records),
    bestEpoch: median(records.map(({ bestEpoch }) => bestEpoch)),
    best: pooledScores(records.map(({ best }) => best), dataset.classes),
    last: pooledScores(records.map(({ last }) => last), dataset.classes),
    ...first.conditions
      ? {
        conditions: first.conditions.map(({ name }, i) => {
          const all = records.map(({ conditions }) => conditions![i]!.confusion);
          return conditionScores(name, addConfusions(all), dataset.classes);
        }),
      }
      : {},
    commonsense: first.commonsense.map(({ name }, i) => ({
      name,
      accuracy: weightedMean(records, (record) => record.commonsense[i]!.accuracy),
      macroF1: weightedMean(records, (record) => record.commonsense[i]!.macroF1),
    })),
    predictions: sha256(predictions),
  };
}

function pooledEpochs(records: readonly RunRecord[]): EpochRecord[] {
  return records[0]!.epochs.map(({ epoch, learningRate }, e) => {
    const average = (pick: (epoch: EpochRecord) => number) =>
      sumOf(records, ({ epochs }) => pick(epochs[e]!)) / records.length;
    return {
      epoch,
      learningRate,
      trainingLoss: average((each) => each.trainingLoss),
      trainingAccuracy: average((each) => each.trainingAccuracy),
      validationLoss: average((each) => each.validationLoss),
      validationAccuracy: average((each) => each.validationAccuracy),
    };
  });
}

function pooledScores(scores: readonly Scores[], classes: readonly string[]): Scores {
  const pooled = (pick: (scores: Scores) => Evaluation): Evaluation => {
    const evaluations = scores.map(pick);
    const images = sumOf(evaluations, (each) => each.images);
    const correct = sumOf(evaluations, (each) => each.correct);
    const confusion = addConfusions(evaluations.map((each) => each.confusion));
    return {
      images,
      correct,
      accuracy: images === 0 ? 0 : correct / images,
      loss: images === 0 ? 0 : sumOf(evaluations, (each) => each.loss * each.images) / images,
      ...classScores(confusion, classes),
      confusion,
    };
  };
  return {
    epoch: median(scores.map(({ epoch }) => epoch)),
    weights: sha256(scores.map(({ weights }) => weights).join("\n")),
    training: pooled(({ training }) => training),
    validation: pooled(({ validation }) => validation),
    test: pooled(({ test }) => test),
    cleanTest: pooled(({ cleanTest }) => cleanTest),
  };
}

/** What was not committed when the last fold was made, which may have been done by another process. */
async function lastPatch(sources: readonly RunSource[]): Promise<string | null> {
  const { folder, facts: { git } } = sources.at(-1)!;
  const file = join(folder, RUN_FILES.patch);
  return git?.patch && await exists(file) ? await readText(file) : null;
}

function pooledFacts(facts: readonly RunFacts[]): RunFacts {
  const last = facts.at(-1)!;
  return {
    ...last,
    started: facts[0]!.started,
    trainingSeconds: sumOf(facts, (each) => each.trainingSeconds),
    scoringSeconds: sumOf(facts, (each) => each.scoringSeconds),
    imagesPerSecond: sumOf(facts, (each) => each.imagesPerSecond) / facts.length,
    peakMemory: Math.max(...facts.map((each) => each.peakMemory)),
    resumptions: sumOf(facts, (each) => each.resumptions),
    git: facts.map(({ git }) => git).reduce(goneOnWith),
  };
}

function addConfusions(all: readonly Evaluation["confusion"][]): number[][] {
  return all[0]!.map((row, i) => row.map((_, j) => sumOf(all, (each) => each[i]![j]!)));
}

function weightedMean(
  records: readonly RunRecord[],
  pick: (record: RunRecord) => number,
): number {
  const images = sumOf(records, ({ best }) => best.test.images);
  return sumOf(records, (record) => pick(record) * record.best.test.images) / images;
}

function sumOf<Item>(items: readonly Item[], pick: (item: Item) => number): number {
  return items.reduce((sum, item) => sum + pick(item), 0);
}

/** The middle one, the lower of two. */
function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) / 2)]!;
}
