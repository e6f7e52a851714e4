/**
 * The section of a report on what is left where something is missing from the test samples, or noisy.
 *
 * @module
 */

import { escape } from "./gfm.ts";
import type { Estimate, ExperimentReport } from "./record.ts";
import { markdownTable, right } from "./table.ts";
import { NOTHING, percent, percentInterval } from "./text.ts";

/** With its interval where that is over groups of samples; over seeds it would say little of others. */
function shown(accuracy: Estimate): string {
  const { mean, over } = accuracy;
  return percent(mean, 1) + (over === "groups" ? ` ${percentInterval(accuracy)}` : "");
}

/** Accuracies under each condition, a column for each variant; nothing where there are none. */
export function conditionsSection({ variants, dataset }: ExperimentReport): string[] {
  const names = variants[0]!.conditions?.map(({ name }) => name) ?? [];
  if (names.length === 0) return [];
  const rows = [
    ["as it is", ...variants.map(({ test }) => shown(test.accuracy))],
    ...names.map((name) => [
      escape(name),
      ...variants.map(({ conditions }) => {
        const found = conditions?.find((condition) => condition.name === name);
        return found ? shown(found.accuracy) : NOTHING;
      }),
    ]),
  ];
  const grouped = variants.some(({ conditions }) =>
    conditions?.some(({ accuracy }) => accuracy.over === "groups")
  );
  return [
    "## Missing and noisy",
    "PrivateTest once more, by the same networks, which were trained on whole samples: accuracy in %, " +
    `means over seeds.${
      grouped && dataset.groups
        ? ` In brackets: 95 % intervals over the ${dataset.groups.count} ${
          escape(dataset.groups.name)
        }.`
        : ""
    }`,
    markdownTable(
      [{ title: "Test samples" }, ...right(...variants.map(({ name }) => escape(name)))],
      rows,
    ),
  ];
}
