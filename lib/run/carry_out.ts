/**
 * Experiments carried out: variants x seeds on one data set, then the report.
 *
 * @module
 */

import { join } from "node:path";
import { readCheckoutState } from "../checkout.ts";
import type { ExperimentRequest } from "../cli.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { recordedForm } from "../dataset/form.ts";
import { dataWords, isFaces } from "../dataset/words.ts";
import { Interrupted, UserError } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { writeFileWhole } from "../file.ts";
import { interruptible, throwIfInterrupted } from "../interruption.ts";
import { FolderBusy } from "../lock.ts";
import { shownPath } from "../paths.ts";
import { formatSeconds } from "../progress.ts";
import type { RunSource } from "../report/build.ts";
import { REPORT_FILES } from "../report/files.ts";
import { type InterruptedSource, renderInterrupted } from "../report/interrupted.ts";
import { writeOverview } from "../report/overview_file.ts";
import { endOfRun } from "../training/patience.ts";
import { checkTrainable } from "../training/prepare.ts";
import { keepCopies } from "./clean_images.ts";
import { loadData } from "./data.ts";
import { showProgress } from "./observer.ts";
import { performRun } from "./perform.ts";
import { besideText, expectWritable, placeReport } from "./place.ts";
import { checkPrecision } from "./precision.ts";
import {
  type Plan,
  type PlannedRun,
  planRuns,
  reportPlan,
  resultsFolder,
  variantsOf,
} from "./plan.ts";
import { writePlan } from "./plan_file.ts";
import { readRun, writeReportOf } from "./report.ts";
import type { RunOutcome } from "./request.ts";
import { isBegun, isDone, runFolder } from "./state.ts";

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
  const { out, threads, quiet, resume } = plans[0]!.request;
  await expectWritable(out);
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", String(threads));

  // Known before the data are loaded, which takes a moment.
  for (const plan of plans) {
    for (const { changes } of variantsOf(plan)) plan.request.configure(changes);
  }

  // ---------------------------------------------------------------------------------------- data
  const dataset = await load();
  const results = join(out, resultsFolder(dataset, plans[0]!.request));
  const placed = await Promise.all(plans.map(async (plan) => {
    const written = reportPlan(plan, dataset);
    return { ...plan, written, place: await placeReport(results, written) };
  }));
  if (!quiet) {
    console.error(firstLine(plans, dataset, plans.length > 1 ? results : placed[0]!.place.folder));
    for (const { place } of placed) if (place.beside) console.error(besideText(place));
  }

  // ---------------------------------------------------------------------------------------- runs
  return await interruptible(async (signal) => {
    const git = await readCheckoutState();
    const common = { dataset, runsFolder: join(results, "runs"), signal, git };
    const planned = placed.map(({ place: { folder }, ...plan }) => ({
      ...plan,
      folder,
      runs: planRuns(plan, common, { named: plans.length > 1 }),
    }));
    const runs = planned.flatMap(({ runs }) => runs);
    checkTrainable(dataset, runs, { choosable: plans.length === 1 });
    if (resume) await refuseToBegin(runs, results);
    const open = await openRuns(runs);
    // What is done need not be trained, and is reported on any machine.
    const toTrain = runs.filter(({ request }) => open.folders.has(runFolder(request)));
    await checkPrecision(toTrain, { choosable: plans.length === 1, features });
    await keepCopies(results, dataset);
    for (const { folder, written } of planned) await writePlan(folder, written);
    for (const plan of planned) await carryOutPlan(plan, dataset, open);
    return planned.map(({ folder }) => folder);
  });
}

/** A plan with its runs, and the folder of its report. */
interface PlannedExperiment extends Plan {
  readonly folder: string;
  readonly runs: readonly PlannedRun[];
}

/** Does the runs of one experiment that are not done, and writes its report. */
async function carryOutPlan(
  plan: PlannedExperiment,
  dataset: Dataset,
  open: OpenRuns,
): Promise<void> {
  const { folder, request: { out, quiet } } = plan;
  let stopped: InterruptedRun | undefined;
  try {
    const busy: PlannedRun[] = [];
    for (const run of plan.runs) {
      if (!await carryOutRun(run, open, { quiet })) busy.push(run);
    }
    for (const run of busy) await waitForRun(run, open, quiet);
  } catch (error) {
    if (error instanceof InterruptedRun) stopped = error;
    throw error;
  } finally {
    // Also after an interruption or a failed run: what is finished is reported.
    if (await writeReportOf(folder)) {
      await writeOverview(out);
      if (!quiet) console.error(`Report: ${shownPath(join(folder, REPORT_FILES.markdown))}`);
    } else if (stopped) await writeInterruption(plan, dataset, stopped.run);
  }
}

/**
 * Says in the report's place that there is none yet. A report of an earlier command stays: it is still
 * true of what it says was run.
 */
async function writeInterruption(
  { experiment, folder, request: { command, quiet } }: PlannedExperiment,
  dataset: Dataset,
  run: InterruptedSource["run"],
): Promise<void> {
  const file = join(folder, REPORT_FILES.markdown);
  await writeFileWhole(file, renderInterrupted({ experiment, dataset, command, run }));
  if (!quiet) console.error(`Where it stands: ${shownPath(file)}`);
}

/** How an interrupted experiment is gone on with. */
const GOES_ON = "nothing is lost, the same command goes on from here";

/** Ctrl-C within a run. */
class InterruptedRun extends Interrupted {
  readonly run: InterruptedSource["run"];

  constructor(message: string, run: InterruptedSource["run"]) {
    super(message);
    this.run = run;
  }
}

/** The runs still to train, by their folders, and how long those trained so far have taken. */
interface OpenRuns {
  readonly folders: Set<string>;
  trained: number;
  seconds: number;
}

async function openRuns(planned: readonly PlannedRun[]): Promise<OpenRuns> {
  const folders = new Set<string>();
  for (const { request } of planned) {
    if (request.fresh || !await isDone(request)) folders.add(runFolder(request));
  }
  return { folders, trained: 0, seconds: 0 };
}

/**
 * For `--resume`: somebody who believes that there is something to go on with, and set one parameter
 * differently, should not find a new run hours later.
 */
async function refuseToBegin(planned: readonly PlannedRun[], reports: string): Promise<void> {
  for (const { request } of planned) if (await isBegun(request)) return;
  throw new UserError(
    `Nothing to go on with in ${
      shownPath(reports)
    }: no run of these settings, data and versions was begun ` +
      "there; leave out --resume to begin",
  );
}

/** Waits for a run that another process is at; should that one end without it, it is done here. */
async function waitForRun(run: PlannedRun, open: OpenRuns, quiet: boolean): Promise<void> {
  while (!await carryOutRun(run, open, { quiet, told: true })) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MILLISECONDS));
  }
}

/** Between two looks whether another process is done. */
const WAIT_MILLISECONDS = 1000;

/**
 * Trains and scores a run unless it is done, and says so in a line.
 *
 * @param options `told`: that another process is at it has been said.
 * @returns Whether it is done; not where another process is at it.
 */
async function carryOutRun(
  { variant, request }: PlannedRun,
  open: OpenRuns,
  { quiet, told = false }: { readonly quiet: boolean; readonly told?: boolean },
): Promise<boolean> {
  const { label, signal } = request;
  throwIfInterrupted(signal, `Interrupted before ${label}: ${GOES_ON}`);
  const started = performance.now();
  // What is shared with an experiment before is fresh already.
  const fresh = request.fresh && open.folders.has(runFolder(request));
  let outcome: RunOutcome;
  try {
    outcome = await performRun({ ...request, fresh }, [showProgress(quiet)]);
  } catch (error) {
    if (!(error instanceof FolderBusy)) throw error;
    if (!quiet && !told) {
      console.error(`${label}: another process is at it (${error.holder}); it is waited for`);
    }
    return false;
  }
  if (outcome.status === "interrupted") {
    const { seed, configuration } = request;
    const { epochs } = configuration;
    const end = endOfRun(outcome.epochs, configuration);
    const trained = end !== undefined;
    const epoch = end ?? outcome.epochs.length + 1;
    throw new InterruptedRun(
      `Interrupted ${trained ? "before the scoring" : `in epoch ${epoch}`} of ${label}: ${
        request.fresh ? GOES_ON.replace("command", "command without --fresh") : GOES_ON
      }`,
      { variant: variant.name, seed, epoch, epochs, history: outcome.epochs },
    );
  }
  const run = await readRun(outcome.folder);
  open.folders.delete(outcome.folder);
  if (!quiet) console.error(runLine(label, run, outcome.found));
  if (!outcome.found) {
    open.trained++;
    open.seconds += (performance.now() - started) / 1000;
    const left = open.folders.size;
    if (left > 0 && !quiet) {
      const time = formatSeconds(open.seconds / open.trained * left);
      console.error(`${left} ${left === 1 ? "run" : "runs"} left, about ${time}`);
    }
  }
  return true;
}

/** What runs, on which data, on what, and where the reports will be. */
function firstLine(plans: readonly Plan[], dataset: Dataset, folder: string): string {
  const { name: data, synthetic, splits } = dataset;
  const { experiment, request: { preset, seeds, threads, eager } } = plans[0]!;
  const several = plans.length > 1;
  const count = splits.Training.length.toLocaleString("en-US");
  const words = dataWords(recordedForm(dataset));
  const faces = synthetic && isFaces(words);
  return [
    `exp:${several ? "all" : experiment.name} ` +
    `(${preset}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds}`})`,
    faces
      ? `${count} synthetic faces (not FER2013)`
      : `${data}, ${count} Training ${words.samples}${synthetic ? " (synthetic)" : ""}`,
    `TensorFlow on ${threads} CPU ${threads === 1 ? "thread" : "threads"}${eager ? ", eager" : ""}`,
    `${several ? "reports" : "report"} in ${shownPath(folder)}`,
  ].join(" · ");
}

function runLine(label: string, { record, facts }: RunSource, found: boolean): string {
  const { best } = record;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const time = found ? "done before" : formatSeconds(facts.trainingSeconds + facts.scoringSeconds);
  return `${label}: PrivateTest ${percent(best.test.accuracy)}, Training ` +
    `${percent(best.training.accuracy)}, best epoch ${best.epoch} of ${record.epochs.length}${
      record.epochs.length < record.configuration.epochs
        ? `, stopped early of ${record.configuration.epochs}`
        : ""
    } (${time})`;
}
