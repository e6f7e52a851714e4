import { deepStrictEqual, notDeepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import { SPLITS } from "../dataset/dataset.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { sha256 } from "../digest.ts";
import { EMOTIONS } from "../emotion.ts";
import { evaluate } from "../evaluation/metrics.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists } from "../file.ts";
import { patchTrouble, readFacts, RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import { CHECKPOINT_FILES, decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { Profiler } from "../training/profile.ts";
import { performRun } from "./perform.ts";
import type { RunRequest } from "./request.ts";

const FACES = generateFaces({ seed: 1, training: 70, publicTest: 35, privateTest: 35 });

const runsFolder = await Deno.makeTempDir({ prefix: "fer-lab-runs-" });
globalThis.addEventListener("unload", () => Deno.removeSync(runsFolder, { recursive: true }));

function request(changes: Partial<RunRequest> = {}): RunRequest {
  return {
    configuration: {
      ...BASELINE,
      epochs: 2,
      filters: [4],
      denseUnits: 8,
      batchSize: 16,
      denseDropout: 0.5,
    },
    seed: 1,
    dataset: FACES,
    execution: "traced",
    runsFolder,
    fresh: false,
    signal: new AbortController().signal,
    command: "deno task exp:test",
    git: null,
    patch: null,
    label: "test",
    ...changes,
  };
}

/** The files of a run that are to be the same for the same run. */
function filesOf(folder: string): Record<string, string> {
  const names = [RUN_FILES.record, RUN_FILES.history, RUN_FILES.predictions];
  return Object.fromEntries([
    ...names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]),
    ["weights", String(Deno.readFileSync(`${folder}/weights.safetensors`))],
  ]);
}

/** A signal that stops a run after its first step. */
function aborted(): AbortSignal {
  const controller = new AbortController();
  controller.abort();
  return controller.signal;
}

const first = await performRun(request());
const expected = filesOf(first.folder);

Deno.test("A run leaves its record, its predictions and its weights, and no checkpoint", () => {
  strictEqual(first.status, "complete");
  const record: RunRecord = JSON.parse(expected[RUN_FILES.record]!);
  strictEqual(record.epochs.length, 2);
  deepStrictEqual(
    SPLITS.map((name) => Object.values(record.dataset.counts[name]).reduce((a, b) => a + b)),
    [70, 35, 35],
  );
  const lines = expected[RUN_FILES.predictions]!.trim().split("\n").slice(1);
  deepStrictEqual(lines.map((line) => line.split(",")[0]), FACES.splits.PrivateTest.ids);
  strictEqual(record.best.test.images, 35);
  strictEqual(record.best.training.images, 70);
  const left = [...Deno.readDirSync(first.folder)].map(({ name }) => name).sort();
  deepStrictEqual(left, [
    "history.jsonl",
    "predictions.csv",
    "record.json",
    "run.json",
    "run.lock.json",
    "validation.csv",
    "weights.safetensors",
  ]);
  // What the record says of PublicTest follows from its predictions.
  const file = Deno.readTextFileSync(`${first.folder}/${RUN_FILES.validation}`);
  const { images, labels, probabilities } = parsePredictions(file, EMOTIONS);
  deepStrictEqual(images, FACES.splits.PublicTest.ids);
  deepStrictEqual(evaluate(labels, probabilities, EMOTIONS), record.best.validation);
  for (const machine of [Deno.hostname(), Deno.cwd(), runsFolder]) {
    ok(!expected[RUN_FILES.record]!.includes(machine), `${machine} is in the record`);
  }
});

Deno.test("A second call finds the run done, and touches nothing", async () => {
  const before = Deno.statSync(`${first.folder}/${RUN_FILES.record}`).mtime;
  deepStrictEqual(await performRun(request()), { ...first, found: true });
  deepStrictEqual(Deno.statSync(`${first.folder}/${RUN_FILES.record}`).mtime, before);
});

Deno.test("A fresh run writes the same bytes again, also where it is profiled", async () => {
  const profiler = new Profiler();
  const again = await performRun(request({ fresh: true, profiler }));
  ok((profiler.profile()?.operations?.types.length ?? 0) > 5, "no operations were timed");
  deepStrictEqual(again, { ...first, found: false });
  ok(filesOf(again.folder).weights === expected.weights, "the weights are others");
  deepStrictEqual(filesOf(again.folder)[RUN_FILES.record], expected[RUN_FILES.record]);
  deepStrictEqual(filesOf(again.folder)[RUN_FILES.predictions], expected[RUN_FILES.predictions]);
});

Deno.test("A fresh run that is stopped is gone on with, not found done by its old record", async () => {
  // Meanwhile the code was edited.
  const [begun, now] = ["+1\n", "+2\n"].map((patch) => ({
    git: { commit: "c".repeat(40), patch: sha256(patch) },
    patch,
  }));
  const stopped = await performRun(request({ ...begun, fresh: true, signal: aborted() }));
  deepStrictEqual(stopped, { status: "interrupted", folder: first.folder, epochs: [] });
  ok(Deno.statSync(`${first.folder}/${CHECKPOINT_FILES[0]}`).isFile);
  deepStrictEqual(await performRun(request(now)), { ...first, found: false });
  const files = filesOf(first.folder);
  strictEqual(files[RUN_FILES.record], expected[RUN_FILES.record]);
  strictEqual(files[RUN_FILES.history], expected[RUN_FILES.history]);
  strictEqual(files[RUN_FILES.predictions], expected[RUN_FILES.predictions]);
  ok(files.weights === expected.weights, "the weights are others");
  const { resumptions, git } = await readFacts(`${first.folder}/${RUN_FILES.facts}`);
  strictEqual(resumptions, 1);
  deepStrictEqual(git, { ...now!.git, edited: true });
  strictEqual(Deno.readTextFileSync(`${first.folder}/${RUN_FILES.patch}`), now!.patch);
  strictEqual(await patchTrouble(first.folder), undefined);
  // Done anew by clean code it has none.
  await performRun(request({ fresh: true }));
  strictEqual(await exists(`${first.folder}/${RUN_FILES.patch}`), false);
});

Deno.test("A run that was killed between its record and the clearing up is found done, and cleared", async () => {
  const left = [CHECKPOINT_FILES[0], CHECKPOINT_FILES[1], "begun.json"];
  for (const name of left) await Deno.writeTextFile(`${first.folder}/${name}`, "{}");
  deepStrictEqual(await performRun(request()), { ...first, found: true });
  const names = [...Deno.readDirSync(first.folder)].map(({ name }) => name);
  deepStrictEqual(names.filter((name) => left.includes(name)), []);
});

Deno.test("A finished run is done again, and says why, where a file of it was changed", async () => {
  const told: string[] = [];
  const error = console.error;
  console.error = (line: string) => told.push(line);
  try {
    for (const name of [RUN_FILES.predictions, RUN_FILES.record]) {
      const path = `${first.folder}/${name}`;
      const text = Deno.readTextFileSync(path);
      Deno.writeTextFileSync(path, text.slice(0, text.length / 2));
      deepStrictEqual(await performRun(request()), { ...first, found: false }, name);
      deepStrictEqual(filesOf(first.folder), expected, name);
    }
  } finally {
    console.error = error;
  }
  strictEqual(told.length, 2);
  for (const line of told) ok(/^test: .*: running it again$/.test(line), line);
});

Deno.test("A run whose facts of the beginning are damaged ends as any other", async () => {
  for (
    const damaged of ["{}", "null", '{"started":"x","trainingSeconds":1e999,"resumptions":-1}']
  ) {
    await performRun(request({ fresh: true, signal: aborted() }));
    await Deno.writeTextFile(`${first.folder}/begun.json`, damaged);
    deepStrictEqual(await performRun(request()), { ...first, found: false });
    strictEqual((await readFacts(`${first.folder}/${RUN_FILES.facts}`)).resumptions, 1);
  }
});

Deno.test("A run begins anew from a checkpoint that is whole and not its own", async () => {
  await performRun(request({ fresh: true, signal: aborted() }));
  const path = `${first.folder}/${CHECKPOINT_FILES[0]}`;
  const { tensors, state } = decodeCheckpoint(await Deno.readFile(path));
  const told: string[] = [];
  const error = console.error;
  console.error = (line: string) => told.push(line);
  try {
    for (const forged of [{ tensors, state: {} }, { tensors: tensors.slice(1), state }]) {
      await Deno.writeFile(path, encodeCheckpoint(forged));
      deepStrictEqual(await performRun(request()), { ...first, found: false });
      strictEqual(Deno.readTextFileSync(`${first.folder}/record.json`), expected[RUN_FILES.record]);
      await performRun(request({ fresh: true, signal: aborted() }));
    }
  } finally {
    console.error = error;
  }
  const end = ": going back to the one before";
  deepStrictEqual(told, [
    `test: ${path} is damaged (its state is not that of a training run)${end}`,
    `test: ${path} is damaged (its tensors are not those of this run)${end}`,
  ]);
  deepStrictEqual(await performRun(request()), { ...first, found: false });
});

Deno.test("Another seed and another configuration have folders and results of their own", async () => {
  const other = await performRun(request({ seed: 2 }));
  strictEqual(other.folder.replace("seed-2", "seed-1"), first.folder);
  const record = (folder: string): RunRecord =>
    JSON.parse(Deno.readTextFileSync(`${folder}/${RUN_FILES.record}`));
  notDeepStrictEqual(record(other.folder).epochs, record(first.folder).epochs);
  ok(record(other.folder).last.weights !== record(first.folder).last.weights);
  const { configuration } = request();
  const eager = await performRun(request({ execution: "eager" }));
  const changed = await performRun(request({ configuration: { ...configuration, epochs: 1 } }));
  strictEqual(new Set([first, other, eager, changed].map(({ folder }) => folder)).size, 4);
  // The traced run trained what the reference trains, bit for bit.
  strictEqual(record(eager.folder).last.weights, record(first.folder).last.weights);
  // The configuration says what was not of the first version, and nothing that was.
  strictEqual("network" in record(changed.folder).configuration, false);
  const deep = await performRun(
    request({ configuration: { ...configuration, network: "vgg(2)", epochs: 1 } }),
  );
  const { configuration: recorded, model, digest } = record(deep.folder);
  strictEqual(recorded.network, "vgg(2)");
  ok(deep.folder !== changed.folder && deep.folder.endsWith(`/${digest}/seed-1`));
  deepStrictEqual(model.layers.map(({ name }) => name).slice(0, 3), [
    "conv1_1",
    "conv1_2",
    "pool1",
  ]);
  // An epoch does not depend on how many come after it.
  deepStrictEqual(record(changed.folder).epochs, record(first.folder).epochs.slice(0, 1));
});

Deno.test("What a run is going to be is on disk before its first step, and observers hear of all", async () => {
  const heard: string[] = [];
  const outcome = await performRun(request({ seed: 77 }), [{
    begin: ({ folder, resumedAfter }) => {
      const { run, started, process } = JSON.parse(Deno.readTextFileSync(`${folder}/begun.json`));
      deepStrictEqual([run.seed, run.label, process, resumedAfter], [
        77,
        "test",
        Deno.pid,
        undefined,
      ]);
      strictEqual(run.configuration.epochs, 2);
      strictEqual(run.dataset.digest, FACES.digest);
      ok(!Number.isNaN(Date.parse(started)));
      heard.push("begin");
    },
    step: ({ epoch }) => void (heard.at(-1) !== `step ${epoch}` && heard.push(`step ${epoch}`)),
    epoch: (record, { history }) => {
      strictEqual(history.at(-1), record);
      heard.push(`epoch ${record.epoch}`);
    },
    score: (_, split) => void (heard.at(-1) !== split && heard.push(split)),
    end: (ended) => void heard.push(`${ended?.status}`),
  }]);
  strictEqual(outcome.status, "complete");
  deepStrictEqual(heard.slice(0, 5), ["begin", "step 1", "epoch 1", "step 2", "epoch 2"]);
  deepStrictEqual(heard.slice(5, 8), ["PrivateTest", "Training", "PublicTest"]);
  strictEqual(heard.at(-1), "complete");
});

Deno.test("Observers hear of the end of a run that fails", async () => {
  const ends: unknown[] = [];
  const failing = performRun(request({ seed: 78 }), [{
    epoch: () => {
      throw new Error("the observer's own");
    },
    end: (outcome) => void ends.push(outcome),
  }]);
  await rejects(failing, /the observer's own/);
  deepStrictEqual(ends, [undefined]);
});
