/**
 * Experiments carried out: variants x seeds on one data set, then the report.
 *
 * @module
 */

import { join } from "node:path";
import { readCheckoutState } from "../checkout.ts";
import type { ExperimentRequest } from "../cli.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { Interrupted, UserError } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { interruptible, throwIfInterrupted } from "../interruption.ts";
import { shownPath } from "../paths.ts";
import { formatSeconds } from "../progress.ts";
import type { RunSource } from "../report/build.ts";
import { readFacts, readRecord, readText, REPORT_FILES, RUN_FILES } from "../report/files.ts";
import type { InterruptedSource } from "../report/interrupted.ts";
import { writeOverview } from "../report/overview_file.ts";
import { checkTrainable } from "../training/prepare.ts";
import { loadData } from "./data.ts";
import { besideText, expectWritable, placeReport } from "./place.ts";
import { type Plan, type PlannedRun, planRuns, reportPlan, resultsFolder } from "./plan.ts";
import {
  clearLeftovers,
  type FinishedRun,
  writeExperimentReport,
  writeInterruption,
} from "./report.ts";

/**
 * Runs an experiment as requested and writes its report; see {@linkcode carryOutAll}.
 *
 * @returns The report's folder.
 */
export async function carryOut(
  experiment: Experiment,
  request: ExperimentRequest,
): Promise<string> {
  const [folder] = await carryOutAll([{ experiment, request }]);
  return folder!;
}

/**
 * Runs experiments one after the other on the same data, each to its report, and the overview after
 * each. A run that several of them plan is done once.
 *
 * @param plans At least one; the requests differ in nothing but what they say of the experiment.
 * @returns The folders of the reports.
 * @throws {Interrupted} After Ctrl-C, with the finished runs in a report marked so.
 * @throws {UserError} For data that cannot be used, or a run that fails.
 */
export async function carryOutAll(plans: readonly Plan[]): Promise<string[]> {
  const { out, threads, quiet, resume } = plans[0]!.request;
  await expectWritable(out);
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", String(threads));

  // ---------------------------------------------------------------------------------------- data
  const dataset = await loadData(plans[0]!.request);
  const results = join(out, resultsFolder(dataset, plans[0]!.request));
  const placed = await Promise.all(
    plans.map((plan) => placeReport(results, reportPlan(plan, dataset))),
  );
  if (!quiet) {
    console.error(firstLine(plans, dataset, plans.length > 1 ? results : placed[0]!.folder));
    for (const place of placed) if (place.beside) console.error(besideText(place));
  }

  // ---------------------------------------------------------------------------------------- runs
  return await interruptible(async (signal) => {
    const git = await readCheckoutState();
    const common = { dataset, runsFolder: join(results, "runs"), signal, git };
    const planned = plans.map((plan) => ({
      ...plan,
      runs: planRuns(plan, common, { named: plans.length > 1 }),
    }));
    const runs = planned.flatMap(({ runs }) => runs);
    checkTrainable(dataset, runs, { choosable: plans.length === 1 });
    if (resume) await refuseToBegin(runs, results);
    const open = await openRuns(runs);
    const folders: string[] = [];
    for (const plan of planned) folders.push(await carryOutPlan(plan, dataset, results, open));
    return folders;
  });
}

/** A plan with its runs. */
interface PlannedExperiment extends Plan {
  readonly runs: readonly PlannedRun[];
}

/** Does the runs of one experiment that are not done, and writes its report; gives that one's folder. */
async function carryOutPlan(
  plan: PlannedExperiment,
  dataset: Dataset,
  results: string,
  open: OpenRuns,
): Promise<string> {
  const { out, quiet } = plan.request;
  const done: FinishedRun[] = [];
  // Asked again when it is written: a run of hours may find another report there than at its start.
  const place = () => placeReport(results, reportPlan(plan, dataset));
  try {
    for (const run of plan.runs) {
      const { signal, label } = run.request;
      throwIfInterrupted(signal, `Interrupted before ${label}: ${GOES_ON}`);
      done.push(await carryOutRun(run, open));
    }
  } catch (error) {
    if (error instanceof InterruptedRun && done.length === 0) {
      await writeInterruption(plan, (await place()).folder, dataset, error.run);
    }
    throw error;
  } finally {
    // Also after an interruption or a failed run: what is finished is reported.
    if (done.length > 0) {
      const { folder } = await place();
      await clearLeftovers(folder);
      await writeExperimentReport(plan, folder, dataset, done);
      await writeOverview(out);
      if (!quiet) console.error(`Report: ${shownPath(join(folder, REPORT_FILES.markdown))}`);
    }
  }
  return (await place()).folder;
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
  const { isDone, runFolder } = await training();
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
  const { isBegun } = await training();
  for (const { request } of planned) if (await isBegun(request)) return;
  throw new UserError(
    `Nothing to go on with in ${
      shownPath(reports)
    }: no run of these settings, data and versions was begun ` +
      "there; leave out --resume to begin",
  );
}

/** Trains and scores a run unless it is done, and says so in a line. */
async function carryOutRun(
  { variant, request }: PlannedRun,
  open: OpenRuns,
): Promise<FinishedRun> {
  const { performRun, runFolder } = await training();
  const { label, quiet } = request;
  const started = performance.now();
  // What is shared with an experiment before is fresh already.
  const fresh = request.fresh && open.folders.has(runFolder(request));
  const outcome = await performRun({ ...request, fresh });
  if (outcome.status === "interrupted") {
    const { seed, configuration: { epochs } } = request;
    const trained = outcome.epochs.length === epochs;
    const epoch = Math.min(outcome.epochs.length + 1, epochs);
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
  return { variant, run };
}

/** Loaded only here: help and refused command lines need no TensorFlow. */
async function training() {
  return await import("../training/run.ts");
}

/** What runs, on which data, on what, and where the reports will be. */
function firstLine(plans: readonly Plan[], dataset: Dataset, folder: string): string {
  const { name: data, synthetic, splits } = dataset;
  const { experiment, request: { preset, seeds, threads, eager } } = plans[0]!;
  const several = plans.length > 1;
  const images = splits.Training.length.toLocaleString("en-US");
  return [
    `exp:${several ? "all" : experiment.name} ` +
    `(${preset}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds}`})`,
    synthetic ? `${images} synthetic faces (not FER2013)` : `${data}, ${images} Training images`,
    `TensorFlow on ${threads} CPU ${threads === 1 ? "thread" : "threads"}${eager ? ", eager" : ""}`,
    `${several ? "reports" : "report"} in ${shownPath(folder)}`,
  ].join(" · ");
}

function runLine(label: string, { record, facts }: RunSource, found: boolean): string {
  const { best } = record;
  const percent = (share: number) => `${(100 * share).toFixed(2)} %`;
  const time = found ? "done before" : formatSeconds(facts.trainingSeconds + facts.scoringSeconds);
  return `${label}: PrivateTest ${percent(best.test.accuracy)}, Training ` +
    `${
      percent(best.training.accuracy)
    }, best epoch ${best.epoch} of ${record.epochs.length} (${time})`;
}

async function readRun(folder: string): Promise<RunSource> {
  const predictions = join(folder, RUN_FILES.predictions);
  const record = await readRecord(join(folder, RUN_FILES.record));
  return {
    record,
    predictions: parsePredictions(await readText(predictions), { file: predictions }),
    folder,
    facts: await readFacts(join(folder, RUN_FILES.facts)),
  };
}
