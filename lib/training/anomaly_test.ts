import { match, strictEqual } from "node:assert/strict";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor } from "../model/predictor.ts";
import * as tf from "../tensorflow/tf.ts";
import { TINY, tinyImages } from "./_tiny.ts";
import { epochBatches } from "./batch.ts";
import { type Batch, makeEngine } from "./engine.ts";
import { train } from "./train.ts";

const data = tinyImages(16);
const batch = epochBatches(data, 1, { batchSize: 8, sample: FACE, augment: "none", seed: 1 }).at(0);

/** The anomaly of a first step after a change to the model's weights. */
function anomalyAfter(
  change: (model: tf.LayersModel) => void,
  given: Batch = batch,
): string | undefined {
  const model = buildNetwork(TINY, { seed: 1 });
  using engine = makeEngine(model, TINY, { seed: 1, execution: "eager" });
  change(model);
  const found = engine.findAnomaly(given, 1);
  model.dispose();
  return found;
}

/** Sets one value of a layer's weight. */
function set(layer: tf.layers.Layer, weight: number, value: number): void {
  const weights = layer.getWeights().map((tensor) => tensor.clone());
  const values = weights[weight]!.dataSync().slice();
  values[0] = value;
  weights[weight] = tf.tensor(values, weights[weight]!.shape);
  layer.setWeights(weights);
}

const layersWithWeights = (model: tf.LayersModel) =>
  model.layers.filter((layer) => layer.weights.length > 0);

Deno.test("A step in which all is finite has no anomaly", () => {
  strictEqual(anomalyAfter(() => {}), undefined);
});

Deno.test("A mixed batch is looked at as it is trained on: mixed", () => {
  const infinite = batch.inputs.slice();
  infinite[infinite.length - 1] = Infinity;
  const mix = { partners: Int32Array.from({ length: 8 }, (_, i) => (i + 1) % 8), share: 1 };
  // 0 of infinity is no number: the last but one is mixed with the last.
  strictEqual(
    anomalyAfter(() => {}, { ...batch, inputs: infinite, mix }),
    "the output of layer conv1 (convolve) holds NaN",
  );
  strictEqual(anomalyAfter(() => {}, { ...batch, mix: { ...mix, share: 0.5 } }), undefined);
});

Deno.test("A weight that is not finite is named with its layer", () => {
  const name = (model: tf.LayersModel) => layersWithWeights(model)[1]!.name;
  let expected = "";
  const found = anomalyAfter((model) => {
    expected = name(model);
    set(layersWithWeights(model)[1]!, 0, NaN);
    // A later layer is not the first.
    set(layersWithWeights(model)[2]!, 0, Infinity);
  });
  strictEqual(found, `the kernel of layer ${expected} holds NaN since the step before`);
});

Deno.test("The layer whose output overflows is named, though its weights are finite", () => {
  let expected = "";
  const found = anomalyAfter((model) => {
    const [first, second] = layersWithWeights(model);
    expected = second!.name;
    for (const layer of [first!, second!]) {
      layer.setWeights(layer.getWeights().map((w) => tf.fill(w.shape, 1e25)));
    }
  });
  strictEqual(found, `the output of layer ${expected} (convolve) holds Infinity`);
});

Deno.test("Training that diverges names the layer where that is asked for, and says how to ask", async () => {
  // Weights grow ninefold at every step.
  const configuration = { ...TINY, learningRate: 1e20, epochs: 30 };
  for (const execution of ["eager", "traced"] as const) {
    for (const detectAnomalies of [true, false]) {
      const model = buildNetwork(configuration, { seed: 1 });
      using engine = makeEngine(model, configuration, { seed: 1, execution });
      using predictor = makePredictor(model, { sample: FACE, execution });
      const message = await train(engine, configuration, {
        training: data,
        validation: { ...data, ids: [] },
        form: FER2013_FORM,
      }, { seed: 1, predictor, detectAnomalies, save: async () => {} }).then(
        () => "",
        (error) => error.message,
      );
      match(message, /^Training diverged: the loss is (NaN|-?Infinity) in epoch \d+, step \d+/);
      match(
        message,
        detectAnomalies
          ? /the first that is not finite: the (output|kernel|bias|gradient) of layer \S+ /
          : /--detect-anomalies names the layer$/,
      );
      model.dispose();
    }
  }
});
