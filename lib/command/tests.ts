/**
 * `deno task test`: all tests, as two processes side by side, since those that start programs wait for
 * them most of the time. With words it is `deno test` with these.
 *
 * @module
 */

import { readSummary, summaryLine } from "../fault/summary.ts";
import { runMain } from "../main.ts";
import { formatSeconds } from "../progress.ts";
import { denoProgram } from "../task.ts";

/** The tests that start programs: files and folders, from the checkout. */
const STARTING = ["experiments", "lib/experiment_test.ts", "lib/fault", "lib/sweep"];

const PERMISSIONS = [
  ...["--allow-read", "--allow-write", "--allow-env", "--allow-sys", "--allow-ffi", "--allow-run"],
  "--allow-net=127.0.0.1,localhost",
];

/** Starts `deno test`. */
async function start(
  words: readonly string[],
  output: "inherit" | "piped",
): Promise<Deno.ChildProcess> {
  return new Deno.Command(await denoProgram(), {
    args: ["test", "--quiet", "--no-prompt", ...PERMISSIONS, ...words],
    stdin: "null",
    stdout: output,
    stderr: output,
  }).spawn();
}

/** Text that comes in and is printed at once, or held until its turn has come. */
class Said {
  #said = "";
  #printed: number;

  /** @param held Whether it waits for {@linkcode Said.print}. */
  constructor(held: boolean) {
    this.#printed = held ? -1 : 0;
  }

  /** All so far. */
  get text(): string {
    return this.#said;
  }

  /** Prints what has been held, and from now on what comes. */
  print(): void {
    this.#printed = Math.max(this.#printed, 0);
    this.#go();
  }

  /** Takes all that comes. */
  async take(stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of stream) {
      this.#said += decoder.decode(bytes, { stream: true });
      this.#go();
    }
  }

  #go(): void {
    if (this.#printed < 0) return;
    const bytes = new TextEncoder().encode(this.#said.slice(this.#printed));
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
    this.#printed = this.#said.length;
  }
}

/** Follows a process to its end. */
async function follow(process: Deno.ChildProcess, said: Said): Promise<number> {
  const [{ code }] = await Promise.all([
    process.status,
    said.take(process.stdout),
    said.take(process.stderr),
  ]);
  return code;
}

async function main(): Promise<number> {
  if (Deno.args.length > 0) return (await (await start(Deno.args, "inherit")).status).code;
  const began = performance.now();
  const [computing, starting] = [new Said(false), new Said(true)];
  const codes = await Promise.all([
    follow(await start([`--ignore=${STARTING.join()}`], "piped"), computing)
      .finally(() => starting.print()),
    follow(await start(STARTING, "piped"), starting),
  ]);
  const summaries = [computing, starting].map(({ text }) => readSummary(text));
  const duration = formatSeconds((performance.now() - began) / 1000);
  console.log(`\nAll tests: ${summaryLine(summaries, duration)}`);
  return codes.every((code) => code === 0) && !summaries.includes(undefined) ? 0 : 1;
}

await runMain(main);
