import { deepStrictEqual as assertEquals, throws } from "node:assert/strict";
import { parseRunMetadata, spanOf, timeByType } from "./step_stats.ts";

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [value % 0x80 + 0x80, ...varint(Math.floor(value / 0x80))];
const number = (field: number, value: number) => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, content: readonly number[]) => [
  ...varint(field * 8 + 2),
  ...varint(content.length),
  ...content,
];
const text = (field: number, value: string) => bytes(field, [...new TextEncoder().encode(value)]);
const metadata = (...nodes: number[][]) =>
  Uint8Array.from(bytes(1, bytes(1, [...text(1, "/cpu"), ...nodes.flatMap((n) => bytes(2, n))])));

/** A moment in microseconds that does not fit into 32 bits, as TensorFlow's clock has it. */
const NOW = 1_700_000_000_000_000;

const CONVOLUTION = [
  ...text(1, "conv"),
  ...number(2, NOW),
  ...number(3, 2),
  ...number(4, 10),
  ...text(8, "conv = Conv2D(a, b)"),
  ...number(14, 2_500),
  ...number(15, 10_000),
  // Two outputs: bfloat16 and, after a field that is not read, float32.
  ...bytes(7, bytes(3, number(1, 14))),
  ...bytes(7, [...number(1, 1), ...bytes(3, [...number(1, 1), ...bytes(2, [])])]),
];

Deno.test("parseRunMetadata() reads type, start, duration, nanoseconds where given, and output types", () => {
  assertEquals(parseRunMetadata(metadata(CONVOLUTION)), [
    { name: "conv", type: "Conv2D", start: NOW + 2.5, duration: 7.5, outputs: [14, 1] },
  ]);
});

Deno.test("parseRunMetadata() makes do with microseconds and no label", () => {
  const node = [...text(1, "x"), ...number(2, 5), ...number(3, 1), ...number(4, 4)];
  assertEquals(parseRunMetadata(metadata(node)), [
    { name: "x", type: "x", start: 6, duration: 3, outputs: [] },
  ]);
});

Deno.test("parseRunMetadata() skips fields of every wire type that it does not know", () => {
  const unknown = [
    ...varint(20 * 8 + 1),
    ...new Array(8).fill(1),
    ...varint(21 * 8 + 5),
    ...[1, 2, 3, 4],
    ...bytes(22, [9]),
  ];
  assertEquals(parseRunMetadata(metadata([...unknown, ...CONVOLUTION])).length, 1);
  assertEquals(parseRunMetadata(new Uint8Array()), []);
});

Deno.test("parseRunMetadata() refuses bytes that end too early", () => {
  throws(() => parseRunMetadata(metadata(CONVOLUTION).slice(0, -1)), /ends too early/);
});

Deno.test("timeByType() sums per run, the longest first", () => {
  const operation = (type: string, duration: number) => ({
    ...{ name: "", type, start: 0, duration },
    outputs: [],
  });
  assertEquals(
    timeByType([
      [operation("A", 1_000), operation("B", 2_000), operation("A", 3_000)],
      [operation("B", 12_000)],
    ]),
    [
      { type: "B", count: 1, milliseconds: 7 },
      { type: "A", count: 1, milliseconds: 2 },
    ],
  );
});

Deno.test("spanOf() goes from the first begin to the last end", () => {
  const operation = (start: number, duration: number) => ({
    ...{ name: "", type: "", start, duration },
    outputs: [],
  });
  assertEquals(spanOf([operation(5_000, 1_000), operation(2_000, 500)]), 4);
  assertEquals(spanOf([]), 0);
});
