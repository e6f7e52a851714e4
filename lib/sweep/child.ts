/**
 * A run as a process of its own, with the permissions of its experiment's task and no others.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { beforeLeaving } from "../interruption.ts";
import { parseEvent, type RunEvent, TOLD } from "../run/events.ts";
import { CHECKOUT } from "../paths.ts";
import { denoProgram } from "../task.ts";
import { isNotStarted, runProgram } from "../tensorflow/runner.ts";
import type { RunEnd } from "./schedule.ts";

/** Who hears of a child process. */
export interface ChildOptions {
  /** Ends it: with a checkpoint, after the step under way. */
  readonly signal: AbortSignal;
  onEvent(event: RunEvent): void;
  /** Hears what it writes to standard error, line by line. */
  onLine(line: string): void;
}

/** As a program has it that ended after Ctrl-C. */
const INTERRUPTED = 130;

/** For how long after a child has been interrupted the same press may still be on its way to us. */
const SAME_PRESS = 500;

/**
 * Runs a command to its end.
 *
 * It stops when its standard input ends. That is how it is asked to, and it happens by itself when this
 * process is killed, so that nothing trains on unnoticed. Where this program is ended at once, it is
 * killed.
 *
 * @param words What follows `deno`.
 * @throws {UserError} Where it cannot be started.
 */
export async function runChild(words: readonly string[], options: ChildOptions): Promise<RunEnd> {
  const { signal, onEvent, onLine } = options;
  const child = await spawn(words);
  const stop = () => void child.stdin.close().catch(() => {});
  using _ = beforeLeaving(() => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended already.
    }
  });
  let last = "";
  const reading = [
    forEachLine(child.stdout, (line) => {
      const event = parseEvent(line);
      if (event) onEvent(event);
    }),
    forEachLine(child.stderr, (line) => {
      if (line.trim() === "") return;
      // With FER_LAB_TRACE=1 a stack follows it.
      if (!last.startsWith(ERROR)) last = line;
      onLine(line);
    }),
  ];
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  const status = await child.status;
  await Promise.all(reading);
  signal.removeEventListener("abort", stop);
  stop();
  if (status.success) return { status: "done" };
  const interrupted = status.code === INTERRUPTED || status.signal === "SIGINT";
  if (interrupted && !signal.aborted) await new Promise((done) => setTimeout(done, SAME_PRESS));
  if (interrupted && signal.aborted) return { status: "stopped" };
  return { status: "failed", reason: reasonOf({ ...status, interrupted, last }) };
}

/** How the line of an error begins; see `main.ts`. */
const ERROR = "Error: ";

function reasonOf({ code, signal, interrupted, last }: {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly interrupted: boolean;
  readonly last: string;
}): string {
  if (interrupted) return "it alone was interrupted, with its checkpoint written";
  if (signal === "SIGKILL") return "it was killed; if for want of memory, take a smaller --jobs";
  if (signal) return `it was ended by ${signal}`;
  return last.startsWith(ERROR) ? last.slice(ERROR.length) : last || `it ended with code ${code}`;
}

/**
 * The features of the CPU, by a process that may ask TensorFlow.
 *
 * @throws {UserError} Where TensorFlow is not set up.
 */
export async function askCpuFeatures(): Promise<string[]> {
  const script = join(CHECKOUT, "lib", "tensorflow", "cpu.ts");
  const permissions = ["--no-prompt", "--allow-read", "--allow-env", "--allow-ffi"];
  const { code, stdout, stderr } = await runProgram(
    await denoProgram(),
    ["run", "--quiet", ...permissions, script],
    { cwd: CHECKOUT, env: { NO_COLOR: "1" } },
  );
  if (code === 0) return JSON.parse(stdout);
  throw new UserError(`TensorFlow does not tell what this CPU can: ${stderr.trim()}`);
}

async function spawn(words: readonly string[]): Promise<Deno.ChildProcess> {
  try {
    return new Deno.Command(await denoProgram(), {
      args: [...words],
      cwd: CHECKOUT,
      env: { ...TOLD },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (!isNotStarted(error)) throw error;
    throw new UserError(
      "A run's process cannot be started: have deno (or npx's deno) in PATH, and start the sweep " +
        "with deno task sweep",
      { cause: error },
    );
  }
}

async function forEachLine(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}
