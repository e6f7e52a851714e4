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
import { checkExperiment } from "../run/check.ts";
import type { Plan } from "../run/plan.ts";
import { showOrTell } from "../run/show.ts";
import { parseArgs } from "../std/parse_args.ts";
import { submit, type SubmitOptions } from "../sweep/submit.ts";
import { sweep } from "../sweep/sweep.ts";
import { plural, wrap } from "../text.ts";
import { parseWhole } from "../whole.ts";
import { deep } from "../../experiments/deep.ts";
import { depth } from "../../experiments/depth.ts";
import { fusion } from "../../experiments/fusion.ts";
import { fusionFace } from "../../experiments/fusion_face.ts";
import { syntheticPhysiology } from "../../experiments/synthetic_physiology.ts";
import { protocol } from "../../experiments/protocol.ts";
import { precision } from "../../experiments/precision.ts";
import { EXPERIMENTS } from "./all.ts";
import { ownExperiments } from "./_own_experiments.ts";

/** Whatever comes with a task of its own; somebody's own experiments are found by their tasks. */
const SWEPT: readonly Experiment[] = [
  ...EXPERIMENTS,
  precision,
  depth,
  deep,
  protocol,
  fusion,
  fusionFace,
  syntheticPhysiology,
];

const HELP =
  `Runs an experiment as several processes side by side, each at one run, to the same report.

Usage: deno task sweep EXPERIMENT [flags of the experiment] [--jobs N]
       deno task sweep EXPERIMENT [flags of the experiment] --slurm [--wait] [-- OPTIONS OF SBATCH]

  EXPERIMENT   ${
    wrap(
      `${SWEPT.map(({ name }) => name).join(", ")}; one of your own, or all: those of exp:all`,
      85,
    ).join("\n               ")
  }
  --jobs N     processes at once (one for each core, which gets through more images a second than
               one process of all cores, see benchmarks/README.md; no more than there are runs,
               or memory)
  --threads N  threads of each process (the cores divided by --jobs); the count changes the last
               digits
  --slurm      submit the runs to Slurm instead: those that are missing as one job array, each
               with --threads N cores (one), at most --jobs N at once, and the report as a job
               after them
  --wait       with --slurm: stay until all is over, and show how far it is
  --help       print this

All other flags are those of deno task exp:EXPERIMENT, whose --help lists them.

What is done is not done again, and a run that another process is at is waited for. Ctrl-C stops all
runs with their checkpoints, once more kills them; the same command goes on. A run that fails does
not stop the others.

With --slurm the same command again submits what is missing then. A run that is requeued, preempted
or near its time limit (120 seconds before) stops with a checkpoint and goes on from there when it
begins again; Slurm waits two minutes with that. All nodes must see the checkout, its results and
the home folder with TensorFlow's cache at the same paths, on a file system whose locks hold between
nodes: NFS without nolock, CephFS, GPFS, Lustre mounted with flock. The bytes are the same on nodes
of the same CPUs, which sbatch picks by a constraint.

Examples:
  deno task sweep dropout --preset smoke --seeds 2 --jobs 2
  deno task sweep dropout --data data/fer2013.zip --seeds 5 --slurm -- --time=4:00:00 --mem=3G

Exit code 0: done; 1: a run failed, the last lines say which; 2: the command line could not be
understood; 130: interrupted.`;

/** What {@linkcode parseSweepArgs} makes of a command line. */
export interface SweepRequest {
  readonly plans: readonly Plan[];
  /** Processes at once. */
  readonly jobs: number;
  /** For the experiments' own tasks. */
  readonly args: readonly string[];
  /** Where Slurm is to do it. */
  readonly slurm?: Pick<SubmitOptions, "atOnce" | "options" | "wait">;
}

/** Bytes that a run on FER2013 takes at most, 1.3 GB, and what the system needs beside it. */
const BYTES_PER_RUN = 1.5e9;

/** The most processes, or threads of an element, that can be asked for. */
const MOST = 1024;

/** What there is on a machine. */
export interface Machine {
  /** Threads that run at once. */
  readonly cores: number;
  /** Bytes in all. */
  readonly memory: number;
}

/**
 * Reads a sweep's command line.
 *
 * Without `--jobs` there are as many processes as cores, where there are as many runs and the memory is for
 * them: threads of one process wait for one another at every operation, those of several do not, and
 * `deno task bench --only jobs` measures what that is worth. The number goes by what is the same every time on one machine, so that the same command trains with as
 * many threads.
 *
 * @param machine The one that the sweep is started on.
 * @param swept The experiments that there are.
 * @returns Nothing where help is asked for.
 * @throws {UsageError} For anything that can't be understood.
 */
export function parseSweepArgs(
  args: readonly string[],
  machine: Machine = {
    cores: navigator.hardwareConcurrency,
    memory: Deno.systemMemoryInfo().total,
  },
  swept: readonly Experiment[] = SWEPT,
): SweepRequest | undefined {
  // They would break the one line of a message.
  if (args.some((argument) => /\p{Cc}/u.test(argument))) {
    throw new UsageError("The command line holds a line feed or another control character");
  }
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const after = args.slice(end + 1);
  const parsed = parseArgs(args.slice(0, end), {
    ...EXPERIMENT_FLAGS,
    boolean: [...EXPERIMENT_FLAGS.boolean, "slurm", "wait"],
    string: [...EXPERIMENT_FLAGS.string, "jobs"],
  });
  if (parsed.boolean["help"]) return undefined;
  const { slurm = false, wait = false, ...boolean } = parsed.boolean;
  const { jobs: written, threads, ...string } = parsed.string;
  const [name, ...further] = parsed.rest;
  const experiments = chosen(name, swept);
  for (const flag of parsed.unknown) refuseOwn(flag);
  if (boolean["profile"]) {
    throw new UsageError(
      "Processes side by side slow each other down; profile a run by itself: " +
        "deno task exp:<name> --profile --only VARIANT:SEED",
    );
  }
  refuseMisplaced(string, experiments);

  // As written, so that the experiment says what is wrong with them.
  const common = [
    ...Object.entries(boolean).filter(([, on]) => on).map(([flag]) => `--${flag}`),
    ...Object.entries(string).map(([flag, value]) => `--${flag}=${value}`),
    ...Object.entries(parsed.collect).flatMap(([flag, values]) =>
      values.map((value) => `--${flag}=${value}`)
    ),
    ...parsed.unknown,
    ...further,
  ];
  // What a machine of the cluster has is not known here.
  const cores = slurm ? MOST : machine.cores;
  const plan = (given: readonly string[]): Plan[] =>
    experiments.map((experiment) => ({
      experiment,
      request: parseExperimentArgs(given, { experiment, base: BASELINE, cores }),
    }));
  const own = threads === undefined ? [] : [`--threads=${threads}`];
  const asked = plan([...common, ...own]);
  refuseTogether({ slurm, wait, fresh: boolean["fresh"] === true, after });
  const given = jobCount(written);
  const jobs = given ?? jobsFor(asked, machine, threads !== undefined);
  const share = slurm ? 1 : Math.max(1, Math.floor(cores / jobs));
  // One process of all threads is what the experiment's own command is.
  const divided = threads === undefined && share !== cores ? [`--threads=${share}`] : own;
  const taken = [...common, ...divided];
  const atOnce = given === undefined ? {} : { atOnce: given };
  return {
    plans: plan(taken),
    jobs,
    args: taken.filter((flag) => !LEFT_OUT.includes(flag)),
    ...slurm ? { slurm: { options: after, wait, ...atOnce } } : {},
  };
}

/** How many processes there are where that is not said. */
function jobsFor(plans: readonly Plan[], { cores, memory }: Machine, threads: boolean): number {
  const runs = plans.reduce(
    (sum, { experiment, request }) =>
      sum + request.seeds.length * (request.variants ?? experiment.variants).length,
    0,
  );
  const most = threads ? Math.floor(cores / plans[0]!.request.threads) : cores;
  return Math.max(1, Math.min(most, runs, Math.floor(memory / BYTES_PER_RUN)));
}

/** Refuses what an experiment takes, and a sweep or several experiments do not. */
function refuseMisplaced(
  string: Readonly<Record<string, string>>,
  experiments: readonly Experiment[],
): void {
  if (string["only"] !== undefined) {
    throw new UsageError("A run by itself is no sweep: deno task exp:<name> --only VARIANT:SEED");
  }
  if (experiments.length > 1 && string["variants"] !== undefined) {
    throw new UsageError(
      "--variants belongs to one experiment: deno task sweep <name> --variants ...",
    );
  }
}

/** Refuses flags that have no sense together, or one without the other. */
function refuseTogether({ slurm, wait, fresh, after }: {
  readonly slurm: boolean;
  readonly wait: boolean;
  readonly fresh: boolean;
  readonly after: readonly string[];
}): void {
  if (wait && !slurm) throw new UsageError("--wait needs --slurm: without it a sweep waits anyway");
  if (fresh && slurm) {
    throw new UsageError(
      "--fresh and --slurm contradict each other: what Slurm puts back into its queue would begin " +
        "again each time; give another --out",
    );
  }
  if (after.length > 0 && !slurm) {
    throw new UsageError(`Unexpected "${after[0]}" after --: options of sbatch need --slurm`);
  }
}

/** What the sweep does itself, and the processes are not to do. */
const LEFT_OUT = ["--show", "--resume", "--quiet"];

function chosen(name: string | undefined, swept: readonly Experiment[]): readonly Experiment[] {
  const names = [...swept.map(({ name }) => name), "all"];
  if (name === undefined) {
    throw new UsageError(`Name an experiment: deno task sweep ${names.join("|")}`);
  }
  const plain = name.replace(/^exp:/, "");
  if (plain === "all") return EXPERIMENTS;
  const found = swept.find(({ name }) => name === plain);
  if (!found) throw new UsageError(`Unknown experiment "${name}": ${didYouMean(plain, names)}`);
  return [found];
}

/** The flags that no experiment has. */
const OWN = ["jobs", "slurm", "wait"];

/** An unknown flag that is meant for the sweep; the others the experiment knows better. */
function refuseOwn(flag: string): void {
  const name = flag.replace(/^-+/, "").replace(/=[^]*$/, "");
  const flags = [...EXPERIMENT_FLAGS.boolean, ...EXPERIMENT_FLAGS.string, "set"];
  const found = name === "j" ? "jobs" : nearest(name, [...flags, ...OWN]);
  if (found !== undefined && OWN.includes(found)) {
    throw new UsageError(`Unknown flag "${flag}": did you mean "--${found}"?`);
  }
}

function jobCount(written: string | undefined): number | undefined {
  if (written === undefined) return undefined;
  const jobs = parseWhole(written, 1, MOST);
  if (jobs !== undefined) return jobs;
  throw new UsageError(
    written.trim() === ""
      ? "--jobs needs a value: --jobs N"
      : `--jobs must be a whole number from 1 to ${MOST}, not "${written}"`,
  );
}

/** Sweeps as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const own = await ownExperiments(args, { besides: SWEPT.map(({ name }) => name) });
  const request = parseSweepArgs(args, undefined, [...SWEPT, ...own]);
  if (!request) {
    console.log(HELP);
    return 0;
  }
  const { plans, jobs, slurm } = request;
  for (const { experiment } of plans) await checkExperiment(experiment);
  const { threads, quiet, show } = plans[0]!.request;
  const cores = navigator.hardwareConcurrency;
  if (!slurm && jobs * threads > cores && !quiet) {
    console.error(
      `${jobs} processes of ${plural(threads, "thread")} share ${
        plural(cores, "core")
      }: they take turns, which is slower than fewer --jobs`,
    );
  }
  const { folders, failed } = slurm
    ? await submit(plans, { ...slurm, args: request.args })
    : await sweep(plans, request);
  if (show) await showOrTell(folders);
  return failed > 0 ? 1 : 0;
}

if (import.meta.main) await runMain(() => main(Deno.args));
