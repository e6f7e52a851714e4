/**
 * A sweep that Slurm carries out: what is missing is submitted, and the report as a job after it.
 *
 * @module
 */

import { join, relative } from "node:path";
import { Interrupted, UserError } from "../error.ts";
import { exists } from "../file.ts";
import { interruptible } from "../interruption.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { readHistory, readText, RUN_FILES } from "../report/files.ts";
import type { RunSource } from "../report/build.ts";
import { concludePlan, runLine } from "../run/carry_out.ts";
import type { Plan } from "../run/plan.ts";
import { placeExperiments } from "../run/prepare.ts";
import { readRun } from "../run/report.ts";
import { BEGUN_FILE } from "../run/state.ts";
import { taskCommand } from "../task.ts";
import { plural } from "../text.ts";
import { SweepDisplay } from "./display.ts";
import { type Job, lookAt, planJobs } from "./job.ts";
import { readQueue, type Submission, writeQueue } from "./queue.ts";
import { pause } from "./schedule.ts";
import {
  jobCommand,
  numberOf,
  queuedElements,
  runSlurm,
  submitAfter,
  submitArray,
  warnedBefore,
} from "./slurm.ts";
import { update } from "./state.ts";
import type { Swept } from "./sweep.ts";

/** How a sweep is submitted. */
export interface SubmitOptions {
  /** What the experiments' own tasks are given. */
  readonly args: readonly string[];
  /** Runs at once at most; nothing for as many as the cluster has room for. */
  readonly atOnce?: number;
  /** For sbatch. */
  readonly options: readonly string[];
  /** Stay until all is over. */
  readonly wait: boolean;
}

/**
 * Submits the runs that are neither done nor in the queue.
 *
 * @returns The folders of the reports, and with `wait` how many runs are missing in the end.
 * @throws {UserError} Where there is no Slurm, or it refuses.
 */
export async function submit(plans: readonly Plan[], options: SubmitOptions): Promise<Swept> {
  // Before the data are loaded, which takes a moment.
  warnedBefore(options.options);
  await runSlurm("sbatch", ["--version"]);
  const { threads, quiet } = plans[0]!.request;
  const placed = await placeExperiments(plans, {
    computing: `Slurm, a run on ${plural(threads, "CPU thread")}`,
  });
  const { results, dataset } = placed;
  const folders = placed.placed.map(({ folder }) => folder);
  const experiments = await interruptible((signal) =>
    // The CPUs are those of other machines, and each run looks at its own.
    planJobs(placed, options.args, { signal, features: null })
  );
  const jobs = [...new Set(experiments.flatMap(({ jobs }) => jobs))];
  const queue = await readQueue(runSlurm, results);
  const missing = await missingRuns(jobs, { queue, results, quiet });
  if (missing.length > 0) {
    const logs = join(results, "slurm");
    await Deno.mkdir(logs, { recursive: true });
    const common = {
      name: `fer-lab-${plans.length > 1 ? "all" : plans[0]!.experiment.name}`,
      checkout: CHECKOUT,
      deno: Deno.execPath(),
      logs,
      options: options.options,
    };
    const atOnce = options.atOnce === undefined ? {} : { atOnce: options.atOnce };
    const job = await submitArray(runSlurm, missing.map(({ words }) => words), {
      ...common,
      ...atOnce,
      threads,
    });
    queue.push({ job, runs: missing.map(({ folder }) => relative(results, folder)) });
    // What is submitted is known even where the second job is refused.
    await writeQueue(results, queue);
    const report = await taskCommand("report");
    const after = await submitAfter(
      runSlurm,
      job,
      folders.map((each) => [...report, each]),
      common,
    );
    if (!quiet) tellSubmitted(missing.length, { job, after, logs });
  } else {
    await writeQueue(results, queue);
  }
  const queued = queue.flatMap(({ runs }) => runs.filter((run) => run !== "")).length -
    missing.length;
  if (queued > 0 && !quiet) {
    console.error(
      `${plural(queued, "run")} in the queue already: ${
        jobCommand("squeue", queue.map(({ job }) => job))
      }`,
    );
  }
  if (options.wait) await watch(jobs, queue, { results, quiet });
  // Where something is queued, the job after it writes the report.
  if (options.wait || queue.length === 0) {
    for (const experiment of experiments) await concludePlan(experiment, dataset);
  }
  return { folders, failed: options.wait ? await tellMissing(jobs, queue, results) : 0 };
}

/** The runs that are neither done nor in the queue, nor at another process. */
async function missingRuns(
  jobs: readonly Job[],
  { queue, results, quiet }: {
    readonly queue: readonly Submission[];
    readonly results: string;
    readonly quiet: boolean;
  },
): Promise<Job[]> {
  const queued = new Set(queue.flatMap(({ runs }) => runs));
  const missing: Job[] = [];
  let done = 0;
  for (const job of jobs) {
    if (queued.has(relative(results, job.folder))) continue;
    const found = await lookAt(job);
    if (found.status === "failed") throw new UserError(`${job.label}: ${found.reason}`);
    if (found.status === "open") missing.push(job);
    else if (found.status === "found") done++;
    else if (!quiet) {
      console.error(
        `${job.label}: another process is at it (${found.holder}); it is not submitted`,
      );
    }
  }
  if (done > 0 && !quiet) console.error(`${plural(done, "run")} done before`);
  return missing;
}

function tellSubmitted(
  runs: number,
  { job, after, logs }: { readonly job: string; readonly after: string; readonly logs: string },
): void {
  console.error(
    `Submitted ${plural(runs, "run")} as job ${numberOf(job)}, and the report after them as job ${
      numberOf(after)
    }`,
  );
  console.error(
    `Watch: ${jobCommand("squeue", [job, after])}; what they print: ${shownPath(logs)}`,
  );
  console.error(`Cancel: ${jobCommand("scancel", [job, after])}`);
}

/** Between two looks at the queue, in milliseconds. */
const LOOK_EVERY = 5000;

/** Stays until none of the runs is in the queue, and shows how far they are. */
async function watch(
  jobs: readonly Job[],
  queue: readonly Submission[],
  { results, quiet }: { readonly results: string; readonly quiet: boolean },
): Promise<void> {
  await interruptible(async (signal) => {
    using display = new SweepDisplay(jobs.map(({ state }) => state), { quiet });
    signal.addEventListener("abort", () => display.stopping());
    let answers = true;
    for (;;) {
      let queued: Set<string> | undefined;
      try {
        queued = await queuedRuns(queue);
        answers = true;
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        // In hours a controller may be restarted.
        if (answers) display.note(`${error.message}; it is asked again`);
        answers = false;
      }
      for (const job of jobs) {
        const line = await progressOf(job, queued?.has(relative(results, job.folder)) ?? true);
        if (line !== undefined && !quiet) display.note(line);
      }
      display.update();
      if (queued?.size === 0) return;
      await pause(LOOK_EVERY, signal);
      if (signal.aborted) {
        throw new Interrupted(
          `Not watched any longer: the jobs go on; ${
            jobCommand("scancel", queue.map(({ job }) => job))
          } ends them`,
        );
      }
    }
  }, { stopping: "Watching no longer" });
}

/** The runs that are waiting or running, as the submissions have them. */
async function queuedRuns(queue: readonly Submission[]): Promise<Set<string>> {
  const numbers = await Promise.all(queue.map(({ job }) => queuedElements(runSlurm, job)));
  return new Set(
    queue.flatMap(({ runs }, i) => runs.filter((_, element) => numbers[i]!.includes(element))),
  );
}

/**
 * Takes in from its files how far a run is.
 *
 * @returns The line that says what came of it, once it is done.
 */
async function progressOf(
  { label, folder, state }: Job,
  queued: boolean,
): Promise<string | undefined> {
  if (state.status === "done") return undefined;
  const run = await doneRun(folder);
  if (run) {
    state.status = "done";
    state.done = state.epochs;
    return runLine(label, run, false);
  }
  const begun = await exists(join(folder, BEGUN_FILE));
  state.status = !queued ? "stopped" : begun ? "running" : "open";
  if (state.status !== "running") return undefined;
  const history = await readHistory(folder);
  const now = performance.now();
  if (state.since === undefined) update(state, { kind: "begin", after: history.length }, now);
  const last = history.at(-1);
  if (last) {
    update(state, { kind: "epoch", epoch: last.epoch, accuracy: last.validationAccuracy }, now);
  }
  return undefined;
}

/** A run that is done; nothing where it is not, or its files are not what they should be. */
async function doneRun(folder: string): Promise<RunSource | undefined> {
  if (!await exists(join(folder, RUN_FILES.record))) return undefined;
  try {
    return await readRun(folder);
  } catch (error) {
    // What is wrong with them whoever does the run anew tells.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Says which runs are missing in the end, and why as far as their elements have said it. */
async function tellMissing(
  jobs: readonly Job[],
  queue: readonly Submission[],
  results: string,
): Promise<number> {
  const missing: string[] = [];
  for (const { label, folder, state } of jobs) {
    if (state.status === "done") continue;
    const run = relative(results, folder);
    const submission = queue.findLast(({ runs }) => runs.includes(run));
    const log = submission &&
      join(results, "slurm", `${numberOf(submission.job)}_${submission.runs.indexOf(run)}.log`);
    const said = log && await exists(log) ? (await readText(log)).trim().split("\n").at(-1) : "";
    missing.push(`${label}: ${said || "it was cancelled, or could not be started"}`);
  }
  if (missing.length > 0) {
    console.error(
      `${plural(missing.length, "run")} missing; the same command submits what is missing:`,
    );
    for (const line of missing) console.error(`  ${line}`);
  }
  return missing.length;
}
