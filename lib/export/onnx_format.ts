/**
 * The messages of ONNX that a network needs, for protobufjs.
 *
 * Source: onnx/onnx, `onnx/onnx.proto3`, IR version 10; a message's other fields are left out.
 *
 * @module
 */

import protobuf from "protobufjs/light.js";

type Fields = Record<string, readonly [id: number, type: string]>;

/** A field's rule is `repeated` where its type ends in []. */
const message = (fields: Fields) => ({
  fields: Object.fromEntries(
    Object.entries(fields).map(([name, [id, type]]) => {
      const repeated = type.endsWith("[]");
      return [name, {
        id,
        type: type.replace("[]", ""),
        ...repeated ? { rule: "repeated" } : {},
      }];
    }),
  ),
});

const ONNX = protobuf.Root.fromJSON({
  nested: {
    Model: message({
      irVersion: [1, "int64"],
      producerName: [2, "string"],
      docString: [6, "string"],
      graph: [7, "Graph"],
      opsetImport: [8, "OperatorSetId[]"],
      metadataProps: [14, "StringStringEntry[]"],
    }),
    OperatorSetId: message({ domain: [1, "string"], version: [2, "int64"] }),
    StringStringEntry: message({ key: [1, "string"], value: [2, "string"] }),
    Graph: message({
      node: [1, "Node[]"],
      name: [2, "string"],
      initializer: [5, "Tensor[]"],
      docString: [10, "string"],
      input: [11, "ValueInfo[]"],
      output: [12, "ValueInfo[]"],
    }),
    Node: message({
      input: [1, "string[]"],
      output: [2, "string[]"],
      name: [3, "string"],
      opType: [4, "string"],
      attribute: [5, "Attribute[]"],
    }),
    Attribute: message({
      name: [1, "string"],
      f: [2, "float"],
      i: [3, "int64"],
      ints: [8, "int64[]"],
      type: [20, "int32"],
    }),
    Tensor: message({
      dims: [1, "int64[]"],
      dataType: [2, "int32"],
      name: [8, "string"],
      rawData: [9, "bytes"],
    }),
    ValueInfo: message({ name: [1, "string"], type: [2, "Type"], docString: [3, "string"] }),
    Type: message({ tensorType: [1, "TensorType"] }),
    TensorType: message({ elemType: [1, "int32"], shape: [2, "TensorShape"] }),
    TensorShape: message({ dim: [1, "Dimension[]"] }),
    Dimension: message({ dimValue: [1, "int64"], dimParam: [2, "string"] }),
  },
});

/** `TensorProto.DataType`. */
export const TYPES = { float: 1, int64: 7 } as const;

/** `AttributeProto.AttributeType`. */
const ATTRIBUTES = { float: 1, int: 2, ints: 7 } as const;

/** An attribute of a node; whole numbers are ints, others floats. */
export type Attribute = number | readonly number[] | { readonly float: number };

/** A node of the graph. */
export interface OnnxNode {
  readonly opType: string;
  readonly name: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
}

/** A constant of the graph. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** What goes in or comes out, float32; a side named by a string is dynamic. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
  readonly meaning: string;
}

/** A model with one input and one output. */
export interface OnnxModel {
  readonly name: string;
  readonly meaning: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly nodes: readonly OnnxNode[];
  readonly tensors: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly output: OnnxValue;
  readonly metadata: Readonly<Record<string, string>>;
}

/** A model as the bytes of an `.onnx` file. */
export function encodeOnnx(model: OnnxModel): Uint8Array {
  const type = ONNX.lookupType("Model");
  return type.encode({
    irVersion: model.irVersion,
    producerName: "FER Lab",
    docString: model.meaning,
    graph: {
      node: model.nodes.map(({ attributes = {}, ...node }) => ({
        ...node,
        attribute: Object.entries(attributes).map(attributeOf),
      })),
      name: model.name,
      initializer: model.tensors.map(({ name, shape, values }) => ({
        dims: shape,
        dataType: values instanceof Float32Array ? TYPES.float : TYPES.int64,
        name,
        // The format is little-endian, as every machine that TensorFlow runs on.
        rawData: new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
      })),
      input: [valueOf(model.input)],
      output: [valueOf(model.output)],
    },
    opsetImport: [{ domain: "", version: model.opset }],
    metadataProps: Object.entries(model.metadata).map(([key, value]) => ({ key, value })),
  }).finish();
}

function attributeOf([name, value]: [string, Attribute]) {
  if (typeof value === "number") return { name, i: value, type: ATTRIBUTES.int };
  return "float" in value
    ? { name, f: value.float, type: ATTRIBUTES.float }
    : { name, ints: value, type: ATTRIBUTES.ints };
}

function valueOf({ name, shape, meaning }: OnnxValue) {
  const dim = shape.map((side) =>
    typeof side === "string" ? { dimParam: side } : { dimValue: side }
  );
  return {
    name,
    docString: meaning,
    type: { tensorType: { elemType: TYPES.float, shape: { dim } } },
  };
}
