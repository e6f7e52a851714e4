import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { runProgram } from "./runner.ts";
import type { NativeData } from "./native.ts";
import * as tf from "./tf.ts";
import { encodeSessionConfig } from "./session_config.ts";
import { parseRunMetadata } from "./step_stats.ts";
import { inPart, tensorOf, TracedGraph, updateInGraph } from "./trace.ts";

type Values = NativeData["values"];
type TensorFunction = (...inputs: tf.Tensor[]) => tf.Tensor[];

const float = (shape: number[], values: ArrayLike<number>): NativeData => ({
  dtype: "float32",
  shape,
  values: Float32Array.from(values),
});
const int = (shape: number[], values: ArrayLike<number>): NativeData => ({
  dtype: "int32",
  shape,
  values: Int32Array.from(values),
});

/** Runs a function op by op. */
function eagerly(fn: TensorFunction, inputs: readonly NativeData[]): NativeData[] {
  const tensors = inputs.map(tensorOf);
  const outputs = tf.tidy(() => fn(...tensors));
  const results = outputs.map((output) => ({
    dtype: output.dtype as NativeData["dtype"],
    shape: output.shape,
    values: output.dataSync() as Values,
  }));
  tf.dispose([...tensors, ...outputs]);
  return results;
}

Deno.test("A traced function computes what the eager one does, bit for bit, step after step", async () => {
  const values = [0.1, -0.2, 0.3, 1e-8, 5, -7];
  const make = () => ({
    weights: tf.variable(tf.tensor2d(values, [2, 3])),
    steps: tf.variable(tf.scalar(3, "int32")),
  });
  const step = ({ weights, steps }: ReturnType<typeof make>): TensorFunction => (x, picks) => {
    const table = tf.tensor2d([[0.5, -1.5, 2.5], [1 / 3, 2 / 3, 0.7]]);
    weights.assign(tf.add(tf.mul(weights, 0.99), tf.mul(tf.sub(x!, table), 0.01)));
    // Read again after it was assigned: the new value counts.
    weights.assign(tf.div(weights, tf.add(tf.abs(weights), 1)));
    steps.assign(tf.add(steps, tf.scalar(2, "int32")));
    const positive = tf.logicalAnd(
      tf.greater(weights, 0),
      tf.tensor2d([[1, 0, 1], [1, 1, 1]], [
        2,
        3,
      ], "bool"),
    );
    return [
      tf.sum(tf.exp(weights)),
      positive,
      tf.matMul(tf.oneHot(picks as tf.Tensor1D, 2), x!),
      tf.mul(steps, steps),
    ];
  };
  const traced = make();
  const eager = make();
  using graph = new TracedGraph([traced.weights, traced.steps]);
  const inputs = (i: number) => [float([2, 3], values.map((v) => v * i)), int([2], [1, i % 2])];
  const run = graph.trace("the step", step(traced), inputs(1));
  for (let i = 0; i < 5; i++) {
    deepStrictEqual(await run(inputs(i)), eagerly(step(eager), inputs(i)));
  }
  await graph.pull();
  deepStrictEqual(traced.weights.dataSync(), eager.weights.dataSync());
  strictEqual(traced.steps.dataSync()[0], 13);
  tf.dispose([...Object.values(traced), ...Object.values(eager)]);
});

Deno.test("Operations that are timed bear the name of the innermost part that they are of", async () => {
  const fn: TensorFunction = (x) => [
    inPart("outer", () => tf.add(inPart("layers/conv1", () => tf.square(x!)), x!)),
    tf.neg(x!),
  ];
  const names: string[] = [];
  using graph = new TracedGraph([], {
    config: encodeSessionConfig({ grappler: false }),
    onRunMetadata: (metadata) => names.push(...parseRunMetadata(metadata).map(({ name }) => name)),
  });
  const inputs = [float([2], [2, 3])];
  deepStrictEqual(await graph.trace("parts", fn, inputs)(inputs), eagerly(fn, inputs));
  for (const name of [/^layers\/conv1\/Square_\d+$/, /^outer\/Add\w*_\d+$/, /^Neg_\d+$/]) {
    strictEqual(names.filter((each) => name.test(each)).length, 1, `${names}`);
  }
});

Deno.test("A traced function may concatenate, stack, split and add lists of tensors", async () => {
  using graph = new TracedGraph([]);
  const fn: TensorFunction = (a, b) => [
    tf.concat([a!, b!, a!], 0),
    tf.concat([a!, b!], 1),
    tf.stack([a!, b!], 1),
    tf.addN([a!, b!, a!, tf.onesLike(a!)]),
    ...tf.split(a!, 2, 1),
    tf.sum(tf.stack(tf.unstack(b!))),
  ];
  const inputs = [float([2, 2], [1, 2, 3, 4]), float([2, 2], [0.1, 0.2, 0.3, 0.4])];
  const run = graph.trace("lists", fn, inputs);
  deepStrictEqual(await run(inputs), eagerly(fn, inputs));
});

Deno.test("Tracing leaves variables as they were, and no tensor behind", () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  using graph = new TracedGraph([variable]);
  graph.trace("the step", (x) => {
    variable.assign(tf.mul(variable, x!));
    return [tf.sum(variable)];
  }, [float([2], [5, 6])]);
  deepStrictEqual([...variable.dataSync()], [1, 2]);
  strictEqual(tf.memory().numTensors, before);
  variable.dispose();
});

Deno.test("A function that throws while it is traced leaves variables and tensors as they were", () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const before = tf.memory().numTensors;
  using graph = new TracedGraph([variable]);
  throws(
    () =>
      graph.trace("the step", (x) => {
        variable.assign(tf.mul(variable, x!));
        throw new Error("stop");
      }, [float([2], [5, 6])]),
    /^Error: stop$/,
  );
  deepStrictEqual([...variable.dataSync()], [1, 2]);
  strictEqual(tf.memory().numTensors, before);
  // And the backend records no more: what follows is computed as ever.
  strictEqual(tf.tidy(() => tf.sum(variable).dataSync()[0]), 3);
  variable.dispose();
});

Deno.test("push() brings variables into the graph and pull() brings them back", async () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  using graph = new TracedGraph([variable]);
  const run = graph.trace("the step", (x) => {
    variable.assign(tf.add(variable, x!));
    return [tf.clone(variable)];
  }, [float([2], [0, 0])]);
  const step = async () => [...(await run([float([2], [10, 20])]))[0]!.values];
  await graph.pull(); // Before any step: the variable stays.
  deepStrictEqual([...variable.dataSync()], [1, 2]);
  deepStrictEqual(await step(), [11, 22]);
  deepStrictEqual([...variable.dataSync()], [1, 2]); // Not before pull().
  await graph.pull();
  deepStrictEqual([...variable.dataSync()], [11, 22]);
  variable.assign(tf.tensor1d([-1, -2]));
  deepStrictEqual(await step(), [21, 42]); // Not before push().
  await graph.push();
  deepStrictEqual(await step(), [9, 18]);
  variable.dispose();
});

Deno.test("Several traces, of other shapes too, share their variables", async () => {
  const total = tf.variable(tf.scalar(0));
  using graph = new TracedGraph([total]);
  const sum: TensorFunction = (x) => {
    total.assign(tf.add(total, tf.sum(x!)));
    return [tf.clone(total)];
  };
  const ofTwo = graph.trace("the sum of 2", sum, [float([2], [9, 9])]);
  strictEqual((await ofTwo([float([2], [1, 2])]))[0]!.values[0], 3);
  // Traced after the graph has run.
  const ofThree = graph.trace("the sum of 3", sum, [float([3], [9, 9, 9])]);
  const show = graph.trace("the total", () => [tf.clone(total)], []);
  strictEqual((await ofThree([float([3], [1, 2, 3])]))[0]!.values[0], 9);
  strictEqual((await ofTwo([float([2], [1, 0])]))[0]!.values[0], 10);
  strictEqual((await show([]))[0]!.values[0], 10);
  total.dispose();
});

Deno.test("updateInGraph() changes variables in place, in a trace only, and never twice", async () => {
  const [variable, other] = [tf.variable(tf.tensor1d([1, 2])), tf.variable(tf.tensor1d([1, 2]))];
  using graph = new TracedGraph([variable]);
  const x = [float([2], [10, 20])];
  const descend = (target: tf.Variable, x: tf.Tensor) =>
    updateInGraph("ResourceApplyGradientDescent", [target], [tf.scalar(0.5), x]);
  const run = graph.trace("the step", (x) => {
    ok(descend(variable, x!));
    // What is read belongs to the value from before the step.
    return [tf.mul(variable, 2)];
  }, x);
  deepStrictEqual([...variable.dataSync()], [1, 2]);
  deepStrictEqual(await run(x), [float([2], [2, 4])]);
  deepStrictEqual(await run(x), [float([2], [-8, -16])]);
  await graph.pull();
  deepStrictEqual([...variable.dataSync()], [-9, -18]);
  tf.tidy(() => ok(!descend(variable, tf.tensor1d([1, 1]))));
  throws(
    () =>
      graph.trace("the step", (x) => {
        descend(other, x!);
        return [x!];
      }, x),
    /the step updates a variable that is not the graph's/,
  );
  throws(
    () =>
      graph.trace("the step", (x) => {
        variable.assign(tf.neg(variable));
        descend(variable, x!);
        return [];
      }, x),
    /the step both assigns a variable and updates it by ResourceApplyGradientDescent/,
  );
  tf.dispose([variable, other]);
});

Deno.test("A traced function that reads a value is refused by name", () => {
  using graph = new TracedGraph([]);
  const x = [float([2], [1, 2])];
  throws(
    () => graph.trace("the loss", (x) => [tf.mul(x!, tf.add(x!, 1).dataSync()[0]!)], x),
    /^Error: the loss reads a tensor's value, which a traced function cannot/,
  );
  throws(() => graph.trace("the loss", (x) => [tf.scalar(x!.arraySync() as number)], x), /reads/);
  // Its shape depends on the values.
  throws(
    () => graph.trace("the loss", (x) => [tf.topk(x!, tf.sum(x!).dataSync()[0]!).values], x),
    /reads/,
  );
});

Deno.test("Variables that share their memory are refused, since a trace could not tell them apart", () => {
  const first = tf.variable(tf.scalar(1));
  const second = tf.variable(first);
  const before = tf.memory().numTensors;
  {
    using graph = new TracedGraph([first, second]);
    throws(
      () => graph.trace("sum", () => [tf.add(first, second)], []),
      /sum has variables that share their memory/,
    );
  }
  strictEqual(tf.memory().numTensors, before);
  tf.dispose([first, second]);
});

Deno.test("A traced function that uses a tensor made outside is refused", () => {
  using graph = new TracedGraph([]);
  const outside = tf.add(tf.tensor1d([1, 2]), 1);
  throws(
    () => graph.trace("the loss", (x) => [tf.mul(x!, outside)], [float([2], [1, 2])]),
    /^Error: the loss uses a tensor made outside: pass it as an input or make it a tf.variable/,
  );
  const variable = tf.variable(tf.tensor1d([1, 2]));
  tf.tidy(() => tf.add(variable, 1)); // It has been computed with, as a weight has.
  throws(
    () => graph.trace("the loss", (x) => [tf.mul(x!, variable)], [float([2], [1, 2])]),
    /tensor made outside/,
  );
  tf.dispose([outside, variable]);
});

Deno.test("A traced function refuses inputs of another shape, type or number", async () => {
  using graph = new TracedGraph([]);
  const run = graph.trace("the loss", (x) => [tf.sum(x!)], [float([2], [1, 2])]);
  await rejects(
    run([float([3], [1, 2, 3])]),
    /the loss was traced with float32 \[2\] as input 0 and called with float32 \[3\]: trace it anew/,
  );
  await rejects(run([int([2], [1, 2])]), /float32 \[2\] .* int32 \[2\]/);
  await rejects(run([]), /traced with 1 inputs and called with 0/);
});

Deno.test("An operation with an attribute of an unknown kind is refused by its name", () => {
  using graph = new TracedGraph([]);
  const backend = tf.backend() as unknown as {
    binding: { executeOp(...args: unknown[]): unknown };
  };
  const { binding } = backend;
  throws(
    () =>
      graph.trace("the loss", (x) => {
        const y = tf.neg(x!);
        // As if tfjs had a kernel with such an attribute: noted after the operation was run.
        const recorder = backend.binding;
        const spare = Object.setPrototypeOf({
          executeOp: (name: string, attributes: unknown[], ...rest: unknown[]) => {
            const outputs = recorder.executeOp(name, attributes, ...rest);
            attributes.push({ name: "f", type: 99, value: "g" });
            return outputs;
          },
        }, recorder);
        backend.binding = spare;
        const z = tf.square(y);
        backend.binding = recorder;
        return [z];
      }, [float([2], [1, 2])]),
    /^Error: the loss cannot be traced: attribute "f" of Square is of the unknown kind 99$/,
  );
  strictEqual(backend.binding, binding);
});

Deno.test("2,000 steps need no more memory than the first ones", async () => {
  // 64 KB in, 64 KB out: a tensor lost at every step would be over 100 MB.
  const size = 16_384;
  const variable = tf.variable(tf.zeros([size]));
  using graph = new TracedGraph([variable]);
  const run = graph.trace("the step", (x) => {
    variable.assign(tf.add(variable, x!));
    return [tf.mul(variable, 2)];
  }, [float([size], new Float32Array(size))]);
  const input = [float([size], new Float32Array(size).fill(1))];
  const steps = async (count: number) => {
    for (let i = 0; i < count; i++) await run(input);
    for (let i = 0; i < count / 100; i++) await graph.pull();
  };
  await steps(500);
  const tensors = tf.memory().numTensors;
  const rss = Deno.memoryUsage().rss;
  await steps(2000);
  strictEqual(tf.memory().numTensors, tensors);
  strictEqual(variable.dataSync()[size - 1], 2500);
  const grown = (Deno.memoryUsage().rss - rss) / 2 ** 20;
  ok(grown < 48, `grew by ${grown.toFixed(1)} MB`);
  variable.dispose();
});

Deno.test("Tracing and running write no file, and need no right to", async () => {
  const folder = await Deno.makeTempDir();
  const root = join(import.meta.dirname!, "..", "..");
  try {
    const code = `const { TracedGraph } = await import(${
      JSON.stringify(import.meta.resolve("./trace.ts"))
    });
      const tf = await import(${JSON.stringify(import.meta.resolve("./tf.ts"))});
      const x = [{ dtype: "float32", shape: [2], values: Float32Array.of(1, 2) }];
      const graph = new TracedGraph([]);
      const run = graph.trace("the sum", (x) => [tf.sum(x)], x);
      console.log((await run(x))[0].values[0]);`;
    const { code: exit, stdout, stderr } = await runProgram(Deno.execPath(), [
      "run",
      "--no-prompt",
      "--allow-read",
      "--allow-env",
      "--allow-ffi",
      "--allow-sys",
      "--config",
      join(root, "deno.json"),
      `data:application/typescript,${encodeURIComponent(code)}`,
    ], { cwd: folder, env: { NO_COLOR: "1", TMPDIR: folder } });
    strictEqual(stderr, "");
    strictEqual(exit, 0);
    strictEqual(stdout.trim(), "3");
    deepStrictEqual([...Deno.readDirSync(folder)].map(({ name }) => name), []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
