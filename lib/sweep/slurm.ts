/**
 * Slurm's own commands, and the scripts that are handed to them: one job array with an element for each
 * run, and a job after it that writes the reports.
 *
 * @module
 */

import { UsageError, UserError } from "../error.ts";
import { userPath } from "../paths.ts";
import { isNotStarted, runProgram, type RunResult } from "../tensorflow/runner.ts";

/** How a command of Slurm's is run; a test puts in its own. */
export type RunSlurm = (
  program: "sbatch" | "squeue",
  args: readonly string[],
  input?: string,
) => Promise<string>;

/** What {@linkcode submitArray} submits. */
export interface ArrayOptions {
  readonly name: string;
  /** Where elements run: the folder of deno.json. */
  readonly checkout: string;
  /** The program that runs them: Deno, by its path. */
  readonly deno: string;
  /** Cores of each element. */
  readonly threads: number;
  /** Elements that run at once at most; nothing for as many as there is room for. */
  readonly atOnce?: number;
  /** The folder of what they print. */
  readonly logs: string;
  /** Further options of sbatch, which overrule these. */
  readonly options: readonly string[];
}

/** Seconds before the time limit at which an element is told of it, where that is far enough away. */
const WARNED_BEFORE = 120;

/** By so many seconds Slurm may give the signal early. */
const EARLY = 60;

/** What an element's log tells then. */
const NEAR_LIMIT = "The time limit is near: stopping with a checkpoint, to go on from the queue";

/**
 * Submits a job array.
 *
 * @param elements What follows `deno` in each.
 * @returns The job: its number, with several clusters also that which has it, as `7;name`.
 */
export async function submitArray(
  run: RunSlurm,
  elements: readonly (readonly string[])[],
  options: ArrayOptions,
): Promise<string> {
  const { atOnce, threads, logs } = options;
  return jobFrom(
    await run("sbatch", [
      ...common(options),
      "--array=" + `0-${elements.length - 1}` + (atOnce === undefined ? "" : `%${atOnce}`),
      `--cpus-per-task=${threads}`,
      `--signal=B:USR1@${warnedBefore(options.options)}`,
      "--requeue",
      `--output=${logs}/%A_%a.log`,
      ...options.options,
    ], arrayScript(elements, { deno: options.deno, from: userPath(".") })),
  );
}

/**
 * How many seconds before its time limit an element is told of it: of a short one a quarter, or it would be
 * told as it begins, and go back into the queue without end.
 *
 * @param options For sbatch.
 * @throws {UsageError} Where the limit leaves no time for a run.
 */
export function warnedBefore(options: readonly string[]): number {
  const limit = timeLimit(options);
  if (limit === undefined) return WARNED_BEFORE;
  if (limit <= EARLY) {
    throw new UsageError(
      `sbatch --time: Slurm may tell a run ${EARLY} seconds early to stop: give it more than a minute`,
    );
  }
  return Math.min(WARNED_BEFORE, Math.floor((limit - EARLY) / 4));
}

/** The time limit in seconds that options of sbatch set; nothing for none, or one that cannot be read. */
function timeLimit(options: readonly string[]): number | undefined {
  let text: string | undefined;
  for (const [i, option] of options.entries()) {
    if (option === "--time" || option === "-t") text = options[i + 1];
    else {
      const start = ["--time=", "-t"].find((start) => option.startsWith(start));
      if (start !== undefined) text = option.slice(start.length);
    }
  }
  // sbatch(1): minutes, minutes:seconds, hours:minutes:seconds, and after days- hours first.
  const [, days, first, second = "0", third] =
    /^(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?$/.exec(text ?? "") ?? [];
  if (first === undefined) return undefined;
  const [a, b, c] = [first, second, third ?? "0"].map(Number) as [number, number, number];
  const seconds = days !== undefined || third !== undefined
    ? Number(days ?? 0) * 86_400 + a * 3600 + b * 60 + c
    : a * 60 + b;
  // 0 is no limit.
  return seconds === 0 ? undefined : seconds;
}

/**
 * Submits the job that comes after an array, however that ends.
 *
 * @param commands What follows `deno` in each; one that fails does not keep the others from being run.
 * @returns The job: its number, with several clusters also that which has it, as `7;name`.
 */
export async function submitAfter(
  run: RunSlurm,
  after: string,
  commands: readonly (readonly string[])[],
  options: Omit<ArrayOptions, "threads" | "atOnce">,
): Promise<string> {
  const { deno, logs } = options;
  return jobFrom(
    await run("sbatch", [
      ...common(options),
      `--output=${logs}/%j-report.log`,
      ...options.options,
      // Last: without it a report would be written before there is anything in it.
      `--dependency=afterany:${numberOf(after)}`,
    ], afterScript(commands, deno)),
  );
}

/** The elements of a job array that are waiting or running; none where Slurm does not know it any more. */
export async function queuedElements(run: RunSlurm, job: string): Promise<number[]> {
  let text: string;
  try {
    text = await run("squeue", [
      "--noheader",
      "--array",
      "--format=%K",
      ...clusterOf(job),
      `--jobs=${numberOf(job)}`,
    ]);
  } catch (error) {
    if (error instanceof UserError && /invalid job id/i.test(error.message)) return [];
    throw error;
  }
  return text.split("\n").map((line) => line.trim()).filter((line) => /^\d+$/.test(line)).map(
    Number,
  );
}

function common({ name, checkout }: Pick<ArrayOptions, "name" | "checkout">): string[] {
  return ["--parsable", `--job-name=${name}`, `--chdir=${checkout}`, "--open-mode=append"];
}

/**
 * The script of an array: its element runs the words of its number.
 *
 * Before the time limit Slurm sends USR1: the run stops with a checkpoint and the element goes back into
 * the queue, to go on from there. After TERM, when it is cancelled or has to make room, it stops the same
 * way, and whether it comes back is Slurm's to say.
 *
 * @param elements What follows `deno` in each.
 * @param options `deno`: the program; `from`: where relative paths of the words start, since of the
 *   environment it was submitted in there may be nothing left (`--export=NONE`).
 */
export function arrayScript(
  elements: readonly (readonly string[])[],
  { deno, from }: { readonly deno: string; readonly from: string },
): string {
  const cases = elements.map((words, i) => `${i}) set -- ${words.map(quote).join(" ")} ;;`);
  return [
    "#!/bin/sh",
    'case "$SLURM_ARRAY_TASK_ID" in',
    ...cases,
    '*) echo "No run has the number $SLURM_ARRAY_TASK_ID" >&2; exit 2 ;;',
    "esac",
    `export INIT_CWD=${quote(from)}`,
    "limit= stop= run=",
    "# Before the run begins: a signal at that very moment is not to be missed.",
    "trap 'stop=1; [ -z \"$run\" ] || kill -TERM $run 2>/dev/null' TERM",
    `trap 'limit=1 stop=1; echo "${NEAR_LIMIT}" >&2; ` +
    '[ -z "$run" ] || kill -TERM $run 2>/dev/null\' USR1',
    `${quote(deno)} "$@" &`,
    "run=$!",
    '[ -z "$stop" ] || kill -TERM $run 2>/dev/null',
    "wait $run",
    "code=$?",
    "# A signal ends the waiting, not the run.",
    "while kill -0 $run 2>/dev/null; do wait $run; code=$?; done",
    'if [ -n "$limit" ] && [ $code -eq 130 ]; then',
    '  exec scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"',
    "fi",
    "exit $code",
    "",
  ].join("\n");
}

function afterScript(commands: readonly (readonly string[])[], deno: string): string {
  const lines = commands.map((words) => `${[deno, ...words].map(quote).join(" ")} || code=$?`);
  return ["#!/bin/sh", "code=0", ...lines, "exit $code", ""].join("\n");
}

/** A job as `sbatch --parsable` prints it: its number, and after a semicolon the cluster that has it. */
const JOB = /^(\d+)(?:;([\w.-]+))?$/;

/** Whether a text is a job, as {@linkcode submitArray} gives it. */
export function isJob(text: string): boolean {
  return JOB.test(text);
}

/** The number of a job, by which its cluster knows it. */
export function numberOf(job: string): string {
  return JOB.exec(job)![1]!;
}

/** The option that names a job's cluster; none where it is the one that is asked anyway. */
function clusterOf(job: string): string[] {
  const cluster = JOB.exec(job)![2];
  return cluster === undefined ? [] : [`--clusters=${cluster}`];
}

/** The commands that do something with jobs: for each of their clusters one. */
export function jobCommand(program: "squeue" | "scancel", jobs: readonly string[]): string {
  return [...Map.groupBy(jobs, (job) => clusterOf(job).join())].map(([cluster, own]) => {
    const numbers = own.map(numberOf);
    const named = program === "squeue" ? `-j ${numbers.join(",")}` : numbers.join(" ");
    return [program, ...cluster === "" ? [] : [cluster], named].join(" ");
  }).join(" && ");
}

function jobFrom(text: string): string {
  const job = text.split("\n").map((line) => line.trim()).find(isJob);
  if (job !== undefined) return job;
  throw new UserError(`sbatch did not tell the number of a job, but: ${text.trim() || "nothing"}`);
}

function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * Runs a command of Slurm's.
 *
 * @throws {UserError} Where there is no Slurm, or with what it complains of.
 */
export const runSlurm: RunSlurm = async (program, args, input = "") => {
  let result: RunResult;
  try {
    result = await runProgram(program, args, { input });
  } catch (error) {
    if (!isNotStarted(error)) throw error;
    throw new UserError(
      `--slurm: There is no ${program} in PATH: submit where Slurm's commands are, or leave --slurm out ` +
        "to run on this machine, as many at once as --jobs says",
      { cause: error },
    );
  }
  if (result.code === 0) return result.stdout;
  const said = result.stderr.trim() || `exit code ${result.code}`;
  throw new UserError(`${program} refuses: ${said}`);
};
