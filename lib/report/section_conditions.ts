/**
 * The section of a report on what is left where something is missing from the test samples, or noisy.
 *
 * @module
 */

import { escape } from "./gfm.ts";
import type { ExperimentReport } from "./record.ts";
import { markdownTable, right } from "./table.ts";
import { NOTHING, percent } from "./text.ts";

/** Accuracies under each condition, a column for each variant; nothing where there are none. */
export function conditionsSection({ variants }: ExperimentReport): string[] {
  const names = variants[0]!.conditions?.map(({ name }) => name) ?? [];
  if (names.length === 0) return [];
  const rows = [
    ["as it is", ...variants.map(({ test }) => percent(test.accuracy.mean, 1))],
    ...names.map((name) => [
      escape(name),
      ...variants.map(({ conditions }) => {
        const found = conditions?.find((condition) => condition.name === name);
        return found ? percent(found.accuracy.mean, 1) : NOTHING;
      }),
    ]),
  ];
  return [
    "## Missing and noisy",
    "PrivateTest once more, by the same networks, which were trained on whole samples: accuracy in %, " +
    "means over seeds.",
    markdownTable(
      [{ title: "Test samples" }, ...right(...variants.map(({ name }) => escape(name)))],
      rows,
    ),
  ];
}
