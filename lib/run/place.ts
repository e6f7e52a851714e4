/**
 * Where results lie: what is committed, everybody's own runs apart from it, and no report in the place
 * of one of another plan.
 *
 * @module
 */

import { basename, join } from "node:path";
import { type Configuration, differences, formatValue } from "../configuration.ts";
import { UserError } from "../error.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { numberedFolder } from "../report/folders.ts";
import { list } from "../text.ts";
import { readPlan, type ReportPlan } from "./plan_file.ts";

/**
 * Refuses a folder that this task may not write to, before anything is trained.
 *
 * @param out An absolute path.
 * @throws {UserError} Names the folders that would do, and the way to any other disk.
 */
export async function expectWritable(out: string): Promise<void> {
  const { state } = await Deno.permissions.query({ name: "write", path: out });
  if (state === "granted") return;
  const link = `reports/own/${basename(out) || "results"}`;
  throw new UserError(
    `--out ${out}: This task may write only to the checkout's folders reports and .cache: take one in ` +
      `them, such as --out reports/own/NAME; for another disk link it there, in ${CHECKOUT}: ` +
      `mkdir -p reports/own && ln -s ${out} ${link}, then --out ${link}`,
  );
}

/** Where a report goes. */
export interface ReportPlace {
  readonly folder: string;
  /** The folder in whose place it does not come, and why; nothing where it goes by its own name. */
  readonly beside?: { readonly folder: string; readonly reason: string };
}

/**
 * Finds the folder of a report: `<experiment>`, unless the report there is of another plan, or of a
 * fuller one; then the first of `<experiment>-2`, `<experiment>-3`, ... that is free or of this plan.
 *
 * @param results The folder of a data set's reports.
 * @param plan What it is going to be about.
 */
export async function placeReport(results: string, plan: ReportPlan): Promise<ReportPlace> {
  let beside: ReportPlace["beside"];
  for (let n = 1;; n++) {
    const { name } = plan.experiment;
    const folder = numberedFolder(join(results, name), n);
    const reason = await otherPlan(folder, plan);
    if (reason === undefined) return beside ? { folder, beside } : { folder };
    beside ??= { folder, reason };
  }
}

/** What keeps the report in a folder from being replaced; nothing where it may be, or is not there. */
async function otherPlan(folder: string, plan: ReportPlan): Promise<string | undefined> {
  try {
    const there = await readPlan(folder);
    return there && planDifference(there, plan);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return "a report that cannot be read";
  }
}

/**
 * What a report has, or is to have, that one of another plan would not have: other data, variants or
 * settings, or further seeds. Nothing where that is the same again, or a fuller one.
 */
export function planDifference(report: ReportPlan, plan: ReportPlan): string | undefined {
  if (report.experiment.name !== plan.experiment.name) {
    return `the experiment ${report.experiment.name}`;
  }
  if (report.data !== plan.data) return "other data";
  const lacking = report.variants.filter(({ name }) =>
    !plan.variants.some((planned) => planned.name === name)
  );
  if (lacking.length > 0) {
    return `${lacking.length === 1 ? "the variant" : "the variants"} ${
      list(lacking.map(({ name }) => name))
    } too`;
  }
  for (const { name, configuration } of report.variants) {
    const planned = plan.variants.find((variant) => variant.name === name)!;
    const [first] = differences(configuration, planned.configuration);
    if (first) {
      const value = formatValue(first.a as Configuration[keyof Configuration]);
      return `${first.name}=${value} in ${name}`;
    }
  }
  const further = report.seeds.filter((seed) => !plan.seeds.includes(seed));
  if (further.length === 0) return undefined;
  return `${further.length === 1 ? "seed" : "seeds"} ${list(further.map(String))} too`;
}

/** The line that says where a report goes that does not go by its own name. */
export function besideText({ folder, beside }: ReportPlace): string | undefined {
  return beside && `The report in ${shownPath(beside.folder)} stays: it has ${beside.reason}. ` +
      `This one goes beside it: ${shownPath(folder)}`;
}
