import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import type { Configuration } from "../configuration.ts";
import { CLASS_COUNT } from "../emotion.ts";
import { FACE } from "../emotion.ts";
import { crossEntropy } from "../evaluation/metrics.ts";
import { randomiseWeights } from "../model/_branched.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type Predictor } from "../model/predictor.ts";
import type { Execution } from "../tensorflow/executor.ts";
import { randomStream } from "../seed.ts";
import * as tf from "../tensorflow/tf.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import { epochBatches } from "./batch.ts";
import { type Engine, makeEngine, type StepResult } from "./engine.ts";

const IMAGES = tinyImages(28);

interface Options {
  readonly seed?: number;
  readonly execution?: Execution;
  readonly classWeights?: readonly number[];
}

/** Gives a model's engine and predictor to a function and frees everything afterwards. */
async function withEngine<T>(
  settings: Partial<Configuration>,
  { seed = 1, execution = "traced", classWeights }: Options,
  use: (engine: Engine, predict: Predictor["predict"], batchSize: number) => Promise<T>,
): Promise<T> {
  const configuration = { ...TINY, ...settings };
  const model = buildNetwork(configuration, { seed: 1 });
  try {
    using engine = makeEngine(model, configuration, {
      seed,
      execution,
      ...(classWeights ? { classWeights } : {}),
    });
    using predictor = makePredictor(model, {
      sample: FACE,
      execution,
      mirror: configuration.mirrorPrediction,
    });
    const predict: Predictor["predict"] = async (...images) => {
      await engine.pull();
      await predictor.push();
      return await predictor.predict(...images);
    };
    return await use(engine, predict, configuration.batchSize);
  } finally {
    model.dispose();
  }
}

/** Six steps, the fourth of a smaller batch, and a prediction. */
function trained(settings: Partial<Configuration>, options: Options) {
  return withEngine(settings, options, async (engine, predict, batchSize) => {
    const results: StepResult[] = [];
    for (const epoch of [1, 2]) {
      const batches = epochBatches(IMAGES, epoch, {
        batchSize,
        sample: FACE,
        augment: "none",
        seed: 1,
        mixup: settings.mixup ?? 0,
      });
      for (let i = 0; i < batches.count && results.length < 6; i++) {
        results.push(await engine.train(batches.at(i), 0.01, results.length + 1));
      }
    }
    return {
      results,
      probabilities: await predict(IMAGES.samples),
      variables: await variableValues(engine),
    };
  });
}

const CASES: Record<string, Partial<Configuration>> = {
  "Adam": {},
  "SGD with Nesterov momentum": { optimizer: "sgd" },
  "Adam with weight decay and clipping": { weightDecay: 0.1, clipNorm: 0.5 },
  "SGD with weight decay and clipping": { optimizer: "sgd", weightDecay: 0.1, clipNorm: 0.5 },
  "label smoothing": { labelSmoothing: 0.1 },
  "dropout": { convDropout: 0.25, denseDropout: 0.5 },
  "batch normalisation": { batchNorm: true },
  "batch normalisation of all layers": { batchNorm: "all" },
  "batch normalisation, dropout and decay": {
    batchNorm: true,
    convDropout: 0.2,
    denseDropout: 0.5,
    weightDecay: 0.01,
    clipNorm: 1,
    labelSmoothing: 0.1,
  },
  "a moving average": { ema: 0.9, batchNorm: true },
  "a moving average with SGD and decay": { ema: 0.2, optimizer: "sgd", weightDecay: 0.1 },
  "mixup": { mixup: 0.4, labelSmoothing: 0.1 },
  "mixup, a moving average and dropout": { mixup: 0.4, ema: 0.9, convDropout: 0.2 },
  "mirrored prediction": { mirrorPrediction: true },
};

for (const [name, settings] of Object.entries(CASES)) {
  Deno.test(`Traced steps are eager ones bit for bit, predictions to 1e-6: ${name}`, async () => {
    const classWeights = ["label smoothing", "mixup"].includes(name)
      ? [1, 5, 1, 0.5, 1, 2, 0]
      : undefined;
    const options = classWeights ? { classWeights } : {};
    const [traced, eager] = [
      await trained(settings, options),
      await trained(settings, { ...options, execution: "eager" }),
    ];
    deepStrictEqual(traced.results, eager.results);
    deepStrictEqual(traced.variables, eager.variables);
    // Of a prediction TensorFlow fuses operations, which changes the last digits.
    const worst = Math.max(
      ...eager.probabilities.map((value, i) => Math.abs(value - traced.probabilities[i]!)),
    );
    ok(worst <= 1e-6, `a probability is off by ${worst}`);
  });
}

Deno.test("Samples need not be images, nor classes seven: the model says what they are", async () => {
  const train = async (execution: Execution) => {
    const { layers } = tf;
    const model = tf.sequential({
      layers: [
        layers.dense({ units: 8, useBias: false, inputShape: [12] }),
        layers.batchNormalization(),
        layers.reLU(),
        layers.dense({ units: 3, activation: "softmax" }),
      ],
    });
    const stream = randomStream(1, "votes");
    randomiseWeights(model, stream);
    const inputs = Float32Array.from({ length: 10 * 12 }, () => stream.uniform());
    const batch = { inputs, labels: Uint8Array.from({ length: 10 }, (_, i) => i % 3), size: 10 };
    try {
      using engine = makeEngine(model, TINY, { seed: 1, execution });
      const losses: number[] = [];
      for (let step = 1; step <= 20; step++) {
        losses.push((await engine.train(batch, 0.05, step)).loss);
      }
      return { losses, variables: await variableValues(engine) };
    } finally {
      model.dispose();
    }
  };
  const traced = await train("traced");
  deepStrictEqual(traced, await train("eager"));
  ok(traced.losses.at(-1)! < 0.5 * traced.losses[0]!, `ends at ${traced.losses.at(-1)}`);
});

Deno.test("Averages follow all weights, moving statistics too, as the momentum says", async () => {
  const values = (variables: readonly { dataSync(): unknown }[]) =>
    variables.map((variable) => (variable.dataSync() as Float32Array).slice());
  const settings: Partial<Configuration> = { batchNorm: true, ema: 0.25 };
  const averaged = await withEngine(settings, {}, async (engine) => {
    const { samples, labels } = tinyImages(8);
    const batch = { inputs: Float32Array.from(samples, (gray) => gray / 255), labels, size: 8 };
    strictEqual(engine.averages.length, engine.weights.length);
    let expected = values(engine.weights);
    deepStrictEqual(values(engine.averages), expected);
    for (let step = 1; step <= 5; step++) {
      const before = values(engine.weights);
      await engine.train(batch, 0.01, step);
      await engine.pull();
      // 1/10, 2/11, 3/12, and 0.25 from then on.
      const kept = [0.1, 2 / 11, 0.25, 0.25, 0.25][step - 1]!;
      expected = expected.map((average, v) =>
        average.map((value, i) => kept * value + (1 - kept) * before[v]![i]!)
      );
      values(engine.averages).forEach((average, v) =>
        average.forEach((value, i) => ok(Math.abs(value - expected[v]![i]!) < 1e-6))
      );
    }
    notDeepStrictEqual(values(engine.averages), values(engine.weights));
    return values(engine.weights);
  });
  // It only looks on.
  const plain = await withEngine({ batchNorm: true }, {}, async (engine) => {
    strictEqual(engine.averages.length, 0);
    const { samples, labels } = tinyImages(8);
    const batch = { inputs: Float32Array.from(samples, (gray) => gray / 255), labels, size: 8 };
    for (let step = 1; step <= 5; step++) await engine.train(batch, 0.01, step);
    await engine.pull();
    return values(engine.weights);
  });
  deepStrictEqual(averaged, plain);
});

Deno.test("Training lowers the loss, and moves every trainable weight", () =>
  withEngine({ batchNorm: true }, {}, async (engine) => {
    const before = (await variableValues(engine)).map((values) => values.slice());
    const { samples, labels } = IMAGES;
    const batch = {
      inputs: Float32Array.from(samples, (gray) => gray / 255),
      labels,
      size: labels.length,
    };
    const losses: number[] = [];
    for (let step = 1; step <= 25; step++) {
      losses.push((await engine.train(batch, 0.01, step)).loss);
    }
    ok(losses.at(-1)! < 0.5 * losses[0]!, `ends at ${losses.at(-1)}`);
    const after = await variableValues(engine);
    strictEqual(engine.weights.length, 2 * 5 + 4);
    before.slice(0, engine.weights.length).forEach((values, i) =>
      notDeepStrictEqual(after[i], values)
    );
  }));

Deno.test("`correct` counts the images whose label is most probable before the step", () =>
  withEngine({}, {}, async (engine, predict) => {
    const { samples, labels } = tinyImages(8);
    const probabilities = await predict(samples);
    const expected = labels.filter((label, i) => {
      const row = probabilities.subarray(i * CLASS_COUNT, (i + 1) * CLASS_COUNT);
      return row.indexOf(Math.max(...row)) === label;
    }).length;
    const { correct, loss } = await engine.train(
      { inputs: Float32Array.from(samples, (gray) => gray / 255), labels, size: 8 },
      0.01,
      1,
    );
    strictEqual(correct, expected);
    const entropy = labels.reduce(
      (sum, label, i) => sum - Math.log(probabilities[i * CLASS_COUNT + label]!),
      0,
    );
    ok(Math.abs(loss - entropy / 8) < 1e-5);
  }));

Deno.test("Class weights scale the loss of their classes", async () => {
  const inputs = Float32Array.from(tinyImages(7).samples, (gray) => gray / 255);
  const loss = (label: number, classWeights: number[]) =>
    withEngine({}, { classWeights }, async (engine) =>
      (await engine.train(
        { inputs, labels: new Uint8Array(7).fill(label), size: 7 },
        0.01,
        1,
      )).loss);
  const ones = new Array(CLASS_COUNT).fill(1);
  const weights = [2, 0, 1, 1, 1, 1, 1];
  strictEqual(await loss(0, weights), 2 * await loss(0, ones));
  strictEqual(await loss(1, weights), 0);
  strictEqual(await loss(2, weights), await loss(2, ones));
});

Deno.test("Dropout has a new mask at every step, the same ones for the same seed", async () => {
  const inputs = Float32Array.from(tinyImages(8).samples, (gray) => gray / 255);
  const batch = { inputs, labels: tinyImages(8).labels, size: 8 };
  // At a learning rate of 0 only the mask can change the loss.
  const losses = (seed: number, first = 1) =>
    withEngine({ convDropout: 0.3 }, { seed }, async (engine) => {
      const found: number[] = [];
      for (let step = first; step < first + 4; step++) {
        found.push((await engine.train(batch, 0, step)).loss);
      }
      return found;
    });
  const one = await losses(1);
  strictEqual(new Set(one).size, 4);
  deepStrictEqual(await losses(1), one);
  // The mask belongs to the step, not to how often the engine was called: so runs can be resumed.
  deepStrictEqual((await losses(1, 3)).slice(0, 2), one.slice(2));
  strictEqual(new Set([...one, ...await losses(0)]).size, 8);
});

for (const execution of ["traced", "eager"] as const) {
  Deno.test(`An engine frees all its tensors, and its steps leave none behind: ${execution}`, async () => {
    const before = tf.memory().numTensors;
    await withEngine(
      { batchNorm: true, convDropout: 0.1, clipNorm: 1, weightDecay: 0.1, ema: 0.9 },
      { execution },
      async (engine, predict) => {
        const { samples, labels } = tinyImages(8);
        const batch = { inputs: Float32Array.from(samples), labels, size: 8 };
        const atStart = tf.memory().numTensors;
        for (const step of [1, 2, 3]) await engine.train(batch, 0.01, step);
        await predict(samples);
        strictEqual(tf.memory().numTensors, atStart);
      },
    );
    strictEqual(tf.memory().numTensors, before);
  });
}

Deno.test("Batch normalisation predicts by averages that have caught up within an epoch", async () => {
  const confidence = await withEngine({ batchNorm: true }, {}, async (engine, predict) => {
    const batch = epochBatches(IMAGES, 1, { batchSize: 28, sample: FACE, augment: "none", seed: 1 })
      .at(0);
    // At rate 0 the weights stay, so that the batch's loss is what the averages should lead to.
    let loss = 0;
    for (let step = 1; step <= 80; step++) ({ loss } = await engine.train(batch, 0, step));
    const labels = batch.labels;
    const images = Uint8Array.from(batch.inputs, (value) => Math.round(255 * value));
    return { loss, predicted: crossEntropy(labels, await predict(images), 7) };
  });
  ok(
    Math.abs(confidence.predicted - confidence.loss) < 0.02,
    `trained at a loss of ${confidence.loss}, predicted at ${confidence.predicted}`,
  );
});

Deno.test("A label is a target like others: one-hot targets give the same bits, halves a mean of two", async () => {
  const step = (targets: (label: number) => number[], labelSmoothing: number, weights?: number[]) =>
    withEngine({ labelSmoothing }, weights ? { classWeights: weights } : {}, async (engine) => {
      const { samples, labels } = tinyImages(8);
      const inputs = Float32Array.from(samples, (gray) => gray / 255);
      const given = Float32Array.from([...labels].flatMap(targets));
      const batch = { inputs, labels, size: 8, ...given.length > 0 ? { targets: given } : {} };
      const result = await engine.train(batch, 0.01, 1);
      return { result, values: (await variableValues(engine)).map((value) => value.slice()) };
    });
  const oneHot = (label: number) => Array.from({ length: 7 }, (_, c) => c === label ? 1 : 0);
  for (const smoothing of [0, 0.1]) {
    deepStrictEqual(await step(oneHot, smoothing), await step(() => [], smoothing));
  }
  const weights = [1, 2, 3, 4, 5, 6, 7];
  deepStrictEqual(await step(oneHot, 0, weights), await step(() => [], 0, weights));
  // The loss is linear in the target.
  const next = (label: number) => oneHot((label + 1) % 7);
  const half = (label: number) => oneHot(label).map((one, c) => (one + next(label)[c]!) / 2);
  const [first, second, both] = [await step(oneHot, 0), await step(next, 0), await step(half, 0)];
  ok(Math.abs((first.result.loss + second.result.loss) / 2 - both.result.loss) < 1e-5);
});

Deno.test("Gradients are what a step goes by, and to ask for them changes no variable", async () => {
  const settings: Partial<Configuration> = {
    ...{ batchNorm: true, optimizer: "sgd", momentum: 0, labelSmoothing: 0.1, mixup: 0.3 },
  };
  await withEngine(settings, {}, async (engine) => {
    const batch = epochBatches(IMAGES, 1, {
      ...{ batchSize: 8, sample: FACE, augment: "none", seed: 1, mixup: 0.3 },
    }).at(0);
    const before = (await variableValues(engine)).map((values) => values.slice());
    const gradients = engine.gradients(batch);
    deepStrictEqual(engine.gradients(batch), gradients);
    deepStrictEqual(await variableValues(engine), before);
    const rate = 0.25;
    await engine.train(batch, rate, 1);
    const after = await variableValues(engine);
    for (const [i, name] of engine.names.entries()) {
      const gradient = gradients[name];
      strictEqual(gradient === undefined, name.includes("/moving_"), name);
      // A bias before a normalisation has none but for rounding.
      const largest = Math.max(1e-4, ...gradient?.map(Math.abs) ?? []);
      for (const [j, value] of gradient?.entries() ?? []) {
        const step = (before[i]![j]! - after[i]![j]!) / rate;
        ok(Math.abs(step - value) < 1e-3 * largest, `${name}[${j}]: ${step}, not ${value}`);
      }
    }
  });
});
