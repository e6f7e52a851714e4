/**
 * Runs on disk, and their reports, as a folder for TensorBoard.
 *
 * @module
 */

import { basename, isAbsolute, join, relative } from "node:path";
import { shortDigest } from "../digest.ts";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { confusionImage } from "../figure/confusion_image.ts";
import { exists } from "../file.ts";
import { readFacts, readHistory, readRecord, REPORT_FILES, RUN_FILES } from "../report/files.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { experimentOf, runName } from "../run/choose_runs.ts";
import { readHistograms } from "../run/histograms.ts";
import type { ListedRun } from "../run/runs.ts";
import { resultsOf } from "../run/state.ts";
import { removeOtherEvents, writeEvents } from "./event_file.ts";
import { experimentEvents, reportEvents, runEvents, type ShownRun } from "./events.ts";

/** What was written. */
export interface Written {
  readonly runs: number;
  readonly reports: number;
  /** Epochs of all runs together. */
  readonly epochs: number;
  /** Runs of which histograms were kept. */
  readonly withHistograms: number;
  /** Runs that were left out, with the reason of each. */
  readonly left: readonly string[];
}

/** Runs that were done when they were written: what is in their files stays. */
export type WrittenBefore = Map<
  string,
  { readonly name: string; readonly path: string; readonly run: ShownRun }
>;

/**
 * Writes runs as files of events, what is new at the end of those that are there, and removes what was
 * written there of other runs before.
 *
 * @param out The folder; other files in it are left alone.
 * @param runs A run that cannot be read is left out.
 * @param options `prefer`: experiments by whose names a run is called that belongs to several;
 *   `before`: what a call before this one wrote, which is not read again; `onRun` hears before each run how
 *   many there were.
 * @throws {UserError} Where a file cannot be written.
 */
export async function writeRuns(
  out: string,
  runs: readonly ListedRun[],
  { prefer = [], before = new Map(), onRun = () => {} }: {
    readonly prefer?: readonly string[];
    readonly before?: WrittenBefore;
    readonly onRun?: (done: number) => void;
  } = {},
): Promise<Written> {
  const kept = new Set<string>();
  const shown: ShownRun[] = [];
  const left: string[] = [];
  const reports = new Map<string, string>();
  const names = new Set([...before.values()].map(({ name }) => name));
  for (const [i, run] of runs.entries()) {
    onRun(i);
    const [variant] = preferred(run.variants, prefer);
    const known = before.get(run.folder);
    const read = known?.run ?? await readRun(run, variant);
    if (typeof read === "string") {
      left.push(`${runName(run)}: ${read}`);
      continue;
    }
    const name = known?.name ?? nameIn(names, tensorboardName(run, variant));
    const path = known?.path ?? await writeEvents(join(out, name), runEvents(read));
    if (read.done) before.set(run.folder, { name, path, run: read });
    kept.add(path);
    shown.push(read);
    const results = resultsOf(run.folder);
    for (const experiment of preferred(run.variants.map(experimentOf), prefer)) {
      reports.set(join(results, experiment), join(resultsName(results), experiment));
    }
  }
  let written = 0;
  for (const [folder, name] of reports) {
    const file = join(folder, REPORT_FILES.markdown);
    if (!await exists(file)) continue;
    const changed = (await Deno.stat(file)).mtime ?? new Date(0);
    const events = reportEvents(await Deno.readTextFile(file), { written: changed.toISOString() });
    kept.add(await writeEvents(join(out, name), events));
    written++;
  }
  kept.add(await writeEvents(out, experimentEvents(shown)));
  await removeOtherEvents(out, kept);
  const epochs = shown.reduce((sum, run) => sum + run.epochs.length, 0);
  const withHistograms = shown.filter(({ histograms }) => histograms.length > 0).length;
  return { runs: shown.length, reports: written, epochs, withHistograms, left };
}

/** A run as far as it has come, or why it cannot be shown. */
async function readRun(run: ListedRun, variant: string | undefined): Promise<ShownRun | string> {
  const { folder, state, configuration, seed, data, started } = run;
  if (state === "damaged") return run.trouble ?? "Damaged";
  if (!configuration || started === null) return "Nothing is known of it yet";
  const known = { configuration, seed, data, variant, started };
  try {
    if (state === "done") {
      const record = await readRecord(join(folder, RUN_FILES.record));
      const facts = await readFacts(join(folder, RUN_FILES.facts));
      const ended = new Date(facts.finished).getTime() - 1000 * facts.scoringSeconds;
      const until = new Date(Math.max(ended, new Date(started).getTime())).toISOString();
      const histograms = await readHistograms(folder);
      const { classes } = formOf(record.dataset);
      const confusion = await confusionImage(record.best.test.confusion, { classes });
      const done = { record, facts, confusion };
      return { ...known, epochs: record.epochs, histograms, until, done };
    }
    // Of data in folds each fold has epochs of its own: the record has their mean.
    const epochs = run.fold === undefined ? (await readHistory(folder)).slice(0, run.epoch) : [];
    const changed = epochs.length === 0
      ? undefined
      : (await Deno.stat(join(folder, RUN_FILES.history))).mtime;
    const until = changed?.toISOString() ?? started;
    const histograms = run.fold === undefined ? await readHistograms(folder) : [];
    return { ...known, epochs, histograms, until, done: undefined };
  } catch (error) {
    // It may be begun anew or deleted at this moment.
    if (error instanceof UserError || error instanceof Deno.errors.NotFound) return error.message;
    throw error;
  }
}

/** Of the names of a run those that are preferred; all where none is. */
function preferred(names: readonly string[], prefer: readonly string[]): readonly string[] {
  const found = names.filter((name) => prefer.includes(experimentOf(name)));
  return found.length > 0 ? found : names;
}

/** What TensorBoard calls a run, such as `fer2013/dropout/none/seed-1`. */
function tensorboardName(run: ListedRun, variant: string | undefined): string {
  const parts = variant === undefined ? [shortDigest(run.digest)] : variant.split("#");
  return [resultsName(resultsOf(run.folder)), ...parts.map(plain), `seed-${run.seed}`].join("/");
}

/** `fer2013` for committed results, `own/fer2013` for somebody's own, others by their folder's name. */
function resultsName(results: string): string {
  const within = relative(COMMITTED_RESULTS, results);
  const isWithin = within !== "" && !within.startsWith("..") && !isAbsolute(within);
  return isWithin ? within : plain(basename(results));
}

function plain(name: string): string {
  return name.replace(/[^\w.+,=()-]+/g, "-").replace(/^\.+$/, "-");
}

/** A name that no other has. */
function nameIn(names: Set<string>, name: string): string {
  let free = name;
  for (let n = 2; names.has(free); n++) free = `${name}-${n}`;
  names.add(free);
  return free;
}
