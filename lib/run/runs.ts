/**
 * Every run that lies on disk, finished, under way or interrupted, with how it stands. Loads no
 * TensorFlow.
 *
 * @module
 */

import { hostname } from "node:os";
import { basename, join } from "node:path";
import {
  BASELINE,
  differences,
  type RecordedConfiguration,
  wholeConfiguration,
} from "../configuration.ts";
import type { CheckoutState } from "../checkout.ts";
import { isOnPublicTest } from "../dataset/hold_out.ts";
import { UserError } from "../error.ts";
import { exists, isFolder } from "../file.ts";
import { heldSince, isHeld } from "../lock.ts";
import { readFacts, readHistory, readRecord, RUN_FILES } from "../report/files.ts";
import { COMMITTED_RESULTS, OWN_RESULTS } from "../report/folders.ts";
import type { EpochRecord } from "../report/record.ts";
import { secondsOf } from "../report/summary.ts";
import { isEpochRecord } from "../training/epoch.ts";
import { readNotes, type RunNotes } from "./notes.ts";
import { readPlan, type ReportPlan } from "./plan_file.ts";
import {
  BEGUN_FILE,
  FOLDS_FOLDER,
  isDigest,
  readBegun,
  readBegunRun,
  runsIn,
  seedOf,
} from "./state.ts";

/**
 * How a run stands: it has a record, a process is at it, it was stopped before its end, or its record
 * cannot be read.
 */
export type RunStanding = "done" | "running" | "interrupted" | "damaged";

/** The standings, for messages. */
export const STANDINGS: readonly RunStanding[] = ["done", "running", "interrupted", "damaged"];

/** A run on disk. */
export interface ListedRun {
  /** Its folder, absolute. */
  readonly folder: string;
  readonly digest: string;
  readonly seed: number;
  readonly state: RunStanding;
  /** The data set's name. */
  readonly data: string;
  /** As what it is planned, such as `dropout#none`; a run may belong to several reports. */
  readonly variants: readonly string[];
  /** Nothing where neither the run nor a plan tells. */
  readonly configuration: RecordedConfiguration | undefined;
  /** Finished epochs; of data in folds, those of the fold under way. */
  readonly epoch: number;
  /** How many there are to be; null where that is not known. */
  readonly epochs: number | null;
  /** The fold under way, from 1; nothing but for data in folds before their end. */
  readonly fold: number | undefined;
  /**
   * The best accuracy on PublicTest so far; null before the first epoch is over, and before the run is
   * done where the epoch is chosen on a part of Training.
   */
  readonly publicTest: number | null;
  /** The best epoch's on PrivateTest; null before the run is done. */
  readonly privateTest: number | null;
  /** Of training, and of scoring once it is done. */
  readonly seconds: number | null;
  /** Until training is over, at the pace of the epochs so far; null where it is not under way. */
  readonly secondsLeft: number | null;
  /** ISO 8601, UTC. */
  readonly started: string | null;
  readonly finished: string | null;
  /** The code that it is made with, null outside git; undefined where that is not known. */
  readonly git: CheckoutState | undefined;
  readonly notes: RunNotes;
  /** What is wrong with its files. */
  readonly trouble: string | undefined;
}

/** What a run has that the baseline has not: hyper-parameters by name, in the order of the reports. */
export function changesOf({ configuration }: ListedRun): ReadonlyMap<string, unknown> {
  if (!configuration) return new Map();
  return new Map(differences(BASELINE, configuration).map(({ name, b }) => [name, b]));
}

/** The folders of results, committed and own: one for each data set. */
export async function resultsFolders(
  roots: readonly string[] = [COMMITTED_RESULTS, OWN_RESULTS],
): Promise<string[]> {
  const folders: string[] = [];
  for (const root of roots) {
    for (const name of await namesIn(root)) {
      const folder = join(root, name);
      if (await isFolder(runsIn(folder))) folders.push(folder);
    }
  }
  return folders;
}

/**
 * The runs in folders of results.
 *
 * @param results Each the folder of a data set's reports, with `runs` in it.
 * @param options `wanted` says of a run's folder whether it is to be read (all); `now` is the time;
 *   `onRun` hears after each run how many were read.
 */
export async function listRuns(
  results: readonly string[],
  { wanted = () => true, now = new Date(), onRun = () => {} }: {
    readonly wanted?: (folder: string) => boolean | Promise<boolean>;
    readonly now?: Date;
    readonly onRun?: (done: number) => void;
  } = {},
): Promise<ListedRun[]> {
  const runs: ListedRun[] = [];
  for (const folder of results) {
    const plans = await plansIn(folder);
    for (const digest of await namesIn(runsIn(folder))) {
      for (const name of await namesIn(join(runsIn(folder), digest))) {
        const seed = seedOf(name);
        if (!isDigest(digest) || seed === undefined) continue;
        const place = join(runsIn(folder), digest, name);
        if (!await wanted(place)) continue;
        const known = { folder: place, digest, seed, results: folder, plans, now };
        runs.push(await listRun(known));
        onRun(runs.length);
      }
    }
  }
  return runs;
}

/** What is known of a run by its place. */
interface Known {
  readonly folder: string;
  readonly digest: string;
  readonly seed: number;
  readonly results: string;
  readonly plans: readonly NamedPlan[];
  readonly now: Date;
}

/** A plan with the name of its report's folder. */
export interface NamedPlan {
  readonly name: string;
  readonly plan: ReportPlan;
}

async function listRun(known: Known): Promise<ListedRun> {
  const { folder, digest, seed, results, plans } = known;
  const planned = plans.flatMap(({ name, plan }) =>
    plan.variants.filter((variant) => variant.digest === digest).map((variant) => ({
      name: `${name}#${variant.name}`,
      configuration: variant.configuration,
    }))
  );
  const base = {
    ...{ folder, digest, seed, data: basename(results) },
    variants: planned.map(({ name }) => name),
    configuration: planned[0]?.configuration,
    ...{ epoch: 0, epochs: planned[0]?.configuration.epochs ?? null, fold: undefined },
    ...{ publicTest: null, privateTest: null, seconds: null, secondsLeft: null },
    ...{ started: null, finished: null, git: undefined },
    ...await notesOf(folder),
  };
  try {
    if (await exists(join(folder, RUN_FILES.record))) return { ...base, ...await finished(folder) };
    return { ...base, ...await unfinished(known, base) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { ...base, state: "damaged", trouble: error.message };
  }
}

async function notesOf(folder: string): Promise<Pick<ListedRun, "notes" | "trouble">> {
  try {
    return { notes: await readNotes(folder), trouble: undefined };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { notes: { note: undefined, tags: [] }, trouble: error.message };
  }
}

async function finished(folder: string) {
  const record = await readRecord(join(folder, RUN_FILES.record));
  const facts = await readFacts(join(folder, RUN_FILES.facts));
  return {
    state: "done",
    data: record.dataset.name,
    configuration: record.configuration,
    epoch: record.epochs.length,
    epochs: record.configuration.epochs,
    publicTest: record.best.validation.accuracy,
    privateTest: record.best.test.accuracy,
    seconds: secondsOf(facts),
    started: facts.started,
    finished: facts.finished,
    git: facts.git,
  } as const;
}

/** A process on another machine writes something at least this often; in milliseconds. */
const SILENCE = 15 * 60 * 1000;

async function unfinished(
  { folder, now }: Known,
  { configuration: planned, data }: Pick<ListedRun, "configuration" | "data">,
) {
  const [place, fold] = await placeUnderWay(folder);
  const begunFile = join(place, BEGUN_FILE);
  const facts = await readBegun(begunFile);
  const run = await readBegunRun(begunFile);
  const changed = (await Deno.stat(begunFile).catch(() => undefined))?.mtime ?? null;
  const quiet = changed === null ? Infinity : Math.max(0, now.getTime() - changed.getTime());
  // Not every file system that machines share passes locks on from one to another.
  const elsewhere = run?.host !== undefined && run.host !== hostname() && quiet < SILENCE;
  const running = elsewhere || await isHeld(folder);
  const history = await finishedEpochs(place);
  // What a run begun anew has of the one before it.
  const own = facts && await isOlder(place, facts.started) ? [] : history;
  const configuration = run?.configuration ?? planned;
  const { started = null, trainingSeconds = null } = facts ?? {};
  // A run that is gone on with says so with its first step: until then the silence was nobody's work.
  const goesOn = changed !== null && (await heldSince(folder) ?? changed) > changed;
  const seconds = trainingSeconds === null
    ? null
    : trainingSeconds + (running && !elsewhere && !goesOn ? quiet / 1000 : 0);
  const epochs = configuration?.epochs ?? null;
  // Where Training is split anew, the epochs tell of another part than PublicTest.
  const onPart = configuration && !isOnPublicTest(wholeConfiguration(configuration));
  // Up to the last epoch's end: the facts were written then, or within the epoch after it.
  const since = own.length === 0 || changed === null
    ? 0
    : Math.max(0, changed.getTime() - await writtenAt(place)) / 1000;
  const perEpoch = trainingSeconds === null || own.length === 0
    ? null
    : (trainingSeconds - since) / own.length;
  return {
    state: running ? "running" : "interrupted",
    data: run?.data ?? data,
    ...{ configuration, epochs, fold, seconds, started, git: facts?.git },
    epoch: own.length,
    publicTest: own.length === 0 || onPart
      ? null
      : Math.max(...own.map((each) => each.validationAccuracy)),
    secondsLeft: !running || perEpoch === null || epochs === null || fold !== undefined
      ? null
      : Math.max(0, perEpoch * epochs - seconds!),
  } as const;
}

/** The epochs on disk; none where the file is not what was written. */
async function finishedEpochs(folder: string): Promise<EpochRecord[]> {
  const epochs: unknown[] = await readHistory(folder).catch(() => []);
  const fit = (each: unknown) =>
    [false, true].some((averaged) => isEpochRecord(each, { averaged }));
  return epochs.every(fit) ? epochs as EpochRecord[] : [];
}

/** Whether the epochs on disk were finished before the run began. */
async function isOlder(folder: string, started: string): Promise<boolean> {
  return await writtenAt(folder) < new Date(started).getTime();
}

/** When the last epoch was written down; as `Date` has it, 0 where none was. */
async function writtenAt(folder: string): Promise<number> {
  const file = await Deno.stat(join(folder, RUN_FILES.history)).catch(() => undefined);
  return file?.mtime?.getTime() ?? 0;
}

/** Where the files under way of a run lie: in its folder, or of data in folds in that of the last fold. */
async function placeUnderWay(folder: string): Promise<[place: string, fold: number | undefined]> {
  let last: { readonly place: string; readonly begun: number } | undefined;
  let folds = 0;
  for (const digest of await namesIn(join(folder, FOLDS_FOLDER))) {
    for (const name of await namesIn(join(folder, FOLDS_FOLDER, digest))) {
      const place = join(folder, FOLDS_FOLDER, digest, name);
      folds++;
      if (await exists(join(place, RUN_FILES.record))) continue;
      const begun = (await Deno.stat(place)).mtime?.getTime() ?? 0;
      if (!last || begun > last.begun) last = { place, begun };
    }
  }
  return last ? [last.place, folds] : [folder, folds > 0 ? folds : undefined];
}

/** The plans of the reports in a folder of results; those that can be read. */
export async function plansIn(results: string): Promise<NamedPlan[]> {
  const plans: NamedPlan[] = [];
  for (const name of await namesIn(results)) {
    if (name === basename(runsIn(results))) continue;
    try {
      const plan = await readPlan(join(results, name));
      if (plan) plans.push({ name, plan });
    } catch (error) {
      // Its runs are listed all the same, without its names.
      if (!(error instanceof UserError)) throw error;
    }
  }
  return plans;
}

/** The folders in a folder, by name; none where it is not there. */
async function namesIn(folder: string): Promise<string[]> {
  if (!await isFolder(folder)) return [];
  const names: string[] = [];
  for await (const entry of Deno.readDir(folder)) {
    if (entry.isDirectory || entry.isSymlink && await isFolder(join(folder, entry.name))) {
      names.push(entry.name);
    }
  }
  return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
}
