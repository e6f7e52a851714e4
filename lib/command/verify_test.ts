import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { dirname, join } from "node:path";
import { baseline } from "../../experiments/baseline.ts";
import { parseExperimentArgs } from "../cli.ts";
import { BASELINE } from "../configuration.ts";
import { grayPng, inFolder, pattern, writeFiles } from "../dataset/_sample.ts";
import { sha256 } from "../digest.ts";
import { EMOTIONS } from "../emotion.ts";
import { UsageError, UserError } from "../error.ts";
import { carryOut } from "../run/carry_out.ts";
import { readFacts, readReport, RUN_FILES, writeFactsAndPatch } from "../report/files.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { WEIGHTS_FILE } from "../training/weights.ts";
import { main } from "./verify.ts";

const TINY = [
  ...["--preset", "smoke", "--faces", "70", "--threads", "1", "--quiet"],
  ...["--set", "filters=4", "--set", "denseUnits=8", "--set", "batchSize=35"],
];

/** What the command prints, and its exit code. */
async function verify(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    return { code: await main([...args, "--quiet"]), text: lines.join("\n") };
  } finally {
    console.log = log;
  }
}

/** Changes text of a file; fails where it is not in there. */
async function edit(file: string, from: string | RegExp, to: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const edited = text.replace(from, to);
  ok(edited !== text, `${file} has no ${from}`);
  await Deno.writeTextFile(file, edited);
}

Deno.test("verify says what came out again, and what differs first", async (t) => {
  const out = await Deno.makeTempDir();
  try {
    const options = { experiment: baseline, base: BASELINE };
    const report = await carryOut(baseline, parseExperimentArgs([...TINY, "--out", out], options));
    const { variants: [variant] } = await readReport(join(report, "report.json"));
    const run = join(report, variant!.runs[0]!.folder);
    /** A copy of the run, to change. */
    const copy = async () => {
      const folder = await Deno.makeTempDir({ dir: out });
      for (const name of [RUN_FILES.record, RUN_FILES.predictions]) {
        await Deno.copyFile(join(run, name), join(folder, name));
      }
      return folder;
    };

    await t.step("a fresh report is identical to the byte", async () => {
      const { code, text } = await verify(report);
      strictEqual(text, "baseline, seed 1: identical to the byte");
      strictEqual(code, 0);
    });

    await t.step("a patch is held against run.json, and said to be missing", async () => {
      const folder = await copy();
      const facts = await readFacts(join(run, RUN_FILES.facts));
      const git = { commit: "c".repeat(40), patch: sha256("+1\n") };
      await writeFactsAndPatch(folder, { ...facts, git }, "+1\n");
      strictEqual((await verify(folder)).text, "seed 1: identical to the byte");
      await Deno.writeTextFile(join(folder, RUN_FILES.patch), "+2\n");
      const other = await verify(folder);
      match(other.text, /^seed 1: different: \S*patch\.diff is not the file that run\.json is of/);
      strictEqual(other.code, 1);
      await Deno.remove(join(folder, RUN_FILES.patch));
      const { code, text } = await verify(folder, "--epochs", "1");
      match(text, /: 1 epoch of 2; patch\.diff is missing, and run\.json tells of uncommitted/);
      strictEqual(code, 0);
    });

    await t.step("some epochs are enough where asked for", async () => {
      const { code, text } = await verify(join(report, "report.json"), "--epochs", "1");
      strictEqual(text, "baseline, seed 1: identical, as far as checked: 1 epoch of 2");
      strictEqual(code, 0);
    });

    await t.step(
      "a changed hyper-parameter is told by the digest and the first epoch",
      async () => {
        const folder = await copy();
        await edit(join(folder, RUN_FILES.record), /"beta1": 0.9,/, '"beta1": 0.5,');
        const { code, text } = await verify(folder);
        match(
          text,
          /^seed 1: different: digest: .*configuration, data and build.*; then epochs\[0\]/,
        );
        strictEqual(code, 1);
      },
    );

    await t.step("a changed result is named with both values", async () => {
      const folder = await copy();
      await edit(
        join(folder, RUN_FILES.record),
        /("epoch": 2,[^}]*"trainingLoss": )[\d.]+/,
        "$11.25",
      );
      const { code, text } = await verify(join(folder, RUN_FILES.record));
      match(
        text,
        /different: epochs\[1\]\.trainingLoss \(epoch 2\): 1\.25 in the record, \d.* now/,
      );
      strictEqual(code, 1);
    });

    await t.step("a run on another kind of CPU is held against a tolerance", async () => {
      const folder = await copy();
      const record = join(folder, RUN_FILES.record);
      await edit(record, /"cpu": ".*"/, '"cpu": "another"');
      match((await verify(folder)).text, /^seed 1: identical, on another build: build\.cpu/);
      await edit(record, /("epoch": 1,[^}]*"trainingLoss": \d\.\d{3})\d+/, "$1");
      const near = await verify(folder);
      match(near.text, /^seed 1: same within tolerance: .*\(tolerance 0\.010\)/);
      strictEqual(near.code, 0);
      await edit(record, /("epoch": 1,[^}]*"trainingLoss": )[\d.]+/, "$11.25");
      const far = await verify(folder);
      match(far.text, /different: epochs\[0\]\.trainingLoss.*more than another build explains/);
      strictEqual(far.code, 1);
    });

    await t.step("files that contradict each other are told without training", async () => {
      const folder = await copy();
      await edit(join(folder, RUN_FILES.predictions), /\n$/, "\n\n");
      match((await verify(folder)).text, /different: .*predictions\.csv is not the file/);
      const weights = await copy();
      const bytes = await Deno.readFile(join(run, WEIGHTS_FILE));
      await Deno.writeFile(join(weights, WEIGHTS_FILE), bytes.subarray(0, -1));
      match((await verify(weights)).text, /different: .*weights\.safetensors: No weights that can/);
      const { tensors, state } = decodeCheckpoint(bytes);
      const others = tensors.with(0, { ...tensors[0]!, values: tensors[0]!.values.toReversed() });
      await Deno.writeFile(
        join(weights, WEIGHTS_FILE),
        encodeCheckpoint({ tensors: others, state }),
      );
      match((await verify(weights)).text, /different: .*weights\.safetensors is not the file the/);
      await edit(join(report, "report.json"), '"beta1": 0.9,', '"beta1": 0.8,');
      match(
        (await verify(report)).text,
        /configuration\.beta1: 0\.8 in the report, 0\.9 in the record/,
      );
    });

    await t.step("data other than the record's is told by its digest", async () => {
      const folder = await copy();
      await edit(
        join(folder, RUN_FILES.record),
        /("dataset": \{[^]*?"digest": ")[0-9a-f]{4}/,
        "$10000",
      );
      match((await verify(folder)).text, /different: dataset\.digest: "0000/);
    });

    await t.step("a record that no run can have is refused before anything is run", async () => {
      const whole = JSON.parse(await Deno.readTextFile(join(run, RUN_FILES.record)));
      const refusal = async (changes: object) => {
        const folder = await copy();
        const text = JSON.stringify({ ...whole, ...changes });
        await Deno.writeTextFile(join(folder, RUN_FILES.record), text);
        const error = await verify(folder).then(() => undefined, (error) => error);
        ok(error instanceof UserError && error.exitCode === 1, String(error));
        return error.message;
      };
      const { configuration, dataset } = whole;
      match(await refusal({ epochs: [] }), /record\.json: \/epochs must be those from 1 to 2/);
      match(
        await refusal({ configuration: { ...configuration, denseUnits: 1e9 } }),
        /record\.json: \/configuration\/denseUnits must be <= 8192/,
      );
      for (const angry of [1e9, 0]) {
        const Training = Object.fromEntries(EMOTIONS.map((emotion) => [emotion, 0]));
        const counts = { ...dataset.counts, Training: { ...Training, angry } };
        match(await refusal({ dataset: { ...dataset, counts } }), /tells of splits of \d+,/);
      }
    });

    await t.step("a run that stopped early is the same again, and ends where it says", async () => {
      const early = ["--epochs", "9", "--set", "patience=2", "--set", "learningRate=1e-8"];
      const args = [...TINY, ...early, "--out", join(out, "early")];
      const stopped = await carryOut(baseline, parseExperimentArgs(args, options));
      const { variants: [variant] } = await readReport(join(stopped, "report.json"));
      const [only] = variant!.runs;
      strictEqual(only!.epochs, only!.best.epoch + 2);
      ok(only!.epochs < 9);
      strictEqual((await verify(stopped)).text, "baseline, seed 1: identical to the byte");
      const file = join(stopped, only!.folder, RUN_FILES.record);
      const record = JSON.parse(await Deno.readTextFile(file));
      const beyond = { ...record.epochs.at(-1), epoch: only!.epochs + 1 };
      for (const epochs of [record.epochs.slice(0, -1), [...record.epochs, beyond]]) {
        await Deno.writeTextFile(file, JSON.stringify({ ...record, epochs }));
        await rejects(verify(dirname(file)), /\/epochs must be those from 1 to \d/);
      }
    });

    await t.step("what is not there is said", async () => {
      await rejects(verify(run, "--seed", "7"), UserError);
      await rejects(verify(join(out, "nothing")), UserError);
      await rejects(verify(run, "--variant", "baseline"), UsageError);
      await rejects(verify(run, "--epochs", "0"), UsageError);
      await rejects(verify(), UsageError);
    });
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("verify draws the splits that a record tells of, and follows links where asked to", async () => {
  await inFolder(async (folder) => {
    const data = join(folder, "set");
    await writeFiles(
      join(folder, "disk"),
      EMOTIONS.flatMap((emotion, label) =>
        Array.from({ length: 10 }, (_, i) => ({
          path: `${emotion}/${i}.png`,
          bytes: grayPng(pattern(label * 10 + i)),
        }))
      ),
    );
    await Deno.symlink(join(folder, "disk"), data);
    await Deno.symlink(join(folder, "disk", "sad"), join(folder, "disk", "sadness"));
    const args = [
      "--data",
      data,
      "--split",
      "80/10/10",
      "--follow-links",
      "--out",
      join(folder, "out"),
    ];
    const settings = ["--epochs", "1", ...TINY.slice(4)];
    const options = { experiment: baseline, base: BASELINE };
    const report = await carryOut(baseline, parseExperimentArgs([...args, ...settings], options));
    const { dataset, command } = await readReport(join(report, "report.json"));
    strictEqual(dataset.split, "drawn");
    match(dataset.description, /drawn by --split 80\/10\/10 \(seed 0\)/);
    match(command, /--split 80\/10\/10 --follow-links/);
    match(await Deno.readTextFile(join(report, "report.md")), /split is not an official one/);

    await rejects(() => verify(report, "--data", data), /--follow-links/);
    const { code, text } = await verify(report, "--data", data, "--follow-links");
    strictEqual(text, "baseline, seed 1: identical to the byte");
    strictEqual(code, 0);
  });
});
