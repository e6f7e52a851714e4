/**
 * How far the runs of a sweep are, and how long it will take.
 *
 * @module
 */

import type { RunEvent } from "../run/events.ts";
import { formatSeconds } from "../progress.ts";
import { plural } from "../text.ts";
import type { Settled } from "./schedule.ts";

/** How a run stands. */
export interface RunState {
  readonly label: string;
  readonly epochs: number;
  status: "open" | "busy" | "running" | Settled["status"];
  /** Epochs done, with the share of the one under way. */
  done: number;
  /** Epochs that were done when this sweep began with it. */
  before: number;
  /** What the best epoch is chosen on, such as PublicTest. */
  readonly selection: string;
  /** On that, after the last finished epoch. */
  accuracy?: number;
  scoring: boolean;
  /** Milliseconds, as the sweep's clock has it, when it began to train. */
  since?: number;
}

/** A run before anything is known of it. */
export function newState(label: string, epochs: number, selection = "PublicTest"): RunState {
  return { label, epochs, selection, status: "open", done: 0, before: 0, scoring: false };
}

/** Takes in what a run's process has told. */
export function update(state: RunState, event: RunEvent, now: number): void {
  switch (event.kind) {
    case "begin":
      state.done = state.before = event.after;
      state.since = now;
      break;
    case "step":
      state.done = Math.max(state.done, event.epoch - 1 + event.share);
      break;
    case "epoch":
      state.done = event.epoch;
      state.accuracy = event.accuracy;
      break;
    case "score":
      state.scoring = true;
  }
}

/** Seconds until a run's training is over at its own pace; nothing where that is not known yet. */
function secondsLeft({ epochs, done, before, since }: RunState, now: number): number | undefined {
  if (since === undefined || done <= before || now - since < 1000) return undefined;
  return (now - since) / 1000 / (done - before) * (epochs - done);
}

/** What the texts depend on beside the runs. */
export interface Moment {
  /** On the clock of the runs' `since`. */
  readonly now: number;
  /** All are being stopped: there is no time left to tell. */
  readonly stopping?: boolean;
}

/** A run in a line: `none, seed 1: epoch 3/30, 45 %, PublicTest 55.1 %, 2 min 05 s left`. */
export function runText(state: RunState, { now, stopping = false }: Moment): string {
  const { label, epochs, selection, done, accuracy, scoring, since } = state;
  if (since === undefined) return `${label}: starting`;
  const epoch = Math.min(epochs, Math.floor(done) + 1);
  const parts = scoring || done >= epochs
    ? ["scoring"]
    : [`epoch ${epoch}/${epochs}`, `${Math.floor(100 * (done - epoch + 1) + 1e-6)} %`];
  if (accuracy !== undefined) parts.push(`${selection} ${(100 * accuracy).toFixed(1)} %`);
  const left = scoring || stopping ? undefined : secondsLeft(state, now);
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  return `${label}: ${parts.join(", ")}`;
}

/** The share of a run that is done, from 0 to 1. */
export function shareOf({ done, epochs }: RunState): number {
  return Math.min(1, done / epochs);
}

/** All runs in a line: `8 runs: 3 done, 2 running, 3 to come, 4 min 10 s left`. */
export function totalText(
  states: readonly RunState[],
  { now, stopping = false }: Moment,
): string {
  const count = (...statuses: RunState["status"][]) =>
    states.filter(({ status }) => statuses.includes(status)).length;
  const counts: [number, string][] = [
    [count("done", "found"), "done"],
    [count("failed"), "failed"],
    [count("running"), stopping ? "stopping" : "running"],
    [count("busy"), "at another process"],
    [count("stopped"), "stopped"],
    [count("open"), "to come"],
  ];
  const parts = counts.filter(([n]) => n > 0).map(([n, what]) => `${n} ${what}`);
  const left = stopping ? undefined : totalSecondsLeft(states, now);
  if (left !== undefined) parts.push(`${formatSeconds(left)} left`);
  return `${plural(states.length, "run")}: ${parts.join(", ")}`;
}

/** What is left by the epochs still to train, at the pace of all processes together so far. */
function totalSecondsLeft(states: readonly RunState[], now: number): number | undefined {
  const since = Math.min(...states.map((state) => state.since ?? Infinity));
  const sum = (some: readonly RunState[], of: (state: RunState) => number) =>
    some.reduce((total, state) => total + of(state), 0);
  const trained = sum(states, ({ done, before }) => done - before);
  const open = states.filter(({ status }) => ["open", "busy", "running"].includes(status));
  if (trained <= 0 || !(now - since >= 1000) || open.length === 0) return undefined;
  const together = (now - since) / 1000 / trained * sum(open, ({ epochs, done }) => epochs - done);
  // The slowest of those under way is not quickened by the others' being over.
  return Math.max(together, ...open.map((state) => secondsLeft(state, now) ?? 0));
}
