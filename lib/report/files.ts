/**
 * The files of runs and reports on disk: checked when written and when read, written whole.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { writeFileWhole } from "../file.ts";
import type { ExperimentReport, ReportFacts, RunFacts, RunRecord } from "./record.ts";
import {
  formatChecked,
  validateFacts,
  validateRecord,
  validateReport,
  validateReportFacts,
} from "./validate.ts";

/** The names of the files in a run's folder. */
export const RUN_FILES = {
  record: "record.json",
  facts: "run.json",
  history: "history.jsonl",
  predictions: "predictions.csv",
} as const;

/** The names of the files in a report's folder. */
export const REPORT_FILES = {
  report: "report.json",
  facts: "report.run.json",
  markdown: "report.md",
  figures: "figures",
} as const;

/** The canonical text of a record: what is written, and what two runs are compared by. */
export function formatRecord(record: RunRecord, file: string = RUN_FILES.record): string {
  return formatChecked("fer-lab/run-record", record, { file });
}

/**
 * Writes a run's record.
 *
 * @param path The file, `.../record.json`.
 * @throws {UserError} Where it does not follow its schema or holds NaN; then nothing is written.
 */
export async function writeRecord(path: string, record: RunRecord): Promise<void> {
  await writeFileWhole(path, formatRecord(record, path));
}

/**
 * Reads a run's record.
 *
 * @throws {UserError} Where the file is missing, no JSON, or does not follow the schema.
 */
export async function readRecord(path: string): Promise<RunRecord> {
  return validateRecord(await readJson(path), { file: path });
}

/** Writes a run's facts (`run.json`); see {@linkcode writeRecord}. */
export async function writeFacts(path: string, facts: RunFacts): Promise<void> {
  await writeFileWhole(path, formatChecked("fer-lab/run-facts", facts, { file: path }));
}

/** Reads a run's facts; see {@linkcode readRecord}. */
export async function readFacts(path: string): Promise<RunFacts> {
  return validateFacts(await readJson(path), { file: path });
}

/** Writes an experiment's report (`report.json`); see {@linkcode writeRecord}. */
export async function writeReport(path: string, report: ExperimentReport): Promise<void> {
  await writeFileWhole(path, formatChecked("fer-lab/report", report, { file: path }));
}

/** Reads an experiment's report; see {@linkcode readRecord}. */
export async function readReport(path: string): Promise<ExperimentReport> {
  return validateReport(await readJson(path), { file: path });
}

/** Writes the facts beside a report (`report.run.json`); see {@linkcode writeRecord}. */
export async function writeReportFacts(path: string, facts: ReportFacts): Promise<void> {
  await writeFileWhole(path, formatChecked("fer-lab/report-facts", facts, { file: path }));
}

/** Reads the facts beside a report; see {@linkcode readRecord}. */
export async function readReportFacts(path: string): Promise<ReportFacts> {
  return validateReportFacts(await readJson(path), { file: path });
}

/**
 * Reads a JSON file.
 *
 * @throws {UserError} Where it cannot be read or is no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: Not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads a text file.
 *
 * @throws {UserError} Where it is missing or cannot be read.
 */
export async function readText(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UserError(`${path}: No such file`, { cause: error });
    }
    if (
      error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.IsADirectory
    ) {
      throw new UserError(`${path}: Cannot be read: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
