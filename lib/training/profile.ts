/**
 * Where a run's time goes: how long its parts take, and the operations of a few of its steps.
 *
 * @module
 */

import type { NativeGraphOptions } from "../tensorflow/native.ts";
import {
  type OperationTime,
  parseRunMetadata,
  spanOf,
  timeByType,
  type TypeTime,
} from "../tensorflow/step_stats.ts";

/** What training is made of; `training` is all of it. */
export type TrainingPart =
  | "training"
  | "training step"
  | "batch preparation"
  | "validation"
  | "histograms"
  | "saving";

/**
 * Does a piece of work as a part of training.
 *
 * @param part Which one.
 * @param work Done at once; where it gives a promise, it lasts until that is settled.
 * @param size Images of a step.
 * @returns What the work gives.
 */
export type Timer = <Result>(part: TrainingPart, work: () => Result, size?: number) => Result;

/** Does the work, and times nothing. */
export const untimed: Timer = (_, work) => work();

/** How many steps TensorFlow times operation by operation. */
export const TIMED_STEPS = 5;

/** Steps of as many images before these: the first ones allocate, and optimise the graph. */
const WARM_UP = 3;

/** Steps and batches in a trace, so that it stays a file that can be opened. */
const MOST_SPANS = 20_000;

/** A part of training while it lasted; microseconds as `performance.now()` counts. */
interface Span {
  readonly part: TrainingPart;
  readonly start: number;
  readonly duration: number;
  readonly size?: number;
}

/** A step with what ran in it. */
interface TimedStep {
  readonly span: Span;
  readonly operations: readonly OperationTime[];
}

/** What a {@linkcode Profiler} has found. */
export interface Profile {
  /** How long each part took in all, in seconds; parts other than steps and batches do not overlap. */
  readonly seconds: Readonly<Record<TrainingPart, number>>;
  /** The batch preparation that was done while a step ran, in seconds. */
  readonly meanwhile: number;
  readonly steps: number;
  /** The operations, by type; nothing where no step was timed, as the run was too short for it. */
  readonly operations?: {
    /** Steps that were timed. */
    readonly steps: number;
    /** Images of each. */
    readonly size: number;
    /** From a step's first operation to its last, in milliseconds, the mean. */
    readonly span: number;
    readonly types: readonly TypeTime[];
  };
}

/** Times the parts of training, and a few steps of it operation by operation. */
export class Profiler {
  /** For the engine that is trained. */
  readonly graph: Pick<NativeGraphOptions, "isTimed" | "onRunMetadata"> = {
    isTimed: () => this.#timing,
    onRunMetadata: (metadata) => this.#metadata.push(metadata),
  };
  readonly #totals: Record<TrainingPart, number> = {
    ...{ "training": 0, "training step": 0, "batch preparation": 0, "validation": 0 },
    ...{ "histograms": 0, "saving": 0 },
  };
  readonly #spans: Span[] = [];
  readonly #timed: TimedStep[] = [];
  /** Steps done by the network under way, by their images. */
  readonly #warm = new Map<number, number>();
  #metadata: Uint8Array[] = [];
  #timing = false;
  #stepping = false;
  #steps = 0;
  #meanwhile = 0;

  /** See {@linkcode Timer}. */
  readonly time: Timer = (part, work, size) => {
    const meanwhile = this.#stepping;
    this.#begin(part, size);
    const start = performance.now();
    const end = () => {
      const milliseconds = performance.now() - start;
      const span = { part, start: 1000 * start, duration: 1000 * milliseconds };
      if (meanwhile && part === "batch preparation") this.#meanwhile += milliseconds / 1000;
      this.#end(size === undefined ? span : { ...span, size });
    };
    let result: ReturnType<typeof work>;
    try {
      result = work();
    } catch (error) {
      end();
      throw error;
    }
    if (result instanceof Promise) return result.finally(end) as typeof result;
    end();
    return result;
  };

  #begin(part: TrainingPart, size = 0): void {
    // Another network has another graph.
    if (part === "training") this.#warm.clear();
    if (part !== "training step") return;
    const before = this.#warm.get(size) ?? 0;
    this.#warm.set(size, before + 1);
    // An epoch's last batch may be smaller, and its steps do not compare.
    const first = this.#timed[0]?.span.size ?? size;
    this.#stepping = true;
    this.#timing = before >= WARM_UP && size === first && this.#timed.length < TIMED_STEPS;
  }

  #end(span: Span): void {
    const { part } = span;
    this.#totals[part] += span.duration / 1e6;
    const frequent = part === "training step" || part === "batch preparation";
    if (!frequent || this.#spans.length < MOST_SPANS) this.#spans.push(span);
    if (part !== "training step") return;
    this.#steps++;
    if (this.#timing) {
      const operations = this.#metadata.flatMap(parseRunMetadata);
      // None where the step has failed.
      if (operations.length > 0) this.#timed.push({ span, operations: within(operations, span) });
    }
    this.#metadata = [];
    this.#timing = this.#stepping = false;
  }

  /** All so far; nothing where nothing was trained. */
  profile(): Profile | undefined {
    if (this.#steps === 0) return undefined;
    const runs = this.#timed.map(({ operations }) => operations);
    return {
      seconds: { ...this.#totals },
      meanwhile: this.#meanwhile,
      steps: this.#steps,
      ...runs.length === 0 ? {} : {
        operations: {
          steps: runs.length,
          size: this.#timed[0]!.span.size!,
          span: runs.reduce((sum, run) => sum + spanOf(run), 0) / runs.length,
          types: timeByType(runs),
        },
      },
    };
  }

  /**
   * All so far as a trace that Perfetto and chrome://tracing open: JSON of the Trace Event Format
   * (Duan et al., "Trace Event Format"), times in microseconds.
   */
  trace(): string {
    const spans = this.#spans.map((span) => ({
      ...span,
      name: span.part,
      lane: laneOf(span.part),
    }));
    const operations = this.#timed.flatMap(({ operations }) =>
      inLanes(operations).map(({ lane, operation: { name, type, start, duration } }) => ({
        ...{ name: type, lane: LANES.length + lane, start, duration },
        operation: name,
      }))
    );
    const lanes = Math.max(LANES.length, ...operations.map(({ lane }) => lane + 1));
    const events = [
      { name: "process_name", ph: "M", pid: 1, args: { name: "Training" } },
      ...Array.from({ length: lanes }, (_, lane) => ({
        ...{ name: "thread_name", ph: "M", pid: 1, tid: lane + 1 },
        args: { name: LANES[lane] ?? `TensorFlow ${lane - LANES.length + 1}` },
      })),
      ...spans.map(({ name, lane, start, duration, size }) => ({
        ...{ name, cat: "part", ph: "X", pid: 1, tid: lane + 1, ts: start, dur: duration },
        ...size === undefined ? {} : { args: { images: size } },
      })),
      ...operations.map(({ name, lane, start, duration, operation }) => ({
        ...{ name, cat: "operation", ph: "X", pid: 1, tid: lane + 1, ts: start, dur: duration },
        args: { operation },
      })),
    ];
    const lines = events.map((event) => JSON.stringify(event)).join(",\n");
    return `{"displayTimeUnit":"ms","traceEvents":[\n${lines}\n]}\n`;
  }
}

/** What has a line of its own in a trace; batches are made while steps run. */
const LANES = ["Training steps", "Batches, validation, saving"];

function laneOf(part: TrainingPart): number {
  return part === "training" || part === "training step" ? 0 : 1;
}

/** Operations with their times as `performance.now()` counts, within their step. */
function within(operations: readonly OperationTime[], step: Span): OperationTime[] {
  const first = Math.min(...operations.map(({ start }) => start));
  const length = 1000 * spanOf(operations);
  // TensorFlow asks the system's clock, which may be set while this process runs.
  const begin = first - 1000 * performance.timeOrigin;
  const latest = step.start + step.duration - length;
  const shift = Math.max(step.start, Math.min(begin, latest)) - first;
  return operations.map((each) => ({ ...each, start: each.start + shift }));
}

/** Operations side by side, each in the first lane that is free: in one lane none overlap. */
function inLanes(
  operations: readonly OperationTime[],
): { readonly lane: number; readonly operation: OperationTime }[] {
  const ends: number[] = [];
  return operations.toSorted((a, b) => a.start - b.start).map((operation) => {
    const free = ends.findIndex((end) => end <= operation.start);
    const lane = free < 0 ? ends.length : free;
    ends[lane] = operation.start + operation.duration;
    return { lane, operation };
  });
}
