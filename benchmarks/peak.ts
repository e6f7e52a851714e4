/**
 * The fastest that this machine multiplies in a precision, by TensorFlow: what a step's speed is a share of.
 *
 * @module
 */

import type { NativeGraphOptions } from "../lib/tensorflow/native.ts";
import type * as Tf from "../lib/tensorflow/tf.ts";
import type { Precision } from "./cases.ts";

/** What is multiplied again and again: the shapes of what, and by what. */
export interface Work {
  readonly shape: readonly number[];
  readonly kernel: readonly number[];
  /** Floating-point operations of one multiplication. */
  readonly flop: number;
}

/** The kinds of work, by name. */
export const PEAK_WORKS = {
  products: {
    meaning: "products of two 2048x2048 matrices",
    shape: [2048, 2048],
    kernel: [2048, 2048],
    flop: 2 * 2048 ** 3,
  },
  convolutions: {
    meaning: "3x3 convolutions of 64x24x24x128 with 128 filters",
    shape: [64, 24, 24, 128],
    kernel: [3, 3, 128, 128],
    flop: 2 * 64 * 24 ** 2 * 9 * 128 ** 2,
  },
} as const satisfies Readonly<Record<string, Work & { readonly meaning: string }>>;

/** The name of a kind of work. */
export type PeakWork = keyof typeof PEAK_WORKS;

/** GFLOP/s of each kind of work, one value per measurement. */
export type Peak = Readonly<Record<PeakWork, readonly number[]>>;

/** The names of all kinds of work. */
export const WORK_NAMES = Object.keys(PEAK_WORKS) as PeakWork[];

/** Before the first measurement. */
export const noPeak = () =>
  Object.fromEntries(WORK_NAMES.map((work) => [work, []])) as unknown as Record<PeakWork, number[]>;

/** One after another in a graph, so that what is cast is cast at the ends only. */
const CHAIN = 4;

/** Measures a precision's peak as often as it is asked to. */
export interface PeakMeter extends Disposable {
  /** GFLOP/s of a chain of each kind of work. */
  measure(): Promise<Record<PeakWork, number>>;
}

/**
 * Makes the graphs and runs each once. Loads TensorFlow.
 *
 * @param precision As a training step has it, in a session of the same settings.
 * @param options `works`: their shapes, for tests; `onRunMetadata`: as for any graph.
 */
export async function makePeakMeter(
  precision: Precision,
  { works = PEAK_WORKS, ...options }:
    & { readonly works?: Readonly<Record<PeakWork, Work>> }
    & Pick<NativeGraphOptions, "onRunMetadata"> = {},
): Promise<PeakMeter> {
  const tf = await import("../lib/tensorflow/tf.ts");
  const { TracedGraph } = await import("../lib/tensorflow/trace.ts");
  const { STEP_CONFIG } = await import("../lib/tensorflow/precision.ts");
  const graphs = WORK_NAMES.map((name) => {
    const { shape, kernel } = works[name];
    const graph = new TracedGraph([], { ...options, config: STEP_CONFIG[precision] });
    // What does not depend on an input is computed once, when the graph is optimised.
    const input = { dtype: "float32" as const, shape: [], values: Float32Array.of(1) };
    const chain = (one: Tf.Tensor) => {
      // So that the numbers stay what they are.
      const weight = kernel.slice(0, -1).reduce((product, side) => product * side, 1);
      const factor = tf.mul(tf.fill([...kernel], 1 / weight), one);
      let value = tf.fill([...shape], 1);
      for (let i = 0; i < CHAIN; i++) {
        value = kernel.length === 2
          ? tf.matMul(value, factor)
          : tf.conv2d(value as Tf.Tensor4D, factor as Tf.Tensor4D, 1, "same");
      }
      return [tf.slice(value, shape.map(() => 0), shape.map(() => 1))];
    };
    const traced = graph.trace(name, (one) => chain(one!), [input]);
    return { name, graph, run: async () => void await traced([input]) };
  });
  for (const { run } of graphs) await run();
  return {
    measure: async () => {
      const speeds: Partial<Record<PeakWork, number>> = {};
      for (const { name, run } of graphs) {
        const start = performance.now();
        await run();
        speeds[name] = CHAIN * works[name].flop / (performance.now() - start) / 1e6;
      }
      return speeds as Record<PeakWork, number>;
    },
    [Symbol.dispose]: () => graphs.forEach(({ graph }) => graph[Symbol.dispose]()),
  };
}

/** The most that was measured of a precision, and by which work. */
export function bestOf(peak: Peak): { readonly gflops: number; readonly work: PeakWork } {
  return WORK_NAMES.map((work) => ({ work, gflops: Math.max(...peak[work]) }))
    .reduce((best, each) => each.gflops > best.gflops ? each : best);
}
