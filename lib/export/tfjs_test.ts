import { deepStrictEqual, strictEqual } from "node:assert/strict";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { BOXED_MODEL } from "../run/find_network.ts";
import { readTrained } from "../run/trained.ts";
import { NETWORKS, randomTrained } from "./_trained.ts";
import { TFJS_WEIGHTS, type TfjsArtifacts, tfjsArtifacts } from "./tfjs.ts";

/** Loads artifacts as a page does, over HTTP. */
function load({ modelJson, weights }: TfjsArtifacts) {
  const fetchFunc = (url: string) => {
    const { pathname } = new URL(url);
    const json = { headers: { "content-type": "application/json" } };
    if (pathname === "/model.json") return Promise.resolve(new Response(modelJson, json));
    strictEqual(pathname, `/${TFJS_WEIGHTS}`);
    return Promise.resolve(new Response(weights));
  };
  return loadLayersModel(
    tf.io.http("http://page/model.json", { fetchFunc: fetchFunc as typeof fetch }),
  );
}

for (const [name, changes] of Object.entries(NETWORKS)) {
  Deno.test(`tfjs loads its artifacts with the same weights: ${name}`, async () => {
    const trained = randomTrained(changes);
    const artifacts = await tfjsArtifacts(trained);
    const model = await load(artifacts);
    deepStrictEqual(model.inputs[0]!.shape, [null, ...artifacts.metadata.input]);
    deepStrictEqual(model.outputs[0]!.shape, [null, 7]);
    const read = await Promise.all(model.getWeights().map((weight) => weight.data()));
    deepStrictEqual(read, trained.weights.map(({ values }) => values));
    model.dispose();
    // A second one in the same process has the same names, so the same bytes.
    deepStrictEqual(await tfjsArtifacts(trained), artifacts);
    strictEqual(tf.memory().numTensors, 0);
  });
}

Deno.test("Artifacts say what goes in, what comes out and which views a prediction is the mean of", async () => {
  const { modelJson } = await tfjsArtifacts(
    randomTrained(
      { filters: [4], denseUnits: 4, augment: "crop(40)", mirrorPrediction: true },
      {
        classes: ["happy", "sad", "bored"],
        sample: { shape: [64, 64, 1], type: "uint8", divisor: 255 },
      },
    ),
    { card: "# A card" },
  );
  const { userDefinedMetadata: told } = JSON.parse(modelJson);
  deepStrictEqual(told.classes, ["happy", "sad", "bored"]);
  deepStrictEqual([told.sample.shape, told.sample.divisor, told.input], [
    ...[[64, 64, 1], 255],
    [40, 40, 1],
  ]);
  deepStrictEqual(told.views, [
    { row: 12, column: 12, mirrored: false },
    { row: 12, column: 12, mirrored: true },
  ]);
  strictEqual(told.card, "# A card");
});

Deno.test("The network in the box becomes artifacts without native TensorFlow", async () => {
  const trained = await readTrained(BOXED_MODEL);
  const { metadata, weights } = await tfjsArtifacts(trained);
  strictEqual(weights.length, 4 * trained.record.model.parameters);
  // Whole images and their mirror images, whichever network it is.
  strictEqual(metadata.views.length, 2);
  strictEqual(metadata.weights, trained.record.best.weights);
});
