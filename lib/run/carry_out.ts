/**
 * Experiments carried out: variants x seeds on one data set, then the report.
 *
 * @module
 */

import { join } from "node:path";
import type { ExperimentRequest } from "../cli.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { selectionName } from "../dataset/hold_out.ts";
import { Interrupted } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { exists, writeFileWhole } from "../file.ts";
import { interruptible, throwIfInterrupted } from "../interruption.ts";
import { FolderBusy } from "../lock.ts";
import { shownPath } from "../paths.ts";
import { formatSeconds, showWhile } from "../progress.ts";
import type { RunSource } from "../report/build.ts";
import { REPORT_FILES } from "../report/files.ts";
import { type InterruptedSource, renderInterrupted } from "../report/interrupted.ts";
import { writeOverview } from "../report/overview_file.ts";
import { percent, plural } from "../text.ts";
import { endOfRun } from "../training/patience.ts";
import { Profiler } from "../training/profile.ts";
import { loadData } from "./data.ts";
import { type RunObserver, showProgress } from "./observer.ts";
import { performRun } from "./perform.ts";
import type { Plan, PlannedRun } from "./plan.ts";
import {
  beginExperiments,
  computingText,
  placeExperiments,
  type PlannedExperiment,
  runsToTrain,
} from "./prepare.ts";
import { readRun, writeReportOf } from "./report.ts";
import { writeProfile } from "./profile.ts";
import type { RunOutcome } from "./request.ts";
import { HISTOGRAMS_FILE, runFolder } from "./state.ts";

/**
 * Runs an experiment as requested and writes its report; see {@linkcode carryOutAll}.
 *
 * @returns The report's folder.
 */
export async function carryOut(
  experiment: Experiment,
  request: ExperimentRequest,
  load?: () => Promise<Dataset>,
): Promise<string> {
  const [folder] = await carryOutAll([{ experiment, request }], load ? { load } : {});
  return folder!;
}

/**
 * Runs experiments one after the other on the same data, each to its report, and the overview after
 * each. A run that several of them plan is done once.
 *
 * @param plans At least one; the requests differ in nothing but what they say of the experiment.
 * @param options `load` gives the data (default: what the request names); `features` of the CPU: what
 *   TensorFlow finds where left out.
 * @returns The folders of the reports.
 * @throws {Interrupted} After Ctrl-C, with the finished runs in a report marked so.
 * @throws {UserError} For data that cannot be used, or a run that fails.
 */
export async function carryOutAll(
  plans: readonly Plan[],
  { load = () => loadData(plans[0]!.request), features }: {
    readonly load?: () => Promise<Dataset>;
    readonly features?: readonly string[];
  } = {},
): Promise<string[]> {
  const computing = computingText(plans[0]!.request);
  const placed = await placeExperiments(plans, { computing, load });
  return await interruptible(async (signal) => {
    const planned = await beginExperiments(placed, { signal, features });
    const open = await openRuns(planned.flatMap(({ runs }) => runs));
    for (const plan of planned) {
      await carryOutPlan(plan, placed.dataset, open);
      // While the report was written: it is whole, and so is all that it is made of.
      const { name } = plan.experiment;
      throwIfInterrupted(signal, `Interrupted when the report of ${name} was written: ${GOES_ON}`);
    }
    return planned.map(({ folder }) => folder);
  });
}

/** Does the runs of one experiment that are not done, and writes its report. */
async function carryOutPlan(
  plan: PlannedExperiment,
  dataset: Dataset,
  open: OpenRuns,
): Promise<void> {
  const { quiet } = plan.request;
  let stopped: InterruptedRun | undefined;
  try {
    const busy: PlannedRun[] = [];
    for (const run of plan.runs) {
      if (!await carryOutRun(run, open, { quiet })) busy.push(run);
    }
    for (const run of busy) await waitForRun(run, open, { quiet });
  } catch (error) {
    if (error instanceof InterruptedRun) stopped = error;
    throw error;
  } finally {
    await concludePlan(plan, dataset, stopped?.run);
  }
}

/**
 * Writes the report of what is finished of a plan, also after an interruption or a failed run; where
 * nothing is and a run was stopped, how far that is.
 *
 * @param dataset As its records have it.
 * @param stopped The run.
 */
export async function concludePlan(
  plan: Pick<PlannedExperiment, "experiment" | "request" | "folder">,
  dataset: InterruptedSource["dataset"],
  stopped?: InterruptedSource["run"],
): Promise<void> {
  const { experiment, folder, request: { out, quiet, command } } = plan;
  const markdown = join(folder, REPORT_FILES.markdown);
  if (await showWhile("Writing the report", writeReportOf(folder), { quiet })) {
    await writeOverview(out);
    if (!quiet) console.error(`Report: ${shownPath(markdown)}`);
  } else if (stopped) {
    // A report of an earlier command stays: it is still true of what it says was run.
    await writeFileWhole(
      markdown,
      renderInterrupted({ experiment, dataset, command, run: stopped }),
    );
    if (!quiet) console.error(`Where it stands: ${shownPath(markdown)}`);
  }
}

/** How an interrupted experiment is gone on with. */
const GOES_ON = "nothing is lost, the same command goes on from here";

/** How runs are gone on with once one was begun: with `--fresh` they would begin anew. */
export function goesOn({ fresh }: { readonly fresh: boolean }): string {
  return fresh ? GOES_ON.replace("command", "command without --fresh") : GOES_ON;
}

/** Ctrl-C within a run. */
class InterruptedRun extends Interrupted {
  readonly run: InterruptedSource["run"];

  constructor(message: string, run: InterruptedSource["run"]) {
    super(message);
    this.run = run;
  }
}

/** The runs still to train, by their folders, and how long those trained so far have taken. */
export interface OpenRuns {
  readonly folders: Set<string>;
  trained: number;
  seconds: number;
}

/** Looks which of these runs are still to train. */
export async function openRuns(planned: readonly PlannedRun[]): Promise<OpenRuns> {
  const open = await runsToTrain(planned);
  const folders = new Set(open.map(({ request }) => runFolder(request)));
  return { folders, trained: 0, seconds: 0 };
}

/** Waits for a run that another process is at; should that one end without it, it is done here. */
export async function waitForRun(
  run: PlannedRun,
  open: OpenRuns,
  options: CarryOutRunOptions,
): Promise<void> {
  while (!await carryOutRun(run, open, { ...options, told: true })) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
  }
}

/** Between two looks whether another process is done. */
const WAIT_MILLISECONDS = 1000;

/** How a run is told of. */
export interface CarryOutRunOptions {
  readonly quiet: boolean;
  /** That another process is at it has been said. */
  readonly told?: boolean;
  /** Hears how it goes; shows it where there is none. */
  readonly observer?: RunObserver;
}

/**
 * Trains and scores a run unless it is done, and says so in a line.
 *
 * @returns Whether it is done; not where another process is at it.
 */
export async function carryOutRun(
  { variant, request }: PlannedRun,
  open: OpenRuns,
  { quiet, told = false, observer = showProgress(quiet) }: CarryOutRunOptions,
): Promise<boolean> {
  const { label, signal } = request;
  throwIfInterrupted(signal, `Interrupted before ${label}: ${GOES_ON}`);
  const started = performance.now();
  // What is shared with an experiment before is fresh already.
  const fresh = request.fresh && open.folders.has(runFolder(request));
  const profiler = request.profile ? new Profiler() : undefined;
  let outcome: RunOutcome;
  try {
    outcome = await performRun({ ...request, fresh, ...profiler ? { profiler } : {} }, [observer]);
  } catch (error) {
    if (!(error instanceof FolderBusy)) throw error;
    if (!quiet && !told) {
      console.error(waitedForText(label, error.holder));
    }
    return false;
  }
  const profile = profiler && await writeProfile(outcome.folder, profiler);
  if (outcome.status === "interrupted") {
    const { seed, configuration } = request;
    const { epochs } = configuration;
    const end = endOfRun(outcome.epochs, configuration);
    const trained = end !== undefined;
    const epoch = end ?? outcome.epochs.length + 1;
    throw new InterruptedRun(
      `Interrupted ${trained ? "before the scoring" : `in epoch ${epoch}`} of ${label}: ${
        goesOn(request)
      }`,
      {
        ...{ variant: variant.name, seed, epoch, epochs },
        selection: selectionName(configuration),
        history: outcome.epochs,
      },
    );
  }
  const run = await readRun(outcome.folder);
  open.folders.delete(outcome.folder);
  if (!quiet) {
    console.error(runLine(label, run, outcome.found));
    if (profile) console.error(`\n${profile.table}\nTrace: ${shownPath(profile.file)}\n`);
    else if (profiler) console.error(`${label}: nothing was trained to profile: add --fresh`);
    if (request.histograms && !await exists(join(outcome.folder, HISTOGRAMS_FILE))) {
      console.error(`${label}: nothing was trained to keep histograms of: add --fresh`);
    }
  }
  if (!outcome.found) {
    open.trained++;
    open.seconds += (performance.now() - started) / 1000;
    const left = open.folders.size;
    if (left > 0 && !quiet) {
      const time = formatSeconds(open.seconds / open.trained * left);
      console.error(`${plural(left, "run")} left, about ${time}`);
    }
  }
  return true;
}

/** The line that says that another process is at a run. */
export function waitedForText(label: string, holder: string): string {
  return `${label}: another process is at it (${holder}); it is waited for`;
}

/** What came of a run, in a line. */
export function runLine(label: string, { record, facts }: RunSource, found: boolean): string {
  const { best } = record;
  const time = found ? "done before" : formatSeconds(facts.trainingSeconds + facts.scoringSeconds);
  return `${label}: PrivateTest ${percent(best.test.accuracy)} %, Training ` +
    `${percent(best.training.accuracy)} %, best epoch ${best.epoch} of ${record.epochs.length}${
      record.epochs.length < record.configuration.epochs
        ? `, stopped early of ${record.configuration.epochs}`
        : ""
    } (${time})`;
}
