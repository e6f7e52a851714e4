/**
 * Whether a run came out again as its record says: pure functions of two records.
 *
 * @module
 */

import { wholeConfiguration } from "./configuration.ts";
import { parseTrainingSplit, selectionWords } from "./dataset/hold_out.ts";
import { normalQuantile } from "./evaluation/distributions.ts";
import { upperShare } from "./evaluation/intervals.ts";
import type { RunRecord } from "./report/record.ts";
import type { BuildRecord } from "./tensorflow/expected_build.ts";
import type { EpochRecord } from "./training/epoch.ts";

/** A place in a JSON value at which two differ. */
export interface JsonDifference {
  /** Such as `epochs[2].trainingLoss`. */
  readonly path: string;
  /** Undefined where the value is missing. */
  readonly recorded: unknown;
  readonly again: unknown;
}

/** Causes before effects, so that the first difference is the one to look at. */
const READING_ORDER = [
  "kind",
  "version",
  "dataset",
  "configuration",
  "seed",
  "build",
  "digest",
  "model",
  "commonsense",
  "epochs",
];

/**
 * The first place at which two JSON values differ; nothing where they are equal. Members are looked at
 * in the order of a record's causes and effects: data, configuration, build, epochs, scores.
 */
export function firstDifference(
  recorded: unknown,
  again: unknown,
  path: string = "",
): JsonDifference | undefined {
  if (Object.is(recorded, again)) return undefined;
  if (!isContainer(recorded) || !isContainer(again)) return { path, recorded, again };
  const list = Array.isArray(recorded);
  if (list !== Array.isArray(again)) return { path, recorded, again };
  const names = [...new Set([...Object.keys(recorded), ...Object.keys(again)])];
  if (!list) names.sort((a, b) => rank(a) - rank(b));
  for (const name of names) {
    const member = list ? `${path}[${name}]` : path === "" ? name : `${path}.${name}`;
    const difference = firstDifference(recorded[name], again[name], member);
    if (difference) return difference;
  }
  return undefined;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function rank(name: string): number {
  const at = READING_ORDER.indexOf(name);
  return at < 0 ? READING_ORDER.length : at;
}

/** A difference in one line. */
export function differenceText({ path, recorded, again }: JsonDifference): string {
  const epoch = /^epochs\[(\d+)\]/.exec(path)?.[1];
  const text = (value: unknown) => {
    const json = value === undefined ? "missing" : JSON.stringify(value);
    return json.length > 80 ? `${json.slice(0, 77)}...` : json;
  };
  return `${path}${epoch === undefined ? "" : ` (epoch ${Number(epoch) + 1})`}: ` +
    `${text(recorded)} in the record, ${text(again)} now`;
}

/** Differences of the build that change the last digits: kind of CPU, threads, versions. */
export function buildDifferences(recorded: BuildRecord, again: BuildRecord): JsonDifference[] {
  return (["tensorflow", "tfjs", "platform", "cpu", "threads"] as const)
    .filter((name) => recorded[name] !== again[name])
    .map((name) => ({ path: `build.${name}`, recorded: recorded[name], again: again[name] }));
}

/** The largest difference of the first epoch's training loss that another build may make, in nats. */
export const LOSS_TOLERANCE = 0.01;

/** What a run gave, as far as it was carried out. */
export interface Outcome {
  readonly epochs: readonly EpochRecord[];
  /** Of a run that was carried out whole. */
  readonly record?: RunRecord;
}

/** Two outcomes held against each other with tolerance. */
export interface Closeness {
  readonly within: boolean;
  /** What was compared, by how much it differs, and by how much it may. */
  readonly checks: readonly {
    readonly name: string;
    readonly difference: number;
    readonly tolerance: number;
  }[];
}

/**
 * Holds a run on another build against its record.
 *
 * Rounding differs in the last digit there, and training magnifies it from step to step: the first
 * epoch must be nearly the same (its loss differed by 1e-6 to 1e-3 between 1 and 2 threads), the end
 * as near as two trainings of one method are. So the training loss of epoch 1 may differ by
 * {@linkcode LOSS_TOLERANCE}, and accuracy by the 95 % interval of the difference of two such shares of
 * as many images: on PrivateTest at the best epoch where the run is whole, else on what
 * the epoch is chosen on after the last epoch compared.
 */
export function closeness(record: RunRecord, { epochs, record: whole }: Outcome): Closeness {
  const at = epochs.length - 1;
  const [accuracy, again, images, name] = whole
    ? [record.best.test.accuracy, whole.best.test.accuracy, record.best.test.images, "PrivateTest"]
    : [
      record.epochs[at]!.validationAccuracy,
      epochs[at]!.validationAccuracy,
      selectionImages(record),
      `${selectionWords(wholeConfiguration(record.configuration))} after epoch ${at + 1}`,
    ];
  const checks = [{
    name: "training loss of epoch 1",
    difference: Math.abs(record.epochs[0]!.trainingLoss - epochs[0]!.trainingLoss),
    tolerance: LOSS_TOLERANCE,
  }, {
    name: `accuracy on ${name}`,
    difference: Math.abs(accuracy - again),
    tolerance: normalQuantile(upperShare()) *
      Math.sqrt(2 * accuracy * (1 - accuracy) / images),
  }];
  return {
    checks,
    within: checks.every(({ difference, tolerance }) => difference <= tolerance),
  };
}

/** How many images the epoch was chosen on; of a split anew its record has those that were held out. */
function selectionImages({ configuration, best, claimed }: RunRecord): number {
  const { split, selectOn } = wholeConfiguration(configuration);
  const shares = parseTrainingSplit(split);
  if (!shares || !claimed) return best.validation.images;
  const { images } = claimed.scores;
  return selectOn === "held-out" ? images : Math.round(images * shares.validation / shares.heldOut);
}
