/**
 * `deno task tensorboard`: runs, finished and under way, for TensorBoard.
 *
 * @module
 */

import { basename, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, expectFolderPlace } from "../file.ts";
import { type Command, commandHelp, flag, path, whole } from "../flags.ts";
import { endChild, endWithUs, interruptible, pause } from "../interruption.ts";
import { lockFolder } from "../lock.ts";
import { runMain } from "../main.ts";
import { shownPath } from "../paths.ts";
import { answers, choosePort, HOST } from "../port.ts";
import { Progress } from "../progress.ts";
import { RUN_FILES } from "../report/files.ts";
import { OWN_RESULTS } from "../report/folders.ts";
import { findRuns } from "../run/choose_runs.ts";
import type { ListedRun } from "../run/runs.ts";
import {
  DOWNLOADS,
  isProvided,
  provideTensorBoard,
  startTensorBoard,
} from "../tensorboard/server.ts";
import { writeRuns, type Written, type WrittenBefore } from "../tensorboard/write.ts";
import { plural, quoteForShell } from "../text.ts";
import { readingRuns } from "./_reading_runs.ts";

const COMMAND = {
  name: "tensorboard",
  summary:
    "Writes runs, finished and under way, for TensorBoard: accuracy, loss and learning rate by epoch, " +
    "histograms of weights and gradients where they were kept, hyper-parameters with results, confusion " +
    "matrices and reports.",
  usage: "[REPORT ...] [flags]",
  words: {
    name: "REPORT",
    meaning:
      "A report's folder, such as reports/fer2013/dropout, also named within reports/own or reports, as " +
      "fer2013/dropout; or anything else that names runs for deno task runs. Without one all runs are " +
      "meant.",
    least: 0,
    most: Infinity,
    request: "Name reports, or none",
  },
  flags: {
    out: path("DIR", "Where the files of events go", "reports/own/tensorboard"),
    watch: flag("Write on, as epochs end and runs begin, until Ctrl-C"),
    serve: flag("Start TensorBoard on them, and write on meanwhile"),
    port: whole("N", "Its port on 127.0.0.1", {
      range: [1, 65_535],
      otherwise: "the first free one from 6006",
    }),
  },
  examples: [
    "deno task tensorboard --serve",
    "deno task tensorboard fer2013/dropout --out dropout-events",
  ],
  notes: [
    "The first --serve installs TensorBoard into .cache/venv-tensorboard (python3 and a network are " +
    "needed). It answers on this machine only.",
    "What was written into the folder before of runs that are no longer meant is removed from it; other " +
    "files are left alone. Numbers are float32, as TensorBoard has them. A finished run's epochs " +
    "are spread evenly over its time. A run on data in folds is there once it is done.",
  ],
} as const satisfies Command;

const NO_HISTOGRAMS =
  "No histograms of weights and gradients: a run keeps them with --histograms 1";

/** TensorBoard's page shows what there was when it was opened, unless it is told otherwise there. */
const FOLLOWING = 'New epochs show with its reload button, or by themselves: gear, "Reload data"';

const FIRST_PORT = 6006;

/** How long TensorBoard may take to answer, in milliseconds. */
const PATIENCE = 90_000;

/** Between two looks for what is new, in milliseconds. */
const WATCH_EVERY = 2000;

/** As {@linkcode WATCH_EVERY}, of TensorBoard, in seconds. */
const RELOAD_EVERY = 5;

/** Writes runs for TensorBoard, once or until Ctrl-C. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const { out = join(OWN_RESULTS, "tensorboard"), serve } = flags;
  if (flags.port !== undefined && !serve) {
    throw new UsageError("--port goes with --serve: add it, or leave --port out");
  }
  await expectFolderPlace(out);
  const port = serve ? choosePort(flags.port, FIRST_PORT) : undefined;
  const all = await readingRuns(words);
  if (all.length === 0 && !serve && !flags.watch) {
    throw new UserError("There are no runs yet: deno task exp:baseline makes one");
  }
  using _lock = await lockFolder(out);
  const before: WrittenBefore = new Map();
  const prefer = words.map((word) => basename(word));
  const write = (runs: readonly ListedRun[]) => writeRuns(out, runs, { prefer, before });
  const written = await writeAll(out, all, { prefer, before });
  for (const left of written.left) console.error(`Left out: ${left}`);
  console.log(`${summary(written)}: ${shownPath(out)}`);
  if (written.runs > 0 && written.withHistograms === 0) console.log(NO_HISTOGRAMS);
  if (port !== undefined) return await serveOn(port, out, () => watch(words, all, write));
  if (flags.watch) {
    console.log("Writing on as epochs end; Ctrl-C ends it");
    await interruptible((signal) => watch(words, all, write)(signal), {
      stopping: "No longer watching",
    });
  } else {
    const same = [...words, ...flags.out === undefined ? [] : ["--out", shownPath(out)], "--serve"];
    console.log(`To see them: deno task tensorboard ${same.map(quoteForShell).join(" ")}`);
  }
  return 0;
}

/** The first writing, which reads and draws what there is of every run, with a line of progress. */
async function writeAll(
  out: string,
  runs: readonly ListedRun[],
  options: Parameters<typeof writeRuns>[2],
): Promise<Written> {
  const progress = new Progress("Writing", { total: runs.length, unit: "runs", keep: false });
  const onRun = (done: number) => progress.update(done);
  return await writeRuns(out, runs, { ...options, onRun }).finally(() => progress.finish());
}

function summary({ runs, reports, epochs }: Written): string {
  return `${plural(runs, "run")} with ${plural(epochs, "epoch")}, ${plural(reports, "report")}`;
}

/** Writes until a signal what is new of runs, beginning with those that have been written. */
function watch(
  words: readonly string[],
  written: readonly ListedRun[],
  write: (runs: readonly ListedRun[]) => Promise<Written>,
): (signal: AbortSignal) => Promise<void> {
  const done = new Map<string, ListedRun>();
  const keep = (runs: readonly ListedRun[]) => {
    for (const run of runs) if (run.state === "done") done.set(run.folder, run);
  };
  const stateOf = (runs: readonly ListedRun[]) =>
    runs.map(({ folder, state, epoch, started }) => [folder, state, epoch, started].join("\n"))
      .sort().join("\n");
  // Read once more only where it is not known to be done, or no longer there.
  const wanted = (folder: string) => !done.has(folder);
  keep(written);
  return async (signal) => {
    let state = stateOf(written);
    while (!signal.aborted) {
      await pause(WATCH_EVERY, signal);
      if (signal.aborted) return;
      for (const folder of done.keys()) {
        if (!await exists(join(folder, RUN_FILES.record))) done.delete(folder);
      }
      const runs = [...done.values(), ...await findRuns(words, { wanted })];
      if (stateOf(runs) === state) continue;
      state = stateOf(runs);
      await write(runs);
      keep(runs);
    }
  };
}

/** Starts TensorBoard, and stays until it ends. */
async function serveOn(
  port: number,
  folder: string,
  watching: () => (signal: AbortSignal) => Promise<void>,
): Promise<number> {
  if (!await isProvided()) console.log(DOWNLOADS);
  const python = await provideTensorBoard();
  const server = startTensorBoard(python, { folder, host: HOST, port, every: RELOAD_EVERY });
  using _ = endWithUs(server);
  const said = new Response(server.stderr).text();
  return await interruptible(async (signal) => {
    signal.addEventListener("abort", () => endChild(server));
    const ended = server.status;
    const address = `http://${HOST}:${port}/`;
    if (!await answers(address, ended, { patience: PATIENCE }) && !signal.aborted) {
      endChild(server);
      throw new UserError(
        `TensorBoard did not start on port ${port}: ${(await said).trim().split("\n").at(-1)}`,
      );
    }
    if (!signal.aborted) console.log(`TensorBoard: ${address}\n${FOLLOWING}\nCtrl-C ends it`);
    const over = new AbortController();
    const watched = watching()(AbortSignal.any([signal, over.signal]));
    const [{ code }] = await Promise.all([ended.finally(() => over.abort()), watched]);
    return signal.aborted ? 0 : code;
  }, { stopping: "Ending TensorBoard" });
}

if (import.meta.main) await runMain(() => main(Deno.args));
