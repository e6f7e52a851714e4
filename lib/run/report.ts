/**
 * The report of an experiment's finished runs, as files.
 *
 * @module
 */

import { join, relative } from "node:path";
import { cleanTestIndices } from "../dataset/audit.ts";
import type { Dataset } from "../dataset/dataset.ts";
import type { Variant } from "../experiment.ts";
import { exists, removeLeftovers, writeFileWhole } from "../file.ts";
import { shownPath } from "../paths.ts";
import { buildReport, buildReportFacts, type RunSource } from "../report/build.ts";
import { REPORT_FILES, writeReport, writeReportFacts } from "../report/files.ts";
import { type InterruptedSource, renderInterrupted } from "../report/interrupted.ts";
import { renderReport } from "../report/markdown.ts";
import { type Plan, variantsOf } from "./plan.ts";

/** One run of an experiment, read from its folder, with that folder's absolute path. */
export interface FinishedRun {
  readonly variant: Variant;
  readonly run: RunSource;
}

/**
 * Says in the report's place that there is none yet. A report of an earlier command stays: it is still
 * true of what it says was run.
 */
export async function writeInterruption(
  { experiment, request: { command, quiet } }: Plan,
  folder: string,
  dataset: Dataset,
  run: InterruptedSource["run"],
): Promise<void> {
  if (await exists(join(folder, REPORT_FILES.report))) return;
  const file = join(folder, REPORT_FILES.markdown);
  await writeFileWhole(file, renderInterrupted({ experiment, dataset, command, run }));
  if (!quiet) console.error(`Where it stands: ${shownPath(file)}`);
}

/** Writes the report of what is finished, its facts and its figures. */
export async function writeExperimentReport(
  plan: Plan,
  folder: string,
  dataset: Dataset,
  done: readonly FinishedRun[],
): Promise<void> {
  const { experiment, request: { preset, command, seeds } } = plan;
  const { name, title, question, hypothesis, expected } = experiment;
  const source = {
    experiment: { name, title, question, hypothesis, expected },
    preset,
    command,
    seeds,
    clean: cleanTestMask(dataset),
    variants: variantsOf(plan).map((variant) => ({
      ...variant,
      runs: done.filter((finished) => finished.variant === variant)
        .map(({ run }) => ({ ...run, folder: relative(folder, run.folder) })),
    })),
  };
  const report = buildReport(source);
  const facts = buildReportFacts(source);
  const { reportFigures } = await import("../figure/report_figures.ts");
  const { toSvg } = await import("../figure/svg.ts");
  const figures = reportFigures(report);
  for (const { file, figure } of figures) {
    await writeFileWhole(join(folder, file), await toSvg(figure));
  }
  await writeReport(join(folder, REPORT_FILES.report), report);
  await writeReportFacts(join(folder, REPORT_FILES.facts), facts);
  await writeFileWhole(join(folder, REPORT_FILES.markdown), renderReport(report, facts));
  await removeOldFigures(folder, figures.map(({ file }) => file));
}

/** Removes figures of the report before, which may have shown another variant as the chosen one. */
async function removeOldFigures(folder: string, drawn: readonly string[]): Promise<void> {
  for await (const { name } of Deno.readDir(join(folder, REPORT_FILES.figures))) {
    const file = `${REPORT_FILES.figures}/${name}`;
    if (name.endsWith(".svg") && !drawn.includes(file)) await Deno.remove(join(folder, file));
  }
}

/** 1 for each PrivateTest image without a copy in the other splits, else 0. */
function cleanTestMask(dataset: Dataset): Uint8Array {
  const mask = new Uint8Array(dataset.splits.PrivateTest.length);
  for (const i of cleanTestIndices(dataset)) mask[i] = 1;
  return mask;
}

/** What was killed an hour ago is not written any more, whoever else writes here. */
export async function clearLeftovers(folder: string): Promise<void> {
  for (const each of [folder, join(folder, REPORT_FILES.figures)]) {
    await removeLeftovers(each, { olderThan: 3_600_000 });
  }
}
