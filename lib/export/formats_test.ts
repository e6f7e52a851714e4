import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { testInFolder } from "../command/_in_folder.ts";
import { testWith } from "../_skip.ts";
import { UsageError } from "../error.ts";
import { exists } from "../file.ts";
import { CHECKOUT } from "../paths.ts";
import { runProgram } from "../tensorflow/runner.ts";
import { readModelFile } from "../run/model_file.ts";
import { networkOf } from "../run/network.ts";
import { NETWORKS, randomSamples, randomTrained } from "./_trained.ts";
import { FORMATS, parseFormats } from "./formats.ts";
import { tfjsPredictions } from "./_tfjs_predictions.ts";

const CASES: Readonly<Record<string, Parameters<typeof randomTrained>>> = {
  ...Object.fromEntries(Object.entries(NETWORKS).map(([name, changes]) => [name, [changes]])),
  "three classes": [
    { filters: [4], denseUnits: 4 },
    { classes: ["happy", "sad", "bored"] },
  ],
  "eight classes of 64x64, crops and mirror images": [
    {
      filters: [4, 4],
      denseUnits: 4,
      augment: "crop(40)",
      cropPrediction: "five",
      mirrorPrediction: true,
    },
    {
      classes: [
        ...["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "contempt"],
      ],
      sample: { shape: [64, 64, 1], type: "uint8", divisor: 255 },
    },
  ],
};

for (const [name, made] of Object.entries(CASES)) {
  Deno.test(`tfjs predicts from an export as the network does, to 1e-5: ${name}`, async () => {
    const trained = randomTrained(...made);
    const samples = randomSamples(trained, 2);
    using network = await networkOf(trained);
    const expected = await network.predict(samples, { batchSize: 2 });
    const files = await FORMATS.tfjs.encode(trained, { card: "# Card" });
    const found = await tfjsPredictions({
      modelJson: files["tfjs/model.json"] as string,
      weights: files["tfjs/model.weights.bin"] as Uint8Array<ArrayBuffer>,
    }, samples);
    strictEqual(found.length, expected.length);
    const deviation = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
    ok(deviation <= 1e-5, String(deviation));
    // Samples that differ are told apart, or any network would agree.
    const classes = trained.data.classes.length;
    ok(Math.abs(found[0]! - found[classes]!) > 1e-4, String(found));
  });
}

const PYTHON = join(CHECKOUT, ".cache/venv-export/bin/python");
const withoutOnnx = await exists(PYTHON)
  ? undefined
  : "no onnxruntime; python3 -m venv .cache/venv-export and, with its pip, install onnxruntime";

for (const [name, made] of Object.entries(CASES)) {
  testWith(
    withoutOnnx,
    `onnxruntime predicts from an export as the network does, to 1e-5: ${name}`,
    async () => {
      const trained = randomTrained(...made);
      const samples = randomSamples(trained, 2);
      using network = await networkOf(trained);
      const expected = await network.predict(samples, { batchSize: 2 });
      const folder = await Deno.makeTempDir();
      try {
        const [model, bytes] = [join(folder, "model.onnx"), join(folder, "samples")];
        const files = await FORMATS.onnx.encode(trained, { card: "# Card" });
        await Deno.writeFile(model, files["model.onnx"] as Uint8Array);
        await Deno.writeFile(bytes, samples);
        const script = join(import.meta.dirname!, "_onnx_predictions.py");
        const { code, stdout, stderr } = await runProgram(PYTHON, [script, model, bytes]);
        strictEqual(code, 0, stderr);
        const found = (JSON.parse(stdout) as number[][]).flat();
        strictEqual(found.length, expected.length);
        const deviation = Math.max(...found.map((value, i) => Math.abs(value - expected[i]!)));
        ok(deviation <= 1e-5, String(deviation));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  );
}

testInFolder(
  "safetensors is a model file of this suite, with the card and the classes for others",
  async (folder) => {
    const trained = randomTrained(NETWORKS["batch normalisation and dropout"]!);
    const files = await FORMATS.safetensors.encode(trained, { card: "# Card" });
    const bytes = files["model.safetensors"] as Uint8Array;
    const file = join(folder, "m.safetensors");
    await Deno.writeFile(file, bytes);
    const { record, tensors } = await readModelFile(file);
    deepStrictEqual(record, trained.record);
    deepStrictEqual(tensors.map(({ name }) => name), trained.weights.map(({ name }) => name));
    const size = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
    const { __metadata__: notes } = JSON.parse(
      new TextDecoder().decode(bytes.subarray(8, 8 + size)),
    );
    deepStrictEqual([notes.kind, notes.card], ["fer-lab/model", "# Card"]);
    deepStrictEqual(JSON.parse(notes.classes), trained.data.classes);
    deepStrictEqual(JSON.parse(notes.views), [{ row: 0, column: 0, mirrored: false }]);
  },
);

Deno.test("Formats are named with commas between, and an unknown one is refused with all names", () => {
  deepStrictEqual(parseFormats("onnx, tfjs,onnx"), ["onnx", "tfjs"]);
  for (const list of ["h5", "tfjs,,onnx", ""]) {
    throws(() => parseFormats(list), (error: Error) => {
      ok(error instanceof UsageError && !error.message.includes("\n"));
      return /^Unknown format "(h5|)": --to takes tfjs, onnx, safetensors/.test(error.message);
    });
  }
  throws(() => parseFormats("tfsj"), /did you mean "tfjs"\?/);
});
