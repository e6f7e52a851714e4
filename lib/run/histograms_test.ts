import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BASELINE } from "../configuration.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { exists, writeFileWhole } from "../file.ts";
import { RUN_FILES } from "../report/files.ts";
import type { EpochHistograms } from "../training/histogram.ts";
import { WEIGHTS_FILE } from "../training/weights.ts";
import { continueHistograms, readHistograms } from "./histograms.ts";
import { performRun } from "./perform.ts";
import type { RunRequest } from "./request.ts";
import { forget, HISTOGRAMS_FILE, runFolder } from "./state.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-histograms-" });
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** All that a step can change beside weights: moving statistics, averages, random streams. */
const REQUEST: Omit<RunRequest, "runsFolder"> = {
  configuration: {
    ...BASELINE,
    ...{ epochs: 3, filters: [4], denseUnits: 8, batchSize: 16, batchNorm: "all" },
    ...{ denseDropout: 0.5, augment: "flip|rotate(10)", mixup: 0.2, ema: 0.9 },
  },
  ...{ seed: 1, execution: "traced", fresh: false, git: null, patch: null },
  dataset: generateFaces({ seed: 1, training: 40, publicTest: 14, privateTest: 14 }),
  signal: new AbortController().signal,
  ...{ command: "deno task exp:a", label: "a" },
};

Deno.test("Histograms change no byte of a run, and those of one that was interrupted go on", () =>
  inFolder(async (runsFolder) => {
    const request = { ...REQUEST, runsFolder };
    const folder = runFolder(request);
    const files = () =>
      [RUN_FILES.record, RUN_FILES.history, RUN_FILES.predictions, WEIGHTS_FILE].map((name) =>
        String(Deno.readFileSync(join(folder, name)))
      );
    await performRun(request);
    ok(!await exists(join(folder, HISTOGRAMS_FILE)));
    const without = files();
    await performRun({ ...request, histograms: 1, fresh: true });
    ok(files().every((bytes, i) => bytes === without[i]), "the run is another");
    const whole = await Deno.readTextFile(join(folder, HISTOGRAMS_FILE));

    const epochs = await readHistograms(folder);
    deepStrictEqual(epochs.map(({ epoch }) => epoch), [1, 2, 3]);
    for (const { weights, gradients } of epochs) {
      const { counts } = weights["conv1/kernel"]!;
      strictEqual(counts.reduce((a, b) => a + b), 3 * 3 * 4);
      ok("batch_norm_dense/moving_variance" in weights);
      deepStrictEqual(
        Object.keys(gradients),
        Object.keys(weights).filter((name) => !name.includes("/moving_")),
      );
    }
    ok(JSON.stringify(epochs[0]!.gradients) !== JSON.stringify(epochs[1]!.gradients));

    // Stopped in the second epoch, and once more with what a crash may leave: a line too many.
    const controller = new AbortController();
    const stopped = { ...request, histograms: 1, fresh: true, signal: controller.signal };
    await performRun(stopped, [{
      step: ({ epoch }) => {
        if (epoch === 2) controller.abort();
      },
    }]);
    strictEqual((await readHistograms(folder)).length, 1);
    await Deno.writeTextFile(
      join(folder, HISTOGRAMS_FILE),
      whole.split("\n").slice(0, 2).join("\n") + "\n",
    );
    await performRun({ ...request, histograms: 1 });
    strictEqual(await Deno.readTextFile(join(folder, HISTOGRAMS_FILE)), whole);
    ok(files().every((bytes, i) => bytes === without[i]), "the run that was resumed is another");

    await forget(folder);
    ok(!await exists(join(folder, HISTOGRAMS_FILE)), "what is begun anew has old histograms");
  }));

const EPOCH: EpochHistograms = { epoch: 2, weights: {}, gradients: {} };

Deno.test("Histograms that are not what was written are told of, and begin anew", () =>
  inFolder(async (folder) => {
    const file = join(folder, HISTOGRAMS_FILE);
    const line = JSON.stringify(EPOCH);
    for (const text of [`${line}\n${line}\n`, `${line}\n{"epoch":3`, "null\n"]) {
      await writeFileWhole(file, text);
      await rejects(() => readHistograms(folder), {
        name: "UserError",
        message: /histograms\.jsonl: Line \d is not what was written: delete the file$/,
      });
    }
    const said: string[] = [];
    const { error } = console;
    console.error = (text: string) => said.push(text);
    try {
      const keep = await continueHistograms(folder, { after: 5, label: "a" });
      match(said.join("\n"), /^a: \S+: Line 1 is not what was written: it begins anew$/);
      ok(!await exists(file));
      await keep(EPOCH);
    } finally {
      console.error = error;
    }
    deepStrictEqual(await readHistograms(folder), [EPOCH]);
    await continueHistograms(folder, { after: 1, label: "a" });
    ok(!await exists(file));
  }));
