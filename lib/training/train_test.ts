import {
  deepStrictEqual,
  notDeepStrictEqual,
  ok,
  rejects,
  strictEqual,
  throws,
} from "node:assert/strict";
import { createHash } from "node:crypto";
import type { Configuration } from "../configuration.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { UserError } from "../error.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type Predictor } from "../model/predictor.ts";
import { type EpochRecord, isAveraged } from "./epoch.ts";
import type { SampleValues } from "../sample.ts";
import * as tf from "../tensorflow/tf.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import {
  type Checkpoint,
  CheckpointError,
  decodeCheckpoint,
  encodeCheckpoint,
  type NamedTensor,
} from "./checkpoint.ts";
import { type Engine, makeEngine } from "./engine.ts";
import { endOfRun } from "./patience.ts";
import {
  checkCheckpoint,
  setWeights,
  train,
  type TrainingOptions,
  type TrainingResult,
  weightsOf,
} from "./train.ts";

const TRAINING = tinyImages(28);
const VALIDATION = { ...tinyImages(21, "validation"), ids: [] };

/** Everything a run has that a checkpoint must carry; the rate is lower in the third epoch. */
const CONFIGURATION: Configuration = {
  ...TINY,
  batchSize: 10,
  learningRate: 0.01,
  schedule: "plateau(0.5, 1, 100)",
  batchNorm: true,
  convDropout: 0.2,
  denseDropout: 0.5,
  augment: "flip|rotate(10)",
};
const STEPS_PER_EPOCH = 3;
const STEPS = CONFIGURATION.epochs * STEPS_PER_EPOCH;

interface Run {
  readonly result: TrainingResult;
  readonly variables: Float32Array[];
  readonly checkpoints: Checkpoint[];
}

/** Runs with a model and an engine of their own, as a new process would. */
async function runOnce(
  options: Partial<TrainingOptions> = {},
  configuration: Configuration = CONFIGURATION,
): Promise<Run> {
  const checkpoints: Checkpoint[] = [];
  const model = buildNetwork(configuration, { seed: 3 });
  try {
    using engine = makeEngine(model, configuration, { seed: 3, execution: "traced" });
    using predictor = makePredictor(model, { sample: FACE, execution: "traced" });
    const data = { training: TRAINING, validation: VALIDATION, form: FER2013_FORM };
    const result = await train(engine, configuration, data, {
      seed: 3,
      predictor,
      // Through bytes, as on disk.
      save: (checkpoint) => {
        checkpoints.push(decodeCheckpoint(encodeCheckpoint(checkpoint)));
        return Promise.resolve();
      },
      ...options,
    });
    return { result, variables: await variableValues(engine), checkpoints };
  } finally {
    model.dispose();
  }
}

const whole = await runOnce();

/** The SHA-256 of some tensors: a difference of large arrays is of no use to read. */
function digest(tensors: readonly (NamedTensor | Float32Array)[]): string {
  const hash = createHash("sha256");
  for (const tensor of tensors) {
    const values = tensor instanceof Float32Array ? tensor : tensor.values;
    if (!(tensor instanceof Float32Array)) hash.update(JSON.stringify([tensor.name, tensor.shape]));
    hash.update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest("hex");
}

/** Holds a run that was stopped and went on to the one that never stopped. */
function isComplete({ result, variables, checkpoints }: Run): void {
  strictEqual(result.status, "complete");
  deepStrictEqual(result.state, whole.result.state);
  strictEqual(digest(result.best), digest(whole.result.best));
  strictEqual(digest(variables), digest(whole.variables));
  const [last, expected] = [checkpoints.at(-1), whole.checkpoints.at(-1)!];
  deepStrictEqual(last!.state, expected.state);
  strictEqual(digest(last!.tensors), digest(expected.tensors));
}

Deno.test("The run that the others are held to trains, and lowers its rate in the third epoch", () => {
  const { history, bestEpoch } = whole.result.state;
  deepStrictEqual(history.map(({ epoch }) => epoch), [1, 2, 3]);
  deepStrictEqual(history.map(({ learningRate }) => learningRate), [0.01, 0.01, 0.005]);
  const best = Math.max(...history.map(({ validationAccuracy }) => validationAccuracy));
  strictEqual(history[bestEpoch - 1]!.validationAccuracy, best);
  strictEqual(whole.checkpoints.length, 3);
});

for (let stop = 1; stop <= STEPS; stop++) {
  Deno.test(`Stopped after step ${stop} of ${STEPS} and resumed, a run ends in the same bits`, async () => {
    const controller = new AbortController();
    let steps = 0;
    const stopped = await runOnce({
      signal: controller.signal,
      onStep: () => {
        if (++steps === stop) controller.abort();
      },
    });
    strictEqual(steps, stop);
    strictEqual(stopped.result.status, "interrupted");
    isComplete(await runOnce({ from: stopped.checkpoints.at(-1)! }));
  });
}

Deno.test("Killed at any time, a run goes on from its last checkpoint to the same bits", async () => {
  const { checkpoints, ...rest } = await runOnce({ checkpointDue: () => true });
  // Saving changes nothing; one after each step but an epoch's last, and one after each epoch.
  isComplete({ checkpoints, ...rest });
  strictEqual(checkpoints.length, STEPS);
  // Within the first epoch, within the last, and at the end of the second.
  for (const i of [1, 6, 5]) isComplete(await runOnce({ from: checkpoints[i]! }));
  // Of a run that was all done nothing is trained again.
  const { result, variables } = await runOnce({ from: checkpoints.at(-1)! });
  deepStrictEqual(result.state, whole.result.state);
  strictEqual(digest(variables), digest(whole.variables));
});

Deno.test("A run that is stopped twice ends in the same bits", async () => {
  let from: Checkpoint | undefined;
  for (const stop of [2, 3]) {
    const controller = new AbortController();
    let steps = 0;
    const { checkpoints } = await runOnce({
      ...(from ? { from } : {}),
      signal: controller.signal,
      onStep: () => {
        if (++steps === stop) controller.abort();
      },
    });
    from = checkpoints.at(-1)!;
  }
  isComplete(await runOnce({ from: from! }));
});

Deno.test("Another seed trains another network", async () => {
  const other = await runOnce({ seed: 4 });
  ok(digest(other.variables) !== digest(whole.variables));
});

Deno.test("After each step and epoch it is told where the run stands", async () => {
  const steps: [number, number, number][] = [];
  const epochs: EpochRecord[] = [];
  await runOnce({
    onStep: ({ epoch, images, total, loss, accuracy }) => {
      steps.push([epoch, images, total]);
      ok(loss > 0 && accuracy >= 0 && accuracy <= 1);
    },
    onEpoch: (epoch, { history }) => {
      epochs.push(epoch);
      strictEqual(history.at(-1), epoch);
    },
  });
  deepStrictEqual(
    steps,
    [1, 2, 3].flatMap((epoch) => [10, 20, 28].map((images) => [epoch, images, 28])),
  );
  deepStrictEqual(epochs, whole.result.state.history);
});

/** A run without a network: what it predicts and which losses it has are given. */
function stubs(
  { labels, correct, losses = [] }: {
    labels: Uint8Array;
    /** How many of the validation images it gets right, epoch by epoch. */
    correct: readonly number[];
    losses?: readonly number[];
  },
) {
  let steps = 0;
  const predicted: SampleValues[] = [];
  const nothing = () => Promise.resolve();
  const engine: Engine = {
    variables: [],
    weights: [],
    names: [],
    averages: [],
    train: () => Promise.resolve({ loss: losses[steps++] ?? 1, correct: 0 }),
    findAnomaly: () => undefined,
    gradients: () => ({}),
    pull: nothing,
    push: nothing,
    [Symbol.dispose]: () => {},
  };
  const predictor: Predictor = {
    weights: [],
    predict: (images) => {
      const right = correct[predicted.push(images) - 1]!;
      const probabilities = new Float32Array(labels.length * 7).fill(0.1);
      labels.forEach((label, i) =>
        probabilities[7 * i + (i < right ? label : (label + 1) % 7)] = 0.4
      );
      return Promise.resolve(probabilities);
    },
    push: nothing,
    [Symbol.dispose]: () => {},
  };
  return { engine, predictor, predicted };
}

Deno.test("The best epoch is the first of those with the highest validation accuracy", async () => {
  const { engine, predictor, predicted } = stubs({
    labels: VALIDATION.labels,
    correct: [3, 9, 5, 9, 8],
  });
  const data = { training: TRAINING, validation: VALIDATION, form: FER2013_FORM };
  const bests: number[] = [];
  const { state } = await train(engine, { ...CONFIGURATION, epochs: 5 }, data, {
    seed: 1,
    predictor,
    save: () => Promise.resolve(),
    onEpoch: (_, { bestEpoch }) => void bests.push(bestEpoch),
  });
  strictEqual(state.bestEpoch, 2);
  deepStrictEqual(bests, [1, 2, 2, 2, 2]);
  deepStrictEqual(
    state.history.map(({ validationAccuracy }) => validationAccuracy),
    [3, 9, 5, 9, 8].map((right) => right / 21),
  );
  // PublicTest, once an epoch, and nothing else.
  strictEqual(predicted.length, 5);
  ok(predicted.every((images) => images === VALIDATION.samples));
});

Deno.test("An epoch of no right image is still the best of one", async () => {
  const { engine, predictor } = stubs({ labels: VALIDATION.labels, correct: [0] });
  const data = { training: TRAINING, validation: VALIDATION, form: FER2013_FORM };
  const options = { seed: 1, predictor, save: () => Promise.resolve() };
  const { state } = await train(engine, { ...CONFIGURATION, epochs: 1 }, data, options);
  strictEqual(state.bestEpoch, 1);
});

Deno.test("A loss that is no number ends the run with the epoch, the step, the rate and a remedy", async () => {
  const data = { training: TRAINING, validation: VALIDATION, form: FER2013_FORM };
  const saved: Checkpoint[] = [];
  const run = (losses: number[]) => {
    const { engine, predictor } = stubs({ labels: VALIDATION.labels, correct: [1, 1], losses });
    return train(engine, CONFIGURATION, data, {
      seed: 1,
      predictor,
      save: (checkpoint) => Promise.resolve(void saved.push(checkpoint)),
    });
  };
  await rejects(run([1, NaN]), (error: Error) => {
    ok(error instanceof UserError);
    strictEqual(
      error.message,
      "Training diverged: the loss is NaN in epoch 1, step 2, at learning rate 0.01; no epoch was " +
        "finished. Try a lower rate (--set learningRate=...) or clipping (--set clipNorm=1); " +
        "--detect-anomalies names the layer",
    );
    return true;
  });
  deepStrictEqual(saved, []);
  await rejects(
    run([1, 1, 1, Infinity]),
    /the loss is Infinity in epoch 2, step 1, .*; the last good checkpoint is of epoch 1\. Try/,
  );
  // The checkpoint of the first epoch, and none with the broken weights.
  strictEqual(saved.length, 1);
});

Deno.test("With patience a run stops early, with the best weights, on the rates of its planned length", async () => {
  const planned: Configuration = { ...CONFIGURATION, epochs: 8, schedule: "cosine" };
  const long = await runOnce({}, planned);
  const { history } = long.result.state;
  const patience = 1;
  const end = endOfRun(history, { epochs: 8, patience })!;
  ok(end < 8, `the sample never waits: ${history.map((each) => each.validationAccuracy)}`);
  const short = await runOnce({}, { ...planned, patience });
  strictEqual(short.result.status, "complete");
  deepStrictEqual(short.result.state.history, history.slice(0, end));
  // The best weights are those of the checkpoint after the best epoch, and as they were then.
  const { bestEpoch } = short.result.state;
  strictEqual(bestEpoch, end - patience);
  const then = short.checkpoints[bestEpoch - 1]!.tensors.slice(0, short.result.best.length);
  strictEqual(digest(short.result.best), digest(then));
  ok(digest(short.variables.slice(0, then.length)) !== digest(then.map(({ values }) => values)));

  // From wherever it was stopped, also at the end, it goes on to the same, and not beyond it.
  for (const from of short.checkpoints) {
    const again = await runOnce({ from }, { ...planned, patience });
    deepStrictEqual(again.result.state, short.result.state);
    strictEqual(digest(again.result.best), digest(short.result.best));
    strictEqual(digest(again.variables), digest(short.variables));
  }
});

Deno.test("A checkpoint from beyond the epoch in which a run stops early is none of it", async () => {
  const planned: Configuration = { ...CONFIGURATION, learningRate: 0, batchNorm: false };
  const { checkpoints, result: { state } } = await runOnce({}, planned);
  strictEqual(endOfRun(state.history, { epochs: 3, patience: 1 }), 2);
  const model = buildNetwork(planned, { seed: 3 });
  {
    using engine = makeEngine(model, planned, { seed: 3, execution: "traced" });
    const extent = { epochs: 3, images: 28, batchSize: planned.batchSize };
    const check = (i: number, patience: number) =>
      checkCheckpoint(checkpoints[i]!, engine, { ...extent, patience });
    for (const patience of [0, 1, 2]) {
      check(0, patience);
      check(1, patience);
    }
    check(2, 0);
    check(2, 2);
    throws(() => check(2, 1), CheckpointError);
  }
  model.dispose();
});

/** A run that is stopped after a step, and goes on from its last checkpoint to its end. */
async function stoppedAndResumed(stop: number, configuration: typeof CONFIGURATION) {
  const controller = new AbortController();
  let steps = 0;
  const onStep = () => ++steps === stop && controller.abort();
  const { checkpoints } = await runOnce({ signal: controller.signal, onStep }, configuration);
  return await runOnce({ from: checkpoints.at(-1)! }, configuration);
}

Deno.test("With a moving average a resumed run ends in the same bits, whichever weights were chosen", async () => {
  const configuration = { ...CONFIGURATION, ema: 0.6 };
  const once = await runOnce({}, configuration);
  // Averages change neither the weights nor how they score.
  deepStrictEqual(
    once.result.state.history.map(({ rawValidationLoss }) => rawValidationLoss),
    whole.result.state.history.map(({ validationLoss }) => validationLoss),
  );
  for (const stop of [2, 4, STEPS]) {
    const again = await stoppedAndResumed(stop, configuration);
    deepStrictEqual(again.result.state, once.result.state);
    strictEqual(digest(again.variables), digest(once.variables));
    strictEqual(digest(again.result.best), digest(once.result.best));
  }
});

Deno.test("A run that mixes images trains otherwise, and goes on to the same bits", async () => {
  const configuration = { ...CONFIGURATION, mixup: 0.4 };
  const once = await runOnce({}, configuration);
  ok(digest(once.variables) !== digest(whole.variables));
  // Also in the last batch of an epoch, which is smaller.
  for (const stop of [1, 2, 3]) {
    const again = await stoppedAndResumed(stop, configuration);
    deepStrictEqual(again.result.state, once.result.state);
    strictEqual(digest(again.variables), digest(once.variables));
  }
});

Deno.test("An epoch is known by its weights or by their average, whichever is more accurate", async () => {
  const [weight, average] = [1, 2].map((value) => tf.variable(tf.scalar(value))) as [
    tf.Variable,
    tf.Variable,
  ];
  // Two predictions an epoch: by the weights, and by their average.
  const { engine, predictor } = stubs({
    labels: VALIDATION.labels,
    correct: [9, 8, 10, 12, 12, 12],
  });
  const scored: number[] = [];
  const push = () => {
    scored.push(weight.dataSync()[0]!);
    return Promise.resolve();
  };
  const data = { training: TRAINING, validation: VALIDATION, form: FER2013_FORM };
  const { state, best } = await train(
    { ...engine, weights: [weight], averages: [average], variables: [weight, average] },
    { ...TINY, batchSize: 28, ema: 0.9 },
    data,
    { seed: 1, predictor: { ...predictor, push }, save: () => Promise.resolve() },
  );
  deepStrictEqual(scored, [1, 2, 1, 2, 1, 2]);
  strictEqual(weight.dataSync()[0], 1);
  deepStrictEqual(state.history.map(({ validationAccuracy }) => 21 * validationAccuracy), [
    9,
    12,
    12,
  ]);
  deepStrictEqual(state.history.map(isAveraged), [false, true, false]);
  strictEqual(state.bestEpoch, 2);
  deepStrictEqual(best.map(({ values }) => [...values]), [[2]]);
  const { rawValidationAccuracy, averagedValidationAccuracy } = state.history[1]!;
  deepStrictEqual([rawValidationAccuracy, averagedValidationAccuracy], [10 / 21, 12 / 21]);
  tf.dispose([weight, average]);
});

Deno.test("A checkpoint without averages is none of a run that averages, nor the other way round", async () => {
  const averaging = { ...CONFIGURATION, ema: 0.6 };
  const { checkpoints } = await runOnce({}, averaging);
  for (const configuration of [CONFIGURATION, averaging]) {
    const model = buildNetwork(configuration, { seed: 3 });
    {
      using engine = makeEngine(model, configuration, { seed: 3, execution: "traced" });
      const extent = { epochs: 3, patience: 0, images: 28, batchSize: configuration.batchSize };
      const [own, other] = configuration === averaging
        ? [checkpoints, whole.checkpoints]
        : [whole.checkpoints, checkpoints];
      own.forEach((checkpoint) => checkCheckpoint(checkpoint, engine, extent));
      other.forEach((checkpoint) =>
        throws(() => checkCheckpoint(checkpoint, engine, extent), CheckpointError)
      );
    }
    model.dispose();
  }
});

Deno.test("A real network that diverges is noticed", () =>
  rejects(
    runOnce({}, { ...TINY, optimizer: "sgd", learningRate: 1e30, schedule: "constant" }),
    /Training diverged: the loss is (NaN|Infinity) in epoch 1, step [23], at learning rate 1e\+30/,
  ));

Deno.test("setWeights() sets what a predictor computes with, and weightsOf() copies", async () => {
  const model = buildNetwork(TINY, { seed: 1 });
  {
    using engine = makeEngine(model, TINY, { seed: 1, execution: "traced" });
    using predictor = makePredictor(model, { sample: FACE, execution: "traced" });
    const start = weightsOf(engine);
    const { samples, labels } = TRAINING;
    const before = await predictor.predict(samples);
    await engine.train(
      { inputs: Float32Array.from(samples), labels, size: labels.length },
      0.01,
      1,
    );
    await engine.pull();
    ok(digest(weightsOf(engine)) !== digest(start));
    // Not before it is told.
    deepStrictEqual(await predictor.predict(samples), before);
    await predictor.push();
    notDeepStrictEqual(await predictor.predict(samples), before);
    await setWeights(predictor, start);
    deepStrictEqual(await predictor.predict(samples), before);
  }
  model.dispose();
});
