/**
 * How a run goes, told by the process that trains it to the one that has started it: a line of JSON on
 * standard output for each event.
 *
 * @module
 */

import type { RunObserver } from "./observer.ts";

/** What is told of a run. */
export type RunEvent =
  /** It is about to train; `after` so many epochs were finished before. */
  | { readonly kind: "begin"; readonly after: number }
  /** The epoch under way, from 1, and the share of its images that is done. */
  | { readonly kind: "step"; readonly epoch: number; readonly share: number }
  /** An epoch is finished; the accuracy is of what the epoch is chosen on. */
  | { readonly kind: "epoch"; readonly epoch: number; readonly accuracy: number }
  /** Training is over, the test images are being scored. */
  | { readonly kind: "score" };

/** Set for the processes that a sweep starts: they tell events, and end with it. */
const VARIABLE = "FER_LAB_SWEEP";

/** Environment of a process that is to tell events. */
export const TOLD: Readonly<Record<string, string>> = { [VARIABLE]: "1" };

/** Whether this process is to tell events. */
export function isTold(): boolean {
  return Deno.env.get(VARIABLE) === TOLD[VARIABLE];
}

/** Between two events of steps, in milliseconds. */
const STEPS_EVERY = 250;

/**
 * An observer that tells events.
 *
 * @param write Gets each line; standard output where it is left out.
 */
export function tellEvents(write: (line: string) => void = writeLine): RunObserver {
  const tell = (event: RunEvent) => write(`${JSON.stringify(event)}\n`);
  let toldAt = -Infinity;
  let scoring = false;
  return {
    begin: ({ resumedAfter = 0 }) => tell({ kind: "begin", after: resumedAfter }),
    step: ({ epoch, images, total }) => {
      const now = performance.now();
      if (now - toldAt < STEPS_EVERY) return;
      toldAt = now;
      tell({ kind: "step", epoch, share: images / total });
    },
    epoch: ({ epoch, validationAccuracy }) =>
      tell({ kind: "epoch", epoch, accuracy: validationAccuracy }),
    score: () => {
      if (!scoring) tell({ kind: "score" });
      scoring = true;
    },
  };
}

/** Reads a line; nothing where it is no event, as what a library prints. */
export function parseEvent(line: string): RunEvent | undefined {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return undefined;
  }
  const { kind, after, epoch, share, accuracy } = (json ?? {}) as Record<string, unknown>;
  const whole = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0;
  const isShare = (value: unknown) => typeof value === "number" && value >= 0 && value <= 1;
  const fits = kind === "begin"
    ? whole(after)
    : kind === "step"
    ? whole(epoch) && isShare(share)
    : kind === "epoch"
    ? whole(epoch) && isShare(accuracy)
    : kind === "score";
  return fits ? json as RunEvent : undefined;
}

function writeLine(line: string): void {
  const bytes = new TextEncoder().encode(line);
  try {
    for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  } catch {
    // Nobody listens any more; the run ends in good order all the same.
  }
}
