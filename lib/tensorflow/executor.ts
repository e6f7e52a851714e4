/**
 * Runs functions of tensors on variables, either as traced graphs or op by op.
 *
 * @module
 */

import type { NativeData, NativeGraphOptions } from "./native.ts";
import * as tf from "./tf.ts";
import { tensorOf, type Traced, TracedGraph } from "./trace.ts";

/** `traced` runs whole graphs, `eager` op by op: the reference that graphs are held against. */
export type Execution = "traced" | "eager";

/** Runs functions that share variables. */
export interface Executor extends Disposable {
  /**
   * Runs a function.
   *
   * @param name What errors call it, and what its traces are known by.
   * @param fn A function of tensors to tensors, see `TracedGraph`.
   * @param inputs Values for it; the first one's first axis may have another length at every call.
   * @returns The outputs' values.
   */
  run(
    name: string,
    fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
    inputs: readonly NativeData[],
  ): Promise<NativeData[]>;
  /** Brings the values of a traced graph into the variables. */
  pull(): Promise<void>;
  /** Brings the variables' values into a traced graph, after they were set from outside. */
  push(): Promise<void>;
}

/**
 * Makes an executor.
 *
 * @param variables All variables that the functions read or assign.
 * @param options `execution`: how functions run; `graph`: how whole graphs run.
 */
export function makeExecutor(
  variables: readonly tf.Variable[],
  options: { readonly execution: Execution; readonly graph?: NativeGraphOptions },
): Executor {
  if (options.execution === "eager") {
    const nothing = () => Promise.resolve();
    return {
      run: (_name, fn, inputs) => runEagerly(fn, inputs),
      pull: nothing,
      push: nothing,
      [Symbol.dispose]: () => {},
    };
  }
  const graph = new TracedGraph(variables, options.graph);
  const traces = new Map<string, Traced>();
  return {
    run: (name, fn, inputs) => {
      // The last batch of an epoch may be smaller and has a trace of its own.
      const key = `${name} of ${inputs[0]!.shape[0]} images`;
      let traced = traces.get(key);
      if (!traced) traces.set(key, traced = graph.trace(key, fn, inputs));
      return traced(inputs);
    },
    pull: () => graph.pull(),
    push: () => graph.push(),
    [Symbol.dispose]: () => graph[Symbol.dispose](),
  };
}

async function runEagerly(
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  inputs: readonly NativeData[],
): Promise<NativeData[]> {
  const tensors = inputs.map(tensorOf);
  const outputs = tf.tidy(() => fn(...tensors));
  try {
    return await Promise.all(outputs.map(async (output) => ({
      dtype: output.dtype as "float32" | "int32",
      shape: output.shape,
      values: await output.data() as Float32Array | Int32Array,
    })));
  } finally {
    tf.dispose([...tensors, ...outputs]);
  }
}

/** Values of float32 in a shape. */
export function float(shape: readonly number[], values: Float32Array): NativeData {
  return { dtype: "float32", shape, values };
}
