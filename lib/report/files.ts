/**
 * The files of runs and reports on disk: checked when written and when read, written whole.
 *
 * @module
 */

import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { exists, explainReading, removeIfThere, writeFileWhole } from "../file.ts";
import type { EpochRecord, ExperimentReport, ReportFacts, RunFacts, RunRecord } from "./record.ts";
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
  /** What was not committed, where anything was; see `lib/patch.ts`. */
  patch: "patch.diff",
  history: "history.jsonl",
  predictions: "predictions.csv",
  /** The same on PublicTest; runs from before there were ensembles have none. */
  validation: "validation.csv",
  /** Where the data have conditions and groups: right predictions by group; see `condition.ts`. */
  conditions: "conditions.csv",
  /** The same on what was held out of Training, where that is split anew. */
  claimed: "claimed.csv",
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

/**
 * Reads the finished epochs of a run (`history.jsonl`), which it writes after each.
 *
 * @param folder The run's.
 * @returns Nothing where none is finished.
 */
export async function readHistory(folder: string): Promise<EpochRecord[]> {
  const file = join(folder, RUN_FILES.history);
  if (!await exists(file)) return [];
  const text = (await readText(file)).trim();
  return text === "" ? [] : text.split("\n").map((line) => JSON.parse(line));
}

/** Writes a run's facts (`run.json`); see {@linkcode writeRecord}. */
export async function writeFacts(path: string, facts: RunFacts): Promise<void> {
  await writeFileWhole(path, formatChecked("fer-lab/run-facts", facts, { file: path }));
}

/**
 * Writes the facts of a run with the patch that they name, and takes one away that they do not.
 *
 * @param folder The run's.
 * @param patch The text; null where there is none.
 */
export async function writeFactsAndPatch(
  folder: string,
  facts: RunFacts,
  patch: string | null,
): Promise<void> {
  const file = join(folder, RUN_FILES.patch);
  if (patch !== null) await writeFileWhole(file, patch);
  else await removeIfThere(file);
  await writeFacts(join(folder, RUN_FILES.facts), facts);
}

/** What is wrong with what is kept of a run's uncommitted changes. */
export interface PatchTrouble {
  /** It is not there, rather than another file. */
  readonly missing: boolean;
  readonly text: string;
}

/**
 * Holds the patch in a run's folder against the digest in its facts; nothing where it is the one, where
 * there is to be none, or where there are no facts.
 */
export async function patchTrouble(folder: string): Promise<PatchTrouble | undefined> {
  const facts = join(folder, RUN_FILES.facts);
  if (!await exists(facts)) return undefined;
  const { git } = await readFacts(facts);
  if (!git?.patch) return undefined;
  const file = join(folder, RUN_FILES.patch);
  if (!await exists(file)) {
    return {
      missing: true,
      text: `${RUN_FILES.patch} is missing, and ${RUN_FILES.facts} tells of uncommitted changes`,
    };
  }
  const digest = sha256(await readText(file));
  if (digest === git.patch) return undefined;
  const text = `${file} is not the file that ${RUN_FILES.facts} is of: its SHA-256 is ${digest}, ` +
    `not ${git.patch}`;
  return { missing: false, text };
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
 * Larger files are none of ours: the largest, the predictions for half a million images, have 60 MB, a
 * report with hundreds of runs some. To read on could take more memory than there is.
 */
const LARGEST = { json: 20_000_000, text: 200_000_000 } as const;

/**
 * Reads a JSON file.
 *
 * @throws {UserError} Where it cannot be read, is too large or no JSON.
 */
export async function readJson(path: string): Promise<unknown> {
  const text = await readAtMost(path, LARGEST.json);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: Not JSON: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Reads a text file.
 *
 * @throws {UserError} Where it is missing, cannot be read or is too large.
 */
export async function readText(path: string): Promise<string> {
  return await readAtMost(path, LARGEST.text);
}

async function readAtMost(path: string, most: number): Promise<string> {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let text = "";
  let bytes = 0;
  try {
    const file = await Deno.open(path);
    // Counted as they come: a device says that it has none and never ends.
    for await (const chunk of file.readable) {
      bytes += chunk.length;
      if (bytes > most) break;
      text += decoder.decode(chunk, { stream: true });
    }
  } catch (error) {
    throw explainReading(error, path);
  }
  if (bytes <= most) return text + decoder.decode();
  throw new UserError(
    `${path}: Is larger than any file of its kind (${most / 1e6} MB): name another`,
  );
}
