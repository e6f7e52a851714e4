/**
 * A task as a process of its own, with the flags that deno.json gives it, that can be killed at any
 * moment.
 *
 * @module
 */

import { noteCheckout } from "../checkout.ts";
import { beforeLeaving } from "../interruption.ts";
import { CHECKOUT } from "../paths.ts";
import { commandOfTask, taskCommand } from "../task.ts";

/** How a process is run, and when it is killed. */
export interface ProcessOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run in, where it is not the checkout. */
  readonly cwd?: string;
  /** Makes it the head of a group of processes, which a signal to minus its id reaches as a whole. */
  readonly group?: boolean;
  /** Kills with SIGKILL after so many milliseconds. */
  readonly killAfter?: number;
  /** Kills with SIGKILL at the n-th change (from 1) in a folder. */
  readonly killAtChange?: { readonly folder: string; readonly change: number };
  /** Ends the process after so many milliseconds: what takes longer hangs. */
  readonly timeout?: number;
  /** The program and arguments that the command is given to, as `["sh", "-c", "...", "sh"]`. */
  readonly through?: readonly string[];
  /** Hears the process's id. */
  readonly onStart?: (pid: number) => void;
}

/** How a process ended. */
export interface Ended {
  /** As a shell has it: 128 and the signal's number where a signal ended it. */
  readonly code: number;
  /** Whether SIGKILL came from here. */
  readonly killed: boolean;
  /** Whether it was still running at the timeout. */
  readonly hung: boolean;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds: number;
  /** Largest resident memory in bytes; 0 where the system does not tell. */
  readonly peakMemory: number;
}

/** What no process here takes, on a slow machine under load. */
const TIMEOUT_MILLISECONDS = 1_800_000;

/**
 * The permissions that a task gives, as flags, from deno.json; `-A` as `--allow-all`. What it starts by
 * another task is that task's.
 *
 * @param task Such as `exp:baseline`.
 * @throws {UserError} For an unknown task.
 */
export async function taskPermissions(task: string): Promise<string[]> {
  const words = (await commandOfTask(task)).split(" ");
  return words.filter((word) => /^--(allow|deny)-|^--no-prompt$|^-A$/.test(word))
    .map((word) => word === "-A" ? "--allow-all" : word);
}

let noted: Promise<void> | undefined;

/**
 * Runs a task of deno.json with arguments, as `deno task` does once its dependencies are done; see
 * {@linkcode runProcess}.
 */
export async function runTask(
  task: string,
  args: readonly string[],
  options: ProcessOptions = {},
): Promise<Ended> {
  // Or what was edited since setup looked at it would be warned of, in the output that a test reads.
  await (noted ??= noteCheckout());
  return await runProcess([Deno.execPath(), ...await taskCommand(task), ...args], options);
}

/** Runs a command, in the checkout and without a terminal, until it ends or is killed. */
export async function runProcess(
  command: readonly string[],
  options: ProcessOptions = {},
): Promise<Ended> {
  const [program, ...args] = [...options.through ?? [], ...command];
  const started = performance.now();
  const child = new Deno.Command(program!, {
    args,
    cwd: options.cwd ?? CHECKOUT,
    detached: options.group ?? false,
    env: {
      NO_COLOR: "1",
      FER_LAB_TRACE: "0",
      INIT_CWD: options.cwd ?? CHECKOUT,
      ...options.env,
    },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  options.onStart?.(child.pid);
  let running = true;
  let killed = false;
  let hung = false;
  const kill = () => {
    if (running) child.kill("SIGKILL");
    killed ||= running;
  };
  using _ = beforeLeaving(kill);
  const timers = [setTimeout(() => {
    hung = running;
    kill();
  }, options.timeout ?? TIMEOUT_MILLISECONDS)];
  if (options.killAfter !== undefined) timers.push(setTimeout(kill, options.killAfter));
  using _watch = options.killAtChange && watch(options.killAtChange, kill);
  const memory = new MemoryWatch(child.pid);
  const { code, stdout, stderr } = await child.output();
  running = false;
  timers.forEach(clearTimeout);
  const decoder = new TextDecoder();
  return {
    code,
    killed,
    hung,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
    milliseconds: performance.now() - started,
    peakMemory: memory.stop(),
  };
}

/** Kills a process, or a group by its negative id, as soon as something is the case. */
export async function killWhen(
  pid: number,
  isSo: () => Promise<boolean>,
  until: AbortSignal,
): Promise<void> {
  while (!until.aborted) {
    if (await isSo().catch(() => false)) {
      try {
        return Deno.kill(pid, "SIGKILL");
      } catch {
        return;
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Calls at the n-th change in a folder, which is made where it is missing. */
function watch(
  { folder, change }: { folder: string; change: number },
  onReached: () => void,
): Disposable {
  Deno.mkdirSync(folder, { recursive: true });
  const watcher = Deno.watchFs(folder);
  (async () => {
    let left = change;
    for await (const event of watcher) {
      if (event.kind !== "access" && --left === 0) return onReached();
    }
  })();
  return watcher;
}

/** Counts the changes in a folder while something goes on. */
export async function countChanges<Result>(
  folder: string,
  during: () => Promise<Result>,
): Promise<{ changes: number; result: Result }> {
  let changes = 0;
  await Deno.mkdir(folder, { recursive: true });
  using watcher = Deno.watchFs(folder);
  (async () => {
    for await (const event of watcher) if (event.kind !== "access") changes++;
  })();
  const result = await during();
  return { changes, result };
}

/** Linux's own measure of a process's largest resident memory, read while it runs. */
class MemoryWatch {
  #peak = 0;
  readonly #timer: ReturnType<typeof setInterval> | undefined;

  constructor(pid: number) {
    if (Deno.build.os !== "linux") return;
    this.#timer = setInterval(() => {
      try {
        const status = Deno.readTextFileSync(`/proc/${pid}/status`);
        const kilobytes = Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0);
        this.#peak = Math.max(this.#peak, kilobytes * 1024);
      } catch {
        // It has just ended.
      }
    }, 50);
  }

  stop(): number {
    clearInterval(this.#timer);
    return this.#peak;
  }
}
