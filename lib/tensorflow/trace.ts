/**
 * Traces a function of tensors once and runs it from then on as one TensorFlow graph.
 *
 * Every tfjs-node kernel ends in `binding.executeOp(name, attributes, inputs)`, and those names and
 * attributes are TensorFlow's own. Running a function once while noting those calls gives the graph
 * of what it does; TensorFlow then runs the whole graph in one call, with its own scheduling and
 * fusion. `tf.Variable`s read or assigned inside become variables of the graph and keep their state
 * there.
 *
 * @example
 * ```ts ignore
 * using graph = new TracedGraph([weights]);
 * const step = graph.trace("step", (x) => {
 *   weights.assign(weights.sub(x));
 *   return [weights.sum()];
 * }, [{ dtype: "float32", shape: [2], values: new Float32Array(2) }]);
 * const [sum] = await step([{ dtype: "float32", shape: [2], values: new Float32Array([1, 2]) }]);
 * ```
 *
 * @module
 */

import * as tf from "./tf.ts";
import {
  NATIVE_TYPE,
  type NativeAttribute,
  type NativeData,
  type NativeDtype,
  NativeGraph,
  type NativeGraphOptions,
  type NativeOutput,
} from "./native.ts";

/** A traced function: takes as many inputs as it was traced with, of the same shapes and types. */
export type Traced = (inputs: readonly NativeData[]) => Promise<NativeData[]>;

/** An attribute as tfjs-node hands it to the native binding. */
interface BindingAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

/** tfjs-node's native binding, the part used here. */
interface Binding {
  executeOp(
    name: string,
    attributes: BindingAttribute[],
    inputs: number[],
    outputCount: number,
  ): { id: number }[];
  createTensor(shape: number[], dtype: number, values: ArrayLike<number>): number;
  tensorDataSync(id: number): unknown;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
}

/** tfjs-node's backend, the part used here. */
interface NodeBackend {
  binding: Binding;
  getInputTensorIds(tensors: tf.Tensor[]): number[];
}

interface RecordedOperation {
  readonly name: string;
  readonly attributes: readonly BindingAttribute[];
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** See {@linkcode inPart}. */
  readonly part: string;
}

/** A native operation that changes variables in place, see {@linkcode updateInGraph}. */
interface RecordedUpdate {
  readonly name: string;
  readonly variables: readonly tf.Variable[];
  readonly inputs: readonly number[];
  readonly part: string;
}

interface Recording {
  readonly operations: readonly RecordedOperation[];
  readonly updates: readonly RecordedUpdate[];
  /** Tensors made from values inside the function, by id. */
  readonly constants: ReadonlyMap<number, NativeData>;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
  /** Ids of each variable's value before and after. */
  readonly variables: readonly { readonly before: number; readonly after: number }[];
}

/** Notes updates while a function is being traced. */
let noteUpdate: ((name: string, variables: tf.Variable[], inputs: tf.Tensor[]) => void) | undefined;

/**
 * While a function is being traced, has the graph change variables in place by one of TensorFlow's
 * `ResourceApply...` operations, which is faster than computing their new values and assigning them.
 *
 * @param name Of an operation that takes the variables, then the inputs, and no attribute but `T`.
 * @param variables Are not to be assigned in the same function, nor read after this.
 * @param inputs The operation's other inputs.
 * @returns False outside a trace: then the caller must compute and assign.
 */
export function updateInGraph(
  name: string,
  variables: tf.Variable[],
  inputs: tf.Tensor[],
): boolean {
  noteUpdate?.(name, variables, inputs);
  return noteUpdate !== undefined;
}

/** The part of a function that runs at the moment. */
let currentPart = "";

/**
 * Runs a part of a function. Where TensorFlow times the operations of a traced function, those of a part
 * bear its name, as in `optimizer/Mul_12`; the innermost part's, where one is within another.
 *
 * @param part Of letters, digits and any of `_./-`.
 * @param work Runs at once.
 * @returns What it gives.
 */
export function inPart<Result>(part: string, work: () => Result): Result {
  const outer = currentPart;
  currentPart = part;
  try {
    return work();
  } finally {
    currentPart = outer;
  }
}

/** Operations that take a list, and how many plain inputs follow it. */
const LIST_INPUTS: Readonly<Record<string, number>> = { AddN: 0, Pack: 0, ConcatV2: 1 };

/** One TensorFlow graph for any number of traced functions that share variables. */
export class TracedGraph implements Disposable {
  readonly #graph: NativeGraph;
  readonly #variables: readonly tf.Variable[];
  readonly #handles: readonly NativeOutput[];
  readonly #placeholders: readonly NativeOutput[];
  readonly #assignments: readonly NativeOutput[];
  readonly #reads: readonly NativeOutput[];
  /** Whether operations bear the names of their parts: where nobody reads them, they would be noise. */
  readonly #named: boolean;
  #pushed = false;

  /**
   * @param variables All variables that traced functions read or assign; their present values are
   *   where the graph starts from.
   * @param options How the graph runs.
   */
  constructor(variables: readonly tf.Variable[], options: NativeGraphOptions = {}) {
    this.#graph = new NativeGraph(options);
    this.#named = options.onRunMetadata !== undefined;
    this.#variables = variables;
    const made = variables.map((variable, i) => this.#addVariable(variable, `variable_${i}`));
    this.#handles = made.map((each) => each.handle);
    this.#placeholders = made.map((each) => each.placeholder);
    this.#assignments = made.map((each) => each.assignment);
    this.#reads = made.map((each) => each.read);
  }

  /**
   * Runs `fn` once, op by op, and makes a graph function of what it did. Variables are as before
   * afterwards.
   *
   * @param name What errors call it.
   * @param fn A function of tensors to tensors. It runs once: JavaScript values that it reads are
   *   fixed from then on, so everything that changes must be an input or a variable.
   * @param examples Inputs to run it with; they set the shapes and types.
   * @throws {Error} For variables of one memory, a tensor's value read inside, a tensor made outside that is neither input nor
   *   variable, or an attribute of a kind not known here.
   */
  trace(
    name: string,
    fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
    examples: readonly NativeData[],
  ): Traced {
    const recording = record(name, fn, examples, this.#variables);
    const { placeholders, outputs, targets } = this.#build(name, recording, examples);
    return async (inputs) => {
      if (inputs.length !== examples.length) {
        throw new Error(
          `${name} was traced with ${examples.length} inputs and called with ${inputs.length}`,
        );
      }
      inputs.forEach((input, i) => checkLike(name, i, input, examples[i]!));
      if (!this.#pushed) await this.push();
      const feeds = inputs.map((data, i) => ({ to: placeholders[i]!, data }));
      return await this.#graph.run(feeds, outputs, targets);
    };
  }

  /** Brings the present values of the tfjs variables into the graph. */
  async push(): Promise<void> {
    const feeds = await Promise.all(this.#variables.map(async (variable, i) => ({
      to: this.#placeholders[i]!,
      data: await dataOf(variable),
    })));
    if (feeds.length > 0) {
      await this.#graph.run(feeds, [], this.#assignments.map((each) => each.operation));
    }
    this.#pushed = true;
  }

  /** Brings the graph's values back into the tfjs variables. */
  async pull(): Promise<void> {
    if (!this.#pushed || this.#variables.length === 0) return;
    const values = await this.#graph.run([], this.#reads);
    values.forEach((data, i) => {
      const value = tensorOf(data);
      this.#variables[i]!.assign(value);
      value.dispose();
    });
  }

  /** Frees the graph and the values in it; traced functions cannot be called any more. */
  [Symbol.dispose](): void {
    this.#graph[Symbol.dispose]();
  }

  #addVariable(variable: tf.Variable, name: string) {
    const dtype: NativeAttribute = { kind: "type", value: NATIVE_TYPE[dtypeOf(variable)] };
    const shape: NativeAttribute = { kind: "shape", value: variable.shape };
    const handle = this.#graph.add("VarHandleOp", [], {
      dtype,
      shape,
      shared_name: { kind: "string", value: name },
    });
    const placeholder = this.#graph.add("Placeholder", [], { dtype, shape });
    const assignment = this.#graph.add("AssignVariableOp", [handle, placeholder], { dtype });
    const read = this.#graph.add("ReadVariableOp", [handle], { dtype });
    return { handle, placeholder, assignment, read };
  }

  /** Adds a recording's operations to the graph. */
  #build(name: string, recording: Recording, examples: readonly NativeData[]) {
    const graph = this.#graph;
    const source = new Map<number, NativeOutput>();
    const placeholders = examples.map((example, i) => {
      const placeholder = graph.add("Placeholder", [], {
        dtype: { kind: "type", value: NATIVE_TYPE[example.dtype] },
        shape: { kind: "shape", value: example.shape },
      });
      source.set(recording.inputs[i]!, placeholder);
      return placeholder;
    });
    // One read of each variable for the whole function: assignments wait for it, so that every
    // operation sees the value from before the step.
    const reads = this.#variables.map((variable, i) => {
      const read = graph.add("ReadVariableOp", [this.#handles[i]!], {
        dtype: { kind: "type", value: NATIVE_TYPE[dtypeOf(variable)] },
      });
      source.set(recording.variables[i]!.before, read);
      return read;
    });
    const resolve = (id: number): NativeOutput => {
      const known = source.get(id);
      if (known) return known;
      const constant = recording.constants.get(id);
      if (!constant) {
        throw new Error(
          `${name} uses a tensor made outside: pass it as an input or make it a tf.variable`,
        );
      }
      const node = graph.constant(constant);
      source.set(id, node);
      return node;
    };
    const within = (part: string) => this.#named && part !== "" ? { part } : {};
    for (const { name: type, attributes, inputs, outputs, part } of recording.operations) {
      const resolved = inputs.map(resolve);
      const trailing = LIST_INPUTS[type];
      const listEnd = trailing === undefined ? 0 : resolved.length - trailing;
      const { operation } = graph.add(
        type,
        listEnd === 0 ? resolved : [resolved.slice(0, listEnd), ...resolved.slice(listEnd)],
        Object.fromEntries(attributes.map((each) => [each.name, attributeOf(name, type, each)])),
        within(part),
      );
      outputs.forEach((id, index) => source.set(id, { operation, index }));
    }
    const targets = recording.variables.flatMap(({ before, after }, i) =>
      before === after ? [] : [
        graph.add("AssignVariableOp", [this.#handles[i]!, resolve(after)], {
          dtype: { kind: "type", value: NATIVE_TYPE[dtypeOf(this.#variables[i]!)] },
        }, { after: [reads[i]!.operation] }).operation,
      ]
    );
    const updates = recording.updates.map(({ name: type, variables, inputs, part }) => {
      const indices = variables.map((variable) => this.#variables.indexOf(variable));
      if (indices.includes(-1)) {
        throw new Error(`${name} updates a variable that is not the graph's`);
      }
      if (indices.some((i) => recording.variables[i]!.before !== recording.variables[i]!.after)) {
        throw new Error(`${name} both assigns a variable and updates it by ${type}`);
      }
      return graph.add(
        type,
        [...indices.map((i) => this.#handles[i]!), ...inputs.map(resolve)],
        { T: { kind: "type", value: NATIVE_TYPE[dtypeOf(variables[0]!)] } },
        { ...within(part), after: indices.map((i) => reads[i]!.operation) },
      ).operation;
    });
    return {
      placeholders,
      outputs: recording.outputs.map(resolve),
      targets: [...targets, ...updates],
    };
  }
}

/** Runs `fn` once and notes every native operation. */
function record(
  name: string,
  fn: (...inputs: tf.Tensor[]) => tf.Tensor[],
  examples: readonly NativeData[],
  variables: readonly tf.Variable[],
): Recording {
  const backend = tf.backend() as unknown as NodeBackend;
  const { binding } = backend;
  const idOf = (tensor: tf.Tensor) => backend.getInputTensorIds([tensor])[0]!;
  const operations: RecordedOperation[] = [];
  const updates: RecordedUpdate[] = [];
  const constants = new Map<number, NativeData>();

  const overrides: Partial<Binding> = {
    executeOp(type: string, attributes: BindingAttribute[], inputs: number[], count: number) {
      const outputs = binding.executeOp(type, attributes, inputs, count);
      operations.push({
        name: type,
        attributes,
        inputs: [...inputs],
        outputs: outputs.map((each) => each.id),
        part: currentPart,
      });
      return outputs;
    },
    createTensor(shape: number[], dtype: number, values: ArrayLike<number>) {
      const id = binding.createTensor(shape, dtype, values);
      constants.set(id, constantOf(name, shape, dtype, values));
      return id;
    },
    tensorDataSync() {
      throw new Error(
        `${name} reads a tensor's value, which a traced function cannot: keep to tensor operations`,
      );
    },
  };
  // Everything else still goes to the binding, whose properties cannot be written over.
  const recorder = Object.setPrototypeOf(overrides, binding) as Binding;

  const before = variables.map(idOf);
  if (new Set(before).size < before.length) {
    throw new Error(`${name} has variables that share their memory: give each a copy of its value`);
  }
  const inputs = examples.map(tensorOf);
  const kept = variables.map((variable) => variable.clone());
  const inputIds = inputs.map(idOf);
  try {
    backend.binding = recorder;
    noteUpdate = (name, variables, inputs) =>
      updates.push({
        ...{ name, variables, part: currentPart },
        inputs: backend.getInputTensorIds(inputs),
      });
    const outputs = tf.tidy(() => fn(...inputs).map((tensor) => tf.keep(tensor)));
    const outputIds = outputs.map(idOf);
    const after = variables.map(idOf);
    outputs.forEach((tensor) => tensor.dispose());
    return {
      operations,
      updates,
      constants,
      inputs: inputIds,
      outputs: outputIds,
      variables: before.map((id, i) => ({ before: id, after: after[i]! })),
    };
  } finally {
    backend.binding = binding;
    noteUpdate = undefined;
    variables.forEach((variable, i) => variable.assign(kept[i]!));
    tf.dispose([...inputs, ...kept]);
  }
}

/** @throws {Error} Where an input is not like the one that the function was traced with. */
function checkLike(name: string, i: number, input: NativeData, example: NativeData): void {
  if (input.dtype === example.dtype && String(input.shape) === String(example.shape)) return;
  throw new Error(
    `${name} was traced with ${example.dtype} [${example.shape}] as input ${i} and called with ` +
      `${input.dtype} [${input.shape}]: trace it anew for another shape`,
  );
}

function attributeOf(name: string, type: string, attribute: BindingAttribute): NativeAttribute {
  const { binding } = tf.backend() as unknown as NodeBackend;
  const { value } = attribute;
  switch (attribute.type) {
    case binding.TF_ATTR_TYPE:
      return { kind: "type", value: value as number };
    case binding.TF_ATTR_BOOL:
      return { kind: "bool", value: value as boolean };
    case binding.TF_ATTR_FLOAT:
      return { kind: "float", value: value as number };
    case binding.TF_ATTR_SHAPE:
      return { kind: "shape", value: value as number[] };
    case binding.TF_ATTR_STRING:
      return { kind: "string", value: value as string };
    case binding.TF_ATTR_INT:
      return Array.isArray(value)
        ? { kind: "ints", value: value.map(Number) }
        : { kind: "int", value: Number(value) };
    default:
      throw new Error(
        `${name} cannot be traced: attribute "${attribute.name}" of ${type} is of the unknown kind ${attribute.type}`,
      );
  }
}

function constantOf(
  name: string,
  shape: readonly number[],
  type: number,
  values: ArrayLike<number>,
): NativeData {
  switch (type) {
    case NATIVE_TYPE.float32:
      return { dtype: "float32", shape: [...shape], values: Float32Array.from(values) };
    case NATIVE_TYPE.int32:
      return { dtype: "int32", shape: [...shape], values: Int32Array.from(values) };
    case NATIVE_TYPE.bool:
      return { dtype: "bool", shape: [...shape], values: Uint8Array.from(values) };
    default:
      throw new Error(`${name} cannot be traced: a constant of TensorFlow's type ${type}`);
  }
}

function dtypeOf(tensor: tf.Tensor): NativeDtype {
  if (tensor.dtype === "float32" || tensor.dtype === "int32" || tensor.dtype === "bool") {
    return tensor.dtype;
  }
  throw new TypeError(`A tensor of type ${tensor.dtype} cannot go into a graph`);
}

async function dataOf(tensor: tf.Tensor): Promise<NativeData> {
  return {
    dtype: dtypeOf(tensor),
    shape: tensor.shape,
    values: await tensor.data() as NativeData["values"],
  };
}

/** The tensor of some values; the caller disposes it. */
export function tensorOf({ dtype, shape, values }: NativeData): tf.Tensor {
  if (dtype === "uint8") throw new TypeError("tfjs has no uint8 tensors: use int32 or float32");
  return tf.tensor(values, [...shape], dtype);
}
