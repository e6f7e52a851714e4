/**
 * Ctrl-C and the other signals that ask a program to end: one press is one request, whenever it comes.
 *
 * A terminal sends SIGINT to every process in front of it, and `deno task` (and npx) send on what they
 * got: one press arrives two or three times. Signals close together are therefore one.
 *
 * @module
 */

import { Interrupted } from "./error.ts";
import { sayAside } from "./terminal.ts";

/** Ctrl-C, `kill`, and a terminal that is closed. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Signals that follow the first of a press within so many milliseconds belong to it. */
const ONE_PRESS = 1000;

/** As shells have it for SIGINT; the same for all of them, since all end the same way. */
const EXIT_CODE = 130;

/** Presses that have come, and what they are to do. */
interface State {
  listening: boolean;
  pressedAt: number | undefined;
  /** Of the work under way that ends by itself when asked. */
  work: AbortController & { readonly stopping: string } | undefined;
  readonly cleanups: Set<() => void>;
}

const state: State = {
  listening: false,
  pressedAt: undefined,
  work: undefined,
  cleanups: new Set(),
};

/**
 * From now on a press ends this program in words: at once with exit code 130, or, while
 * {@linkcode interruptible} work is under way, when that has come to a good end.
 */
export function listenForInterruption(): void {
  if (state.listening) return;
  state.listening = true;
  for (const signal of SIGNALS) Deno.addSignalListener(signal, onSignal);
}

function onSignal(): void {
  const now = performance.now();
  if (state.pressedAt !== undefined && now - state.pressedAt < ONE_PRESS) return;
  state.pressedAt = now;
  if (state.work && !state.work.signal.aborted) {
    say(state.work.stopping);
    state.work.abort();
  } else {
    leave();
  }
}

/** Ends the program now. Files appear whole or not at all, so there is nothing to be put in order. */
function leave(): never {
  for (const cleanup of state.cleanups) cleanup();
  say("Interrupted: nothing is lost, the same command goes on or begins again");
  Deno.exit(EXIT_CODE);
}

/** Where the terminal is gone, nothing. */
function say(line: string): void {
  try {
    sayAside(line);
  } catch {
    // The terminal was closed: that is what SIGHUP tells of.
  }
}

/**
 * Work that a press does not cut off: its signal is aborted, and it is to end soon and by itself. A
 * second press ends the program at once.
 *
 * @param work Gets the signal; what it returns is passed on.
 * @param options `stopping`: what is said after the press.
 */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  { stopping = "Stopping after this step; once more to stop at once" }: {
    readonly stopping?: string;
  } = {},
): Promise<Result> {
  const before = state.work;
  const own = before ?? Object.assign(new AbortController(), { stopping });
  state.work = own;
  try {
    return await work(own.signal);
  } finally {
    state.work = before;
  }
}

/**
 * Ends this program, as a press does, when an input ends: the process that has started this one holds
 * its other end, and lets go of it to have this one stop, or because it was killed.
 *
 * @param input Usually standard input; what comes of it is not looked at.
 */
export async function interruptAtEndOf(input: ReadableStream<Uint8Array>): Promise<void> {
  try {
    for await (const _ of input);
  } catch {
    // Read no further, it has ended.
  }
  // Where a terminal's Ctrl-C was the reason, that signal is about to come, or has come.
  state.pressedAt = performance.now();
  if (!state.work) leave();
  if (!state.work.signal.aborted) state.work.abort();
}

/**
 * Has something done right before a press ends the program at once: a child process ended, a scratch
 * folder removed. It must not wait.
 *
 * @returns Takes it back.
 */
export function beforeLeaving(cleanup: () => void): Disposable {
  state.cleanups.add(cleanup);
  return { [Symbol.dispose]: () => void state.cleanups.delete(cleanup) };
}

/** Ends a child process, which may have ended already: Ctrl-C at a terminal reaches it as well. */
export function endChild(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // It has.
  }
}

/** Ends a child process with this one, where a signal reached only this one. */
export function endWithUs(child: Deno.ChildProcess): Disposable {
  return beforeLeaving(() => endChild(child));
}

/** Waits so many milliseconds, or until a press; not at all where one has come. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const stop = () => resolve();
  signal.addEventListener("abort", stop);
  await promise;
  clearTimeout(timer);
  signal.removeEventListener("abort", stop);
}

/**
 * Looks at something and shows it, again and again until a press. What was being looked at when it came
 * is not shown: it would stand over what is said of the press.
 *
 * @param options `every`: milliseconds between two looks.
 */
export async function follow<Seen>(
  { look, show, every, signal }: {
    readonly look: () => Promise<Seen>;
    readonly show: (seen: Seen) => void;
    readonly every: number;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  while (!signal.aborted) {
    const seen = await look();
    if (signal.aborted) return;
    show(seen);
    await pause(every, signal);
  }
}

/** Ends interruptible work with an {@linkcode Interrupted} where a press has come. */
export function throwIfInterrupted(signal: AbortSignal, message: string): void {
  if (signal.aborted) throw new Interrupted(message);
}
