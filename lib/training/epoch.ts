/**
 * What is known of an epoch once it is over.
 *
 * @module
 */

import type { EpochRecord } from "../schema/common.ts";

export type { EpochRecord };

/** The most that each number can be; the least is 0, and 1 for the epoch. */
const MOST = {
  epoch: Number.MAX_VALUE,
  learningRate: Number.MAX_VALUE,
  trainingLoss: Number.MAX_VALUE,
  trainingAccuracy: 1,
  validationLoss: Number.MAX_VALUE,
  validationAccuracy: 1,
};

/** As {@linkcode MOST}, of what stands there as well where weights are averaged: all of it or none. */
const MOST_AVERAGED = {
  rawValidationLoss: Number.MAX_VALUE,
  rawValidationAccuracy: 1,
  averagedValidationLoss: Number.MAX_VALUE,
  averagedValidationAccuracy: 1,
};

type Ranges = Readonly<Record<string, number>>;

/** Whether the weights' average is the epoch's: it is where it is more accurate than the weights. */
export function isAveraged(
  { rawValidationAccuracy, averagedValidationAccuracy }: Pick<
    EpochRecord,
    "rawValidationAccuracy" | "averagedValidationAccuracy"
  >,
): boolean {
  return averagedValidationAccuracy !== undefined &&
    averagedValidationAccuracy > (rawValidationAccuracy ?? Infinity);
}

/**
 * Whether a value from a file can stand in a record as a finished epoch: what the record's schema asks,
 * without the library that reads schemas.
 *
 * @param json The value.
 * @param options `averaged`: whether the run averages its weights.
 */
export function isEpochRecord(
  json: unknown,
  { averaged = false }: { readonly averaged?: boolean } = {},
): json is EpochRecord {
  if (typeof json !== "object" || json === null) return false;
  const values = json as Readonly<Record<string, unknown>>;
  const ranges: Ranges = { ...MOST, ...averaged ? MOST_AVERAGED : {} };
  const inRange = (name: string) => {
    const value = values[name];
    return typeof value === "number" && value >= 0 && value <= ranges[name]!;
  };
  return Object.keys(values).length === Object.keys(ranges).length &&
    Object.keys(ranges).every((name) => Object.hasOwn(values, name) && inRange(name)) &&
    Number.isInteger(values.epoch) && values.epoch !== 0;
}
