import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BASELINE } from "../configuration.ts";
import { evenly } from "../export/evidence.ts";
import { runTask } from "../fault/process.ts";
import { BUNDLED_VOTES } from "../paths.ts";
import { loadData } from "../run/data.ts";
import { BOXED_MODEL } from "../run/find_network.ts";
import { performRun } from "../run/perform.ts";
import { readTrained } from "../run/trained.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { testInFolder } from "./_in_folder.ts";
import { main } from "./export.ts";

const CARD = BOXED_MODEL.replace(/safetensors$/, "md");

const namesIn = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

/** What the command says where it refuses. */
async function refusal(args: readonly string[]): Promise<string> {
  try {
    await main(args);
  } catch (error) {
    const { name, message } = error as Error;
    ok(["UserError", "UsageError"].includes(name) && !message.includes("\n"), String(error));
    return message;
  }
  throw new Error("nothing was refused");
}

testInFolder(
  "The network in the box goes out in several formats at once, its card beside",
  async (folder) => {
    const out = join(folder, "new", "exported");
    const all = ["--to", "tfjs,onnx,safetensors", "--out", out];
    const { code, stdout, stderr } = await runTask("export", all);
    strictEqual(code, 0, stderr);
    ok(/^tfjs: .*tfjs\nonnx: .*model\.onnx\nsafetensors: .*\nCard: .*README\.md\n$/.test(stdout));
    deepStrictEqual(namesIn(out), ["README.md", "model.onnx", "model.safetensors", "tfjs"]);
    deepStrictEqual(namesIn(join(out, "tfjs")), ["model.json", "model.weights.bin"]);
    strictEqual(await Deno.readTextFile(join(out, "README.md")), await Deno.readTextFile(CARD));
    // What came out goes in again; another export takes its place whole, of leftovers too.
    const { record, weights } = await readTrained(BOXED_MODEL);
    const again = await readTrained(join(out, "model.safetensors"));
    deepStrictEqual([again.record, again.weights], [record, weights]);
    await Deno.mkdir(join(out, ".export-1"));
    const message = await refusal([join(out, "model.safetensors"), "--to", "onnx", "--out", out]);
    ok(/model\.md: Not here: the model card belongs beside/.test(message), message);
    await main(["--to", "onnx", "--out", out]);
    deepStrictEqual(namesIn(out), ["README.md", "model.onnx"]);
  },
);

testInFolder(
  "A network that cannot be used, a format that is none, or a folder of others leaves nothing",
  async (folder) => {
    const whole = await Deno.readFile(BOXED_MODEL);
    const { tensors, state } = decodeCheckpoint(whole);
    const { record } = state as { record: { configuration: object } };
    const other = { ...record, configuration: { ...record.configuration, filters: [8, 16, 32] } };
    const files: readonly [bytes: Uint8Array, message: RegExp][] = [
      [whole.subarray(0, 999), /shorter than its header says/],
      [whole.subarray(0, -9), /checksum/],
      [new TextEncoder().encode("no such file at all"), /no safetensors file/],
      [encodeCheckpoint({ tensors, state: { version: 1, record: other } }), /of another network/],
      [encodeCheckpoint({ tensors, state: { version: 2, record } }), /version 2, and .* up to 1/],
      [whole, /x\.md: Not here: the model card belongs beside/],
    ];
    const network = join(folder, "x.safetensors");
    const out = join(folder, "out");
    for (const [bytes, message] of files) {
      await Deno.writeFile(network, bytes);
      const said = await refusal([network, "--to", "safetensors", "--out", out]);
      ok(message.test(said) && said.includes("x."), said);
    }
    await Deno.writeTextFile(join(folder, "x.md"), "# The card of something else");
    ok(/x\.md: The card of another/.test(await refusal([network, "--to", "onnx", "--out", out])));
    ok(/Unknown format "h5"/.test(await refusal(["--to", "tfjs,h5", "--out", out])));
    ok(/--out/.test(await refusal(["--to", "tfjs"])));
    ok(/--to/.test(await refusal(["--out", out])));
    ok(/No such run/.test(await refusal([join(folder, "no"), "--to", "tfjs", "--out", out])));
    deepStrictEqual(namesIn(folder), ["x.md", "x.safetensors"]);
    ok(/Holds x\.\w+, which is no export's/.test(await refusal(["--to", "onnx", "--out", folder])));
    const readme = join(folder, "theirs", "README.md");
    await Deno.mkdir(join(folder, "theirs"));
    await Deno.writeTextFile(readme, "# Mine\n");
    ok(/Holds README\.md/.test(await refusal(["--to", "onnx", "--out", join(folder, "theirs")])));
    strictEqual(await Deno.readTextFile(readme), "# Mine\n");
    ok(/Is a file/.test(await refusal(["--to", "onnx", "--out", network])));
    deepStrictEqual(namesIn(folder), ["theirs", "x.md", "x.safetensors"]);
  },
);

testInFolder(
  "--check draws a synthetic run's faces again, and what holds is written",
  async (folder) => {
    const dataset = await loadData({
      data: null,
      faces: { Training: 60, PublicTest: 30, PrivateTest: 230 },
      choices: { classes: ["happy", "sad", "surprise"], size: 64 },
      ...{ skipBad: false, split: null, followLinks: false, quiet: true },
    });
    const run = await performRun({
      configuration: {
        ...BASELINE,
        ...{ epochs: 1, filters: [4], denseUnits: 8, batchSize: 16, balanceClasses: [] },
        ...{ augment: "crop(40)", cropPrediction: "five" },
      },
      seed: 1,
      ...{ dataset, execution: "traced", fresh: false, git: null, patch: null, label: "test" },
      runsFolder: join(folder, "runs"),
      signal: new AbortController().signal,
      command: "deno task exp:test --seeds 1",
    });
    const out = join(folder, "out");
    const asked = [run.folder, "--to", "tfjs", "--out", out, "--check"];
    const { code, stdout, stderr } = await runTask("export", asked);
    strictEqual(code, 0, stderr);
    const images = Math.min(200, dataset.splits.PrivateTest.length);
    const row = new RegExp(
      `^tfjs +TensorFlow\\.js 4\\.\\S+ on WebAssembly +${images} +\\S+ +ok$`,
      "m",
    );
    ok(row.test(stdout), stdout);
    deepStrictEqual(namesIn(out), ["README.md", "tfjs"]);
    // Of the same faces in other classes there is no prediction.
    const record = join(run.folder, "record.json");
    const text = await Deno.readTextFile(record);
    await Deno.writeTextFile(record, text.replaceAll(dataset.digest, "0".repeat(64)));
    ok(/Not the data of the run/.test(await refusal([...asked.slice(0, -2), out, "--check"])));
  },
);

testInFolder("--check says which data it needs, before it makes anything", async (folder) => {
  const out = join(folder, "out");
  const check = ["--to", "tfjs", "--out", out, "--check"];
  const named = Deno.env.get("FER_LAB_DATA");
  Deno.env.delete("FER_LAB_DATA");
  try {
    const needed = /made on fer2013: say where it is with --data PATH or in FER_LAB_DATA/;
    ok(needed.test(await refusal(check)));
  } finally {
    if (named !== undefined) Deno.env.set("FER_LAB_DATA", named);
  }
  ok(/Does not exist/.test(await refusal([...check, "--data", join(folder, "no.zip")])));
  ok(/crema-d: Not the data of the run/.test(await refusal([...check, "--data", BUNDLED_VOTES])));
  ok(/--data.* for --check/.test(await refusal([...check.slice(0, -1), "--data", "x.zip"])));
  deepStrictEqual(namesIn(folder), []);
});

Deno.test("Test samples are drawn evenly, and all where there are few", () => {
  deepStrictEqual([...evenly(10, 4)], [1, 3, 6, 8]);
  deepStrictEqual([...evenly(3, 200)], [0, 1, 2]);
  strictEqual(new Set(evenly(3589, 200)).size, 200);
});
