import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { join } from "node:path";
import { strFromU8, unzipSync } from "fflate";
import { testWith } from "../_skip.ts";
import { testInFolder } from "../command/_in_folder.ts";
import { UsageError } from "../error.ts";
import { isFolder } from "../file.ts";
import { readModelFile } from "../run/model_file.ts";
import { networkOf } from "../run/network.ts";
import { NETWORKS, randomSamples, randomTrained } from "./_trained.ts";
import { type Checked, checkExports, type CheckJob, holds } from "./check.ts";
import { type EnvironmentName, isProvided, providePythons } from "./environments.ts";
import { writeExport } from "./folder.ts";
import { encodeFormats, type FormatName, FORMATS, isKerasFormat, parseFormats } from "./formats.ts";
import { kerasFiles } from "./keras.ts";

/** Samples that are predicted. */
const IMAGES = 2;

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

/** Exports of all cases in a folder each, and what their networks predict. */
async function exportCases(
  folder: string,
  formats: readonly FormatName[],
  python?: string,
): Promise<CheckJob[]> {
  const all = Object.values(CASES).map((made) => randomTrained(...made));
  const byKeras = formats.filter(isKerasFormat);
  const written = byKeras.length === 0
    ? await Promise.all(all.map((trained) => encodeFormats(formats, trained, { card: "# Card" })))
    : await kerasFiles(all.map((trained) => ({ trained, formats: byKeras })), {
      python: python!,
    });
  return await Promise.all(all.map(async (trained, i) => {
    const samples = randomSamples(trained, IMAGES);
    using network = await networkOf(trained);
    const probabilities = await network.predict(samples, { batchSize: IMAGES });
    // Samples that differ are told apart, or any network would agree.
    const classes = trained.data.classes.length;
    ok(Math.abs(probabilities[0]! - probabilities[classes]!) > 1e-4, String(probabilities));
    const out = join(folder, `${i}`);
    await writeExport(out, written[i]!);
    return { folder: out, formats, evidence: { samples, probabilities, images: IMAGES } };
  }));
}

/** Fails where a network's format does not hold, by the case's name. */
function expectAll(results: readonly (readonly Checked[])[]): void {
  strictEqual(results.length, Object.keys(CASES).length);
  const failed = Object.keys(CASES).flatMap((name, i) =>
    results[i]!.filter((each) => !holds(each)).map((each) => ({ case: name, ...each }))
  );
  deepStrictEqual(failed, []);
}

/** Fails where one changed weight in a format's files goes unnoticed. */
async function expectDamageFound(
  { folder, formats, evidence }: CheckJob,
  pythons: Parameters<typeof checkExports>[1],
): Promise<void> {
  const { weights } = randomTrained(...Object.values(CASES)[0]!);
  const { values } = weights.find(({ name }) => name === "output/bias")!;
  const damaged = values.map((value, i) => i === 3 ? value + 0.1 : value);
  for (const format of formats) {
    const found = await replaceBytes(join(folder, FORMATS[format].entry), values, damaged);
    strictEqual(found, 1, format);
  }
  const [checked] = await checkExports([{ folder, formats, evidence }], pythons);
  deepStrictEqual(checked!.map(holds), formats.map(() => false), JSON.stringify(checked));
}

/** Replaces numbers by others in a file, or the files of a folder; says how often they were there. */
async function replaceBytes(path: string, from: Float32Array, to: Float32Array): Promise<number> {
  if (await isFolder(path)) {
    let found = 0;
    for (const { name } of Deno.readDirSync(path)) {
      found += await replaceBytes(join(path, name), from, to);
    }
    return found;
  }
  const bytes = Buffer.from(await Deno.readFile(path));
  const at = bytes.indexOf(new Uint8Array(from.buffer));
  if (at < 0) return 0;
  bytes.set(new Uint8Array(to.buffer), at);
  await Deno.writeFile(path, bytes);
  return 1;
}

const RUNTIMES: Readonly<
  Record<string, {
    readonly formats: readonly FormatName[];
    readonly environment?: EnvironmentName;
    readonly missing?: string;
  }>
> = {
  tfjs: { formats: ["tfjs"] },
  "onnxruntime and NumPy": {
    formats: ["onnx", "safetensors"],
    environment: "export",
    missing: "no onnxruntime; deno task export --to onnx --check installs it",
  },
  "Keras and TensorFlow": {
    formats: ["keras", "savedmodel"],
    environment: "keras",
    missing: "no Keras; deno task export --to keras installs it",
  },
};

for (const [name, { formats, environment, missing }] of Object.entries(RUNTIMES)) {
  const there = environment === undefined || await isProvided(environment);
  testInFolder(
    `${name}: exports predict as their networks do, to 1e-5, and one changed weight is noticed`,
    async (folder) => {
      const pythons = await providePythons(environment ? [environment] : []);
      const jobs = await exportCases(folder, formats, environment && pythons[environment]);
      expectAll(await checkExports(jobs, pythons));
      await expectDamageFound(jobs[0]!, pythons);
    },
    { missing: there ? undefined : missing },
  );
}

testWith(
  await isProvided("keras") ? undefined : RUNTIMES["Keras and TensorFlow"]!.missing,
  "A Keras file holds metadata and card, and no date",
  async () => {
    const trained = randomTrained(NETWORKS["the report's chain, mirrored"]!);
    const job = { trained, card: "# Card", formats: ["keras"] } as const;
    const { keras: python } = await providePythons(["keras"]);
    const [written] = await kerasFiles([job], { python: python! });
    const files = unzipSync(written!["model.keras"]!);
    deepStrictEqual(Object.keys(JSON.parse(strFromU8(files["metadata.json"]!))), ["keras_version"]);
    strictEqual(strFromU8(files["README.md"]!), "# Card");
    deepStrictEqual(JSON.parse(strFromU8(files["fer-lab.json"]!)).classes, trained.data.classes);
  },
);

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
      return /^Unknown format "(h5|)": --to takes tfjs, onnx, savedmodel, keras, safetensors/.test(
        error.message,
      );
    });
  }
  throws(() => parseFormats("tfsj"), /did you mean "tfjs"\?/);
});
