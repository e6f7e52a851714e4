import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { encodeSessionConfig } from "./session_config.ts";

// Each expected value is what Python's `tf.compat.v1.ConfigProto(...).SerializeToString()` gives.

Deno.test("encodeSessionConfig() is empty for TensorFlow's defaults", () => {
  assertEquals([...encodeSessionConfig({})], []);
});

Deno.test("encodeSessionConfig() nests the rewriter's settings in the graph's", () => {
  assertEquals(
    [...encodeSessionConfig({ layoutOptimizer: false, remapping: false })],
    [0x52, 6, 0x52, 4, 0x08, 2, 0x70, 2],
  );
  assertEquals(
    [...encodeSessionConfig({ grappler: false })],
    [0x52, 5, 0x52, 3, 0x98, 1, 1],
  );
  assertEquals(
    [...encodeSessionConfig({ grappler: true })],
    [0x52, 5, 0x52, 3, 0x98, 1, 0],
  );
});

Deno.test("encodeSessionConfig() names the only pass that is to run", () => {
  const pass = "auto_mixed_precision_onednn_bfloat16";
  assertEquals(
    [...encodeSessionConfig({ grappler: true, onlyPass: pass })],
    [0x52, 44, 0x52, 42, 0x98, 1, 0, 0xa2, 6, 36, ...new TextEncoder().encode(pass)],
  );
});

Deno.test("encodeSessionConfig() gives a session its own pool when it sets its threads", () => {
  assertEquals([...encodeSessionConfig({ interOpThreads: 1 })], [0x28, 1, 0x48, 1]);
});

Deno.test("encodeSessionConfig() writes field numbers above 15 in two bytes", () => {
  assertEquals(
    [...encodeSessionConfig({ executor: "SINGLE_THREADED_EXECUTOR" })].slice(0, 5),
    [0x82, 1, 26, 0x1a, 24],
  );
  assertEquals([...encodeSessionConfig({ xla: true })], [0x52, 4, 0x1a, 2, 0x28, 2]);
});
