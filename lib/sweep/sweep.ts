/**
 * Experiments as a sweep: every run a process of its own, several side by side, and in the end the same
 * reports as without.
 *
 * @module
 */

import { join } from "node:path";
import type { ExperimentRequest } from "../cli.ts";
import { Interrupted, UserError } from "../error.ts";
import { exists } from "../file.ts";
import { interruptible } from "../interruption.ts";
import { FolderBusy, lockFolder } from "../lock.ts";
import { readText, RUN_FILES } from "../report/files.ts";
import type { InterruptedSource } from "../report/interrupted.ts";
import { concludePlan, GOES_ON, runLine } from "../run/carry_out.ts";
import type { Plan, PlannedRun } from "../run/plan.ts";
import { beginExperiments, placeExperiments } from "../run/prepare.ts";
import { readRun } from "../run/report.ts";
import { isWhole, runFolder } from "../run/state.ts";
import { taskCommand } from "../task.ts";
import { runChild } from "./child.ts";
import { codeState } from "./code_state.ts";
import { SweepDisplay } from "./display.ts";
import { type Look, type RunEnd, schedule, type Settled } from "./schedule.ts";
import { newState, type RunState, update } from "./state.ts";

/** How a sweep is carried out. */
export interface SweepOptions {
  /** Processes at once. */
  readonly jobs: number;
  /** What the experiments' own tasks are given, `--threads` among it. */
  readonly args: readonly string[];
}

/** A run to be done, by whichever experiment plans it first. */
interface Job {
  readonly label: string;
  readonly folder: string;
  readonly variant: string;
  readonly seed: number;
  readonly fresh: boolean;
  /** What follows `deno`. */
  readonly words: readonly string[];
  readonly state: RunState;
}

/** An experiment of a sweep: what its report needs, and its runs. */
interface SweptExperiment extends Plan {
  readonly folder: string;
  readonly jobs: readonly Job[];
}

/** What is to be done; the images are not kept, which the runs' processes load themselves. */
interface Prepared {
  readonly experiments: readonly SweptExperiment[];
  readonly dataset: InterruptedSource["dataset"];
}

/** What a sweep came to. */
export interface Swept {
  /** The folders of the reports. */
  readonly folders: readonly string[];
  /** Runs that failed. */
  readonly failed: number;
}

/**
 * Carries out experiments as processes side by side; see the module.
 *
 * @param plans At least one; the requests differ in nothing but what they say of the experiment.
 * @throws {Interrupted} After Ctrl-C, with every run stopped in good order.
 * @throws {UserError} For data that cannot be used.
 */
export async function sweep(plans: readonly Plan[], options: SweepOptions): Promise<Swept> {
  const { request } = plans[0]!;
  return await interruptible(async (signal) => {
    const { experiments, dataset } = await prepare(plans, options, signal);
    const jobs = [...new Set(experiments.flatMap(({ jobs }) => jobs))];
    const settled = new Map<Job, Settled>();
    await carryOutJobs(jobs, { settled, experiments, dataset, signal, places: options.jobs });
    const failed = [...settled].flatMap(([{ label }, end]) =>
      end.status === "failed" ? [`${label}: ${end.reason}`] : []
    );
    if (failed.length > 0) tellFailed(failed, jobs.length);
    if (signal.aborted) throw new Interrupted(interruptedText(jobs, request));
    return { folders: experiments.map(({ folder }) => folder), failed: failed.length };
  }, { stopping: "Stopping every run after its step; once more to stop at once" });
}

/** Does runs, shows how far they are, and writes the reports. */
async function carryOutJobs(
  jobs: readonly Job[],
  { settled, experiments, dataset, signal, places }: Prepared & {
    /** Takes how each has settled. */
    readonly settled: Map<Job, Settled>;
    readonly signal: AbortSignal;
    readonly places: number;
  },
): Promise<void> {
  const { quiet } = experiments[0]!.request;
  using display = new SweepDisplay(jobs.map(({ state }) => state), { quiet });
  // The line that answers the press stands where the last of the display's stood.
  signal.addEventListener("abort", () => display.stopping());
  const conclude = reports(experiments, dataset, display);
  const code = await codeState();
  await schedule(jobs, {
    places,
    signal,
    look: (job) => look(job, { display, code }),
    start: (job) => train(job, { display, signal }),
    onBusy: ({ label, state }, holder) => {
      state.status = "busy";
      if (!quiet) {
        display.note(`${label}: another process is at it (${holder}); it is waited for`);
      }
    },
    onSettled: async (job, end) => {
      settled.set(job, await settle(job, end, { display, quiet }));
      await conclude.whole(settled);
    },
  });
  await conclude.rest();
}

/** Loads the data once, so that the processes find them decoded, and plans the runs. */
async function prepare(
  plans: readonly Plan[],
  { jobs, args }: SweepOptions,
  signal: AbortSignal,
): Promise<Prepared> {
  const { threads, eager } = plans[0]!.request;
  const placed = await placeExperiments(plans, {
    computing: `${jobs === 1 ? "one process" : `${jobs} processes at once`} of TensorFlow on ` +
      `${threads} CPU ${threads === 1 ? "thread" : "threads"}${eager ? ", eager" : ""}`,
  });
  const begun = await beginExperiments(placed, { signal });
  const known = new Map<string, Job>();
  const experiments: SweptExperiment[] = [];
  for (const { experiment, request, folder, runs } of begun) {
    const command = await taskCommand(`exp:${experiment.name}`);
    const jobs = runs.map((run) => {
      const job = makeJob(run, [...command, ...args]);
      // What experiments share is done once.
      if (!known.has(job.folder)) known.set(job.folder, job);
      return known.get(job.folder)!;
    });
    experiments.push({ experiment, request, folder, jobs });
  }
  const { description, synthetic } = placed.dataset;
  return { experiments, dataset: { description, synthetic } };
}

function makeJob({ variant, request }: PlannedRun, words: readonly string[]): Job {
  const { label, seed, fresh, configuration } = request;
  return {
    ...{ label, seed, fresh },
    variant: variant.name,
    folder: runFolder(request),
    words: [...words, `--only=${variant.name}:${seed}`, "--quiet"],
    state: newState(label, configuration.epochs),
  };
}

/** Whether a run is done already, or somebody else is at it. */
async function look(
  { folder, label, fresh }: Job,
  { display, code }: { readonly display: SweepDisplay; readonly code: string },
): Promise<Look> {
  try {
    using _lock = await lockFolder(folder);
    // It may say what is wrong with the files that it finds.
    if (!fresh && await display.during(() => isWhole(folder, { label }))) {
      return { status: "found" };
    }
  } catch (error) {
    if (error instanceof FolderBusy) return { status: "busy", holder: error.holder };
    if (error instanceof UserError) return { status: "failed", reason: error.message };
    throw error;
  }
  if (code === await codeState()) return { status: "open" };
  return {
    status: "failed",
    reason:
      "not begun, since the code was changed after the sweep began and would be another than " +
      "run.json tells",
  };
}

/** Trains a run in a process of its own. */
async function train(
  { label, words, state }: Job,
  { display, signal }: { readonly display: SweepDisplay; readonly signal: AbortSignal },
): Promise<RunEnd> {
  state.status = "running";
  display.update();
  return await runChild(words, {
    signal,
    onEvent: (event) => {
      update(state, event, performance.now());
      display.update();
    },
    onLine: (line) => {
      // That each of them is stopping is said once, for all.
      if (signal.aborted && !line.startsWith("Error: ")) return;
      display.note(line.startsWith(label) ? line : `${label}: ${line}`);
    },
  });
}

/** Looks at what a run has left, and says so in a line. */
async function settle(
  { label, folder, state }: Job,
  end: Settled,
  { display, quiet }: { readonly display: SweepDisplay; readonly quiet: boolean },
): Promise<Settled> {
  const settled = end.status === "done" || end.status === "found" ? await readBack() : end;
  state.status = settled.status;
  if (settled.status === "done" || settled.status === "found") {
    state.done = state.epochs;
    if (settled.status === "found") state.before = state.epochs;
  }
  display.update();
  return settled;

  async function readBack(): Promise<Settled> {
    try {
      const run = await readRun(folder);
      if (!quiet) display.note(runLine(label, run, end.status === "found"));
      return end;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      display.note(`${label}: ${error.message}`);
      return { status: "failed", reason: error.message };
    }
  }
}

/** Writes each experiment's report: when its last run is done, or in the end. */
function reports(
  experiments: readonly SweptExperiment[],
  dataset: InterruptedSource["dataset"],
  display: SweepDisplay,
) {
  const open = new Set(experiments);
  // One after the other: they write the same overview.
  let before: Promise<void> = Promise.resolve();
  const write = (experiment: SweptExperiment) => {
    if (!open.delete(experiment)) return before;
    return before = before.then(async () => {
      const stopped = await stoppedRun(experiment.jobs);
      await display.during(() => concludePlan(experiment, dataset, stopped));
    });
  };
  return {
    /** Of experiments whose runs are all done. */
    whole: async (settled: ReadonlyMap<Job, Settled>) => {
      const isDone = (job: Job) => /^(done|found)$/.test(settled.get(job)?.status ?? "");
      await Promise.all([...open].filter(({ jobs }) => jobs.every(isDone)).map(write));
    },
    /** Of all others, with what is finished of them. */
    rest: async () => {
      for (const experiment of experiments) await write(experiment);
    },
  };
}

/** The first run that was stopped on its way. */
async function stoppedRun(jobs: readonly Job[]): Promise<InterruptedSource["run"] | undefined> {
  const job = jobs.find(({ state }) => state.status === "stopped" && state.since !== undefined);
  if (!job) return undefined;
  const { variant, seed, folder, state: { done, epochs } } = job;
  const file = join(folder, RUN_FILES.history);
  const lines = await exists(file) ? (await readText(file)).trim().split("\n") : [];
  // A run that was to be done anew may have the history of the one before.
  const history = lines.slice(0, Math.floor(done)).map((line) => JSON.parse(line));
  return { variant, seed, epoch: Math.min(history.length + 1, epochs), epochs, history };
}

function tellFailed(failed: readonly string[], runs: number): void {
  console.error(
    `${failed.length} of ${runs} ${runs === 1 ? "run" : "runs"} failed; the same command tries ` +
      `${failed.length === 1 ? "it" : "them"} again:`,
  );
  for (const line of failed) console.error(`  ${line}`);
}

function interruptedText(jobs: readonly Job[], { fresh }: ExperimentRequest): string {
  const done = jobs.filter(({ state: { status } }) => status === "done" || status === "found");
  const goesOn = fresh ? GOES_ON.replace("command", "command without --fresh") : GOES_ON;
  return `Interrupted with ${done.length} of ${jobs.length} runs done: ${goesOn}`;
}
