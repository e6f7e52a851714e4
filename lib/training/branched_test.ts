import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { BRANCHED, buildBranched } from "../model/_branched.ts";
import { makePredictor } from "../model/predictor.ts";
import type { Execution } from "../tensorflow/executor.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.ts";
import { makeEngine } from "./engine.ts";
import { setWeights, train, type TrainingOptions } from "./train.ts";
import { encodeWeights, orderWeights, readTensors, weightForms, weightsDigest } from "./weights.ts";

const CONFIGURATION = { ...TINY, epochs: 2, learningRate: 0.01 };
const DATA = {
  training: tinyImages(20),
  validation: { ...tinyImages(14, "validation"), ids: [] },
  form: FER2013_FORM,
};

/** Trains a network of its own, as a new process would, and predicts by the best epoch's weights. */
async function trained(
  name: string,
  execution: Execution,
  options: Pick<TrainingOptions, "from" | "signal" | "onStep"> = {},
) {
  const model = buildBranched(name);
  try {
    using engine = makeEngine(model, CONFIGURATION, { seed: 1, execution });
    using predictor = makePredictor(model, { sample: FACE, execution });
    let checkpoint: Checkpoint | undefined;
    const { state, best } = await train(engine, CONFIGURATION, DATA, {
      seed: 1,
      predictor,
      // Through bytes, as on disk.
      save: (saved) => {
        checkpoint = decodeCheckpoint(encodeCheckpoint(saved));
        return Promise.resolve();
      },
      ...options,
    });
    const variables = await variableValues(engine);
    const file = encodeWeights(best, {
      forms: weightForms(model),
      form: FER2013_FORM,
      state: null,
    });
    if (best.length > 0) await setWeights(predictor, best);
    const probabilities = await predictor.predict(DATA.validation.samples);
    return { state, best, variables, checkpoint: checkpoint!, file, probabilities };
  } finally {
    model.dispose();
  }
}

/** The whole run of a network, traced, which others are held to. */
const runs = new Map<string, ReturnType<typeof trained>>();
function whole(name: string): ReturnType<typeof trained> {
  if (!runs.has(name)) runs.set(name, trained(name, "traced"));
  return runs.get(name)!;
}

for (const name of BRANCHED) {
  Deno.test(`A network with ${name} trains traced and eager to the same bits`, async () => {
    const [traced, eager] = [await whole(name), await trained(name, "eager")];
    deepStrictEqual(traced.variables, eager.variables);
    strictEqual(weightsDigest(traced.best), weightsDigest(eager.best));
    const training = ({ state }: typeof traced) =>
      state.history.map(({ trainingLoss, trainingAccuracy }) => [trainingLoss, trainingAccuracy]);
    deepStrictEqual(training(traced), training(eager));
    strictEqual(traced.state.history.length, 2);
  });

  Deno.test(`A network with ${name}, stopped and gone on with, ends in the same bits`, async () => {
    const { state: expectedState, variables: expected } = await whole(name);
    const controller = new AbortController();
    let steps = 0;
    // In the second epoch.
    const onStep = () => ++steps === 4 && controller.abort();
    const stopped = await trained(name, "traced", { signal: controller.signal, onStep });
    strictEqual(stopped.state.batch, 1);
    const { state, variables } = await trained(name, "traced", { from: stopped.checkpoint });
    deepStrictEqual(state, expectedState);
    deepStrictEqual(variables, expected);
  });

  Deno.test(`A network with ${name} opens from its weights' file and predicts the same`, async () => {
    const { file, probabilities, best } = await whole(name);
    const path = await Deno.makeTempFile();
    const model = buildBranched(name);
    try {
      await Deno.writeFile(path, file);
      const weights = orderWeights(
        await readTensors(path, model.countParams()),
        weightForms(model),
        path,
      );
      strictEqual(weightsDigest(weights), weightsDigest(best));
      using predictor = makePredictor(model, { sample: FACE, execution: "traced" });
      const untrained = await predictor.predict(DATA.validation.samples);
      ok(untrained.some((value, i) => value !== probabilities[i]));
      await setWeights(predictor, weights);
      deepStrictEqual(await predictor.predict(DATA.validation.samples), probabilities);
    } finally {
      model.dispose();
      await Deno.remove(path);
    }
  });
}
