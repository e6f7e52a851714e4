/**
 * A data set's classes and the form of its samples, and how records have them.
 *
 * @module
 */

import { EMOTIONS, FACE } from "../emotion.ts";
import { sampleSize } from "../sample.ts";
import type { DatasetRecord } from "../schema/common.ts";
import type { ClassCounts, DataForm } from "./dataset.ts";

/** FER2013's form, which is that of everything recorded without another. */
export const FER2013_FORM: DataForm = { classes: EMOTIONS, sample: FACE };

/** The form of data as records and reports have it: only what is not FER2013's. */
export type RecordedForm = Pick<DatasetRecord, "classes" | "sample">;

/** The form as records have it: what is FER2013's is left out, as before there was any other. */
export function recordedForm({ classes, sample }: DataForm): RecordedForm {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  const { shape, type, divisor, modalities } = sample;
  const told = { shape, type, divisor, ...modalities ? { modalities } : {} };
  return {
    ...same(classes, EMOTIONS) ? {} : { classes: [...classes] },
    ...same(told, FACE) ? {} : { sample: told },
  };
}

/** The form that a record or report tells of. */
export function formOf({ classes, sample }: RecordedForm): DataForm {
  return { classes: classes ?? EMOTIONS, sample: sample ?? FACE };
}

/** Labels are bytes. */
export const MOST_CLASSES = 256;

/**
 * Puts classes in the order of their label numbers: FER2013's first and in its order, others after them
 * by name (in the order of UTF-16 code units, the same everywhere).
 *
 * @param names In any order; equal ones are one class.
 */
export function orderClasses(names: Iterable<string>): string[] {
  const all = new Set(names);
  const others = [...all].filter((name) => !(EMOTIONS as readonly string[]).includes(name));
  return [...EMOTIONS.filter((name) => all.has(name)), ...others.sort()];
}

/**
 * Refuses a form that no data set can have.
 *
 * @throws {RangeError} Says what is wrong with it.
 */
export function checkForm({ classes, sample }: DataForm): void {
  if (classes.length < 2 || classes.length > MOST_CLASSES) {
    throw new RangeError(`A data set has 2 to ${MOST_CLASSES} classes, not ${classes.length}`);
  }
  // Names are written between commas, into rows of CSV and onto terminals.
  const wrong = classes.find((name) => !/^[^\p{Cc},]+$/u.test(name) || name.trim() !== name);
  if (wrong !== undefined) {
    throw new RangeError(`${JSON.stringify(wrong)} cannot be the name of a class`);
  }
  if (orderClasses(classes).join() !== classes.join()) {
    throw new RangeError(`Classes in the order ${orderClasses(classes)}, not ${classes}`);
  }
  const { shape, divisor, modalities } = sample;
  if (shape.length === 0 || !shape.every((side) => Number.isSafeInteger(side) && side > 0)) {
    throw new RangeError(`No sample has the shape [${shape}]`);
  }
  if (!Number.isSafeInteger(sampleSize(sample)) || !(divisor > 0 && divisor < Infinity)) {
    throw new RangeError(`No sample has the shape [${shape}] and the divisor ${divisor}`);
  }
  if (!modalities) return;
  const length = modalities.reduce((sum, modality) => sum + modality.length, 0);
  const names = new Set(modalities.map(({ name }) => name));
  const misfit = modalities.some(({ type, length }) =>
    type !== "features" && length !== classes.length
  );
  if (shape.length !== 1 || length !== shape[0] || names.size !== modalities.length || misfit) {
    throw new RangeError(
      `The modalities ${[...names]} are not the parts of a vector of [${shape}]`,
    );
  }
}

/** Counts by class, in the order of the classes. */
export function countsOf(counts: ClassCounts, classes: readonly string[]): number[] {
  return classes.map((name) => counts[name] ?? 0);
}
