/**
 * Experiments as a sweep: every run a process of its own, several side by side, and in the end the same
 * reports as without.
 *
 * @module
 */

import type { ExperimentRequest } from "../cli.ts";
import { Interrupted, UserError } from "../error.ts";
import { interruptible } from "../interruption.ts";
import { readHistory } from "../report/files.ts";
import type { InterruptedSource } from "../report/interrupted.ts";
import { concludePlan, goesOn, runLine, waitedForText } from "../run/carry_out.ts";
import { type Plan, variantsOf } from "../run/plan.ts";
import { computingText, placeExperiments } from "../run/prepare.ts";
import { readRun } from "../run/report.ts";
import { plural } from "../text.ts";
import { askCpuFeatures, runChild } from "./child.ts";
import { codeState } from "../code_state.ts";
import { SweepDisplay } from "./display.ts";
import { type Job, lookAt, planJobs, type SweptExperiment } from "./job.ts";
import { type Look, type RunEnd, schedule, type Settled } from "./schedule.ts";
import { update } from "./state.ts";

/** How a sweep is carried out. */
export interface SweepOptions {
  /** Processes at once. */
  readonly jobs: number;
  /** What the experiments' own tasks are given, `--threads` among it. */
  readonly args: readonly string[];
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
  // Once, so that the processes find the data decoded.
  const placed = await placeExperiments(plans, { computing: processesText(request, options.jobs) });
  return await interruptible(async (signal) => {
    const features = plans.some(asksForBfloat16) ? await askCpuFeatures() : null;
    const experiments = await planJobs(placed, options.args, { signal, features });
    const jobs = [...new Set(experiments.flatMap(({ jobs }) => jobs))];
    const settled = new Map<Job, Settled>();
    const { dataset } = placed;
    await carryOutJobs(jobs, { settled, experiments, dataset, signal, places: options.jobs });
    const failed = [...settled].flatMap(([{ label }, end]) =>
      end.status === "failed" ? [`${label}: ${end.reason}`] : []
    );
    if (failed.length > 0) tellFailed(failed, jobs.length);
    if (signal.aborted) throw new Interrupted(interruptedText(jobs, request));
    return { folders: experiments.map(({ folder }) => folder), failed: failed.length };
  }, { stopping: "Stopping every run after its step; once more to stop at once" });
}

/** Whether the CPU has to have instructions for it. */
function asksForBfloat16(plan: Plan): boolean {
  return variantsOf(plan).some(({ changes }) =>
    plan.request.configure(changes).precision === "bfloat16"
  );
}

/** What trains, for the first line. */
function processesText(request: ExperimentRequest, jobs: number): string {
  const processes = jobs === 1 ? "one process" : `${jobs} processes at once`;
  return `${processes} of ${computingText(request)}`;
}

/** Does runs, shows how far they are, and writes the reports. */
async function carryOutJobs(
  jobs: readonly Job[],
  { settled, experiments, dataset, signal, places }: {
    readonly experiments: readonly SweptExperiment[];
    readonly dataset: InterruptedSource["dataset"];
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
  const code = codeState();
  await schedule(jobs, {
    places,
    signal,
    look: (job) => look(job, { display, code }),
    start: (job) => train(job, { display, signal }),
    onBusy: ({ label, state }, holder) => {
      state.status = "busy";
      if (!quiet) {
        display.note(waitedForText(label, holder));
      }
    },
    onSettled: async (job, end) => {
      settled.set(job, await settle(job, end, { display, quiet }));
      await conclude.whole(settled);
    },
  });
  await conclude.rest();
}

/** Whether a run is done already or somebody else is at it, and can be begun if not. */
async function look(
  job: Job,
  { display, code }: { readonly display: SweepDisplay; readonly code: string },
): Promise<Look> {
  // It may say what is wrong with the files that it finds.
  const found = await display.during(() => lookAt(job));
  if (found.status !== "open" || code === codeState()) return found;
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
  return await runChild([...words, "--quiet"], {
    signal,
    onEvent: (event) => {
      update(state, event, performance.now());
      display.update();
    },
    onLine: (line) => {
      // A terminal's Ctrl-C reaches them too, maybe before us: that is said once, for all.
      if (/^(Stopping|Interrupted)\b/.test(line)) return;
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
  let settled = end;
  let line: string | undefined;
  if (end.status === "done" || end.status === "found") {
    try {
      line = runLine(label, await readRun(folder), end.status === "found");
      state.done = state.epochs;
      if (end.status === "found") state.before = state.epochs;
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      settled = { status: "failed", reason: error.message };
    }
  }
  state.status = settled.status;
  if (line !== undefined && !quiet) display.note(line);
  else display.update();
  return settled;
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
  const { variant, seed, folder, state: { done, epochs, selection } } = job;
  // A run that was to be done anew may have the history of the one before.
  const history = (await readHistory(folder)).slice(0, Math.floor(done));
  const epoch = Math.min(history.length + 1, epochs);
  return { variant, seed, epoch, epochs, selection, history };
}

function tellFailed(failed: readonly string[], runs: number): void {
  console.error(
    `${failed.length} of ${plural(runs, "run")} failed; the same command tries ` +
      `${failed.length === 1 ? "it" : "them"} again:`,
  );
  for (const line of failed) console.error(`  ${line}`);
}

function interruptedText(jobs: readonly Job[], request: ExperimentRequest): string {
  const done = jobs.filter(({ state: { status } }) => status === "done" || status === "found");
  return `Interrupted with ${done.length} of ${jobs.length} runs done: ${goesOn(request)}`;
}
