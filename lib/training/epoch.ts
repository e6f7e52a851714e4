/**
 * What is known of an epoch once it is over.
 *
 * @module
 */

import type { EpochRecord } from "../schema/common.ts";

export type { EpochRecord };

/** The most that each number can be; the least is 0, and 1 for the epoch. */
const MOST: Readonly<Record<keyof EpochRecord, number>> = {
  epoch: Number.MAX_VALUE,
  learningRate: Number.MAX_VALUE,
  trainingLoss: Number.MAX_VALUE,
  trainingAccuracy: 1,
  validationLoss: Number.MAX_VALUE,
  validationAccuracy: 1,
};

/**
 * Whether a value from a file can stand in a record as a finished epoch: what the record's schema asks,
 * without the library that reads schemas.
 */
export function isEpochRecord(json: unknown): json is EpochRecord {
  if (typeof json !== "object" || json === null) return false;
  const values = json as Readonly<Record<string, unknown>>;
  const inRange = (name: string) => {
    const value = values[name];
    return typeof value === "number" && value >= 0 && value <= MOST[name as keyof EpochRecord];
  };
  return Object.keys(values).length === Object.keys(MOST).length &&
    Object.keys(MOST).every((name) => Object.hasOwn(values, name) && inRange(name)) &&
    Number.isInteger(values.epoch) && values.epoch !== 0;
}
