import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { testWith } from "../_skip.ts";
import { CHECKOUT_CACHE } from "../cache.ts";
import { BASELINE, recordedConfiguration } from "../configuration.ts";
import { exists } from "../file.ts";
import { lockFolder } from "../lock.ts";
import { readHistory } from "../report/files.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import type { EpochRecord } from "../report/record.ts";
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
      ...{ runs: 1, reports: 1, epochs: 20, left: [] },
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

Deno.test("A run under way grows at the end of its file, and other runs' files go", () =>
  inFolder(async (root) => {
    const [results, out] = [join(root, "faces"), join(root, "out")];
    const folder = join(results, "runs", "1".repeat(16), "seed-1");
    await Deno.mkdir(folder, { recursive: true });
    const begun = {
      ...{ started: new Date(Date.now() - 1000).toISOString(), trainingSeconds: 1, resumptions: 0 },
      run: { configuration: recordedConfiguration(BASELINE), dataset: { name: "faces" } },
    };
    await Deno.writeTextFile(join(folder, "begun.json"), JSON.stringify(begun));
    using _lock = await lockFolder(folder);
    const lines = (await Deno.readTextFile(join(DONE, "history.jsonl"))).trim().split("\n");
    const history = await readHistory(DONE);
    const place = join(out, "faces", "1111111", "seed-1");
    const write = async (epochs: number) => {
      const text = lines.slice(0, epochs).map((line) => `${line}\n`).join("");
      await Deno.writeTextFile(join(folder, "history.jsonl"), text);
      await writeRuns(out, await listRuns([results]));
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
  "TensorBoard's reader finds every epoch of every run as history.jsonl has it",
  () =>
    inFolder(async (out) => {
      const runs = (await findRuns([EXAMPLE])).filter(({ seed }) => seed === 1);
      await writeRuns(out, runs);
      const python = pythonOf(join(CHECKOUT_CACHE, "venv-tensorboard"));
      const script = join(import.meta.dirname!, "_read_back.py");
      const { code, stdout, stderr } = await runProgram(python, [script, out]);
      strictEqual(code, 0, stderr);
      const { ".": top, ...read } = JSON.parse(stdout);
      const found = Object.entries<{ scalars: Record<string, [number, number][]> }>(read)
        .filter(([name]) => name.endsWith("/seed-1"));
      strictEqual(found.length, runs.length);
      const place = new Map(runs.flatMap((run) =>
        run.variants.map((name) => [`synthetic-example/${name.replace("#", "/")}/seed-1`, run])
      ));
      let compared = 0;
      for (const [name, { scalars }] of found) {
        const history = await readHistory(place.get(name)!.folder);
        for (const [tag, field] of Object.entries(SCALARS)) {
          deepStrictEqual(scalars[tag], historyOf(history, field), `${name}: ${tag}`);
          compared += scalars[tag]!.length;
        }
      }
      strictEqual(compared, runs.length * 20 * 5);
      const { experiment } = top.hparams["_hparams_/experiment"];
      ok(experiment.hparamInfos.some(({ name }: { name: string }) =>
        name === "schedule"
      ));
      ok(Object.keys(read["synthetic-example/dropout"].texts).includes("report"));
    }),
);
