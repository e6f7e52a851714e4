import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import { testWith } from "../_skip.ts";
import { CHECKOUT_CACHE } from "../cache.ts";
import { BASELINE, recordedConfiguration } from "../configuration.ts";
import { exists } from "../file.ts";
import { lockFolder } from "../lock.ts";
import { readHistory } from "../report/files.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import type { EpochRecord } from "../report/record.ts";
import { type EpochHistograms, type Histogram, histogramOf } from "../training/histogram.ts";
import { listRuns } from "../run/runs.ts";
import { findRuns } from "../run/choose_runs.ts";
import { runProgram } from "../tensorflow/runner.ts";
import { pythonOf } from "../venv.ts";
import { decodeEvent, decodeHParams, type Event } from "./messages.ts";
import { readRecords } from "./record_file.ts";
import { isProvided } from "./server.ts";
import { writeRuns } from "./write.ts";

const EXAMPLE = join(COMMITTED_RESULTS, "synthetic-example");
const DONE = join(EXAMPLE, "runs", "9cd917c05a208c96", "seed-1");

/** The scalars that an epoch has, by their tags. */
const SCALARS: Readonly<Record<string, keyof EpochRecord>> = {
  "accuracy/Training": "trainingAccuracy",
  "accuracy/PublicTest": "validationAccuracy",
  "loss/Training": "trainingLoss",
  "loss/PublicTest": "validationLoss",
  "learning rate": "learningRate",
};

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The only file of events in a folder. */
async function eventFile(folder: string): Promise<string> {
  const names = (await Array.fromAsync(Deno.readDir(folder))).filter(({ isFile }) => isFile);
  strictEqual(names.length, 1, folder);
  return join(folder, names[0]!.name);
}

async function readEvents(folder: string): Promise<Event[]> {
  return readRecords(await Deno.readFile(await eventFile(folder)))!.map(decodeEvent);
}

/** The values of a tag by step. */
function valuesOf(events: readonly Event[], tag: string): [step: number, value: number][] {
  return events.flatMap(({ step = 0, summary }) =>
    (summary?.value ?? []).filter((value) => value.tag === tag)
      .map(({ tensor }): [number, number] => [step, tensor.floatVal![0]!])
  );
}

/** What a history has for a tag, in float32. */
function historyOf(epochs: readonly EpochRecord[], field: keyof EpochRecord): [number, number][] {
  return epochs.map((epoch) => [epoch.epoch, Math.fround(epoch[field] as number)]);
}

Deno.test("A run that is done has its history, its hyper-parameters and how it ended", () =>
  inFolder(async (out) => {
    const [run] = await findRuns([DONE]);
    deepStrictEqual(await writeRuns(out, [run!], { prefer: ["dropout"] }), {
      ...{ runs: 1, reports: 1, epochs: 20, withHistograms: 0, left: [] },
    });
    const [name] = run!.variants.filter((name) => name.startsWith("dropout#"));
    const experiment = join(out, "synthetic-example", "dropout");
    const events = await readEvents(join(experiment, name!.split("#")[1]!, "seed-1"));
    strictEqual(events[0]!.fileVersion, "brain.Event:2");
    const history = await readHistory(DONE);
    for (const [tag, field] of Object.entries(SCALARS)) {
      deepStrictEqual(valuesOf(events, tag), historyOf(history, field), tag);
    }
    const best = valuesOf(events, "best epoch/accuracy, PrivateTest");
    deepStrictEqual(best.map(([, value]) => value), [Math.fround(run!.privateTest!)]);
    const values = events.flatMap(({ summary }) => summary?.value ?? []);
    const [width, height, png] = values.find(({ tag }) => tag === "confusion matrix")!.tensor
      .stringVal!;
    const image = PNG.sync.read(Buffer.from(png!));
    deepStrictEqual([width, height].map((size) => new TextDecoder().decode(size)), [
      ...[String(image.width), String(image.height)],
    ]);
    const [start, end] = values.filter(({ tag }) => tag.startsWith("_hparams_/"))
      .map(({ metadata }) => decodeHParams(metadata.pluginData.content!));
    deepStrictEqual(start!.sessionStartInfo!.hparams.learningRate, { numberValue: 0.001 });
    deepStrictEqual(start!.sessionStartInfo!.hparams.batchNorm, { stringValue: "false" });
    strictEqual(end!.sessionEndInfo!.status, "STATUS_SUCCESS");
    const times = events.map(({ wallTime }) => wallTime);
    deepStrictEqual(times, times.toSorted());
    const [report] = (await readEvents(experiment))[1]!.summary!.value;
    const markdown = new TextDecoder().decode(report!.tensor.stringVal![0]);
    match(markdown, /^# /);
    ok(!markdown.includes("!["), "a figure that TensorBoard cannot show");
  }));

/** Begins a run in results, with a lock on it. */
async function begin(results: string) {
  const folder = join(results, "runs", "1".repeat(16), "seed-1");
  await Deno.mkdir(folder, { recursive: true });
  const begun = {
    ...{ started: new Date(Date.now() - 1000).toISOString(), trainingSeconds: 1, resumptions: 0 },
    run: { configuration: recordedConfiguration(BASELINE), dataset: { name: "faces" } },
  };
  await Deno.writeTextFile(join(folder, "begun.json"), JSON.stringify(begun));
  return { folder, lock: await lockFolder(folder) };
}

/** Lets a run have finished some epochs of another, with histograms of every second. */
async function finish(folder: string, epochs: number): Promise<void> {
  const lines = (await Deno.readTextFile(join(DONE, "history.jsonl"))).trim().split("\n");
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join("");
  await Deno.writeTextFile(join(folder, "history.jsonl"), text(lines.slice(0, epochs)));
  const kept = HISTOGRAMS.filter(({ epoch }) => epoch <= epochs);
  const histograms = text(kept.map((each) => JSON.stringify(each)));
  await Deno.writeTextFile(join(folder, "histograms.jsonl"), histograms);
}

/** What a weight and its gradient may be; a bias that is not trained yet. */
const HISTOGRAMS: readonly EpochHistograms[] = [2, 4].map((epoch) => {
  const values = Float32Array.from({ length: 500 }, (_, i) => Math.sin(i * epoch) ** 3);
  return {
    epoch,
    weights: {
      "conv1/kernel": histogramOf(values),
      "conv1/bias": histogramOf(new Float32Array(4)),
    },
    gradients: { "conv1/kernel": histogramOf(values.map((value) => value / 1e9)) },
  };
});

/** Holds rows of left edge, right edge and count to a histogram. */
function isHistogram(rows: readonly number[][], { min, max, counts }: Histogram): void {
  deepStrictEqual(rows.map(([, , count]) => count), counts);
  if (min === max) deepStrictEqual(rows, [[min - 0.5, max + 0.5, counts[0]!]]);
  else deepStrictEqual([rows[0]![0], rows.at(-1)![1]], [min, max]);
  for (const [i, [left]] of rows.entries()) strictEqual(left, rows[i - 1]?.[1] ?? left);
}

Deno.test("A run under way grows at the end of its file, and other runs' files go", () =>
  inFolder(async (root) => {
    const [results, out] = [join(root, "faces"), join(root, "out")];
    const { folder, lock } = await begin(results);
    using _lock = lock;
    const history = await readHistory(DONE);
    const place = join(out, "faces", "1111111", "seed-1");
    const write = async (epochs: number) => {
      await finish(folder, epochs);
      strictEqual((await writeRuns(out, await listRuns([results]))).withHistograms, +(epochs > 1));
      return {
        bytes: await Deno.readFile(await eventFile(place)),
        events: await readEvents(place),
      };
    };
    const before = await write(2);
    const inode = (await Deno.stat(await eventFile(place))).ino;
    const after = await write(5);
    for (const [tag, field] of Object.entries(SCALARS)) {
      deepStrictEqual(valuesOf(after.events, tag), historyOf(history.slice(0, 5), field), tag);
    }
    const of = (tag: string) =>
      after.events.flatMap(({ step, summary }) =>
        (summary?.value ?? []).filter((value) => value.tag === tag)
          .map(({ tensor, metadata }) => ({ step, tensor, about: metadata.summaryDescription }))
      );
    for (const kind of ["weights", "gradients"] as const) {
      const values = of(`${kind}/conv1/kernel`);
      deepStrictEqual(values.map(({ step }) => step), [2, 4]);
      for (const [i, { tensor: { doubleVal, tensorShape } }] of values.entries()) {
        deepStrictEqual(tensorShape.dim, [{ size: 30 }, { size: 3 }]);
        const rows = Array.from({ length: 30 }, (_, j) => doubleVal!.slice(3 * j, 3 * j + 3));
        isHistogram(rows, HISTOGRAMS[i]![kind]["conv1/kernel"]!);
      }
      match(values[0]!.about!, /epoch's end/);
    }
    deepStrictEqual(after.bytes.subarray(0, before.bytes.length), before.bytes);
    strictEqual((await Deno.stat(await eventFile(place))).ino, inode, "its reader would lose it");
    deepStrictEqual((await write(5)).bytes, after.bytes);
    // What was cut off by a crash, or is of another run at the same time, is written anew.
    await Deno.truncate(await eventFile(place), before.bytes.length + 7);
    deepStrictEqual(valuesOf((await write(5)).events, "learning rate").length, 5);
    strictEqual(valuesOf((await write(1)).events, "learning rate").length, 1);

    await Deno.writeTextFile(join(out, "notes.txt"), "of somebody's own");
    await writeRuns(out, await findRuns([DONE]));
    ok(!await exists(join(out, "faces")) && await exists(join(out, "notes.txt")));
  }));

testWith(
  await isProvided() ? undefined : "no TensorBoard; deno task tensorboard --serve installs it",
  "TensorBoard's reader finds every epoch of every run as history.jsonl has it, and histograms as kept",
  () =>
    inFolder(async (root) => {
      const out = join(root, "out");
      const { folder, lock } = await begin(join(root, "faces"));
      using _lock = lock;
      await finish(folder, 5);
      const runs = (await findRuns([EXAMPLE])).filter(({ seed }) => seed === 1);
      await writeRuns(out, [...runs, ...await listRuns([join(root, "faces")])]);
      const python = pythonOf(join(CHECKOUT_CACHE, "venv-tensorboard"));
      const script = join(import.meta.dirname!, "_read_back.py");
      const { code, stdout, stderr } = await runProgram(python, [script, out]);
      strictEqual(code, 0, stderr);
      const { ".": top, ...read } = JSON.parse(stdout);
      const found = Object.entries<{
        scalars: Record<string, [number, number][]>;
        images: Record<string, { step: number; said: number[]; size: number[] }>;
      }>(read)
        .filter(([name]) => name.startsWith("synthetic-example/") && name.endsWith("/seed-1"));
      strictEqual(found.length, runs.length);
      const place = new Map(runs.flatMap((run) =>
        run.variants.map((name) => [`synthetic-example/${name.replace("#", "/")}/seed-1`, run])
      ));
      let compared = 0;
      for (const [name, { scalars, images }] of found) {
        const history = await readHistory(place.get(name)!.folder);
        for (const [tag, field] of Object.entries(SCALARS)) {
          deepStrictEqual(scalars[tag], historyOf(history, field), `${name}: ${tag}`);
          compared += scalars[tag]!.length;
        }
        const { step, said, size } = images["confusion matrix"]!;
        deepStrictEqual(size, said);
        const best = Math.max(...history.map(({ validationAccuracy }) =>
          validationAccuracy
        ));
        strictEqual(history[step - 1]!.validationAccuracy, best);
      }
      strictEqual(compared, runs.length * 20 * 5);
      const { histograms } = read["faces/1111111/seed-1"];
      for (const kind of ["weights", "gradients"] as const) {
        for (const name of Object.keys(HISTOGRAMS[0]![kind])) {
          for (const [i, [step, rows]] of histograms[`${kind}/${name}`].entries()) {
            strictEqual(step, HISTOGRAMS[i]!.epoch);
            isHistogram(rows, HISTOGRAMS[i]![kind][name]!);
          }
          strictEqual(histograms[`${kind}/${name}`].length, 2, name);
        }
      }
      const { experiment } = top.hparams["_hparams_/experiment"];
      ok(experiment.hparamInfos.some(({ name }: { name: string }) => name === "schedule"));
      // As TensorBoard shows it: all tables are tables, and nothing is as it was written.
      const { report } = read["synthetic-example/dropout"].texts;
      const written = await Deno.readTextFile(join(EXAMPLE, "dropout", "report.md"));
      strictEqual(report.match(/<table>/g).length, written.match(/^\| -/gm)!.length);
      for (const bare of [/&lt;(?!\s)/, /\[!/, /\\\|/, /\| -{3}/, /<img/, /href="(?!https?:)/]) {
        ok(!bare.test(report), `${bare}: ${bare.exec(report)?.index}`);
      }
    }),
);
