/**
 * Damaged records, reports, predictions, checkpoints and settings, seeded: whatever they hold, reading
 * ends soon, in a value or in a `UserError` of one line. `FER_LAB_FUZZ=5000` tries that many cases of
 * each instead of the few of a quick test. Data sets have their own, `lib/dataset/load_fuzz_test.ts`.
 *
 * @module
 */

import { join } from "node:path";
import { parsePipeline } from "../augmentation/pipeline.ts";
import { EMOTIONS } from "../emotion.ts";
import { formatPredictions, parsePredictions } from "../evaluation/predictions.ts";
import { reportFigures } from "../figure/report_figures.ts";
import { checkConfiguration, parseSetting } from "../parameter.ts";
import { BASELINE } from "../configuration.ts";
import { sampleRecord, sampleTestPredictions, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { compareSubjects, readSubjects } from "../report/compare.ts";
import { comparisonMarkdown, comparisonText } from "../report/compare_text.ts";
import { readRecord, readReport } from "../report/files.ts";
import { renderReport } from "../report/markdown.ts";
import { CheckpointError, decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { parseSchedule } from "../training/schedule.ts";
import { fuzz } from "./_fuzz.ts";
import { mutateJson, mutateText } from "./_mutate.ts";
import { filesIn } from "./output.ts";

/** A folder with a report of two variants and its runs. */
async function inSample(
  test: (files: { folder: string; report: string; record: string; csv: string }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const place = await writeSample(folder, "dropout", [
      sampleVariant("none", { skill: 0.6, seeds: [1, 2] }),
      sampleVariant("dropout", { skill: 0.8, seeds: [1, 2], configuration: { denseDropout: 0.5 } }),
    ]);
    const files = await filesIn(folder);
    const first = (name: string) => join(folder, files.find((file) => file.endsWith(name))!);
    await test({
      folder: place,
      report: first("report.json"),
      record: first("record.json"),
      csv: first("predictions.csv"),
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function compare(path: string): Promise<void> {
  const subjects = await readSubjects(path);
  if (subjects.length < 2) return;
  const comparison = compareSubjects(subjects, { resamples: 20 });
  comparisonText(comparison);
  comparisonMarkdown(comparison);
}

Deno.test("A damaged report is refused in one line, or compared", () =>
  inSample(async ({ folder, report }) => {
    const whole = await Deno.readTextFile(report);
    await fuzz("report", async (random) => {
      const mutate = random.integer(0, 4) === 0 ? mutateText : mutateJson;
      await Deno.writeTextFile(report, mutate(whole, random));
      await compare(folder);
    });
  }));

Deno.test("A damaged report is refused in one line, or rendered and drawn", () =>
  inSample(async ({ report }) => {
    const whole = await Deno.readTextFile(report);
    await fuzz("rendered", async (random) => {
      await Deno.writeTextFile(report, mutateJson(whole, random));
      const read = await readReport(report);
      renderReport(read);
      reportFigures(read);
    });
  }));

Deno.test("A damaged record is refused in one line, or compared", () =>
  inSample(async ({ record }) => {
    const whole = await Deno.readTextFile(record);
    await fuzz("record", async (random) => {
      const mutate = random.integer(0, 4) === 0 ? mutateText : mutateJson;
      await Deno.writeTextFile(record, mutate(whole, random));
      await readRecord(record);
      await compare(join(record, "..", ".."));
    });
  }));

Deno.test("Damaged predictions beside a report are refused in one line, or left out", () =>
  inSample(async ({ folder, csv }) => {
    const whole = await Deno.readTextFile(csv);
    await fuzz("beside", async (random) => {
      // Now and then what was written, which must be read.
      await Deno.writeTextFile(csv, random.integer(0, 4) === 0 ? whole : mutateText(whole, random));
      await compare(folder);
    });
  }));

Deno.test("Damaged predictions are refused in one line, or read", async () => {
  const whole = formatPredictions(sampleTestPredictions(sampleRecord(), 0.7)).split("\n")
    .slice(0, 12).join("\n");
  await fuzz("predictions", (random) => parsePredictions(mutateText(whole, random), EMOTIONS));
});

Deno.test("Damaged checkpoints are refused", async () => {
  const whole = encodeCheckpoint({
    tensors: [{ name: "0", shape: [2, 3], values: new Float32Array(6) }],
    state: { history: [], batch: 0 },
  });
  await fuzz("checkpoint", (random) => {
    const bytes = whole.slice();
    if (random.integer(0, 10) === 0) return decodeCheckpoint(bytes);
    for (let n = random.integer(1, 9); n > 0; n--) {
      bytes[random.integer(0, bytes.length)] = random.integer(0, 256);
    }
    const end = random.integer(0, 2) === 0 ? bytes.length : random.integer(0, bytes.length);
    return decodeCheckpoint(bytes.subarray(0, end));
  }, { allowed: (error) => error instanceof CheckpointError });
});

Deno.test("Damaged settings are refused in one line", async () => {
  const settings = [
    ...["filters=32,64", "schedule=plateau(0.5, 3)", "augment=flip|rotate(10)", "batchNorm=true"],
    ...["learningRate=1e-3", "balanceClasses=disgust,surprise", "epochs=5"],
  ];
  await fuzz("settings", (random) => {
    const { name, value } = parseSetting(mutateText(settings[random.integer(0, 7)]!, random));
    checkConfiguration({ ...BASELINE, [name]: value });
  });
});

Deno.test("Damaged calls are refused", async () => {
  const calls = "flip|rotate(10)|zoom(0.1)|shift(0.1)";
  await fuzz("pipeline", (random) => {
    if (random.integer(0, 5) === 0) return parsePipeline(calls);
    return parsePipeline(mutateText(calls, random));
  }, { allowed: (error) => error instanceof SyntaxError });
  await fuzz("schedule", (random) => {
    return parseSchedule(mutateText("plateau(0.5, 3)", random));
  }, { allowed: (error) => error instanceof SyntaxError });
});
