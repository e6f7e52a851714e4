/**
 * `deno task verify`: runs what a report says again, and says whether it comes out the same.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import type { Configuration } from "../configuration.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { formOf } from "../dataset/form.ts";
import { sha256 } from "../digest.ts";
import { Interrupted, UsageError, UserError } from "../error.ts";
import { exists } from "../file.ts";
import { type Command, commandHelp, flag, text, whole } from "../flags.ts";
import { beforeLeaving, interruptible } from "../interruption.ts";
import { runMain } from "../main.ts";
import { checkConfiguration } from "../parameter.ts";
import { userPath } from "../paths.ts";
import { findFile, nothingFinished, seedRecords } from "../report/compare.ts";
import {
  patchTrouble,
  readJson,
  readRecord,
  readReport,
  readText,
  RUN_FILES,
} from "../report/files.ts";
import type { RunRecord, RunReport, VariantReport } from "../report/record.ts";
import type { EpochRecord } from "../training/epoch.ts";
import { kindOf } from "../report/validate.ts";
import { findResults } from "../report/folders.ts";
import { runDigest } from "../run/identity.ts";
import { showProgress } from "../run/observer.ts";
import { dataLoader } from "../run/recorded_data.ts";
import { plural } from "../text.ts";
import { endOfRun } from "../training/patience.ts";
import { fileWeightsDigest, WEIGHTS_FILE } from "../training/weights.ts";
import { bfloat16Trouble, EAGER_IS_FLOAT32 } from "../tensorflow/precision.ts";
import {
  buildDifferences,
  closeness,
  differenceText,
  firstDifference,
  type JsonDifference,
  type Outcome,
} from "../verification.ts";
import { RECORDED_DATA_FLAGS } from "./_recorded_data_flags.ts";

const CORES = navigator.hardwareConcurrency;

const COMMAND = {
  name: "verify",
  summary: "Runs a report's configuration again and says whether the same comes out.",
  usage: "REPORT [flags]",
  words: {
    name: "REPORT",
    meaning:
      "A report.json, a record.json, or a folder that holds one, or one run per seed; may also " +
      "be named within reports/own or reports, as fer2013/baseline",
    least: 1,
    most: 1,
    request: "Name one report or run",
  },
  flags: {
    epochs: whole("N", "Check the first N epochs only"),
    seed: whole("S", "Only the run with this seed", { range: [0, Number.MAX_SAFE_INTEGER] }),
    variant: text("V", "Only this variant of a report"),
    ...RECORDED_DATA_FLAGS,
    threads: whole("N", "Threads to compute with; another count changes the last digits", {
      range: [1, CORES],
      otherwise: "as the record has it",
    }),
    quiet: flag("Print the verdicts only"),
  },
  examples: ["deno task verify reports/own/synthetic/baseline --epochs 1"],
  notes: [
    "Exit code 0: all identical to the byte, or the same within tolerance on another build; 1: " +
    "different; 2: the command line could not be understood.",
  ],
} as const satisfies Command;

/** Verifies, and prints a verdict for each run. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const { epochs, seed, variant, threads, quiet } = flags;
  const [typed] = words as [string];
  const runs = await readRuns(await findResults(userPath(typed), typed), { variant, seed });
  // TensorFlow reads the number of threads once, when it is loaded.
  Deno.env.set("FER_LAB_THREADS", `${threads ?? Math.min(runs[0]!.record.build.threads, CORES)}`);
  await expectPrecision(runs);
  const load = dataLoader(flags.data, {
    quiet,
    followLinks: flags["follow-links"],
    votes: flags.votes,
  });
  let different = 0;
  for (const run of runs) {
    const verdict = await interruptible((signal) =>
      verifyRun(run, { epochs, load, signal, quiet })
    );
    if (!verdict.same) different++;
    const patch = verdict.same ? await patchTrouble(run.folder) : undefined;
    console.log(`${run.label}: ${verdict.text}${patch ? `; ${patch.text}` : ""}`);
  }
  return different > 0 ? 1 : 0;
}

// --------------------------------------------------------------------------------- what is verified

/** A run to verify. */
export interface Claim {
  readonly label: string;
  /** The record's folder. */
  readonly folder: string;
  readonly record: RunRecord;
  /** What a report says of it, where it was named by one. */
  readonly reported?: { readonly variant: VariantReport; readonly run: RunReport };
}

/**
 * Reads the runs that a path names.
 *
 * @throws {UserError} Where there is none, or one that cannot be run again.
 */
export async function readRuns(
  path: string,
  only: { readonly variant: string | undefined; readonly seed: number | undefined },
): Promise<Claim[]> {
  const file = await findFile(path);
  const kind = file === undefined ? undefined : kindOf(await readJson(file));
  if (kind !== "fer-lab/report" && only.variant !== undefined) {
    throw new UsageError(`--variant needs a report: ${path} is none`);
  }
  const claims = kind === "fer-lab/report"
    ? await reportedRuns(file!, only.variant)
    : await recordedRuns(path, file === undefined ? await seedRecords(path) : [file]);
  const chosen = claims.filter(({ record }) =>
    only.seed === undefined || record.seed === only.seed
  );
  if (chosen.length === 0) {
    const seeds = [...new Set(claims.map(({ record }) => record.seed))];
    throw new UserError(`${path} has no run with seed ${only.seed}: it has ${seeds.join(", ")}`);
  }
  return chosen;
}

async function reportedRuns(file: string, name: string | undefined): Promise<Claim[]> {
  const { variants } = await readReport(file);
  const chosen = variants.filter((variant) => name === undefined || variant.name === name);
  if (chosen.length === 0) {
    throw new UserError(
      `${file} has no variant "${name}": it has ${variants.map(({ name }) => name).join(", ")}`,
    );
  }
  return await Promise.all(chosen.flatMap((variant) =>
    variant.runs.map(async (run) => {
      const folder = join(dirname(file), run.folder);
      const record = await readRunnable(join(folder, RUN_FILES.record));
      return {
        label: `${variant.name}, seed ${run.seed}`,
        folder,
        record,
        reported: { variant, run },
      };
    })
  ));
}

async function recordedRuns(path: string, files: readonly string[]): Promise<Claim[]> {
  if (files.length === 0) {
    throw nothingFinished(path);
  }
  return await Promise.all(files.map(async (file) => {
    const record = await readRunnable(file);
    return { label: `seed ${record.seed}`, folder: dirname(file), record };
  }));
}

/**
 * Refuses runs in bfloat16 where they cannot be carried out again, before any is.
 *
 * @param features Of the CPU; what TensorFlow finds where left out.
 * @throws {UserError} Says what was found and what to do, in one line.
 */
export async function expectPrecision(
  runs: readonly Claim[],
  features?: readonly string[],
): Promise<void> {
  const asking = runs.find(({ record }) => record.configuration.precision === "bfloat16");
  if (!asking) return;
  const reason = await bfloat16Trouble(features);
  if (reason === undefined) return;
  throw new UserError(
    `${asking.label}: Trained with precision=bfloat16, which cannot be had here (${reason}): verify ` +
      "it on a CPU that has it",
  );
}

/** Reads a record whose settings and epochs are such that it can be run and compared. */
async function readRunnable(file: string): Promise<RunRecord> {
  const record = await readRecord(file);
  const { epochs, build } = record;
  let configuration: Configuration;
  try {
    configuration = checkConfiguration(record.configuration, {
      sample: formOf(record.dataset).sample,
    });
    if (configuration.precision === "bfloat16" && build.execution === "eager") {
      throw new UsageError(`precision=bfloat16 cannot be: ${EAGER_IS_FLOAT32}`);
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UserError(`${file}: /configuration: ${error.message}`, { cause: error });
  }
  // Where a run stops early is for its own epochs to say.
  const end = endOfRun(epochs, configuration);
  if (epochs.length !== end || epochs.some(({ epoch }, i) => epoch !== i + 1)) {
    throw new UserError(
      `${file}: /epochs must be those from 1 to ${end ?? configuration.epochs}, as ` +
        `/configuration says: ` +
        "it was changed after the run, or that never ended",
    );
  }
  return record;
}

// ------------------------------------------------------------------------------------ verification

interface RunVerdict {
  readonly same: boolean;
  readonly text: string;
}

interface VerifyOptions {
  /** How many epochs; all where undefined. */
  readonly epochs: number | undefined;
  readonly load: (record: RunRecord) => Promise<Dataset>;
  readonly signal: AbortSignal;
  readonly quiet: boolean;
}

async function verifyRun(claim: Claim, options: VerifyOptions): Promise<RunVerdict> {
  const { record } = claim;
  const onPaper = await differenceOnPaper(claim);
  if (onPaper) return different(onPaper);

  const dataset = await options.load(record);
  if (dataset.digest !== record.dataset.digest) {
    return different(differenceText({
      path: "dataset.digest",
      recorded: record.dataset.digest,
      again: dataset.digest,
    }));
  }

  const { currentBuild } = await import("../tensorflow/build.ts");
  const elsewhere = buildDifferences(record.build, currentBuild(record.build.execution));
  const digest = runDigest(record.configuration, dataset, record.build);
  const edited: JsonDifference | undefined = digest === record.digest
    ? undefined
    : { path: "digest", recorded: record.digest, again: digest };

  const { outcome, text } = await runAgain(claim, dataset, elsewhere.length > 0, options);
  const first = firstOutcomeDifference(record, outcome);
  if (edited) {
    return different(
      `${differenceText(edited)}, from configuration, data and build: one of them was changed ` +
        `after the run${first ? `; then ${differenceText(first)}` : ""}`,
    );
  }
  const whole = outcome.record !== undefined;
  const extent = whole
    ? ""
    : `, as far as checked: ${plural(outcome.epochs.length, "epoch")} of ${record.epochs.length}`;
  if (elsewhere.length > 0) {
    const { within, checks } = closeness(record, outcome);
    const details = [
      ...elsewhere.map(differenceText),
      ...checks.map(({ name, difference, tolerance }) =>
        `${name} differs by ${difference.toPrecision(2)} (tolerance ${tolerance.toPrecision(2)})`
      ),
    ].join("; ");
    if (!first) return { same: true, text: `identical${extent}, on another build: ${details}` };
    if (within) return { same: true, text: `same within tolerance${extent}: ${details}` };
    return different(`${differenceText(first)}; more than another build explains: ${details}`);
  }
  if (first) return different(differenceText(first));
  if (whole && text !== await readText(join(claim.folder, RUN_FILES.record))) {
    return different("the same values, written in another way than this version writes them");
  }
  return {
    same: true,
    text: whole ? "identical to the byte" : `identical${extent}`,
  };
}

function different(where: string): RunVerdict {
  return { same: false, text: `different: ${where}` };
}

/** What contradicts itself in the files already, before anything is run; nothing where all fits. */
export async function differenceOnPaper(
  { folder, record, reported }: Claim,
): Promise<string | undefined> {
  if (reported) {
    const { variant, run } = reported;
    const asReported = {
      configuration: variant.configuration,
      seed: run.seed,
      digest: variant.digest,
      accuracy: run.best.test.accuracy,
      weights: run.best.weights,
      predictions: run.predictions,
    };
    const asRecorded = {
      configuration: record.configuration,
      seed: record.seed,
      digest: record.digest,
      accuracy: record.best.test.accuracy,
      weights: record.best.weights,
      predictions: record.predictions,
    };
    const difference = firstDifference(asReported, asRecorded);
    if (difference) {
      const { path, recorded, again } = difference;
      return `${path}: ${JSON.stringify(recorded)} in the report, ${
        JSON.stringify(again)
      } in the ` +
        `record ${join(folder, RUN_FILES.record)}: one of them was changed`;
    }
  }
  const predictions = join(folder, RUN_FILES.predictions);
  if (await exists(predictions)) {
    const digest = sha256(await readText(predictions));
    if (digest !== record.predictions) {
      return `${predictions} is not the file the record is of: its SHA-256 is ${digest}, not ` +
        record.predictions;
    }
  }
  const patch = await patchTrouble(folder);
  if (patch && !patch.missing) return patch.text;
  return await differenceInWeights(folder, record);
}

/** What contradicts the record in the weights that lie beside it; they do not come with a report. */
async function differenceInWeights(
  folder: string,
  { best, model }: RunRecord,
): Promise<string | undefined> {
  const file = join(folder, WEIGHTS_FILE);
  if (!await exists(file)) return undefined;
  try {
    const digest = await fileWeightsDigest(file, model.parameters);
    if (digest === best.weights) return undefined;
    return `${file} is not the file the record is of: its weights' SHA-256 is ${digest}, not ` +
      best.weights;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** Carries a run out again, as far as asked or until an epoch differs; nothing of it is kept. */
async function runAgain(
  { label, record }: Claim,
  dataset: Dataset,
  tolerant: boolean,
  { epochs, signal, quiet }: VerifyOptions,
): Promise<{ readonly outcome: Outcome; readonly text: string }> {
  const { performRun } = await import("../run/perform.ts");
  const enough = new AbortController();
  const done: EpochRecord[] = [];
  const runsFolder = join(CHECKOUT_CACHE, "verify", String(Deno.pid));
  using _ = beforeLeaving(() => Deno.removeSync(runsFolder, { recursive: true }));
  try {
    const outcome = await performRun({
      configuration: checkConfiguration(record.configuration),
      seed: record.seed,
      dataset,
      execution: record.build.execution,
      runsFolder,
      fresh: true,
      signal: AbortSignal.any([signal, enough.signal]),
      command: "deno task verify",
      git: null,
      patch: null,
      label,
    }, [showProgress(quiet), {
      epoch: (epoch) => {
        done.push(epoch);
        const differs = firstDifference(record.epochs[done.length - 1], epoch) !== undefined;
        if (done.length === epochs || (differs && !tolerant)) enough.abort();
      },
    }]);
    if (outcome.status === "interrupted") {
      if (signal.aborted) throw new Interrupted(`Interrupted: ${label} is not verified`);
      return { outcome: { epochs: done }, text: "" };
    }
    const file = join(outcome.folder, RUN_FILES.record);
    return {
      outcome: { epochs: done, record: await readRecord(file) },
      text: await readText(file),
    };
  } finally {
    await Deno.remove(runsFolder, { recursive: true });
  }
}

/** The first difference between a record and what came out again, as far as it was run. */
function firstOutcomeDifference(
  record: RunRecord,
  { epochs, record: whole }: Outcome,
): JsonDifference | undefined {
  if (!whole) {
    return firstDifference(
      { epochs: record.epochs.slice(0, epochs.length) },
      { epochs },
    );
  }
  // Where the record speaks of another build or digest, that has been said.
  return firstDifference(record, { ...whole, build: record.build, digest: record.digest });
}

if (import.meta.main) await runMain(() => main(Deno.args));
