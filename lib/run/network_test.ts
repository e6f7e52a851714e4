import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { BASELINE, type Configuration } from "../configuration.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { parsePredictions, roundProbabilities } from "../evaluation/predictions.ts";
import * as tf from "../tensorflow/tf.ts";
import { decodeCheckpoint, encodeCheckpoint } from "../training/checkpoint.ts";
import { openNetwork } from "./network.ts";
import { performRun } from "./perform.ts";

const FACES = generateFaces({ seed: 1, training: 70, publicTest: 35, privateTest: 35 });

const top = await Deno.makeTempDir({ prefix: "fer-lab-networks-" });
globalThis.addEventListener("unload", () => Deno.removeSync(top, { recursive: true }));

async function trained(changes: Partial<Configuration>, execution: "traced" | "eager" = "traced") {
  const { folder } = await performRun({
    configuration: {
      ...BASELINE,
      epochs: 2,
      filters: [4],
      denseUnits: 8,
      batchSize: 16,
      ...changes,
    },
    seed: 1,
    dataset: FACES,
    execution,
    runsFolder: `${top}/runs`,
    fresh: false,
    signal: new AbortController().signal,
    command: "deno task exp:test --seeds 1",
    git: null,
    patch: null,
    label: "test",
  });
  return folder;
}

const plain = await trained({});
const WEIGHTS = "weights.safetensors";

/** Opens a copy of the plain run with one file changed or, where nothing is returned, removed. */
async function openChanged(
  file: string,
  change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array | undefined,
): Promise<void> {
  const folder = await Deno.makeTempDir({ dir: top });
  for (const { name } of Deno.readDirSync(plain)) {
    await Deno.copyFile(`${plain}/${name}`, `${folder}/${name}`);
  }
  const changed = change(await Deno.readFile(`${folder}/${file}`));
  if (changed) await Deno.writeFile(`${folder}/${file}`, changed);
  else await Deno.remove(`${folder}/${file}`);
  using _network = await openNetwork(folder);
}

/** A change of a JSON file's text. */
const edit = (from: string | RegExp, to: string) => (bytes: Uint8Array) =>
  new TextEncoder().encode(new TextDecoder().decode(bytes).replace(from, to));

/** Holds that a changed run is refused in one line. */
async function isRefused(opened: Promise<unknown>, message: RegExp): Promise<void> {
  const tensors = tf.memory().numTensors;
  await rejects(opened, (error: Error) => {
    ok(error instanceof UserError, String(error));
    ok(message.test(error.message), error.message);
    ok(!error.message.includes("\n"));
    return true;
  });
  strictEqual(tf.memory().numTensors, tensors);
}

const RUNS: Readonly<Record<string, Partial<Configuration>>> = {
  "the plain network": {},
  "two convolutions a block": { network: "vgg(2)" },
  "batch normalisation, dropout and mirrored prediction": {
    batchNorm: "all",
    denseDropout: 0.5,
    mirrorPrediction: true,
  },
  "crops, an average of the weights and ten views": {
    augment: "alternating-flip|crop(40)|random-erasing",
    ema: 0.5,
    cropPrediction: "five",
    mirrorPrediction: true,
  },
};

for (const [name, changes] of Object.entries(RUNS)) {
  for (const execution of ["traced", "eager"] as const) {
    Deno.test(`A run's folder opens as the network that made its predictions: ${name}, ${execution}`, async () => {
      const before = tf.memory().numTensors;
      const folder = await trained(changes, execution);
      {
        using network = await openNetwork(folder);
        strictEqual(network.record.configuration.filters.length, 1);
        const probabilities = await network.predict(FACES.splits.PrivateTest.samples);
        const file = await Deno.readTextFile(`${folder}/predictions.csv`);
        const { probabilities: written } = parsePredictions(file, EMOTIONS);
        deepStrictEqual(roundProbabilities(probabilities), Float64Array.from(written));
        // The model itself has the weights too.
        strictEqual(network.model.countParams(), network.record.model.parameters);
        const kernel = network.model.getWeights()[0]!.dataSync();
        const { tensors } = decodeCheckpoint(await Deno.readFile(`${folder}/${WEIGHTS}`));
        deepStrictEqual(kernel, tensors[0]!.values);
      }
      strictEqual(tf.memory().numTensors, before);
    });
  }
}

Deno.test("Weights named by their place, as older files have them, open to the same predictions", async () => {
  const images = FACES.splits.PrivateTest.samples;
  using network = await openNetwork(plain);
  const folder = await Deno.makeTempDir({ dir: top });
  await Deno.copyFile(`${plain}/record.json`, `${folder}/record.json`);
  const { tensors, state } = decodeCheckpoint(await Deno.readFile(`${plain}/${WEIGHTS}`));
  const write = (named: typeof tensors) =>
    Deno.writeFile(`${folder}/${WEIGHTS}`, encodeCheckpoint({ tensors: named, state }));
  const expected = await network.predict(images);
  await write(tensors.map((tensor, i) => ({ ...tensor, name: `${i}` })));
  {
    using old = await openNetwork(folder);
    deepStrictEqual(await old.predict(images), expected);
  }
  // By layer they may stand in any order.
  await write(tensors.toReversed());
  using reversed = await openNetwork(folder);
  deepStrictEqual(await reversed.predict(images), expected);
});

Deno.test("A network without its weights names the command that trains it again", async () => {
  const missing =
    /weights\.safetensors: Not here: weights do not come with a report: train it again with /;
  await isRefused(
    openChanged(WEIGHTS, () => undefined),
    new RegExp(`${missing.source}deno task exp:test --seeds 1 --fresh$`),
  );
  const folder = await Deno.makeTempDir({ dir: top });
  await Deno.copyFile(`${plain}/record.json`, `${folder}/record.json`);
  await isRefused(openNetwork(folder), new RegExp(`${missing.source}its command --fresh$`));
});

Deno.test("A file of weights that is cut, changed or another's is refused", async () => {
  for (const length of [0, 7, 100, 2000]) {
    await isRefused(
      openChanged(WEIGHTS, (bytes) => bytes.subarray(0, length)),
      /weights\.safetensors: No weights that can be used: it is shorter than its header|checksum/,
    );
  }
  await isRefused(
    openChanged(WEIGHTS, (bytes) => bytes.with(bytes.length - 1, bytes.at(-1)! ^ 1)),
    /weights\.safetensors: No weights that can be used: its checksum does not match$/,
  );
  const changed = (change: (tensors: ReturnType<typeof decodeCheckpoint>["tensors"]) => unknown) =>
    openChanged(WEIGHTS, (bytes) => {
      const { tensors, state } = decodeCheckpoint(bytes);
      return encodeCheckpoint({ tensors: change(tensors) as typeof tensors, state });
    });
  await isRefused(
    changed((tensors) => tensors.slice(1)),
    /Weights of another network: conv1\/kernel should be \[3,3,1,4\], and there is none$/,
  );
  await isRefused(
    changed((tensors) => tensors.map((tensor, i) => ({ ...tensor, name: `${i}` })).slice(0, -1)),
    /Weights of another network: output\/bias should be \[7\], and there is none$/,
  );
  await isRefused(
    changed(([kernel, ...others]) => [{ ...kernel, shape: [3, 3, 2, 2] }, ...others]),
    /another network: conv1\/kernel should be \[3,3,1,4\], and it is \[3,3,2,2\]$/,
  );
  await isRefused(
    changed((tensors) => [...tensors, { ...tensors[1], name: "conv2/bias" }]),
    /another network: it has 7 tensors, conv2\/bias among them, and the network 6$/,
  );
  await isRefused(
    changed((
      [kernel, ...others],
    ) => [{ ...kernel, values: kernel!.values.toReversed() }, ...others]),
    /Not the weights of .*record\.json: their SHA-256 is \w{64}, not \w{64}: train it again with deno/,
  );
});

Deno.test("A record of another network, another version or no run is refused", async () => {
  await isRefused(
    openChanged("record.json", edit(/"denseUnits": 8/, `"denseUnits": 9`)),
    /Weights of another network: dense\/kernel should be \[2304,9\], and it is \[2304,8\]$/,
  );
  await isRefused(
    openChanged("record.json", edit(/"denseUnits": 8/, `"denseUnits": 80000`)),
    /record\.json: \/configuration/,
  );
  await isRefused(
    openChanged("record.json", edit(/"version": \d+/, `"version": 99`)),
    /record\.json.* 99 .*use the FER Lab that wrote it/,
  );
  await isRefused(openChanged("record.json", () => undefined), /: No finished run: record\.json/);
  await isRefused(openNetwork(`${top}/nowhere`), /nowhere: No finished run: record\.json is not/);
  const begun = await Deno.makeTempDir({ dir: top });
  await Deno.writeFile(`${begun}/checkpoint.safetensors`, new Uint8Array());
  await isRefused(
    openNetwork(begun),
    /: The run is not finished: the command that began it goes on/,
  );
});
