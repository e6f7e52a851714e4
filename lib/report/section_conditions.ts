/**
 * The section of a report on what is left where something is missing from the test samples, or noisy.
 *
 * @module
 */

import { escape } from "./gfm.ts";
import type { Estimate, ExperimentReport } from "./record.ts";
import { markdownTable, right, type Table } from "./table.ts";
import { NOTHING, percent, percentInterval } from "./text.ts";

/** With its interval where that is over groups of samples; over seeds it would say little of others. */
function withInterval(accuracy: Estimate): string {
  const { mean, over } = accuracy;
  return percent(mean, 1) + (over === "groups" ? ` ${percentInterval(accuracy)}` : "");
}

/**
 * Accuracies under each condition, a column for each variant; nothing where there are none.
 *
 * @param shown How an accuracy is written.
 */
export function conditionsTable(
  { variants }: ExperimentReport,
  shown: (accuracy: Estimate) => string,
): Table | undefined {
  const names = variants[0]!.conditions?.map(({ name }) => name) ?? [];
  if (names.length === 0) return undefined;
  return {
    columns: [{ title: "Test samples" }, ...right(...variants.map(({ name }) => name))],
    rows: [
      ["as it is", ...variants.map(({ test }) => shown(test.accuracy))],
      ...names.map((name) => [
        name,
        ...variants.map(({ conditions }) => {
          const found = conditions?.find((condition) => condition.name === name);
          return found ? shown(found.accuracy) : NOTHING;
        }),
      ]),
    ],
  };
}

/** The section, or nothing where the report has no conditions. */
export function conditionsSection(report: ExperimentReport): string[] {
  const table = conditionsTable(report, withInterval);
  if (!table) return [];
  const { variants, dataset } = report;
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
      table.columns.map((column) => ({ ...column, title: escape(column.title) })),
      table.rows.map(([name, ...accuracies]) => [escape(name!), ...accuracies]),
    ),
  ];
}
