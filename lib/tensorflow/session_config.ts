/**
 * TensorFlow's session settings as a serialised `ConfigProto`
 * (tensorflow/core/protobuf/config.proto and rewriter_config.proto), as far as they are used or tried.
 *
 * Two messages one after the other are one message, in which the second one's settings count.
 *
 * @module
 */

/** Settings of a session; what is left out stays TensorFlow's default. */
export interface SessionConfig {
  readonly interOpThreads?: number;
  /** Operations one after the other in one thread, each still with all threads inside. */
  readonly executor?: "SINGLE_THREADED_EXECUTOR";
  /** Just-in-time compilation by XLA. */
  readonly xla?: boolean;
  /** Whether Grappler rewrites the graph before it runs. */
  readonly grappler?: boolean;
  readonly layoutOptimizer?: boolean;
  readonly remapping?: boolean;
  /** The only rewriting that Grappler is to do, by the name of the pass, instead of all it does. */
  readonly onlyPass?: "auto_mixed_precision_onednn_bfloat16";
}

/** RewriterConfig.Toggle: OFF. */
const OFF = 2;

/** Serialises settings. */
export function encodeSessionConfig(config: SessionConfig): Uint8Array<ArrayBuffer> {
  const rewriter = [
    ...config.layoutOptimizer === false ? number(1, OFF) : [],
    ...config.remapping === false ? number(14, OFF) : [],
    ...config.grappler === undefined ? [] : number(19, config.grappler ? 0 : 1),
    ...config.onlyPass ? text(100, config.onlyPass) : [],
  ];
  // OptimizerOptions.GlobalJitLevel: ON_2.
  const optimizer = config.xla ? number(5, 2) : [];
  const graph = [...message(3, optimizer), ...message(10, rewriter)];
  const experimental = config.executor ? text(3, config.executor) : [];
  return Uint8Array.from([
    ...config.interOpThreads ? [...number(5, config.interOpThreads), ...number(9, 1)] : [],
    ...message(10, graph),
    ...message(16, experimental),
  ]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [value % 0x80 + 0x80, ...varint(Math.floor(value / 0x80))];
}

function number(field: number, value: number): number[] {
  return [...varint(field * 8), ...varint(value)];
}

function text(field: number, value: string): number[] {
  return bytes(field, [...new TextEncoder().encode(value)]);
}

/** A message within; an empty one is left out. */
function message(field: number, content: readonly number[]): number[] {
  return content.length === 0 ? [] : bytes(field, content);
}

function bytes(field: number, content: readonly number[]): number[] {
  return [...varint(field * 8 + 2), ...varint(content.length), ...content];
}
