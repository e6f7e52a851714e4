/**
 * The report of an experiment: made of its plan and of the runs that are finished, and of nothing else,
 * so that whoever finishes last can write it.
 *
 * @module
 */

import { dirname, join, relative } from "node:path";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { parseConditions } from "../evaluation/condition.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists, removeLeftovers, writeFileWhole } from "../file.ts";
import { waitForFolder } from "../lock.ts";
import { shownPath } from "../paths.ts";
import {
  buildReport,
  buildReportFacts,
  type ReportSource,
  type RunSource,
  type VariantSource,
} from "../report/build.ts";
import {
  readFacts,
  readRecord,
  readText,
  REPORT_FILES,
  RUN_FILES,
  writeReport,
  writeReportFacts,
} from "../report/files.ts";
import { renderReport } from "../report/markdown.ts";
import { sayAside } from "../terminal.ts";
import { cleanMask } from "./clean_images.ts";
import { readPlan, type ReportPlan } from "./plan_file.ts";
import { placeOfRun, runsIn } from "./state.ts";
import { triesBeside } from "./tries.ts";

/**
 * Writes the report, its facts and its figures from what is finished of its plan. Several processes may
 * do so: one after the other.
 *
 * @param folder The report's, with its plan in it; the runs lie in `runs` beside it.
 * @returns Whether any run is finished; else nothing is written.
 * @throws {UserError} Where there is no plan, or what is there cannot be read.
 */
export async function writeReportOf(folder: string): Promise<boolean> {
  // A lock is a file: none is left in a folder that is no report's.
  await expectPlan(folder);
  using _lock = await waitForFolder(folder);
  const plan = await expectPlan(folder);
  const source = await readSource(folder, plan);
  if (!source) return false;
  for (const each of [folder, join(folder, REPORT_FILES.figures)]) await removeLeftovers(each);
  const report = buildReport(source);
  const tries = await triesBeside(folder, plan);
  const facts = { ...buildReportFacts(source), ...tries.length > 0 ? { tries } : {} };
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
  return true;
}

async function expectPlan(folder: string): Promise<ReportPlan> {
  const plan = await readPlan(folder);
  if (!plan) throw new UserError(`${shownPath(folder)}: Has neither a report nor the plan of one`);
  return plan;
}

/** What the report is made of; nothing where no run is finished. */
async function readSource(folder: string, plan: ReportPlan): Promise<ReportSource | undefined> {
  const results = dirname(folder);
  const variants: VariantSource[] = [];
  for (const { name, description, digest, control } of plan.variants) {
    const runs: RunSource[] = [];
    for (const seed of plan.seeds) {
      const place = placeOfRun(runsIn(results), { digest, seed });
      if (!await exists(join(place, RUN_FILES.record))) continue;
      try {
        runs.push({ ...await readRun(place), folder: relative(folder, place) });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        // The experiment runs it again; until then it is one that is not done.
        sayAside(`Left out of the report: ${error.message}`);
      }
    }
    variants.push({ name, description, control, runs });
  }
  const first = variants.flatMap(({ runs }) => runs)[0];
  if (!first) return undefined;
  const { experiment, preset, command, seeds, data, contrasts = [] } = plan;
  const clean = await cleanMask(results, data, first.predictions.images);
  return { experiment, preset, command, seeds, clean, variants, contrasts };
}

/**
 * Reads a finished run.
 *
 * @throws {UserError} Where one of its files is missing or damaged.
 */
export async function readRun(folder: string): Promise<RunSource> {
  const file = join(folder, RUN_FILES.predictions);
  const record = await readRecord(join(folder, RUN_FILES.record));
  const { classes } = formOf(record.dataset);
  const conditions = join(folder, RUN_FILES.conditions);
  return {
    record,
    ...await exists(conditions)
      ? { conditions: parseConditions(await readText(conditions), conditions) }
      : {},
    predictions: parsePredictions(await readText(file), classes, { file }),
    folder,
    facts: await readFacts(join(folder, RUN_FILES.facts)),
  };
}

/** Removes figures of the report before, which may have shown another variant as the chosen one. */
async function removeOldFigures(folder: string, drawn: readonly string[]): Promise<void> {
  for await (const { name } of Deno.readDir(join(folder, REPORT_FILES.figures))) {
    const file = `${REPORT_FILES.figures}/${name}`;
    if (name.endsWith(".svg") && !drawn.includes(file)) await Deno.remove(join(folder, file));
  }
}
