/**
 * What TensorBoard shows of runs and reports, as events.
 *
 * A run's events begin the same however far it has come, so that what is new can be put at the end of a
 * file that TensorBoard is reading.
 *
 * @module
 */

import {
  type Configuration,
  formatValue,
  PARAMETERS,
  type RecordedConfiguration,
  wholeConfiguration,
} from "../configuration.ts";
import { isOnPublicTest } from "../dataset/hold_out.ts";
import type { PngImage } from "../figure/confusion_image.ts";
import type { EpochRecord, RunFacts, RunRecord } from "../report/record.ts";
import type { EpochHistograms, Histogram } from "../training/histogram.ts";
import { plainMarkdown } from "./markdown.ts";
import {
  encodeHParams,
  type Event,
  type HParamInfo,
  type HParamsData,
  type HParamValue,
  type SummaryValue,
} from "./messages.ts";

/** The version of the format: every file begins with it. */
const VERSION = "brain.Event:2";

/** What stands for PublicTest where Training is split anew, and the epoch is chosen on a part of it. */
const PART_OF_TRAINING = "part of Training";

/** The tags of a run that is done, at its best epoch. */
const BEST = {
  publicTest: "best epoch/accuracy, PublicTest",
  privateTest: "best epoch/accuracy, PrivateTest",
  cleanTest: "best epoch/accuracy, PrivateTest without copies",
  macroF1: "best epoch/macro F1, PrivateTest",
} as const;

/** A run, as far as it has come. */
export interface ShownRun {
  readonly configuration: RecordedConfiguration;
  readonly seed: number;
  /** The data set's name. */
  readonly data: string;
  /** As what it is planned, such as `dropout#none`; nothing where no plan has it. */
  readonly variant: string | undefined;
  /** ISO 8601. */
  readonly started: string;
  readonly epochs: readonly EpochRecord[];
  /** Of some epochs, where they were kept; the first epoch's first. */
  readonly histograms: readonly EpochHistograms[];
  /** When the last of the epochs was over, as far as is known; ISO 8601. */
  readonly until: string;
  /** There once it is done. */
  readonly done: {
    readonly record: RunRecord;
    readonly facts: RunFacts;
    /** Of the best epoch on PrivateTest. */
    readonly confusion: PngImage;
  } | undefined;
}

/** The events of a run, the oldest first. */
export function runEvents(run: ShownRun): Event[] {
  const { configuration, epochs, done } = run;
  const histograms = new Map(run.histograms.map((each) => [each.epoch, each]));
  const firstKept = run.histograms[0]?.epoch;
  const start = seconds(run.started);
  // A history has no times: TensorBoard's "relative" and "wall" spread the epochs evenly.
  const pace = epochs.length === 0 ? 0 : (seconds(run.until) - start) / epochs.length;
  const held = isOnPublicTest(wholeConfiguration(configuration)) ? "PublicTest" : PART_OF_TRAINING;
  const events: Event[] = [
    { wallTime: start, fileVersion: VERSION },
    summary(start, 0, [
      hparams("_hparams_/session_start_info", {
        version: 0,
        sessionStartInfo: { hparams: hyperparameters(run), startTimeSecs: start },
      }),
    ]),
    ...epochs.map((epoch, i) =>
      summary(start + (i + 1) * pace, epoch.epoch, [
        scalar("accuracy/Training", epoch.trainingAccuracy),
        scalar(`accuracy/${held}`, epoch.validationAccuracy),
        scalar("loss/Training", epoch.trainingLoss),
        scalar(`loss/${held}`, epoch.validationLoss),
        scalar("learning rate", epoch.learningRate),
        ...histogramValues(histograms.get(epoch.epoch), { explain: epoch.epoch === firstKept }),
      ])
    ),
  ];
  if (done) events.push(...endOfRun(done, held));
  return events;
}

function endOfRun(
  { record, facts, confusion }: NonNullable<ShownRun["done"]>,
  held: string,
): Event[] {
  const end = seconds(facts.finished);
  const { bestEpoch, best } = record;
  return [
    summary(end, bestEpoch, [
      ...held === PART_OF_TRAINING ? [] : [scalar(BEST.publicTest, best.validation.accuracy)],
      scalar(BEST.privateTest, best.test.accuracy),
      scalar(BEST.cleanTest, best.cleanTest.accuracy),
      scalar(BEST.macroF1, best.test.macro.f1),
      image("confusion matrix", confusion, CONFUSION_NOTE),
    ]),
    summary(end, 0, [
      hparams("_hparams_/session_end_info", {
        version: 0,
        sessionEndInfo: {
          status: record.status === "complete" ? "STATUS_SUCCESS" : "STATUS_FAILURE",
          endTimeSecs: end,
        },
      }),
    ]),
  ];
}

/**
 * The events of a report: its text.
 *
 * @param markdown As `report.md` has it.
 * @param options `written`: when, ISO 8601.
 */
export function reportEvents(
  markdown: string,
  { written }: { readonly written: string },
): Event[] {
  const wallTime = seconds(written);
  return [
    { wallTime, fileVersion: VERSION },
    summary(wallTime, 0, [text("report", plainMarkdown(markdown))]),
  ];
}

/**
 * What the table of hyper-parameters has for columns: those in which the runs differ, and how accurate
 * each run is.
 */
export function experimentEvents(
  runs: readonly Pick<ShownRun, "configuration" | "seed" | "data" | "variant">[],
): Event[] {
  const all = runs.map(hyperparameters);
  const names = [...new Set(all.flatMap((each) => Object.keys(each)))];
  const hparamInfos = names.flatMap((name): HParamInfo[] => {
    const values = new Map(all.flatMap((each) => {
      const value = each[name];
      return value ? [[formatted(value), value]] : [];
    }));
    if (values.size < 2) return [];
    const sorted = [...values.values()].sort((a, b) =>
      formatted(a).localeCompare(formatted(b), "en", { numeric: true })
    );
    const type = "numberValue" in sorted[0]! ? "DATA_TYPE_FLOAT64" : "DATA_TYPE_STRING";
    return [{ name, type, domainDiscrete: { values: sorted } }];
  });
  const metricInfos = Object.values(BEST).map((tag) => ({
    name: { tag },
    displayName: tag.replace(/^.*?\//, ""),
  }));
  return [
    { wallTime: 0, fileVersion: VERSION },
    summary(0, 0, [
      hparams("_hparams_/experiment", { version: 0, experiment: { hparamInfos, metricInfos } }),
    ]),
  ];
}

function formatted(value: HParamValue): string {
  return "numberValue" in value ? String(value.numberValue) : value.stringValue;
}

/** What a run is a function of, for the table; each name has values of one kind. */
function hyperparameters(
  { configuration, seed, data, variant }: Pick<
    ShownRun,
    "configuration" | "seed" | "data" | "variant"
  >,
): Record<string, HParamValue> {
  const whole = wholeConfiguration(configuration);
  return {
    data: { stringValue: data },
    ...variant === undefined ? {} : { variant: { stringValue: variant } },
    seed: { numberValue: seed },
    ...Object.fromEntries(PARAMETERS.map((name) => [name, hyperparameter(whole[name])])),
  };
}

/** A number, or what is written after `--set name=`: batchNorm is yes, no or a word. */
function hyperparameter(value: Configuration[keyof Configuration]): HParamValue {
  return typeof value === "number" ? { numberValue: value } : { stringValue: formatValue(value) };
}

function seconds(time: string): number {
  return new Date(time).getTime() / 1000;
}

function summary(wallTime: number, step: number, value: readonly SummaryValue[]): Event {
  return { wallTime, step, summary: { value } };
}

function scalar(tag: string, value: number): SummaryValue {
  return {
    tag,
    metadata: { pluginData: { pluginName: "scalars" }, dataClass: "DATA_CLASS_SCALAR" },
    tensor: { dtype: "DT_FLOAT", tensorShape: {}, floatVal: [value] },
  };
}

/** What stands beside a histogram in TensorBoard. */
const HISTOGRAM_NOTES = {
  weights: "Values of the weight at the epoch's end.",
  gradients:
    "Gradient of the mean loss on one batch of Training, the same after every epoch, at the " +
    "weights of the epoch's end: with dropout, before clipping and weight decay, in float32. No step of " +
    "training is made of it.",
} as const;

/** @param options `explain`: say what they are, for which TensorBoard looks at the first of each tag. */
function histogramValues(
  histograms: EpochHistograms | undefined,
  { explain }: { readonly explain: boolean },
): SummaryValue[] {
  if (!histograms) return [];
  return (["weights", "gradients"] as const).flatMap((kind) =>
    Object.entries(histograms[kind]).map(([name, each]) =>
      histogram(`${kind}/${name}`, each, explain ? HISTOGRAM_NOTES[kind] : undefined)
    )
  );
}

/** Rows of left edge, right edge and count, as TensorBoard's `histogram_pb` has them. */
function histogram(
  tag: string,
  { min, max, counts }: Histogram,
  summaryDescription: string | undefined,
): SummaryValue {
  const width = (max - min) / counts.length;
  const rows = min === max
    ? counts.map((count) => [min - 0.5, max + 0.5, count])
    : counts.map((count, i) => {
      const right = i === counts.length - 1 ? max : min + (i + 1) * width;
      return [min + i * width, right, count];
    });
  return {
    tag,
    metadata: {
      pluginData: { pluginName: "histograms" },
      ...summaryDescription === undefined ? {} : { summaryDescription },
      dataClass: "DATA_CLASS_TENSOR",
    },
    tensor: {
      dtype: "DT_DOUBLE",
      tensorShape: { dim: [{ size: rows.length }, { size: 3 }] },
      doubleVal: rows.flat(),
    },
  };
}

/** What stands beside a confusion matrix in TensorBoard. */
const CONFUSION_NOTE =
  "The best epoch on PrivateTest, by the true class (rows) and the predicted one: the share of the " +
  "row, below it the count.";

/** Width, height and the file, as TensorBoard's `image_pb` has them. */
function image(
  tag: string,
  { width, height, png }: PngImage,
  summaryDescription: string,
): SummaryValue {
  const number = (value: number) => new TextEncoder().encode(String(value));
  return {
    tag,
    metadata: {
      pluginData: { pluginName: "images" },
      summaryDescription,
      dataClass: "DATA_CLASS_BLOB_SEQUENCE",
    },
    tensor: {
      dtype: "DT_STRING",
      tensorShape: { dim: [{ size: 3 }] },
      stringVal: [number(width), number(height), png],
    },
  };
}

function text(tag: string, markdown: string): SummaryValue {
  return {
    tag,
    metadata: { pluginData: { pluginName: "text" }, dataClass: "DATA_CLASS_TENSOR" },
    tensor: {
      dtype: "DT_STRING",
      tensorShape: {},
      stringVal: [new TextEncoder().encode(markdown)],
    },
  };
}

/** The plugin reads its data beside the tensor, which is empty. */
function hparams(tag: string, data: HParamsData): SummaryValue {
  return {
    tag,
    metadata: {
      pluginData: { pluginName: "hparams", content: encodeHParams(data) },
      dataClass: "DATA_CLASS_TENSOR",
    },
    tensor: { dtype: "DT_FLOAT", tensorShape: { dim: [{ size: 0 }] } },
  };
}
