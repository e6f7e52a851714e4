import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fusion } from "../../experiments/fusion.ts";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { loadDataset } from "../dataset/load.ts";
import { parseVotes, votesDataset } from "../dataset/crema_d.ts";
import { parseConditions } from "../evaluation/condition.ts";
import { BUNDLED_VOTES } from "../paths.ts";
import { readRecord, readReport } from "../report/files.ts";
import { carryOut } from "./carry_out.ts";

Deno.test("A run on folds tests every clip once, and is one record with intervals over actors", async () => {
  const text = await Deno.readTextFile(BUNDLED_VOTES);
  // Ten actors.
  const clips = parseVotes(text, "votes.csv").filter(({ name }) => name < "1011");
  const dataset = votesDataset(clips, "few");
  const out = await Deno.makeTempDir();
  const args = ["--variants", "face,product,late", "--epochs", "3", "--threads", "1", "--quiet"];
  const request = parseExperimentArgs([...args, "--out", out], {
    experiment: fusion,
    base: BASELINE,
  });
  try {
    const folder = await carryOut(fusion, request, () => Promise.resolve(dataset));
    const report = await readReport(join(folder, "report.json"));
    strictEqual(report.dataset.folds, 5);
    deepStrictEqual(report.dataset.groups, { name: "actors", count: 10 });
    const [face, , late] = report.variants;
    strictEqual(late!.test.accuracy.over, "groups");
    strictEqual(late!.test.images, clips.length);
    ok(late!.test.accuracy.mean > face!.test.accuracy.mean);
    strictEqual(late!.conditions!.length, 10);
    const none = late!.conditions!.find(({ name }) => name === "no face")!;
    ok(none.accuracy.mean < late!.test.accuracy.mean - 0.1);
    const run = join(folder, late!.runs[0]!.folder);
    const names = Array.from(Deno.readDirSync(run), ({ name }) => name);
    ok(!names.includes("folds"), names.join());
    const record = await readRecord(join(run, "record.json"));
    strictEqual(record.epochs.length, 3);
    const predictions = await Deno.readTextFile(join(run, "predictions.csv"));
    match(predictions, /^image,group,label,predicted,p_angry,/);
    deepStrictEqual(
      predictions.trim().split("\n").slice(1).map((line) => line.split(",")[0]),
      clips.map(({ name }) => name),
    );
    const markdown = await Deno.readTextFile(join(folder, "report.md"));
    match(markdown, /Cross-validation in 5 folds\*\*, of 10 actors nobody in two/);
    match(markdown, /intervals over the 10 actors/);
    match(markdown, /## Missing and noisy[^]*\| no face /);
    match(markdown, /_plurality of voice_/);
    match(
      markdown,
      /In brackets: 95 % intervals over the 10 actors\.[^]*\| no face [^|]*\| +\d+\.\d \[/,
    );
    const counts = parseConditions(
      await Deno.readTextFile(join(run, "conditions.csv")),
      "conditions.csv",
    );
    for (const { name, correct } of counts.conditions) {
      const sum = correct.reduce((a, b) => a + b);
      const recorded = record.conditions!.find((condition) => condition.name === name)!;
      strictEqual(sum / clips.length, recorded.accuracy);
    }
    strictEqual(none.accuracy.over, "groups");
    ok(none.accuracy.low! < none.accuracy.mean && none.accuracy.mean < none.accuracy.high!);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("The folds of the votes that come along do not depend on where they lie", async () => {
  const copy = await Deno.makeTempFile({ suffix: ".csv" });
  try {
    await Deno.copyFile(BUNDLED_VOTES, copy);
    const { digest } = await loadDataset(BUNDLED_VOTES);
    strictEqual((await loadDataset(copy)).digest, digest);
  } finally {
    await Deno.remove(copy);
  }
});
