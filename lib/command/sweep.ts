/**
 * `deno task sweep`: the runs of an experiment as processes side by side.
 *
 *     deno task sweep dropout --preset smoke --seeds 2          # seconds: shows that it works
 *     deno task sweep combination --data data/fer2013.zip --seeds 3
 *
 * Each process has its experiment's own permissions; only the sweep itself may start processes.
 *
 * @module
 */

import { EXPERIMENT_FLAGS, parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { UsageError } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { runMain } from "../main.ts";
import { didYouMean, nearest } from "../nearest.ts";
import type { Plan } from "../run/plan.ts";
import { showOrTell } from "../run/show.ts";
import { parseArgs } from "../std/parse_args.ts";
import { sweep } from "../sweep/sweep.ts";
import { parseWhole } from "../whole.ts";
import { EXPERIMENTS } from "./all.ts";

const HELP =
  `Runs an experiment as several processes side by side, each at one run, to the same report.

Usage: deno task sweep EXPERIMENT [flags of the experiment] [--jobs N]

  EXPERIMENT   ${EXPERIMENTS.map(({ name }) => name).join(", ")}; or all of them: all
  --jobs N     processes at once (one for each core, but no more than runs, or than the memory is for)
  --threads N  threads of each process (the cores divided by --jobs); the count changes the last digits
  --help       print this

All other flags are those of deno task exp:EXPERIMENT, whose --help lists them.

What is done is not done again, and a run that another process is at is waited for. Ctrl-C stops all runs
with their checkpoints, once more kills them; the same command goes on. A run that fails does not stop the
others.

Example: deno task sweep dropout --preset smoke --seeds 2 --jobs 2

Exit code 0: done; 1: a run failed, the last lines say which; 2: the command line could not be
understood; 130: interrupted.`;

/** What {@linkcode parseSweepArgs} makes of a command line. */
export interface SweepRequest {
  readonly plans: readonly Plan[];
  /** Processes at once. */
  readonly jobs: number;
  /** For the experiments' own tasks. */
  readonly args: readonly string[];
}

/** Bytes that a run on FER2013 takes at most, 1.3 GB, and what the system needs beside it. */
const BYTES_PER_RUN = 1.5e9;

/** The most processes that can be asked for. */
const MOST_JOBS = 1024;

/**
 * Reads a sweep's command line.
 *
 * Without `--jobs` there are as many processes as cores: one thread each is never slower than sharing
 * the threads out to fewer, since what a step cannot do in parallel then keeps one core busy, not all
 * but one idle. What the number goes by is the same every time on one machine, so that the same command
 * trains with as many threads.
 *
 * @param options `cores`: how many threads there are (all cores); `memory`: bytes in all.
 * @returns Nothing where help is asked for.
 * @throws {UsageError} For anything that can't be understood.
 */
export function parseSweepArgs(
  args: readonly string[],
  { cores = navigator.hardwareConcurrency, memory = Deno.systemMemoryInfo().total }: {
    readonly cores?: number;
    readonly memory?: number;
  } = {},
): SweepRequest | undefined {
  // They would break the one line of a message.
  if (args.some((argument) => /\p{Cc}/u.test(argument))) {
    throw new UsageError("The command line holds a line feed or another control character");
  }
  const parsed = parseArgs(args, {
    ...EXPERIMENT_FLAGS,
    string: [...EXPERIMENT_FLAGS.string, "jobs"],
  });
  if (parsed.boolean["help"]) return undefined;
  const [name, ...further] = parsed.rest;
  const experiments = chosen(name);
  for (const flag of parsed.unknown) refuseOwn(flag);
  const { jobs: written, threads, only, ...string } = parsed.string;
  if (only !== undefined) {
    throw new UsageError("A run by itself is no sweep: deno task exp:<name> --only VARIANT:SEED");
  }
  if (experiments.length > 1 && string["variants"] !== undefined) {
    throw new UsageError(
      "--variants belongs to one experiment: deno task sweep <name> --variants ...",
    );
  }
  // As written, so that the experiment says what is wrong with them.
  const common = [
    ...Object.entries(parsed.boolean).filter(([, on]) => on).map(([flag]) => `--${flag}`),
    ...Object.entries(string).map(([flag, value]) => `--${flag}=${value}`),
    ...Object.entries(parsed.collect).flatMap(([flag, values]) =>
      values.map((value) => `--${flag}=${value}`)
    ),
    ...parsed.unknown,
    // What follows "--" is no flag.
    ...further.length > 0 ? ["--", ...further] : [],
  ];
  const plan = (given: readonly string[]): Plan[] =>
    experiments.map((experiment) => ({
      experiment,
      request: parseExperimentArgs(given, { experiment, base: BASELINE, cores }),
    }));

  const own = threads === undefined ? [] : [`--threads=${threads}`];
  const asked = plan([...common, ...own]);
  const runs = asked.reduce(
    (sum, { experiment, request }) =>
      sum + request.seeds.length * (request.variants ?? experiment.variants).length,
    0,
  );
  const most = threads === undefined ? cores : Math.floor(cores / asked[0]!.request.threads);
  const room = Math.floor(memory / BYTES_PER_RUN);
  const jobs = jobCount(written) ?? Math.max(1, Math.min(most, runs, room));
  const share = Math.max(1, Math.floor(cores / jobs));
  // One process of all threads is what the experiment's own command is.
  const divided = threads === undefined && share !== cores ? [`--threads=${share}`] : own;
  const taken = [...common, ...divided];
  return {
    plans: plan(taken),
    jobs,
    args: taken.filter((flag) => !LEFT_OUT.includes(flag)),
  };
}

/** What the sweep does itself, and the processes are not to do. */
const LEFT_OUT = ["--show", "--resume", "--quiet"];

function chosen(name: string | undefined): readonly Experiment[] {
  const names = [...EXPERIMENTS.map(({ name }) => name), "all"];
  if (name === undefined) {
    throw new UsageError(`Name an experiment: deno task sweep ${names.join("|")}`);
  }
  const plain = name.replace(/^exp:/, "");
  if (plain === "all") return EXPERIMENTS;
  const found = EXPERIMENTS.find(({ name }) => name === plain);
  if (!found) throw new UsageError(`Unknown experiment "${name}": ${didYouMean(plain, names)}`);
  return [found];
}

/** An unknown flag that is meant for the sweep; the others the experiment knows better. */
function refuseOwn(flag: string): void {
  const name = flag.replace(/^-+/, "").replace(/=[^]*$/, "");
  const flags = [...EXPERIMENT_FLAGS.boolean, ...EXPERIMENT_FLAGS.string, "jobs", "set"];
  if (nearest(name, flags) === "jobs" || name === "j") {
    throw new UsageError(`Unknown flag "${flag}": did you mean "--jobs"?`);
  }
}

function jobCount(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const jobs = parseWhole(written, 1, MOST_JOBS);
  if (jobs !== undefined) return jobs;
  throw new UsageError(
    written.trim() === ""
      ? "--jobs needs a value: --jobs N"
      : `--jobs must be a whole number from 1 to ${MOST_JOBS}, not "${written}"`,
  );
}

/** Sweeps as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const request = parseSweepArgs(args);
  if (!request) {
    console.log(HELP);
    return 0;
  }
  const { plans, jobs } = request;
  const { threads, quiet, show } = plans[0]!.request;
  const cores = navigator.hardwareConcurrency;
  if (jobs * threads > cores && !quiet) {
    console.error(
      `${jobs} processes of ${threads} ${threads === 1 ? "thread" : "threads"} share ${cores} ` +
        `${cores === 1 ? "core" : "cores"}: they take turns, which is slower than fewer --jobs`,
    );
  }
  const { folders, failed } = await sweep(plans, request);
  if (show) await showOrTell(folders);
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) await runMain(() => main(Deno.args));
