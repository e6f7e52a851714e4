/**
 * TensorFlow's C API, as much of it as running a graph takes: build operations, run a session.
 *
 * tfjs-node executes one operation at a time. A {@linkcode NativeGraph} is executed as a whole, on a
 * thread of its own (the promise of {@linkcode NativeGraph.run} leaves JavaScript free to prepare the
 * next batch), with TensorFlow's graph optimisations, and keeps its variables inside.
 *
 * Source: tensorflow/c/c_api.h of the provisioned TensorFlow.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { nativeLibrary } from "./library.ts";

/** TensorFlow's numbers for element types (tensorflow/c/tf_datatype.h), of those used here. */
export const NATIVE_TYPE = { float32: 1, uint8: 4, int32: 3, bool: 10, resource: 20 } as const;

/** An element type that data can be moved in. */
export type NativeDtype = "float32" | "int32" | "uint8" | "bool";

/** Where an operation's output is found: the operation and the output's number. */
export interface NativeOutput {
  readonly operation: Deno.PointerValue;
  readonly index: number;
}

/** An attribute of an operation, by its kind in TensorFlow's op definitions. */
export type NativeAttribute =
  | { readonly kind: "type"; readonly value: number }
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "shape"; readonly value: readonly number[] }
  | { readonly kind: "tensor"; readonly value: NativeData };

/** Values with their shape; `values` are row-major. */
export interface NativeData {
  readonly dtype: NativeDtype;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array | Uint8Array;
}

/** TensorFlow's code for memory that the system did not give (tensorflow/c/tf_status.h). */
const RESOURCE_EXHAUSTED = 8;

const OUTPUT_STRUCT = { struct: ["pointer", "i32"] } as const;

const SYMBOLS = {
  TF_NewStatus: { parameters: [], result: "pointer" },
  TF_DeleteStatus: { parameters: ["pointer"], result: "void" },
  TF_GetCode: { parameters: ["pointer"], result: "i32" },
  TF_Message: { parameters: ["pointer"], result: "pointer" },
  TF_NewGraph: { parameters: [], result: "pointer" },
  TF_DeleteGraph: { parameters: ["pointer"], result: "void" },
  TF_NewOperation: { parameters: ["pointer", "buffer", "buffer"], result: "pointer" },
  TF_AddInput: { parameters: ["pointer", OUTPUT_STRUCT], result: "void" },
  TF_AddInputList: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_AddControlInput: { parameters: ["pointer", "pointer"], result: "void" },
  TF_SetAttrInt: { parameters: ["pointer", "buffer", "i64"], result: "void" },
  TF_SetAttrIntList: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrFloat: { parameters: ["pointer", "buffer", "f32"], result: "void" },
  TF_SetAttrBool: { parameters: ["pointer", "buffer", "u8"], result: "void" },
  TF_SetAttrType: { parameters: ["pointer", "buffer", "i32"], result: "void" },
  TF_SetAttrString: { parameters: ["pointer", "buffer", "buffer", "usize"], result: "void" },
  TF_SetAttrShape: { parameters: ["pointer", "buffer", "buffer", "i32"], result: "void" },
  TF_SetAttrTensor: { parameters: ["pointer", "buffer", "pointer", "pointer"], result: "void" },
  TF_FinishOperation: { parameters: ["pointer", "pointer"], result: "pointer" },
  TF_NewSessionOptions: { parameters: [], result: "pointer" },
  TF_SetConfig: { parameters: ["pointer", "buffer", "usize", "pointer"], result: "void" },
  TF_DeleteSessionOptions: { parameters: ["pointer"], result: "void" },
  TF_NewSession: { parameters: ["pointer", "pointer", "pointer"], result: "pointer" },
  TF_CloseSession: { parameters: ["pointer", "pointer"], result: "void" },
  TF_DeleteSession: { parameters: ["pointer", "pointer"], result: "void" },
  TF_SessionRun: {
    parameters: [
      "pointer",
      "pointer",
      "buffer",
      "buffer",
      "i32",
      "buffer",
      "buffer",
      "i32",
      "buffer",
      "i32",
      "pointer",
      "pointer",
    ],
    result: "void",
    nonblocking: true,
  },
  TF_AllocateTensor: { parameters: ["i32", "buffer", "i32", "usize"], result: "pointer" },
  TF_DeleteTensor: { parameters: ["pointer"], result: "void" },
  TF_TensorType: { parameters: ["pointer"], result: "i32" },
  TF_NumDims: { parameters: ["pointer"], result: "i32" },
  TF_Dim: { parameters: ["pointer", "i32"], result: "i64" },
  TF_TensorByteSize: { parameters: ["pointer"], result: "usize" },
  TF_TensorData: { parameters: ["pointer"], result: "pointer" },
  TF_NewBuffer: { parameters: [], result: "pointer" },
  TF_NewBufferFromString: { parameters: ["buffer", "usize"], result: "pointer" },
  TF_DeleteBuffer: { parameters: ["pointer"], result: "void" },
} as const;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

let loaded: Library | undefined;

function library(): Library {
  loaded ??= Deno.dlopen(nativeLibrary("cc"), SYMBOLS).symbols;
  return loaded;
}

/** How a {@linkcode NativeGraph} runs. */
export interface NativeGraphOptions {
  /** A serialised `ConfigProto` for the session; TensorFlow's defaults where left out. */
  readonly config?: Uint8Array<ArrayBuffer>;
  /**
   * Has TensorFlow time every operation of a run, and takes what it noted: a serialised `RunMetadata`,
   * see `step_stats.ts`. Slows runs down.
   */
  readonly onRunMetadata?: (metadata: Uint8Array) => void;
  /** Whether the run that is about to begin is timed so; every one where left out. */
  readonly isTimed?: () => boolean;
}

/** A serialised `RunOptions` with `trace_level: FULL_TRACE` (tensorflow/core/protobuf/config.proto). */
const FULL_TRACE = Uint8Array.of(0x08, 3);

/** A TensorFlow graph that is built once and then run many times; its variables live inside. */
export class NativeGraph implements Disposable {
  readonly #api = library();
  readonly #status: Deno.PointerValue;
  readonly #graph: Deno.PointerValue;
  readonly #options: NativeGraphOptions;
  #session: Deno.PointerValue = null;
  #operations = 0;
  #running = false;

  constructor(options: NativeGraphOptions = {}) {
    this.#options = options;
    this.#status = this.#api.TF_NewStatus();
    this.#graph = this.#api.TF_NewGraph();
  }

  /**
   * Adds an operation.
   *
   * @param type TensorFlow's name for it, such as `Conv2D`.
   * @param inputs Its inputs in order; an array of outputs is one list input (as of `ConcatV2`).
   * @param attributes By name.
   * @param options `name`, or the `part` that stands before the name it gets; `after`: operations that
   *   must have run before it.
   * @returns Its first output; further ones have the same operation and a higher index.
   * @throws {Error} Where TensorFlow refuses it: unknown name, wrong types or shapes.
   */
  add(
    type: string,
    inputs: readonly (NativeOutput | readonly NativeOutput[])[],
    attributes: Readonly<Record<string, NativeAttribute>> = {},
    options: {
      readonly name?: string;
      readonly part?: string;
      readonly after?: readonly Deno.PointerValue[];
    } = {},
  ): NativeOutput {
    const api = this.#api;
    const part = options.part === undefined ? "" : `${options.part}/`;
    const name = options.name ?? `${part}${type}_${this.#operations}`;
    this.#operations++;
    const description = api.TF_NewOperation(this.#graph, cString(type), cString(name));
    for (const input of inputs) {
      if (isList(input)) {
        api.TF_AddInputList(description, packOutputs(input), input.length);
      } else {
        api.TF_AddInput(description, packOutputs([input]));
      }
    }
    for (const operation of options.after ?? []) api.TF_AddControlInput(description, operation);
    for (const [key, attribute] of Object.entries(attributes)) {
      this.#setAttribute(description, cString(key), attribute);
    }
    const operation = api.TF_FinishOperation(description, this.#status);
    this.#check(`Cannot build ${name}`);
    return { operation, index: 0 };
  }

  /** Adds a constant. */
  constant(data: NativeData): NativeOutput {
    return this.add("Const", [], {
      dtype: { kind: "type", value: NATIVE_TYPE[data.dtype] },
      value: { kind: "tensor", value: data },
    });
  }

  /**
   * Runs what the outputs and targets need.
   *
   * @param feeds Values for placeholders.
   * @param outputs What to bring back.
   * @param targets Operations to run for their effect (assignments).
   * @returns The outputs' values, copied.
   * @throws {Error} Where an operation fails; the message is TensorFlow's.
   */
  async run(
    feeds: readonly { readonly to: NativeOutput; readonly data: NativeData }[],
    outputs: readonly NativeOutput[],
    targets: readonly Deno.PointerValue[] = [],
  ): Promise<NativeData[]> {
    if (this.#running) throw new Error("A graph runs one step at a time: await the one before");
    const api = this.#api;
    this.#session ??= this.#startSession();
    const inputTensors = new BigUint64Array(feeds.length);
    const outputTensors = new BigUint64Array(outputs.length);
    const { onRunMetadata, isTimed = () => true } = this.#options;
    const traced = onRunMetadata !== undefined && isTimed();
    const runOptions = traced ? api.TF_NewBufferFromString(FULL_TRACE, 2n) : null;
    const metadata = traced ? api.TF_NewBuffer() : null;
    this.#running = true;
    try {
      feeds.forEach(({ data }, i) => inputTensors[i] = pointerNumber(this.#tensor(data)));
      await api.TF_SessionRun(
        this.#session,
        runOptions,
        packOutputs(feeds.map((feed) => feed.to)),
        inputTensors,
        feeds.length,
        packOutputs(outputs),
        outputTensors,
        outputs.length,
        new BigUint64Array(targets.map(pointerNumber)),
        targets.length,
        metadata,
        this.#status,
      );
      this.#check("The graph failed");
      if (metadata !== null) onRunMetadata?.(bufferBytes(metadata));
      return Array.from(outputTensors, (pointer) => this.#read(Deno.UnsafePointer.create(pointer)));
    } finally {
      this.#running = false;
      for (const pointer of [...inputTensors, ...outputTensors]) {
        if (pointer !== 0n) api.TF_DeleteTensor(Deno.UnsafePointer.create(pointer));
      }
      if (traced) [runOptions, metadata].forEach((buffer) => api.TF_DeleteBuffer(buffer));
    }
  }

  /** Frees the session with its variables, and the graph. */
  [Symbol.dispose](): void {
    const api = this.#api;
    if (this.#session !== null) {
      api.TF_CloseSession(this.#session, this.#status);
      api.TF_DeleteSession(this.#session, this.#status);
      this.#session = null;
    }
    api.TF_DeleteGraph(this.#graph);
    api.TF_DeleteStatus(this.#status);
  }

  #startSession(): Deno.PointerValue {
    const api = this.#api;
    const options = api.TF_NewSessionOptions();
    try {
      const { config } = this.#options;
      if (config) {
        api.TF_SetConfig(options, config, BigInt(config.length), this.#status);
        this.#check("Session configuration refused");
      }
      const session = api.TF_NewSession(this.#graph, options, this.#status);
      this.#check("Cannot start a session");
      return session;
    } finally {
      api.TF_DeleteSessionOptions(options);
    }
  }

  #setAttribute(
    description: Deno.PointerValue,
    name: Uint8Array<ArrayBuffer>,
    attribute: NativeAttribute,
  ): void {
    const api = this.#api;
    switch (attribute.kind) {
      case "type":
        return api.TF_SetAttrType(description, name, attribute.value);
      case "int":
        return api.TF_SetAttrInt(description, name, BigInt(attribute.value));
      case "ints":
        return api.TF_SetAttrIntList(
          description,
          name,
          packDimensions(attribute.value),
          attribute.value.length,
        );
      case "float":
        return api.TF_SetAttrFloat(description, name, attribute.value);
      case "bool":
        return api.TF_SetAttrBool(description, name, attribute.value ? 1 : 0);
      case "string": {
        const bytes = new TextEncoder().encode(attribute.value);
        return api.TF_SetAttrString(description, name, bytes, BigInt(bytes.length));
      }
      case "shape":
        return api.TF_SetAttrShape(
          description,
          name,
          packDimensions(attribute.value),
          attribute.value.length,
        );
      case "tensor": {
        const tensor = this.#tensor(attribute.value);
        api.TF_SetAttrTensor(description, name, tensor, this.#status);
        api.TF_DeleteTensor(tensor);
        return this.#check("Constant refused");
      }
    }
  }

  /** A native tensor with a copy of the values; the caller deletes it. */
  #tensor({ dtype, shape, values }: NativeData): Deno.PointerValue {
    const size = shape.reduce((product, side) => product * side, 1);
    if (values.length !== size) {
      throw new RangeError(`${values.length} values do not fill the shape [${shape}]`);
    }
    const api = this.#api;
    const tensor = api.TF_AllocateTensor(
      NATIVE_TYPE[dtype],
      packDimensions(shape),
      shape.length,
      BigInt(values.byteLength),
    );
    if (values.byteLength > 0) {
      const target = bytesAt(api.TF_TensorData(tensor), values.byteLength);
      target.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    }
    return tensor;
  }

  #read(tensor: Deno.PointerValue): NativeData {
    const api = this.#api;
    const type = api.TF_TensorType(tensor);
    const shape = Array.from(
      { length: api.TF_NumDims(tensor) },
      (_, i) => Number(api.TF_Dim(tensor, i)),
    );
    const size = Number(api.TF_TensorByteSize(tensor));
    const copy = size === 0 ? new Uint8Array() : bytesAt(api.TF_TensorData(tensor), size).slice();
    switch (type) {
      case NATIVE_TYPE.float32:
        return { dtype: "float32", shape, values: new Float32Array(copy.buffer) };
      case NATIVE_TYPE.int32:
        return { dtype: "int32", shape, values: new Int32Array(copy.buffer) };
      case NATIVE_TYPE.uint8:
        return { dtype: "uint8", shape, values: copy };
      case NATIVE_TYPE.bool:
        return { dtype: "bool", shape, values: copy };
      default:
        throw new Error(`An output of TensorFlow's type ${type} cannot be read`);
    }
  }

  /** @throws {Error} Where the last call went wrong; see {@linkcode nativeError}. */
  #check(what: string): void {
    const code = this.#api.TF_GetCode(this.#status);
    if (code === 0) return;
    const message = this.#api.TF_Message(this.#status);
    throw nativeError(
      what,
      code,
      message === null ? "no reason given" : Deno.UnsafePointerView.getCString(message),
    );
  }
}

/**
 * What TensorFlow's code and message are for the user: a {@linkcode UserError} of one line where the
 * system had no more memory, else TensorFlow's own words.
 */
export function nativeError(what: string, code: number, message: string): Error {
  if (code !== RESOURCE_EXHAUSTED) return new Error(`${what}: ${message}`);
  const [, shape] = /shape(\[[\d,]*\])/.exec(message) ?? [];
  return new UserError(
    `Out of memory${shape ? ` for a tensor of shape ${shape}` : ""}: close other programs or ` +
      "set a smaller batchSize; the same command goes on from the last checkpoint",
  );
}

function isList(input: NativeOutput | readonly NativeOutput[]): input is readonly NativeOutput[] {
  return Array.isArray(input);
}

function cString(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`${text}\0`);
}

function pointerNumber(pointer: Deno.PointerValue): bigint {
  return Deno.UnsafePointer.value(pointer);
}

/** An array of `TF_Output { TF_Operation* oper; int index; }`: 16 bytes each with padding. */
function packOutputs(outputs: readonly NativeOutput[]): Uint8Array<ArrayBuffer> {
  const bytes = new DataView(new ArrayBuffer(16 * outputs.length));
  outputs.forEach(({ operation, index }, i) => {
    bytes.setBigUint64(16 * i, pointerNumber(operation), true);
    bytes.setInt32(16 * i + 8, index, true);
  });
  return new Uint8Array(bytes.buffer);
}

function packDimensions(shape: readonly number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(shape, BigInt);
}

/** A copy of what a `TF_Buffer { const void* data; size_t length; ... }` holds. */
function bufferBytes(buffer: NonNullable<Deno.PointerValue>): Uint8Array {
  const view = new Deno.UnsafePointerView(buffer);
  const length = Number(view.getBigUint64(8));
  return length === 0 ? new Uint8Array() : bytesAt(view.getPointer(0), length).slice();
}

/** A view, not a copy, of native memory. */
function bytesAt(pointer: Deno.PointerValue, length: number): Uint8Array<ArrayBuffer> {
  if (pointer === null) throw new Error("TensorFlow gave a tensor without memory");
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, length));
}
