import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BASELINE } from "../configuration.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { exists } from "../file.ts";
import type { Profile } from "../training/profile.ts";
import { carryOutRun, openRuns } from "./carry_out.ts";
import type { PlannedRun } from "./plan.ts";
import { profileTable } from "./profile.ts";
import { forget, runFolder, TRACE_FILE } from "./state.ts";

const PROFILE: Profile = {
  seconds: {
    ...{ "training": 10, "training step": 6, "batch preparation": 3, "validation": 1 },
    ...{ "histograms": 0, "saving": 0.5 },
  },
  meanwhile: 2,
  steps: 1200,
  operations: {
    ...{ steps: 5, size: 64, span: 2.5 },
    types: Array.from({ length: 14 }, (_, i) => ({
      ...{ type: i === 0 ? "Conv2D" : `Type${i}`, count: i === 0 ? 4 : 1 },
      milliseconds: i === 0 ? 2.7 : 0.1,
    })),
  },
};

Deno.test("A profile's parts add up to all of training, its operations to all of them", () => {
  const lines = profileTable(PROFILE).split("\n");
  deepStrictEqual(
    lines.slice(2, 9).map((line) => line.split(/ {2,}/).slice(-3).map((c) => c.trim())),
    [
      ["Steps", "6.00", "60.0"],
      ["in which the next batch is prepared", "2.00", "20.0"],
      ["Batch preparation outside steps", "1.00", "10.0"],
      ["Validation", "1.00", "10.0"],
      ["Saving", "0.50", "5.0"],
      ["Other", "1.50", "15.0"],
      ["All", "10.00", "100.0"],
    ],
  );
  match(lines[0]!, /^Training, 1,200 steps/);
  const text = lines.join("\n");
  match(text, /\nConv2D +4 +2\.70 +67\.5\n/);
  match(text, /\n2 other types +2 +0\.20 +5\.0\n/);
  match(text, /\nMean of 5 steps of 64 images: 2\.50 ms each, 4\.00 ms of operations,/);
  ok(lines.every((line) => line.length <= 80), text);
  const { operations: _, ...short } = PROFILE;
  ok(!profileTable(short).includes("Operation"));
});

Deno.test("A run leaves its trace beside it, one that was done before is said to have none", async () => {
  const runsFolder = await Deno.makeTempDir({ prefix: "fer-lab-profile-" });
  const run: PlannedRun = {
    variant: { name: "a", description: "", changes: {} },
    request: {
      configuration: { ...BASELINE, epochs: 1, filters: [4], denseUnits: 8, batchSize: 16 },
      ...{
        seed: 1,
        execution: "traced",
        runsFolder,
        fresh: false,
        profile: true,
        git: null,
        patch: null,
      },
      dataset: generateFaces({ seed: 1, training: 70, publicTest: 14, privateTest: 14 }),
      signal: new AbortController().signal,
      ...{ command: "deno task exp:a --seeds 1", label: "a" },
    },
  };
  const said: string[] = [];
  const { error } = console;
  console.error = (text: string) => said.push(text);
  try {
    const carryOut = async () => {
      said.length = 0;
      await carryOutRun(run, await openRuns([run]), { quiet: false, observer: {} });
      return said.join("\n");
    };
    const folder = runFolder(run.request);
    match(await carryOut(), /\nSteps [^]*\nOperation [^]*\nTrace: \S+trace\.json\n/);
    const trace = await Deno.readTextFile(join(folder, TRACE_FILE));
    ok(JSON.parse(trace).traceEvents.length > 100);

    match(await carryOut(), /a: nothing was trained to profile: add --fresh$/);
    strictEqual(await Deno.readTextFile(join(folder, TRACE_FILE)), trace);
    await forget(folder);
    ok(!await exists(join(folder, TRACE_FILE)), "what is begun anew has the old trace");
  } finally {
    console.error = error;
    await Deno.remove(runsFolder, { recursive: true });
  }
});
