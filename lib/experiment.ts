/**
 * What an experiment is, and how one is run: variants x seeds on one data set, then the report.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { readCheckoutState } from "./checkout.ts";
import { type ExperimentRequest, helpText, parseExperimentArgs } from "./cli.ts";
import { BASELINE, type Configuration } from "./configuration.ts";
import { cleanTestIndices } from "./dataset/audit.ts";
import type { Dataset } from "./dataset/dataset.ts";
import { Interrupted, runMain, UserError } from "./error.ts";
import { parsePredictions } from "./evaluation/predictions.ts";
import { exists, removeLeftovers, writeFileWhole } from "./file.ts";
import { defaultPreset } from "./preset.ts";
import { formatSeconds, Progress } from "./progress.ts";
import { buildReport, buildReportFacts, type RunSource } from "./report/build.ts";
import {
  readFacts,
  readRecord,
  readText,
  REPORT_FILES,
  RUN_FILES,
  writeReport,
  writeReportFacts,
} from "./report/files.ts";
import { type InterruptedSource, renderInterrupted } from "./report/interrupted.ts";
import { renderReport } from "./report/markdown.ts";
import { writeOverview } from "./report/overview_file.ts";
import type { ExperimentText } from "./report/record.ts";
import type { RunRequest } from "./training/run.ts";

/** One thing tried: its name and what it changes of the baseline. */
export interface Variant {
  readonly name: string;
  readonly description: string;
  /** The hyper-parameters that differ from the baseline's; empty for the baseline itself. */
  readonly changes: Partial<Configuration>;
}

/** A question with the variants that answer it; the first is what the others are compared with. */
export interface Experiment extends ExperimentText {
  readonly variants: readonly Variant[];
}

/** An experiment with what its command line asks for. */
export interface Plan {
  readonly experiment: Experiment;
  readonly request: ExperimentRequest;
}

/**
 * The main function of an experiment's file: reads the command line, runs every variant with every
 * seed, writes the report, and exits with the command's code.
 *
 * @param experiment What to run.
 * @param args Usually `Deno.args`.
 */
export async function runExperiment(experiment: Experiment, args: readonly string[]) {
  await runMain(async () => {
    const options = { experiment, base: BASELINE };
    const request = parseExperimentArgs(args, options);
    if (request.help) return console.log(helpText(options));
    const showing = request.show && await mayShow();
    const folder = await carryOut(experiment, request);
    if (showing) await showFigures(folder);
    else if (request.show) console.error(`To see its figures: deno task show ${folder}`);
  });
}

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
  const { out, threads, quiet } = plans[0]!.request;
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", String(threads));

  // ---------------------------------------------------------------------------------------- data
  const dataset = await loadData(plans[0]!.request);
  const reports = join(out, reportsFolder(dataset, plans[0]!.request));
  if (!quiet) console.error(firstLine(plans, dataset, reports));

  // ---------------------------------------------------------------------------------------- runs
  const interruption = listenForInterruption();
  const common = {
    dataset,
    runsFolder: join(reports, "runs"),
    signal: interruption.signal,
    git: await readCheckoutState(),
  };
  const planned = plans.map((plan) => ({
    ...plan,
    folder: join(reports, plan.experiment.name),
    runs: planRuns(plan, common, { named: plans.length > 1 }),
  }));
  if (plans[0]!.request.resume) await refuseToBegin(planned.flatMap(({ runs }) => runs), reports);
  const open = await openRuns(planned.flatMap(({ runs }) => runs));
  const folders: string[] = [];
  try {
    for (const plan of planned) {
      const done: FinishedRun[] = [];
      try {
        for (const run of plan.runs) done.push(await carryOutRun(run, plan.folder, open));
      } catch (error) {
        if (error instanceof InterruptedRun && done.length === 0) {
          await writeInterruption(plan, dataset, error.run);
        }
        throw error;
      } finally {
        // Also after an interruption or a failed run: what is finished is reported.
        if (done.length > 0) {
          await clearLeftovers(plan.folder);
          await writeExperimentReport(plan, dataset, done);
          await writeOverview(out);
          if (!quiet) console.error(`Report: ${join(plan.folder, REPORT_FILES.markdown)}`);
        }
      }
      folders.push(plan.folder);
    }
  } finally {
    interruption.stop();
  }
  return folders;
}

/**
 * The folder of a data set's reports. A preset that is not the data's own has a folder of its own, so
 * that a quick trial never takes the place of results.
 */
function reportsFolder({ name }: Dataset, { data, preset }: ExperimentRequest): string {
  return preset === defaultPreset(data !== null) ? name : `${name}-${preset}`;
}

/** What was killed an hour ago is not written any more, whoever else writes here. */
async function clearLeftovers(folder: string): Promise<void> {
  for (const each of [folder, join(folder, REPORT_FILES.figures)]) {
    await removeLeftovers(each, { olderThan: 3_600_000 });
  }
}

/** One run of an experiment, before it is carried out. */
interface PlannedRun {
  readonly variant: Variant;
  readonly request: RunRequest;
}

/** One run of an experiment, read from its folder. */
interface FinishedRun {
  readonly variant: Variant;
  readonly run: RunSource;
}

/** Ctrl-C within a run. */
class InterruptedRun extends Interrupted {
  readonly run: InterruptedSource["run"];

  constructor(message: string, run: InterruptedSource["run"]) {
    super(message);
    this.run = run;
  }
}

/** The variants that were asked for, each in the experiment's order. */
function variantsOf({ experiment, request }: Plan): Variant[] {
  return experiment.variants.filter(({ name }) => request.variants?.includes(name) ?? true);
}

/** Every variant with every seed; a seed's variants follow each other, so that pairs are early done. */
function planRuns(
  plan: Plan,
  common: Pick<RunRequest, "dataset" | "runsFolder" | "signal" | "git">,
  { named }: { readonly named: boolean },
): PlannedRun[] {
  const { experiment, request } = plan;
  const { seeds, eager, fresh, quiet, command, detectAnomalies } = request;
  const variants = variantsOf(plan);
  const total = seeds.length * variants.length;
  return seeds.flatMap((seed, i) =>
    variants.map((variant, j) => ({
      variant,
      request: {
        ...common,
        configuration: request.configure(variant.changes),
        seed,
        execution: eager ? "eager" : "traced",
        fresh,
        quiet,
        detectAnomalies,
        command,
        label: (named ? `${experiment.name}: ` : "") + variant.name +
          (total > 1 ? `, seed ${seed} (${i * variants.length + j + 1}/${total})` : ""),
      },
    }))
  );
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
    `Nothing to go on with in ${reports}: no run of these settings, data and versions was begun ` +
      "there; leave out --resume to begin",
  );
}

/** Trains and scores a run unless it is done, and says so in a line. */
async function carryOutRun(
  { variant, request }: PlannedRun,
  reportFolder: string,
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
    const epoch = Math.min(outcome.epochs.length + 1, epochs);
    throw new InterruptedRun(
      `Interrupted in epoch ${epoch} of ${label}: nothing is lost, the same command` +
        `${request.fresh ? " without --fresh" : ""} goes on from here`,
      { variant: variant.name, seed, epoch, epochs, history: outcome.epochs },
    );
  }
  const run = await readRun(outcome.folder, reportFolder);
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
  return await import("./training/run.ts");
}

/** Loads the data set that is asked for, or draws faces. */
export async function loadData(
  { data, faces, skipBad, quiet }: Pick<ExperimentRequest, "data" | "faces" | "skipBad" | "quiet">,
): Promise<Dataset> {
  if (data === null) {
    const { FACES_SEED, generateFaces } = await import("./dataset/synthetic.ts");
    return generateFaces({
      seed: FACES_SEED,
      training: faces!.Training,
      publicTest: faces!.PublicTest,
      privateTest: faces!.PrivateTest,
    });
  }
  const { loadDataset } = await import("./dataset/load.ts");
  let progress: Progress | undefined;
  try {
    return await loadDataset(data, {
      skipBad,
      onProgress: (done, total) => {
        progress ??= new Progress(`Loading ${basename(data)}`, { total, quiet, keep: false });
        progress.update(done);
      },
    });
  } finally {
    progress?.finish();
  }
}

/** What runs, on which data, on what, and where the reports will be. */
function firstLine(plans: readonly Plan[], dataset: Dataset, reports: string): string {
  const { name: data, synthetic, splits } = dataset;
  const { experiment, request: { preset, seeds, threads, eager } } = plans[0]!;
  const several = plans.length > 1;
  const images = splits.Training.length.toLocaleString("en-US");
  return [
    `exp:${several ? "all" : experiment.name} ` +
    `(${preset}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds}`})`,
    synthetic ? `${images} synthetic faces (not FER2013)` : `${data}, ${images} Training images`,
    `TensorFlow on ${threads} CPU ${threads === 1 ? "thread" : "threads"}${eager ? ", eager" : ""}`,
    several ? `reports in ${reports}` : `report in ${join(reports, experiment.name)}`,
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

/** Aborts on Ctrl-C (SIGINT) and SIGTERM; a second Ctrl-C ends at once. */
export function listenForInterruption() {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) Deno.exit(130);
    console.error("\nStopping after this step; once more to stop at once");
    controller.abort();
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, onSignal);
  return {
    signal: controller.signal,
    stop: () => signals.forEach((signal) => Deno.removeSignalListener(signal, onSignal)),
  };
}

async function readRun(folder: string, reportFolder: string): Promise<RunSource> {
  const predictions = join(folder, RUN_FILES.predictions);
  const record = await readRecord(join(folder, RUN_FILES.record));
  return {
    record,
    predictions: parsePredictions(await readText(predictions), { file: predictions }),
    folder: relative(reportFolder, folder),
    facts: await readFacts(join(folder, RUN_FILES.facts)),
  };
}

/**
 * Says in the report's place that there is none yet. A report of an earlier command stays: it is still
 * true of what it says was run.
 */
async function writeInterruption(
  { experiment, request: { command, quiet }, folder }: Plan & { readonly folder: string },
  dataset: Dataset,
  run: InterruptedSource["run"],
): Promise<void> {
  if (await exists(join(folder, REPORT_FILES.report))) return;
  const file = join(folder, REPORT_FILES.markdown);
  await writeFileWhole(file, renderInterrupted({ experiment, dataset, command, run }));
  if (!quiet) console.error(`Where it stands: ${file}`);
}

async function writeExperimentReport(
  plan: Plan & { readonly folder: string },
  dataset: Dataset,
  done: readonly FinishedRun[],
): Promise<void> {
  const { folder, experiment, request: { preset, command, seeds } } = plan;
  const { name, title, question, hypothesis, expected } = experiment;
  const source = {
    experiment: { name, title, question, hypothesis, expected },
    preset,
    command,
    seeds,
    clean: cleanTestMask(dataset),
    variants: variantsOf(plan).map((variant) => ({
      ...variant,
      runs: done.filter((finished) => finished.variant === variant).map(({ run }) => run),
    })),
  };
  const report = buildReport(source);
  const facts = buildReportFacts(source);
  const { reportFigures } = await import("./figure/report_figures.ts");
  const { toSvg } = await import("./figure/svg.ts");
  const figures = reportFigures(report);
  for (const { file, figure } of figures) {
    await writeFileWhole(join(folder, file), await toSvg(figure));
  }
  await writeReport(join(folder, REPORT_FILES.report), report);
  await writeReportFacts(join(folder, REPORT_FILES.facts), facts);
  await writeFileWhole(join(folder, REPORT_FILES.markdown), renderReport(report, facts));
  await removeOldFigures(folder, figures.map(({ file }) => file));
}

/** Removes figures of the report before, which may have shown another variant as the chosen one. */
async function removeOldFigures(folder: string, drawn: readonly string[]): Promise<void> {
  for await (const { name } of Deno.readDir(join(folder, REPORT_FILES.figures))) {
    const file = `${REPORT_FILES.figures}/${name}`;
    if (name.endsWith(".svg") && !drawn.includes(file)) await Deno.remove(join(folder, file));
  }
}

/** 1 for each PrivateTest image without a copy in the other splits, else 0. */
function cleanTestMask(dataset: Dataset): Uint8Array {
  const mask = new Uint8Array(dataset.splits.PrivateTest.length);
  for (const i of cleanTestIndices(dataset)) mask[i] = 1;
  return mask;
}

/**
 * Whether figures may be shown, which takes a server on this machine. Training has no right to one,
 * so the person is asked, at the start and not hours later; without a terminal nobody can be.
 */
export async function mayShow(): Promise<boolean> {
  const { state } = await Deno.permissions.request({ name: "net", host: "127.0.0.1" });
  return state === "granted";
}

/** Opens a report's figures in the browser, and waits until the page is closed. */
export async function showFigures(folder: string): Promise<void> {
  const { readReport } = await import("./report/files.ts");
  const { reportFigures } = await import("./figure/report_figures.ts");
  const { show } = await import("./figure/show.ts");
  const report = await readReport(join(folder, REPORT_FILES.report));
  const { finished } = await show(reportFigures(report).map(({ figure }) => figure));
  await finished;
}
