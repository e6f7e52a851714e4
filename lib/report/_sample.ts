/** Small records for tests: made up, but with every number following from its predictions. */

import { BASELINE, type Configuration, recordedConfiguration } from "../configuration.ts";
import type { ClassCounts } from "../dataset/dataset.ts";
import { type Emotion, EMOTIONS } from "../emotion.ts";
import { evaluatePredictions, type Evaluation } from "../evaluation/metrics.ts";
import type { Predictions } from "../evaluation/predictions.ts";
import { randomStream } from "../seed.ts";
import type { ReportSource, VariantSource } from "./build.ts";
import type { RunFacts, RunRecord, Scores } from "./record.ts";
import type { EpochRecord } from "../training/epoch.ts";

/** Images of PrivateTest in the sample: 20 of each class. */
export const TEST_IMAGES = 140;
/** How many of them, from the first, are clean. */
export const CLEAN_IMAGES = 120;

export const LABELS = Uint8Array.from({ length: TEST_IMAGES }, (_, i) => i % EMOTIONS.length);

/** Predictions of which about `skill` are right; the same name and seed give the same. */
export function samplePredictions(seed: number, skill: number, name = "sample"): Uint8Array {
  const random = randomStream(seed, name);
  return LABELS.map((label) =>
    random.uniform() < skill ? label : random.integer(0, EMOTIONS.length)
  );
}

export interface SampleOptions {
  readonly seed?: number;
  readonly skill?: number;
  readonly configuration?: Partial<Configuration>;
  readonly dataset?: Partial<RunRecord["dataset"]>;
  readonly status?: RunRecord["status"];
  readonly epochs?: number;
  readonly digest?: string;
  readonly predictions?: string;
}

export function sampleRecord(options: SampleOptions = {}): RunRecord {
  const { seed = 1, skill = 0.5, epochs = 4 } = options;
  const digest = options.digest ?? "0123456789abcdef";
  const bestEpoch = Math.max(1, epochs - 2);
  return {
    kind: "fer-lab/run-record",
    version: 1,
    digest,
    seed,
    status: options.status ?? "complete",
    configuration: recordedConfiguration({ ...BASELINE, epochs, ...options.configuration }),
    dataset: {
      name: "fer2013",
      synthetic: false,
      description: "FER2013, the official split",
      digest: "d".repeat(64),
      split: "official",
      counts: { Training: counts(100), PublicTest: counts(20), PrivateTest: counts(20) },
      trainedOn: { ...counts(100), disgust: 150 },
      cleanTestImages: CLEAN_IMAGES,
      skipped: [],
      ...options.dataset,
    },
    build: {
      tensorflow: "2.21.0",
      tfjs: "4.22.0",
      platform: "linux-x86_64",
      cpu: "avx512_vnni",
      threads: 2,
      execution: "traced",
    },
    model: {
      parameters: 683_527,
      layers: [{ name: "conv1", type: "Conv2D", output: [48, 48, 32], parameters: 320 }],
    },
    epochs: Array.from({ length: epochs }, (_, i) => sampleEpoch(i + 1, seed)),
    bestEpoch,
    selection: "validation accuracy",
    best: sampleScores(bestEpoch, seed, skill, digest),
    last: sampleScores(epochs, seed + 1000, skill - 0.03, digest),
    commonsense: [
      { name: "majority class", accuracy: 1 / 7, macroF1: 0.03571428571428571 },
      { name: "nearest class mean", accuracy: 0.25, macroF1: 0.2 },
    ],
    predictions: options.predictions ?? "a".repeat(64),
  };
}

/** The predictions that {@linkcode sampleRecord} is scored on. */
export function sampleTestPredictions({ digest, seed }: RunRecord, skill: number): Predictions {
  const predicted = samplePredictions(seed, skill, digest);
  return {
    classes: EMOTIONS,
    images: Array.from(LABELS, (_, i) => i.toString(16).padStart(16, "0")),
    labels: LABELS,
    predicted,
    probabilities: Float64Array.from(
      { length: TEST_IMAGES * EMOTIONS.length },
      (_, i) => predicted[Math.floor(i / 7)] === i % 7 ? 0.7 : 0.05,
    ),
  };
}

export const CLEAN = Uint8Array.from(LABELS, (_, i) => i < CLEAN_IMAGES ? 1 : 0);

/** A variant with one run per seed. */
export function sampleVariant(
  name: string,
  options: SampleOptions & { readonly seeds?: readonly number[]; readonly minutes?: number } = {},
): VariantSource {
  const { seeds = [1], skill = 0.5, minutes } = options;
  const digest = options.digest ?? [...name].reduce((h, c) => (h * 31 + c.charCodeAt(0)) % 1e9, 7)
    .toString(16).padStart(16, "0");
  return {
    name,
    description: `The ${name} one`,
    runs: seeds.map((seed) => {
      const record = sampleRecord({ ...options, seed, skill, digest });
      return {
        record,
        predictions: sampleTestPredictions(record, skill),
        folder: `../runs/${digest}/seed-${seed}`,
        facts: sampleFacts(minutes),
      };
    }),
  };
}

/** A variant scored on images of which none is of the class; without `predicted` none is taken for it. */
export function withoutClass(
  variant: VariantSource,
  emotion: Emotion,
  { predicted = false } = {},
): VariantSource {
  const absent = EMOTIONS.indexOf(emotion);
  const other = (label: number) => label === absent ? (absent + 1) % EMOTIONS.length : label;
  const without = (evaluation: Evaluation): Evaluation => {
    const cells = evaluation.confusion.flatMap((row, truth) =>
      row.flatMap((images, guess) => Array.from({ length: images }, () => [truth, guess] as const))
    );
    return evaluatePredictions(
      Uint8Array.from(cells, ([truth]) => other(truth)),
      Uint8Array.from(cells, ([, guess]) => predicted ? guess : other(guess)),
      EMOTIONS,
      { loss: evaluation.loss },
    );
  };
  const scores = ({ test, cleanTest, ...rest }: Scores): Scores => ({
    ...rest,
    test: without(test),
    cleanTest: without(cleanTest),
  });
  return {
    ...variant,
    runs: variant.runs.map((run) => ({
      ...run,
      record: { ...run.record, best: scores(run.record.best), last: scores(run.record.last) },
      predictions: {
        ...run.predictions,
        labels: run.predictions.labels.map(other),
        predicted: predicted ? run.predictions.predicted : run.predictions.predicted.map(other),
      },
    })),
  };
}

export function sampleSource(
  variants: readonly VariantSource[],
  seeds: readonly number[] = [1],
): ReportSource {
  return {
    experiment: {
      name: "sample",
      title: "Does a sample help?",
      question: "Does drawing samples help?",
      hypothesis: "It does, by two points.",
      expected: "52 % in 3 minutes on synthetic faces.",
    },
    preset: "small",
    command: "deno task exp:sample --seeds 1",
    seeds,
    clean: CLEAN,
    variants,
  };
}

export function sampleFacts(minutes = 12.5): RunFacts {
  return {
    kind: "fer-lab/run-facts",
    version: 1,
    started: "2026-08-01T10:00:00.000Z",
    finished: "2026-08-01T10:13:00.000Z",
    trainingSeconds: minutes * 60,
    scoringSeconds: 20,
    imagesPerSecond: 700,
    peakMemory: 1_500_000_000,
    host: "somewhere",
    cpuModel: "Some CPU",
    threads: 2,
    versions: { deno: "2.9.6", tensorflow: "2.21.0" },
    command: "deno task exp:sample",
    git: { commit: "c".repeat(40), patch: null },
    resumptions: 0,
  };
}

function counts(each: number): ClassCounts {
  return Object.fromEntries(EMOTIONS.map((emotion) => [emotion, each])) as ClassCounts;
}

function sampleEpoch(epoch: number, seed: number): EpochRecord {
  return {
    epoch,
    learningRate: 0.001,
    trainingLoss: 1.8 / epoch,
    trainingAccuracy: 1 - 0.7 / epoch,
    validationLoss: 1.7 / epoch + 0.1 * epoch,
    validationAccuracy: 0.3 + 0.1 * Math.sin(epoch) + seed / 1000,
  };
}

function sampleScores(epoch: number, seed: number, skill: number, digest: string): Scores {
  const predicted = samplePredictions(seed, skill, digest);
  const test = evaluatePredictions(LABELS, predicted, EMOTIONS, { loss: 1.3 });
  return {
    epoch,
    weights: "b".repeat(64),
    training: evaluatePredictions(LABELS, samplePredictions(seed, 0.95, "training"), EMOTIONS, {
      loss: 0.2,
    }),
    validation: evaluatePredictions(LABELS, samplePredictions(seed, skill, "validation"), EMOTIONS),
    test,
    cleanTest: evaluatePredictions(
      LABELS.subarray(0, CLEAN_IMAGES),
      predicted.subarray(0, CLEAN_IMAGES),
      EMOTIONS,
      { loss: 1.4 },
    ),
  };
}
