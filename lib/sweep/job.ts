/**
 * The runs of a sweep: what each is started by, and whether it is still to be.
 *
 * @module
 */

import { selectionName } from "../dataset/hold_out.ts";
import { UserError } from "../error.ts";
import { FolderBusy, lockFolder } from "../lock.ts";
import type { Plan, PlannedRun } from "../run/plan.ts";
import { beginExperiments, type PlacedExperiments } from "../run/prepare.ts";
import { isWhole, runFolder } from "../run/state.ts";
import { taskCommand } from "../task.ts";
import type { Look } from "./schedule.ts";
import { newState, type RunState } from "./state.ts";

/** A run to be done, by whichever experiment plans it first. */
export interface Job {
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
export interface SweptExperiment extends Plan {
  readonly folder: string;
  readonly jobs: readonly Job[];
}

/**
 * Plans the runs, and how each is started.
 *
 * @param args What the experiments' own tasks are given.
 * @param options `features`: see `beginExperiments`.
 */
export async function planJobs(
  placed: PlacedExperiments,
  args: readonly string[],
  options: { readonly signal: AbortSignal; readonly features: readonly string[] | null },
): Promise<SweptExperiment[]> {
  const known = new Map<string, Job>();
  const experiments: SweptExperiment[] = [];
  const begun = await beginExperiments(placed, options);
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
  return experiments;
}

function makeJob({ variant, request }: PlannedRun, words: readonly string[]): Job {
  const { label, seed, fresh, configuration } = request;
  return {
    ...{ label, seed, fresh },
    variant: variant.name,
    folder: runFolder(request),
    words: [...words, `--only=${variant.name}:${seed}`],
    state: newState(label, configuration.epochs, selectionName(configuration)),
  };
}

/** Whether a run is done already, or somebody else is at it. */
export async function lookAt({ folder, label, fresh }: Job): Promise<Look> {
  try {
    using _lock = await lockFolder(folder);
    return { status: !fresh && await isWhole(folder, { label }) ? "found" : "open" };
  } catch (error) {
    if (error instanceof FolderBusy) return { status: "busy", holder: error.holder };
    if (error instanceof UserError) return { status: "failed", reason: error.message };
    throw error;
  }
}
