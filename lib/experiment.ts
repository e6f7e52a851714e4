/**
 * What an experiment is, and how one is run: variants x seeds on one data set, then the report.
 *
 * @module
 */

import { basename, join, relative } from "node:path";
import { CHECKOUT_CACHE } from "./cache.ts";
import { type ExperimentRequest, helpText, parseExperimentArgs } from "./cli.ts";
import { BASELINE, type Configuration } from "./configuration.ts";
import { cleanTestIndices } from "./dataset/audit.ts";
import type { Dataset } from "./dataset/dataset.ts";
import { Interrupted, runMain, UserError } from "./error.ts";
import { parsePredictions } from "./evaluation/predictions.ts";
import { writeFileWhole } from "./file.ts";
import { formatSeconds, Progress } from "./progress.ts";
import {
  buildReport,
  buildReportFacts,
  type RunSource,
  type VariantSource,
} from "./report/build.ts";
import {
  readFacts,
  readRecord,
  readText,
  REPORT_FILES,
  RUN_FILES,
  writeReport,
  writeReportFacts,
} from "./report/files.ts";
import { renderReport } from "./report/markdown.ts";
import type { ExperimentText, RunFacts } from "./report/record.ts";

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

/** The synthetic faces are the same ones for every seed of a run, as a real data set's would be. */
const FACES_SEED = 2013;

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
    const folder = await carryOut(experiment, request);
    if (request.show) await showFigures(folder);
  });
}

/**
 * Runs an experiment as requested and writes its report.
 *
 * @returns The report's folder.
 * @throws {Interrupted} After Ctrl-C, with the finished runs in a report marked so.
 * @throws {UserError} For data that cannot be used, or a run that fails.
 */
export async function carryOut(
  experiment: Experiment,
  request: ExperimentRequest,
): Promise<string> {
  const { quiet, seeds } = request;
  const variants = experiment.variants.filter(({ name }) =>
    request.variants?.includes(name) ?? true
  );
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", String(request.threads));

  // ---------------------------------------------------------------------------------------- data
  const dataset = await loadData(request);
  const reports = join(request.out, dataset.name);
  const folder = join(reports, experiment.name);
  if (!quiet) console.error(firstLine(experiment, request, dataset, folder));

  // ---------------------------------------------------------------------------------------- runs
  // Loaded only now: help and refused command lines need no TensorFlow.
  const { performRun } = await import("./training/run.ts");
  const interruption = listenForInterruption();
  const git = await checkoutState();
  const planned = seeds.flatMap((seed) => variants.map((variant) => ({ variant, seed })));
  const done = new Map<Variant, RunSource[]>(variants.map((variant) => [variant, []]));
  const started = performance.now();
  let trained = 0;
  try {
    for (const [i, { variant, seed }] of planned.entries()) {
      const label = planned.length === 1
        ? variant.name
        : `${variant.name}, seed ${seed} (${i + 1}/${planned.length})`;
      const outcome = await performRun({
        configuration: request.configure(variant.changes),
        seed,
        dataset,
        execution: request.eager ? "eager" : "traced",
        runsFolder: join(reports, "runs"),
        fresh: request.fresh,
        signal: interruption.signal,
        quiet,
        command: request.command,
        git,
        label,
      });
      if (outcome.status === "interrupted") {
        throw new Interrupted(
          `Interrupted in epoch ${
            outcome.epochs.length + 1
          } of ${label}: nothing is lost, the same ` +
            "command goes on from here",
        );
      }
      const run = await readRun(outcome.folder, folder);
      done.get(variant)!.push(run);
      if (!outcome.found) trained++;
      if (!quiet) {
        console.error(runLine(label, run, outcome.found));
        const rest = planned.length - i - 1;
        if (rest > 0 && trained > 0) {
          const seconds = (performance.now() - started) / 1000 / trained * rest;
          console.error(`${rest} runs left, about ${formatSeconds(seconds)}`);
        }
      }
    }
  } finally {
    interruption.stop();
    // Also after an interruption or a failed run: what is finished is reported.
    const sources = variants.map((variant) => ({ ...variant, runs: done.get(variant)! }));
    if (sources.some(({ runs }) => runs.length > 0)) {
      await writeExperimentReport(folder, experiment, request, dataset, sources);
      if (!quiet) console.error(`Report: ${join(folder, REPORT_FILES.markdown)}`);
    }
  }
  return folder;
}

/** Loads the data set that is asked for, or draws faces. */
async function loadData({ data, faces, skipBad, quiet }: ExperimentRequest): Promise<Dataset> {
  if (data === null) {
    const { generateFaces } = await import("./dataset/synthetic.ts");
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

/** What runs, on which data, on what, and where the report will be. */
function firstLine(
  { name }: Experiment,
  { preset, seeds, threads, eager }: ExperimentRequest,
  { name: data, synthetic, splits }: Dataset,
  folder: string,
): string {
  const images = splits.Training.length.toLocaleString("en-US");
  return [
    `exp:${name} (${preset}, ${seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${seeds}`})`,
    synthetic ? `${images} synthetic faces (not FER2013)` : `${data}, ${images} Training images`,
    `TensorFlow on ${threads} CPU ${threads === 1 ? "thread" : "threads"}${eager ? ", eager" : ""}`,
    `report in ${folder}`,
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
function listenForInterruption() {
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

async function writeExperimentReport(
  folder: string,
  experiment: Experiment,
  { preset, command, seeds }: ExperimentRequest,
  dataset: Dataset,
  variants: readonly VariantSource[],
): Promise<void> {
  const { name, title, question, hypothesis, expected } = experiment;
  const source = {
    experiment: { name, title, question, hypothesis, expected },
    preset,
    command,
    seeds,
    clean: cleanTestMask(dataset),
    variants,
  };
  const report = buildReport(source);
  const facts = buildReportFacts(source);
  const { reportFigures } = await import("./figure/report_figures.ts");
  const { toSvg } = await import("./figure/svg.ts");
  for (const { file, figure } of reportFigures(report)) {
    await writeFileWhole(join(folder, file), await toSvg(figure));
  }
  await writeReport(join(folder, REPORT_FILES.report), report);
  await writeReportFacts(join(folder, REPORT_FILES.facts), facts);
  await writeFileWhole(join(folder, REPORT_FILES.markdown), renderReport(report, facts));
}

/** 1 for each PrivateTest image without a copy in the other splits, else 0. */
function cleanTestMask(dataset: Dataset): Uint8Array {
  const mask = new Uint8Array(dataset.splits.PrivateTest.length);
  for (const i of cleanTestIndices(dataset)) mask[i] = 1;
  return mask;
}

/** Opens the learning curves and the confusion matrix in the browser. */
async function showFigures(folder: string): Promise<void> {
  const { readReport } = await import("./report/files.ts");
  const { reportFigures } = await import("./figure/report_figures.ts");
  const { show } = await import("./figure/show.ts");
  const report = await readReport(join(folder, REPORT_FILES.report));
  await show(reportFigures(report).map(({ figure }) => figure));
}

/**
 * The commit and the digest of what is not committed, as `deno task setup` found them right before:
 * an experiment itself may not start git.
 */
async function checkoutState(): Promise<RunFacts["git"]> {
  try {
    return JSON.parse(await Deno.readTextFile(join(CHECKOUT_CACHE, "checkout.json")));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new UserError(
      `Cannot read ${join(CHECKOUT_CACHE, "checkout.json")}: run deno task setup`,
    );
  }
}
