/**
 * What TensorBoard reads, as protocol buffers: the parts of TensorFlow's and TensorBoard's definitions
 * that are written here, with their numbers.
 *
 * tfjs-node has generated classes of `Summary`, but none of `Event` and of the hparams plugin, without
 * types, and its own operations for summaries need TensorFlow loaded.
 *
 * @module
 */

import protobuf from "protobufjs";

// tensorflow/core/util/event.proto, tensorflow/core/framework/{summary,tensor,tensor_shape}.proto,
// google/protobuf/struct.proto, and tensorboard/plugins/hparams/{plugin_data,api}.proto.
const PROTO = `
syntax = "proto3";

message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what {
    string file_version = 3;
    Summary summary = 5;
  }
}

message Summary {
  message Value {
    string tag = 1;
    SummaryMetadata metadata = 9;
    TensorProto tensor = 8;
  }
  repeated Value value = 1;
}

message SummaryMetadata {
  message PluginData {
    string plugin_name = 1;
    bytes content = 2;
  }
  PluginData plugin_data = 1;
  string display_name = 2;
  string summary_description = 3;
  DataClass data_class = 4;
}

enum DataClass {
  DATA_CLASS_UNKNOWN = 0;
  DATA_CLASS_SCALAR = 1;
  DATA_CLASS_TENSOR = 2;
  DATA_CLASS_BLOB_SEQUENCE = 3;
}

enum DataType {
  DT_INVALID = 0;
  DT_FLOAT = 1;
  DT_DOUBLE = 2;
  DT_STRING = 7;
}

message TensorShapeProto {
  message Dim {
    int64 size = 1;
  }
  repeated Dim dim = 2;
}

message TensorProto {
  DataType dtype = 1;
  TensorShapeProto tensor_shape = 2;
  repeated float float_val = 5;
  repeated double double_val = 6;
  repeated bytes string_val = 8;
}

message Value {
  oneof kind {
    double number_value = 2;
    string string_value = 3;
  }
}

message ListValue {
  repeated Value values = 1;
}

message HParamsPluginData {
  int32 version = 1;
  oneof data {
    Experiment experiment = 2;
    SessionStartInfo session_start_info = 3;
    SessionEndInfo session_end_info = 4;
  }
}

message Experiment {
  repeated HParamInfo hparam_infos = 4;
  repeated MetricInfo metric_infos = 5;
}

enum HParamType {
  DATA_TYPE_UNSET = 0;
  DATA_TYPE_STRING = 1;
  DATA_TYPE_FLOAT64 = 3;
}

message HParamInfo {
  string name = 1;
  HParamType type = 4;
  ListValue domain_discrete = 5;
}

message MetricInfo {
  MetricName name = 1;
  string display_name = 3;
}

message MetricName {
  string tag = 2;
}

enum Status {
  STATUS_UNKNOWN = 0;
  STATUS_SUCCESS = 1;
  STATUS_FAILURE = 2;
  STATUS_RUNNING = 3;
}

message SessionStartInfo {
  map<string, Value> hparams = 1;
  double start_time_secs = 5;
}

message SessionEndInfo {
  Status status = 1;
  double end_time_secs = 2;
}
`;

const { root } = protobuf.parse(PROTO);
const EVENT = root.lookupType("Event");
const HPARAMS = root.lookupType("HParamsPluginData");

/** The value of a hyper-parameter. */
export type HParamValue =
  | { readonly numberValue: number }
  | { readonly stringValue: string };

/** A hyper-parameter that TensorBoard offers to choose by. */
export interface HParamInfo {
  readonly name: string;
  readonly type: "DATA_TYPE_STRING" | "DATA_TYPE_FLOAT64";
  /** What it is in any run. */
  readonly domainDiscrete: { readonly values: readonly HParamValue[] };
}

/** What the hparams plugin keeps in an event; one of the three. */
export interface HParamsData {
  readonly version: 0;
  readonly experiment?: {
    readonly hparamInfos: readonly HParamInfo[];
    readonly metricInfos: readonly {
      readonly name: { readonly tag: string };
      readonly displayName: string;
    }[];
  };
  readonly sessionStartInfo?: {
    readonly hparams: Readonly<Record<string, HParamValue>>;
    /** Seconds since 1970. */
    readonly startTimeSecs: number;
  };
  readonly sessionEndInfo?: {
    readonly status: "STATUS_SUCCESS" | "STATUS_FAILURE";
    /** Seconds since 1970. */
    readonly endTimeSecs: number;
  };
}

/** One value of a summary. */
export interface SummaryValue {
  readonly tag: string;
  readonly metadata: {
    readonly pluginData: { readonly pluginName: string; readonly content?: Uint8Array };
    readonly summaryDescription?: string;
    readonly dataClass: "DATA_CLASS_SCALAR" | "DATA_CLASS_TENSOR" | "DATA_CLASS_BLOB_SEQUENCE";
  };
  readonly tensor: {
    readonly dtype: "DT_FLOAT" | "DT_DOUBLE" | "DT_STRING";
    readonly tensorShape: { readonly dim?: readonly { readonly size: number }[] };
    readonly floatVal?: readonly number[];
    readonly doubleVal?: readonly number[];
    readonly stringVal?: readonly Uint8Array[];
  };
}

/** An event: what is known at a step. */
export interface Event {
  /** Seconds since 1970. */
  readonly wallTime: number;
  /** The epoch. */
  readonly step?: number;
  readonly fileVersion?: string;
  readonly summary?: { readonly value: readonly SummaryValue[] };
}

/** An event as bytes. */
export function encodeEvent(event: Event): Uint8Array {
  return encode(EVENT, event);
}

/**
 * Reads what {@linkcode encodeEvent} wrote.
 *
 * @throws {Error} Where the bytes are none of an event.
 */
export function decodeEvent(bytes: Uint8Array): Event {
  return EVENT.toObject(EVENT.decode(bytes), { enums: String, longs: Number }) as Event;
}

/** What the hparams plugin keeps, as bytes. */
export function encodeHParams(data: HParamsData): Uint8Array {
  return encode(HPARAMS, data);
}

/** Reads what {@linkcode encodeHParams} wrote; throws as {@linkcode decodeEvent} does. */
export function decodeHParams(bytes: Uint8Array): HParamsData {
  return HPARAMS.toObject(HPARAMS.decode(bytes), { enums: String, longs: Number }) as HParamsData;
}

/** Checked first: a value of the wrong kind would be written as something else. */
function encode(type: protobuf.Type, value: object): Uint8Array {
  const message = type.fromObject(value as Record<string, unknown>);
  const trouble = type.verify(message);
  if (trouble) throw new TypeError(`${type.name}: ${trouble}`);
  return type.encode(message).finish();
}
