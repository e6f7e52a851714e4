/**
 * Many runs on so many places at once: each is done once, one that fails does not stop the others, and
 * one that somebody else is at is waited for while there is other work.
 *
 * @module
 */

/** How a run has settled; `found`: it was done before. */
export type Settled = RunEnd | { readonly status: "found" };

/** What can be known of a run before it is started. */
export type Look =
  | { readonly status: "open" }
  | { readonly status: "found" }
  /** It cannot be started. */
  | { readonly status: "failed"; readonly reason: string }
  /** Another process is at it. */
  | { readonly status: "busy"; readonly holder: string };

/** How a run that was started has ended. */
export type RunEnd =
  | { readonly status: "done" }
  /** It was asked to stop. */
  | { readonly status: "stopped" }
  | { readonly status: "failed"; readonly reason: string };

/** What {@linkcode schedule} goes by. */
export interface ScheduleOptions<Job> {
  /** How many are started at once at most. */
  readonly places: number;
  /** No further one is started, and those that run are expected to end. */
  readonly signal: AbortSignal;
  look(job: Job): Promise<Look>;
  start(job: Job): Promise<RunEnd>;
  /** Hears that somebody else is at it, once of each. */
  onBusy?(job: Job, holder: string): void;
  /** Hears of each job once; is waited for. */
  onSettled?(job: Job, settled: Settled): Promise<void> | void;
  /** Between two looks at what somebody else is at, in milliseconds (1000). */
  readonly lookEvery?: number;
}

/**
 * Does jobs, the first first.
 *
 * @returns How each has settled; after the signal those that were not begun are missing.
 */
export async function schedule<Job>(
  jobs: readonly Job[],
  options: ScheduleOptions<Job>,
): Promise<Map<Job, Settled>> {
  const { places, signal, lookEvery = 1000 } = options;
  const waiting = jobs.map((job) => ({ job, notBefore: 0, told: false }));
  const settled = new Map<Job, Settled>();

  const work = async () => {
    while (!signal.aborted && waiting.length > 0) {
      const now = performance.now();
      const index = waiting.findIndex(({ notBefore }) => notBefore <= now);
      if (index < 0) {
        await pause(Math.min(...waiting.map(({ notBefore }) => notBefore)) - now, signal);
        continue;
      }
      const [entry] = waiting.splice(index, 1);
      const { job, told } = entry!;
      const found = await options.look(job);
      if (found.status === "busy") {
        if (!told) options.onBusy?.(job, found.holder);
        waiting.push({ job, notBefore: performance.now() + lookEvery, told: true });
        continue;
      }
      if (signal.aborted) return;
      const end = found.status === "open" ? await options.start(job) : found;
      settled.set(job, end);
      await options.onSettled?.(job, end);
    }
  };
  await Promise.all(Array.from({ length: Math.min(places, jobs.length) }, work));
  return settled;
}

/** Waits, at most until the signal comes. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
  });
}
