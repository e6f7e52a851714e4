import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { readSummary, summaryLine } from "./summary.ts";

const WRITTEN = {
  "ok | 1269 passed (175 steps) | 0 failed | 1 ignored (7m36s)": [1269, 175, 0, 1],
  "ok | 3 passed | 0 failed (12ms)": [3, 0, 0, 0],
  "FAILED | 2 passed (1 step) | 1 failed (2 steps) | 4 ignored (1s)": [2, 1, 1, 4],
};

Deno.test("readSummary() reads what deno test writes, the last line of its kind", () => {
  for (const [line, [passed, steps, failed, ignored]] of Object.entries(WRITTEN)) {
    const said = `ok | 9 passed | 0 failed (1s)\n\n${line}\n\nerror: Test failed\n`;
    deepStrictEqual(readSummary(said), { passed, steps, failed, ignored }, line);
  }
  strictEqual(readSummary("Killed\n"), undefined);
});

Deno.test("readSummary() reads a summary in colours, as deno test writes it also into a pipe", () => {
  const said =
    "\x1b[0m\x1b[32mok\x1b[0m | 96 passed (31 steps) | 0 failed \x1b[0m\x1b[38;5;245m(6m18s)";
  deepStrictEqual(readSummary(said), { passed: 96, steps: 31, failed: 0, ignored: 0 });
});

Deno.test("summaryLine() adds up, and a process that ended without a summary has failed", () => {
  const summaries = Object.keys(WRITTEN).slice(0, 2).map(readSummary);
  strictEqual(
    summaryLine(summaries, "5m 1s"),
    "ok | 1272 passed (175 steps) | 0 failed | 1 ignored (5m 1s)",
  );
  const line = summaryLine([...summaries, undefined], "5m 1s");
  strictEqual(line, "FAILED | 1272 passed (175 steps) | 1 failed | 1 ignored (5m 1s)");
  deepStrictEqual(readSummary(line), { passed: 1272, steps: 175, failed: 1, ignored: 1 });
});
