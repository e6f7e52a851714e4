/**
 * What is on disk of a run: where it lies, whether it is done or begun. Loads no TensorFlow.
 *
 * @module
 */

import { hostname } from "node:os";
import { dirname, join } from "node:path";
import {
  FIRST_VERSION_PARAMETERS,
  type RecordedConfiguration,
  recordedConfiguration,
} from "../configuration.ts";
import { type CheckoutState, goneOnWith, isCheckoutState } from "../checkout.ts";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { exists, removeIfThere, writeFileWhole } from "../file.ts";
import { readFacts, readJson, readRecord, readText, RUN_FILES } from "../report/files.ts";
import { RECORD_VERSION } from "../report/record.ts";
import { expectedBuild } from "../tensorflow/expected_build.ts";
import { CHECKPOINT_FILES, removeCheckpoints } from "../training/checkpoint.ts";
import { runDigest } from "./identity.ts";
import type { RunRequest } from "./request.ts";

/** What a run is known by, and where its files lie. */
export function identify(
  { configuration, seed, dataset, execution, runsFolder }: Pick<
    RunRequest,
    "configuration" | "seed" | "dataset" | "execution" | "runsFolder"
  >,
): { readonly digest: string; readonly folder: string } {
  const digest = runDigest(configuration, dataset, expectedBuild(execution));
  return { digest, folder: placeOfRun(runsFolder, { digest, seed }) };
}

/** The folder of all runs on a data set, in that of its results. */
export function runsIn(results: string): string {
  return join(results, "runs");
}

/** The folder of a run, in that of all of them. */
export function placeOfRun(
  runsFolder: string,
  { digest, seed }: { readonly digest: string; readonly seed: number },
): string {
  return join(runsFolder, digest, `seed-${seed}`);
}

/** Of the folder of a run the folder of all results on its data set. */
export function resultsOf(folder: string): string {
  return dirname(dirname(dirname(folder)));
}

/** Whether a text is the digest of a run. */
export function isDigest(text: string): boolean {
  return /^[0-9a-f]{16}$/.test(text);
}

/** The seed of a run by its folder's name; nothing for another's. */
export function seedOf(name: string): number | undefined {
  const seed = /^seed-(-?\d+)$/.exec(name)?.[1];
  return seed === undefined ? undefined : Number(seed);
}

/** Where the files of a run lie: by its digest and seed. */
export function runFolder(request: RunRequest): string {
  return identify(request).folder;
}

/**
 * Whether a run's files are there and belong together; where the record is there but another file is
 * not what the record says, or nothing that can be read, that is told: the run is done again.
 */
export async function isWhole(
  folder: string,
  { label }: { readonly label: string },
): Promise<boolean> {
  const file = join(folder, RUN_FILES.record);
  if (!await exists(file)) return false;
  let trouble: string;
  try {
    const { predictions, claimed } = await readRecord(file);
    await readFacts(join(folder, RUN_FILES.facts));
    const files = [
      [RUN_FILES.predictions, predictions] as const,
      ...claimed ? [[RUN_FILES.claimed, claimed.predictions] as const] : [],
    ];
    let wrong: string | undefined;
    for (const [name, digest] of files) {
      if (sha256(await readText(join(folder, name))) !== digest) wrong ??= name;
    }
    if (wrong === undefined) return true;
    trouble = `${join(folder, wrong)} is not what was written`;
  } catch (error) {
    // A record of a later FER Lab is not damage: nothing of it is overwritten.
    if (!(error instanceof UserError) || await isLater(file)) throw error;
    trouble = error.message;
  }
  console.error(`${label}: ${trouble}: running it again`);
  return false;
}

/** Where the folds of a run under way lie, in its folder; see `cross_validate.ts`. */
export const FOLDS_FOLDER = "folds";

/** What `--profile` writes into a run's folder; no part of its results. */
export const TRACE_FILE = "trace.json";

/** What `--histograms` writes into a run's folder; no part of its results. */
export const HISTOGRAMS_FILE = "histograms.jsonl";

async function removeFolds(folder: string): Promise<void> {
  const folds = join(folder, FOLDS_FOLDER);
  if (await exists(folds)) await Deno.remove(folds, { recursive: true });
}

/** Removes what only an unfinished run needs. */
export async function clearProgress(folder: string): Promise<void> {
  await removeCheckpoints(folder);
  await removeIfThere(join(folder, BEGUN_FILE));
  await removeFolds(folder);
}

async function isLater(file: string): Promise<boolean> {
  const json = await readJson(file).catch(() => null) as { version?: unknown } | null;
  return typeof json?.version === "number" && json.version > RECORD_VERSION;
}

/** Whether a run was begun, so that `performRun` would go on with it or find it done. */
export async function isBegun(request: RunRequest): Promise<boolean> {
  const folder = runFolder(request);
  const files = [RUN_FILES.record, FOLDS_FOLDER, ...CHECKPOINT_FILES].map((name) =>
    join(folder, name)
  );
  return (await Promise.all(files.map(exists))).includes(true);
}

/** Whether a run has been carried out before, so that `performRun` would only find it. */
export async function isDone(request: RunRequest): Promise<boolean> {
  return await exists(join(runFolder(request), RUN_FILES.record));
}

/** Takes a run's results away, so that it is done anew. */
export async function forget(folder: string): Promise<void> {
  await removeCheckpoints(folder);
  await removeFolds(folder);
  // Of the run as it was.
  for (const file of [TRACE_FILE, HISTOGRAMS_FILE].map((name) => join(folder, name))) {
    await removeIfThere(file);
  }
  const file = join(folder, RUN_FILES.record);
  // Or the same command without --fresh would find the old run done, where the new one was stopped.
  await removeIfThere(file);
}

/** When a run was begun and how long it has taken: kept beside the checkpoint, never in a record. */
export interface BegunFacts {
  readonly started: string;
  readonly trainingSeconds: number;
  readonly resumptions: number;
  /** The code that it is made with; nothing where a beginning of before does not tell. */
  readonly git?: CheckoutState;
}

/** Written before the first step, so that others can tell what is being trained. */
export const BEGUN_FILE = "begun.json";

/**
 * Writes what a run is going to be, with how far it has come.
 *
 * @param folder The run's.
 * @param facts Of its beginning.
 */
export async function writeBegun(
  folder: string,
  request: RunRequest,
  facts: BegunFacts,
): Promise<void> {
  const { configuration, seed, dataset, execution, command, label } = request;
  const { name, synthetic, digest: data } = dataset;
  const text = JSON.stringify(
    {
      ...facts,
      run: {
        digest: identify(request).digest,
        ...{ seed, label, command, execution },
        configuration: recordedConfiguration(configuration),
        dataset: { name, synthetic, digest: data },
      },
      host: hostname(),
      process: Deno.pid,
    },
    null,
    2,
  );
  await writeFileWhole(join(folder, BEGUN_FILE), `${text}\n`);
}

/**
 * Takes up the facts of a run that is gone on with; the result tells them as of now.
 *
 * @param options `since`: when this process began with it, as `performance.now()` has it; `git`: the code
 *   of this process.
 */
export async function continueFacts(
  folder: string,
  { resumed, since, git }: {
    readonly resumed: boolean;
    readonly since: number;
    readonly git: CheckoutState;
  },
): Promise<() => BegunFacts> {
  let before: BegunFacts = {
    started: new Date(Date.now() - (performance.now() - since)).toISOString(),
    trainingSeconds: 0,
    resumptions: 0,
    git,
  };
  if (resumed) {
    // Without the facts of its beginning a run counts from here.
    const read = await readBegun(join(folder, BEGUN_FILE));
    before = {
      ...before,
      ...read,
      resumptions: (read?.resumptions ?? 0) + 1,
      git: goneOnWith(read?.git, git),
    };
  }
  return () => ({
    ...before,
    trainingSeconds: before.trainingSeconds + (performance.now() - since) / 1000,
  });
}

/** The facts of a run's beginning; nothing where they are not there or not what was written. */
export async function readBegun(file: string): Promise<BegunFacts | undefined> {
  let json: unknown;
  try {
    json = await readJson(file);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
  const { started, trainingSeconds, resumptions, git } = (json ?? {}) as Partial<BegunFacts>;
  // As run.json must have them, or it could not be written when all is done.
  if (typeof started !== "string" || !TIME.test(started)) return undefined;
  if (!Number.isFinite(trainingSeconds) || trainingSeconds! < 0) return undefined;
  if (!Number.isSafeInteger(resumptions) || resumptions! < 0) return undefined;
  const facts = { started, trainingSeconds: trainingSeconds!, resumptions: resumptions! };
  return isCheckoutState(git) ? { ...facts, git } : facts;
}

/** What a run under way is, as it tells others. */
export interface BegunRun {
  readonly configuration: RecordedConfiguration;
  /** The data set's name. */
  readonly data: string;
  /** The machine that it was last at. */
  readonly host: string | undefined;
}

/** What a run's beginning tells of the run; nothing where that cannot be told. */
export async function readBegunRun(file: string): Promise<BegunRun | undefined> {
  const json = await readJson(file).catch(() => undefined) as
    | { run?: { configuration?: unknown; dataset?: { name?: unknown } }; host?: unknown }
    | null
    | undefined;
  const { configuration, dataset } = json?.run ?? {};
  if (!isConfiguration(configuration) || typeof dataset?.name !== "string") return undefined;
  return {
    configuration: recordedConfiguration(configuration),
    data: dataset.name,
    host: typeof json?.host === "string" ? json.host : undefined,
  };
}

/** Whether a value can be shown as a configuration; what its values mean is checked where it is trained. */
function isConfiguration(json: unknown): json is RecordedConfiguration {
  if (typeof json !== "object" || json === null) return false;
  const values = json as Readonly<Record<string, unknown>>;
  const isPlain = (value: unknown) => ["number", "string", "boolean"].includes(typeof value);
  return FIRST_VERSION_PARAMETERS.every((name) => Object.hasOwn(values, name)) &&
    Object.values(values).every((each) =>
      Array.isArray(each) ? each.every(isPlain) : isPlain(each)
    ) &&
    Number.isSafeInteger(values.epochs);
}

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
