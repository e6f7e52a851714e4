/**
 * Experiments about to be run: their data, where their reports go, and their plans on disk.
 *
 * @module
 */

import { join } from "node:path";
import { type Checkout, readCheckout } from "../checkout.ts";
import type { ExperimentRequest } from "../cli.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { recordedForm } from "../dataset/form.ts";
import { dataWords, isFaces } from "../dataset/words.ts";
import { UserError } from "../error.ts";
import { shownPath } from "../paths.ts";
import { plural } from "../text.ts";
import { checkTrainable } from "../training/prepare.ts";
import { checkVariants } from "./check.ts";
import { keepCopies } from "./clean_images.ts";
import { loadData } from "./data.ts";
import { besideText, expectWritable, placeReport } from "./place.ts";
import {
  type Plan,
  type PlannedRun,
  planRuns,
  reportPlan,
  resultsFolder,
  variantsOf,
} from "./plan.ts";
import { type ReportPlan, writePlan } from "./plan_file.ts";
import { checkPrecision } from "./precision.ts";
import { isBegun, isDone, runsIn } from "./state.ts";

/** A plan with its runs, and the folder of its report. */
export interface PlannedExperiment extends Plan {
  readonly folder: string;
  readonly runs: readonly PlannedRun[];
}

/** Experiments whose data are loaded, and whose reports have a place. */
export interface PlacedExperiments {
  readonly dataset: Dataset;
  /** The folder of the data set's results. */
  readonly results: string;
  readonly placed: readonly (Plan & { readonly folder: string; readonly written: ReportPlan })[];
}

/**
 * What must hold before the data are loaded, which takes a moment: that results can be written, and that
 * every variant can be configured so. From here on TensorFlow has the number of threads asked for.
 *
 * @param plans At least one; the requests differ in nothing but what they say of the experiment.
 */
export async function expectUsable(plans: readonly Plan[]): Promise<void> {
  const { out, threads } = plans[0]!.request;
  await expectWritable(out);
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", String(threads));
  for (const plan of plans) {
    await checkVariants(plan.experiment, variantsOf(plan), plan.request.configure);
  }
}

/**
 * Loads the data of experiments, finds the places of their reports, and says in a line what is going to
 * be run.
 *
 * @param options `computing`: on what, for that line; `load` gives the data (default: what the request
 *   names).
 * @throws {UserError} For data that cannot be used.
 */
export async function placeExperiments(
  plans: readonly Plan[],
  { computing, load = () => loadData(plans[0]!.request) }: {
    readonly computing: string;
    readonly load?: () => Promise<Dataset>;
  },
): Promise<PlacedExperiments> {
  await expectUsable(plans);
  const { request } = plans[0]!;
  const dataset = await load();
  const results = join(request.out, resultsFolder(dataset, request));
  const placed = await Promise.all(plans.map(async (plan) => {
    const written = reportPlan(plan, dataset);
    const place = await placeReport(results, written);
    return { ...plan, written, place, folder: place.folder };
  }));
  if (!request.quiet) {
    const folder = plans.length > 1 ? results : placed[0]!.folder;
    console.error(firstLine(plans, dataset, { computing, folder }));
    for (const { place } of placed) if (place.beside) console.error(besideText(place));
  }
  return { dataset, results, placed };
}

/**
 * Plans the runs of experiments and writes down what their reports are going to be about.
 *
 * @param options `signal`: stops the runs; `features` of the CPU: what TensorFlow finds where left out,
 *   null where others train and look for themselves.
 * @throws {UserError} Where a run cannot be trained on these data, or nothing was begun for `--resume`.
 */
export async function beginExperiments(
  { dataset, results, placed }: PlacedExperiments,
  { signal, features }: {
    readonly signal: AbortSignal;
    readonly features?: readonly string[] | null | undefined;
  },
): Promise<PlannedExperiment[]> {
  const checkout = await lookAtCheckout(placed[0]!.request);
  const common = { dataset, runsFolder: runsIn(results), signal, ...checkout };
  const named = placed.length > 1;
  const planned = placed.map((plan) => ({ ...plan, runs: planRuns(plan, common, { named }) }));
  const runs = planned.flatMap(({ runs }) => runs);
  checkTrainable(dataset, runs, { choosable: !named });
  if (dataset.folds && placed[0]!.request.histograms !== null) {
    throw new UserError(
      `--histograms is for runs of one network: on ${dataset.name} a run is ${
        plural(dataset.folds.length, "network")
      }, one for each fold; leave it out`,
    );
  }
  if (placed[0]!.request.resume) await refuseToBegin(runs, results);
  if (features !== null) {
    // What is done need not be trained, and is reported on any machine.
    await checkPrecision(await runsToTrain(runs), { choosable: !named, features });
  }
  await keepCopies(results, dataset);
  for (const { folder, written } of placed) await writePlan(folder, written);
  return planned;
}

/** Which code the runs are made with, and says where that is not sure. */
export async function lookAtCheckout(
  { quiet }: Pick<ExperimentRequest, "quiet">,
): Promise<Checkout> {
  const checkout = await readCheckout();
  if (checkout.git?.edited && !quiet) {
    console.error(
      "The code was edited after deno task setup looked at it: run.json tells of the commit and the " +
        "patch that it saw, and that they are not sure; deno task has it looked at anew",
    );
  }
  return checkout;
}

/** The runs that are not done, or are to be done anew. */
export async function runsToTrain(runs: readonly PlannedRun[]): Promise<PlannedRun[]> {
  const toTrain: PlannedRun[] = [];
  for (const run of runs) {
    if (run.request.fresh || !await isDone(run.request)) toTrain.push(run);
  }
  return toTrain;
}

/** What runs, on which data, on what, and where the reports will be. */
function firstLine(
  plans: readonly Plan[],
  dataset: Dataset,
  { computing, folder }: { readonly computing: string; readonly folder: string },
): string {
  const { name: data, synthetic, splits } = dataset;
  const { experiment, request: { preset, seeds } } = plans[0]!;
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
    computing,
    `${several ? "reports" : "report"} in ${shownPath(folder)}`,
  ].join(" · ");
}

/** What trains, for the first line. */
export function computingText({ threads, eager }: ExperimentRequest): string {
  return `TensorFlow on ${plural(threads, "CPU thread")}${eager ? ", eager" : ""}`;
}

/**
 * For `--resume`: somebody who believes that there is something to go on with, and set one parameter
 * differently, should not find a new run hours later.
 */
export async function refuseToBegin(
  planned: readonly PlannedRun[],
  reports: string,
): Promise<void> {
  for (const { request } of planned) if (await isBegun(request)) return;
  throw new UserError(
    `Nothing to go on with in ${
      shownPath(reports)
    }: no run of these settings, data and versions was begun ` +
      "there; leave out --resume to begin",
  );
}
