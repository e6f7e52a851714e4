/**
 * What TensorFlow notes of a traced run: how long each operation took.
 *
 * The few fields needed of `RunMetadata` (tensorflow/core/protobuf/config.proto) and `StepStats`
 * (tensorflow/core/framework/step_stats.proto) are read here by hand; tfjs-node's own protocol
 * buffers have neither message.
 *
 * @module
 */

/** One operation that ran. */
export interface OperationTime {
  /** The operation's name in the graph. */
  readonly name: string;
  /** Its type after TensorFlow's graph optimisations, such as `Conv2D` or `_FusedConv2D`. */
  readonly type: string;
  /** When it began, in microseconds since any moment. */
  readonly start: number;
  /** How long it computed, in microseconds. */
  readonly duration: number;
  /** TensorFlow's numbers for the element types of its outputs (tensorflow/c/tf_datatype.h), in order. */
  readonly outputs: readonly number[];
}

/** All operations of one type in one or more runs. */
export interface TypeTime {
  readonly type: string;
  /** How many ran, per run. */
  readonly count: number;
  /** How long they computed together, in milliseconds per run. */
  readonly milliseconds: number;
}

/**
 * Reads the operations of a serialised `RunMetadata`.
 *
 * @throws {RangeError} Where the bytes end too early.
 */
export function parseRunMetadata(metadata: Uint8Array): OperationTime[] {
  const operations: OperationTime[] = [];
  for (const stats of messages(metadata, RUN_METADATA.step_stats)) {
    for (const device of messages(stats, STEP_STATS.dev_stats)) {
      for (const node of messages(device, DEVICE_STEP_STATS.node_stats)) {
        operations.push(operationTime(node));
      }
    }
  }
  return operations;
}

/**
 * Sums the times of runs by type, the longest first.
 *
 * @param runs The operations of each run.
 * @param typeOf What counts as the type of an operation: TensorFlow's unless given.
 */
export function timeByType(
  runs: readonly (readonly OperationTime[])[],
  typeOf = ({ type }: OperationTime): string => type,
): TypeTime[] {
  const sums = new Map<string, { count: number; microseconds: number }>();
  for (const operation of runs.flat()) {
    const type = typeOf(operation);
    const sum = sums.get(type) ?? { count: 0, microseconds: 0 };
    sums.set(type, { count: sum.count + 1, microseconds: sum.microseconds + operation.duration });
  }
  return [...sums]
    .map(([type, { count, microseconds }]) => ({
      type,
      count: count / runs.length,
      milliseconds: microseconds / 1000 / runs.length,
    }))
    .sort((a, b) => b.milliseconds - a.milliseconds);
}

/**
 * From the first operation's begin to the last one's end, in milliseconds. Operations run side by
 * side, so that their sum may be more.
 */
export function spanOf(operations: readonly OperationTime[]): number {
  const start = Math.min(...operations.map((each) => each.start));
  const end = Math.max(...operations.map((each) => each.start + each.duration));
  return operations.length === 0 ? 0 : (end - start) / 1000;
}

// Field numbers, by the names in the .proto files.
const RUN_METADATA = { step_stats: 1 };
const STEP_STATS = { dev_stats: 1 };
const DEVICE_STEP_STATS = { node_stats: 2 };
const NODE_EXEC_STATS = {
  node_name: 1,
  all_start_micros: 2,
  op_start_rel_micros: 3,
  op_end_rel_micros: 4,
  output: 7,
  timeline_label: 8,
  op_start_rel_nanos: 14,
  op_end_rel_nanos: 15,
};

const NODE_OUTPUT = { tensor_description: 3 };
const TENSOR_DESCRIPTION = { dtype: 1 };

function operationTime(node: Uint8Array): OperationTime {
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  for (const { field, value } of fields(node)) {
    if (typeof value === "number") numbers.set(field, value);
    else if (field === NODE_EXEC_STATS.node_name || field === NODE_EXEC_STATS.timeline_label) {
      texts.set(field, new TextDecoder().decode(value));
    }
  }
  const micros = (nanos: number, micros: number) => {
    const exact = numbers.get(nanos);
    return exact === undefined ? numbers.get(micros) ?? 0 : exact / 1000;
  };
  const begin = micros(NODE_EXEC_STATS.op_start_rel_nanos, NODE_EXEC_STATS.op_start_rel_micros);
  const end = micros(NODE_EXEC_STATS.op_end_rel_nanos, NODE_EXEC_STATS.op_end_rel_micros);
  const name = texts.get(NODE_EXEC_STATS.node_name) ?? "";
  // "name = Type(input, ...)", or the name alone.
  const type = / = ([^(]+)\(/.exec(texts.get(NODE_EXEC_STATS.timeline_label) ?? "")?.[1];
  return {
    name,
    type: type ?? name,
    outputs: [...messages(node, NODE_EXEC_STATS.output)].flatMap(outputType),
    start: (numbers.get(NODE_EXEC_STATS.all_start_micros) ?? 0) + begin,
    duration: end - begin,
  };
}

function outputType(output: Uint8Array): number[] {
  return [...messages(output, NODE_OUTPUT.tensor_description)].flatMap((description) =>
    [...fields(description)].flatMap(({ field, value }) =>
      field === TENSOR_DESCRIPTION.dtype && typeof value === "number" ? [value] : []
    )
  );
}

interface Field {
  readonly field: number;
  /** A number for a varint or a fixed number, bytes for everything else. */
  readonly value: number | Uint8Array;
}

function* messages(bytes: Uint8Array, wanted: number): Generator<Uint8Array> {
  for (const { field, value } of fields(bytes)) {
    if (field === wanted && typeof value !== "number") yield value;
  }
}

/** The fields of a message on the wire (protobuf.dev/programming-guides/encoding). */
function* fields(bytes: Uint8Array): Generator<Field> {
  let at = 0;
  const take = (length: number): Uint8Array => {
    if (at + length > bytes.length) throw new RangeError("A protocol buffer ends too early");
    return bytes.subarray(at, at += length);
  };
  const varint = (): number => {
    let value = 0;
    for (let shift = 0;; shift += 7) {
      const [byte] = take(1);
      // Not by bits: times in nanoseconds take more than 32.
      value += (byte! & 0x7f) * 2 ** shift;
      if (byte! < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        yield { field, value: varint() };
        break;
      case 1:
        yield { field, value: take(8) };
        break;
      case 2:
        yield { field, value: take(varint()) };
        break;
      case 5:
        yield { field, value: take(4) };
        break;
      default:
        throw new RangeError(`A protocol buffer has the unknown wire type ${tag % 8}`);
    }
  }
}
