/**
 * Which runs are in Slurm's queue: what was submitted stands beside the runs, and Slurm says what of it is
 * still waiting or running.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, removeIfThere, writeFileWhole } from "../file.ts";
import { readJson } from "../report/files.ts";
import { isJob, queuedElements, type RunSlurm } from "./slurm.ts";

/** A job array that was submitted. */
export interface Submission {
  /** As `submitArray` gives it. */
  readonly job: string;
  /** By element the folder of its run, from that of the data set's results; empty once that is over. */
  readonly runs: readonly string[];
}

const FILE = "slurm.json";
const KIND = { kind: "fer-lab/slurm", version: 1 } as const;

/**
 * The submissions of which anything is in the queue.
 *
 * @param results The folder of the data set's results.
 * @throws {UserError} Where the file of submissions is damaged, or Slurm does not answer.
 */
export async function readQueue(run: RunSlurm, results: string): Promise<Submission[]> {
  const file = join(results, FILE);
  if (!await exists(file)) return [];
  const json = await readJson(file) as { submissions?: unknown } & Partial<typeof KIND> | null;
  const { kind, version, submissions } = json ?? {};
  const whole = kind === KIND.kind && version === KIND.version && Array.isArray(submissions) &&
    submissions.every(isSubmission);
  if (!whole) {
    throw new UserError(`${file}: Is damaged: cancel what is queued with scancel, and remove it`);
  }
  const queued: Submission[] = [];
  for (const { job, runs } of submissions as Submission[]) {
    const elements = await queuedElements(run, job);
    if (elements.length === 0) continue;
    queued.push({ job, runs: runs.map((folder, i) => elements.includes(i) ? folder : "") });
  }
  return queued;
}

/** Writes down what was submitted. */
export async function writeQueue(
  results: string,
  submissions: readonly Submission[],
): Promise<void> {
  const file = join(results, FILE);
  if (submissions.length > 0) {
    await writeFileWhole(file, JSON.stringify({ ...KIND, submissions }, null, 2) + "\n");
  } else await removeIfThere(file);
}

function isSubmission(value: unknown): value is Submission {
  const { job, runs } = (value ?? {}) as Partial<Submission>;
  return typeof job === "string" && isJob(job) && Array.isArray(runs) &&
    runs.every((folder) => typeof folder === "string");
}
