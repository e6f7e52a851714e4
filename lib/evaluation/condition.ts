/**
 * Scores under another circumstance of the test, such as a modality that is missing.
 *
 * @module
 */

import { readCsv } from "../csv.ts";
import { UserError } from "../error.ts";
import type { ConditionScores } from "../schema/run.ts";
import { stringifyCsv } from "../std/csv.ts";
import { classScores, type Evaluation } from "./metrics.ts";

/** How many predictions are right under each condition, by group: what intervals over groups need. */
export interface GroupedConditions {
  /** Of the samples, such as actors; shape [groups]. */
  readonly groups: readonly string[];
  /** Of each group; shape [groups]. */
  readonly samples: readonly number[];
  readonly conditions: readonly {
    readonly name: string;
    /** Right predictions; shape [groups]. */
    readonly correct: readonly number[];
  }[];
}

/**
 * What a confusion matrix under a test condition says.
 *
 * @param confusion `matrix[true][predicted]`, of one sample or more.
 */
export function conditionScores(
  name: string,
  confusion: Evaluation["confusion"],
  classes: readonly string[],
): ConditionScores {
  const images = confusion.flat().reduce((sum, count) => sum + count, 0);
  const correct = confusion.reduce((sum, row, c) => sum + row[c]!, 0);
  return {
    name,
    accuracy: correct / images,
    macroF1: classScores(confusion, classes).macro.f1,
    confusion,
  };
}

/**
 * Counts right predictions by group.
 *
 * @param groups Of each sample.
 * @param labels Of each sample.
 * @param conditions What was predicted under each.
 */
export function groupConditions(
  groups: readonly string[],
  labels: Uint8Array,
  conditions: readonly { readonly name: string; readonly predicted: Uint8Array }[],
): GroupedConditions {
  const names = [...new Set(groups)].sort();
  const places = new Map(names.map((name, place) => [name, place]));
  const count = (counts: (i: number) => boolean) => {
    const found = names.map(() => 0);
    groups.forEach((group, i) => found[places.get(group)!]! += Number(counts(i)));
    return found;
  };
  return {
    groups: names,
    samples: count(() => true),
    conditions: conditions.map(({ name, predicted }) => ({
      name,
      correct: count((i) => predicted[i] === labels[i]),
    })),
  };
}

/** The counts of parts that have no group in common, such as folds, as one. */
export function joinConditions(parts: readonly GroupedConditions[]): GroupedConditions {
  const rows = parts.flatMap(({ groups, samples, conditions }) =>
    groups.map((group, g) => ({
      group,
      samples: samples[g]!,
      correct: conditions.map(({ correct }) => correct[g]!),
    }))
  ).sort((a, b) => a.group < b.group ? -1 : 1);
  return {
    groups: rows.map(({ group }) => group),
    samples: rows.map(({ samples }) => samples),
    conditions: parts[0]!.conditions.map(({ name }, c) => ({
      name,
      correct: rows.map(({ correct }) => correct[c]!),
    })),
  };
}

/** The counts as CSV: a row for each group, a column for each condition. */
export function formatConditions({ groups, samples, conditions }: GroupedConditions): string {
  return stringifyCsv([
    ["group", "samples", ...conditions.map(({ name }) => name)],
    ...groups.map((group, g) => [
      group,
      String(samples[g]!),
      ...conditions.map(({ correct }) => String(correct[g]!)),
    ]),
  ]);
}

/**
 * Reads what {@linkcode formatConditions} writes.
 *
 * @throws {UserError} For anything else; names the file and the row.
 */
export function parseConditions(text: string, file: string): GroupedConditions {
  const refuse = (what: string): never => {
    throw new UserError(`${file}, ${what}; run the experiment again to write it anew`);
  };
  const [[first, second, ...names] = [], ...counted] = readCsv(text, file);
  if (first !== "group" || second !== "samples") refuse("row 1: Has not the columns of counts");
  const counts = counted.map(([, ...cells], i) => {
    const numbers = cells.map((cell) => /^\d{1,9}$/.test(cell) ? Number(cell) : NaN);
    const [samples = NaN, ...correct] = numbers;
    if (correct.length !== names.length || !correct.every((count) => count <= samples)) {
      refuse(`row ${i + 2}: Has not the counts of ${names.length} conditions`);
    }
    return { samples, correct };
  });
  return {
    groups: counted.map(([group]) => group!),
    samples: counts.map(({ samples }) => samples),
    conditions: names.map((name, c) => ({
      name,
      correct: counts.map(({ correct }) => correct[c]!),
    })),
  };
}
