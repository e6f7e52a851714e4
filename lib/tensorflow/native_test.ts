import { deepStrictEqual, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { UserError } from "../error.ts";
import { NATIVE_TYPE, type NativeData, nativeError, NativeGraph } from "./native.ts";

const FLOAT = { kind: "type", value: NATIVE_TYPE.float32 } as const;

const float = (shape: number[], ...values: number[]): NativeData => ({
  dtype: "float32",
  shape,
  values: Float32Array.from(values),
});

Deno.test("NativeGraph builds a graph and runs it with the values fed", async () => {
  using graph = new NativeGraph();
  const x = graph.add("Placeholder", [], { dtype: FLOAT, shape: { kind: "shape", value: [2, 2] } });
  const matrix = graph.constant(float([2, 2], 1, 2, 3, 4));
  const product = graph.add("MatMul", [x, matrix], { T: FLOAT });
  for (const scale of [1, 10]) {
    const [result] = await graph.run(
      [{ to: x, data: float([2, 2], scale, 0, 0, scale) }],
      [product],
    );
    deepStrictEqual(result, float([2, 2], scale, 2 * scale, 3 * scale, 4 * scale));
  }
});

Deno.test("NativeGraph keeps variables from run to run", async () => {
  using graph = new NativeGraph();
  const attributes = { dtype: FLOAT, shape: { kind: "shape", value: [2] } } as const;
  const variable = graph.add("VarHandleOp", [], attributes);
  const set = graph.add("AssignVariableOp", [variable, graph.constant(float([2], 1, 2))], {
    dtype: FLOAT,
  });
  const add = graph.add("AssignAddVariableOp", [variable, graph.constant(float([2], 10, 20))], {
    dtype: FLOAT,
  });
  const read = graph.add("ReadVariableOp", [variable], { dtype: FLOAT });
  await graph.run([], [], [set.operation]);
  await graph.run([], [], [add.operation]);
  await graph.run([], [], [add.operation]);
  deepStrictEqual(await graph.run([], [read]), [float([2], 21, 42)]);
});

Deno.test("NativeGraph brings back every type of value, and empty tensors", async () => {
  using graph = new NativeGraph();
  const data: NativeData[] = [
    float([1, 3], 0.1, -Infinity, NaN),
    { dtype: "int32", shape: [2], values: Int32Array.of(-(2 ** 31), 7) },
    { dtype: "uint8", shape: [2], values: Uint8Array.of(0, 255) },
    { dtype: "bool", shape: [2], values: Uint8Array.of(1, 0) },
    { dtype: "float32", shape: [], values: Float32Array.of(5) },
    { dtype: "int32", shape: [0, 2], values: new Int32Array() },
  ];
  const fed = data.map(({ dtype, shape }) =>
    graph.add("Placeholder", [], {
      dtype: { kind: "type", value: NATIVE_TYPE[dtype] },
      shape: { kind: "shape", value: shape },
    })
  );
  const copies = fed.map((to, i) =>
    graph.add("Identity", [to], { T: { kind: "type", value: NATIVE_TYPE[data[i]!.dtype] } })
  );
  deepStrictEqual(await graph.run(fed.map((to, i) => ({ to, data: data[i]! })), copies), data);
});

Deno.test("NativeGraph takes list inputs and reads outputs after the first", async () => {
  using graph = new NativeGraph();
  const [a, b] = [graph.constant(float([2], 1, 2)), graph.constant(float([2], 3, 4))];
  const packed = graph.add("Pack", [[a, b]], {
    T: FLOAT,
    N: { kind: "int", value: 2 },
    axis: { kind: "int", value: 0 },
  });
  const parts = graph.add("Unpack", [packed], {
    T: FLOAT,
    num: { kind: "int", value: 2 },
    axis: { kind: "int", value: 1 },
  });
  deepStrictEqual(await graph.run([], [packed, parts, { operation: parts.operation, index: 1 }]), [
    float([2, 2], 1, 2, 3, 4),
    float([2], 1, 3),
    float([2], 2, 4),
  ]);
});

Deno.test("NativeGraph passes on what TensorFlow refuses, with the operation's name", async () => {
  using graph = new NativeGraph();
  throws(() => graph.add("NoSuchOp", []), /Cannot build NoSuchOp_0: .*NoSuchOp/s);
  const [vector, matrix] = [graph.constant(float([2], 1, 2)), graph.constant(float([1, 1], 1))];
  throws(
    () => graph.add("MatMul", [vector, matrix], { T: FLOAT }),
    /Cannot build MatMul_\d+: .*rank 2/s,
  );
  // Only known to be wrong as it runs; and the graph is good for another run afterwards.
  const shape = graph.add("Placeholder", [], {
    dtype: { kind: "type", value: NATIVE_TYPE.int32 },
    shape: { kind: "shape", value: [1] },
  });
  const reshaped = graph.add("Reshape", [vector, shape], {
    T: FLOAT,
    Tshape: { kind: "type", value: NATIVE_TYPE.int32 },
  });
  const run = (size: number) =>
    graph.run([{
      to: shape,
      data: { dtype: "int32", shape: [1], values: Int32Array.of(size) },
    }], [reshaped]);
  await rejects(run(3), /The graph failed: .*2 values.*3/s);
  deepStrictEqual(await run(2), [float([2], 1, 2)]);
});

Deno.test("nativeError() says in one line that memory is out", () => {
  // Word for word; to have it from TensorFlow takes ten seconds, for which its allocator tries again.
  const message = "OOM when allocating tensor with shape[33,12,12,8] and type float on /job:" +
    "localhost/replica:0/task:0/device:CPU:0 by allocator mklcpu\n\t [[{{node BiasAdd_263}}]]";
  const error = nativeError("The graph failed", 8, message);
  ok(error instanceof UserError);
  ok(/^Out of memory for a tensor of shape \[33,12,12,8\]: .*batchSize.*/.test(error.message));
  ok(!(nativeError("The graph failed", 3, message) instanceof UserError));
});

Deno.test("NativeGraph refuses a configuration that TensorFlow cannot read", async () => {
  using graph = new NativeGraph({ config: Uint8Array.of(255, 255, 255) });
  const one = graph.constant(float([], 1));
  await rejects(graph.run([], [one]), /Session configuration refused: /);
});

Deno.test("NativeGraph refuses a run while another is under way, and runs again after it", async () => {
  using graph = new NativeGraph();
  const side = 400;
  const values = new Float32Array(side * side).fill(1);
  const big = graph.constant({ dtype: "float32", shape: [side, side], values });
  const product = graph.add("MatMul", [big, big], { T: FLOAT });
  const first = graph.run([], [product]);
  await rejects(graph.run([], [product]), /one step at a time/);
  strictEqual((await first)[0]!.values[0], side);
  strictEqual((await graph.run([], [product]))[0]!.values[0], side);
});

Deno.test("NativeGraph refuses values that do not fill their shape", async () => {
  using graph = new NativeGraph();
  throws(() => graph.constant(float([2, 2], 1, 2, 3)), /3 values do not fill the shape \[2,2\]/);
  const x = graph.add("Placeholder", [], { dtype: FLOAT, shape: { kind: "shape", value: [2] } });
  const copy = graph.add("Identity", [x], { T: FLOAT });
  await rejects(graph.run([{ to: x, data: float([2], 1) }], [copy]), /1 values do not fill/);
  deepStrictEqual(await graph.run([{ to: x, data: float([2], 1, 2) }], [copy]), [
    float([2], 1, 2),
  ]);
});
