import { deepStrictEqual, ok } from "node:assert/strict";
import { parseRunMetadata } from "../lib/tensorflow/step_stats.ts";
import { bestOf, makePeakMeter, WORK_NAMES } from "./peak.ts";

Deno.test("the peak is that of the faster kind of work", () => {
  const measured = { products: [100, 180], convolutions: [170, 120] };
  deepStrictEqual(bestOf(measured), { gflops: 180, work: "products" });
});

Deno.test("all that is timed as the peak is multiplied anew every time", async () => {
  const runs: string[][] = [];
  const works = {
    products: { shape: [8, 8], kernel: [8, 8], flop: 2 * 8 ** 3 },
    convolutions: { shape: [2, 4, 4, 8], kernel: [3, 3, 8, 8], flop: 2 * 32 * 9 * 64 },
  };
  using meter = await makePeakMeter("float32", {
    works,
    onRunMetadata: (metadata) =>
      runs.push(
        parseRunMetadata(metadata).map(({ type }) => type)
          .filter((type) => /MatMul|Conv2D/.test(type)),
      ),
  });
  const speeds = await meter.measure();
  ok(WORK_NAMES.every((work) => speeds[work] > 0));
  deepStrictEqual(runs.slice(-2).map(({ length }) => length), [4, 4]);
});
