/**
 * Our side of the benchmark: a process that stays alive and times rounds on request, as the peers'
 * scripts do. One request and one answer per line, as JSON; see `cases.ts` for the requests.
 *
 * Settings come in the environment, since some must be there before TensorFlow is loaded:
 * `BENCH_CONFIG` is a serialised ConfigProto in hexadecimal, `BENCH_MALLOPT` numbers for glibc's
 * mallopt(3) such as `-3=1073741824`.
 *
 * @module
 */

import type { EngineSettings } from "../lib/training/engine.ts";
import { BASELINE, type Configuration } from "../lib/configuration.ts";
import type { Dataset } from "../lib/dataset/dataset.ts";
import { FER2013_FORM } from "../lib/dataset/form.ts";
import { CLASS_COUNT, FACE, IMAGE_PIXELS, IMAGE_SIZE } from "../lib/emotion.ts";
import { randomStream } from "../lib/seed.ts";
import type { NativeGraphOptions } from "../lib/tensorflow/native.ts";
import type { TrainingSamples } from "../lib/training/batch.ts";
import type { Case, Execution, Precision, Request } from "./cases.ts";
import { lines } from "./lines.ts";
import { purposeOf } from "./operations.ts";
import { makePeakMeter, type PeakMeter } from "./peak.ts";

const SEED = 1;
/** Steps of an epoch of the made-up images: more than a round, so that most batches follow another. */
const STEPS_PER_EPOCH = 40;
/** Steps before the first measured one. */
const WARM_UP = 20;

/** Something that can be run a number of steps at a time. */
interface Prepared extends Disposable {
  run(steps: number): Promise<void>;
}

// Loaded by the first request that needs it, so that its time can be told.
const load = async () => ({
  tf: await import("../lib/tensorflow/tf.ts"),
  ...await import("../lib/training/engine.ts"),
  ...await import("../lib/training/batch.ts"),
  ...await import("../lib/model/build_network.ts"),
  ...await import("../lib/model/predictor.ts"),
});
type Modules = Awaited<ReturnType<typeof load>>;

async function main(): Promise<void> {
  let prepared: Prepared | undefined;
  setMallopt(Deno.env.get("BENCH_MALLOPT"));
  for await (const line of lines(Deno.stdin.readable)) {
    const request = JSON.parse(line) as Request;
    if (request.do === "quit") break;
    try {
      if (request.do === "prepare") {
        prepared?.[Symbol.dispose]();
        const { execution = "traced", precision = "float32" } = request;
        prepared = await prepare(await load(), request.case, { execution, precision });
        await prepared.run(WARM_UP);
        answer({ ready: true });
      } else if (request.do === "round") {
        const start = performance.now();
        await prepared!.run(request.steps);
        answer({ milliseconds: (performance.now() - start) / request.steps });
      } else {
        answer(await carryOut(request));
      }
    } catch (error) {
      answer({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  prepared?.[Symbol.dispose]();
  for (const meter of meters.values()) meter[Symbol.dispose]();
}

function answer(fields: Record<string, unknown>): void {
  console.log(JSON.stringify(fields));
}

async function carryOut(
  request: Exclude<Request, { do: "prepare" | "round" | "quit" }>,
): Promise<Record<string, unknown>> {
  switch (request.do) {
    case "versions":
      return await versions(await load());
    case "start":
      return await start(request.case);
    case "matmul":
      return { gflops: matmul(await load(), request.times) };
    case "peak":
      return await peak(request.precision);
    case "operations":
      return await timeOperations(await load(), request);
    case "memory":
      return { rss: Deno.memoryUsage().rss };
    case "load":
      return await loadTwice(request.data, request.cache);
    case "epoch":
      return await trainEpoch(await load(), request.data, request.execution);
  }
}

// ----------------------------------------------------------------------------------------- steps

function configurationOf(
  settings: Case,
  precision: Precision = "float32",
  changes: Partial<Configuration> = {},
): Configuration {
  const { name: _name, title: _title, kind: _kind, ...shape } = settings;
  return { ...BASELINE, ...shape, ...changes, precision };
}

/** Images and labels without meaning: how long a step takes does not depend on them. */
function madeUpImages(count: number): TrainingSamples {
  const stream = randomStream(SEED, "benchmark");
  return {
    samples: Uint8Array.from({ length: count * IMAGE_PIXELS }, () => 256 * stream.uniform()),
    labels: Uint8Array.from({ length: count }, () => CLASS_COUNT * stream.uniform()),
  };
}

async function prepare(
  modules: Modules,
  settings: Case,
  { execution, precision }: { readonly execution: Execution; readonly precision: Precision },
): Promise<Prepared> {
  if (execution === "fit") return await prepareFit(modules, settings);
  const configuration = configurationOf(settings, precision);
  const data = madeUpImages(settings.batchSize * STEPS_PER_EPOCH);
  if (settings.kind === "predict") {
    const model = modules.buildNetwork(configuration, { seed: SEED });
    const predictor = modules.makePredictor(model, {
      sample: FACE,
      execution,
      graph: graphOptions(),
    });
    const images = data.samples.subarray(0, settings.batchSize * IMAGE_PIXELS);
    return {
      run: async (steps) => {
        for (let i = 0; i < steps; i++) {
          await predictor.predict(images, { batchSize: settings.batchSize });
        }
      },
      [Symbol.dispose]: () => {
        predictor[Symbol.dispose]();
        model.dispose();
      },
    };
  }
  const { engine, dispose } = engineOf(modules, configuration, execution, graphOptions());
  const { augment, batchSize, learningRate } = configuration;
  const batchesOf = (epoch: number) =>
    modules.epochBatches(data, epoch, { batchSize, sample: FACE, augment, seed: SEED });
  let epoch = 1;
  let index = 0;
  let step = 0;
  let batches = batchesOf(epoch);
  let next = batches.at(0);
  return {
    run: async (steps) => {
      for (let i = 0; i < steps; i++) {
        // As lib/training/train.ts does it: the next batch is made while this one is trained on.
        const running = engine.train(next, learningRate, ++step);
        if (++index === batches.count) {
          batches = batchesOf(++epoch);
          index = 0;
        }
        next = batches.at(index);
        await running;
      }
    },
    [Symbol.dispose]: dispose,
  };
}

function engineOf(
  { buildNetwork, makeEngine }: Modules,
  configuration: Configuration,
  execution: "traced" | "eager",
  graph: NativeGraphOptions,
) {
  const model = buildNetwork(configuration, { seed: SEED });
  const settings: EngineSettings = configuration;
  const engine = makeEngine(model, settings, { seed: SEED, execution, graph });
  const dispose = () => {
    engine[Symbol.dispose]();
    model.dispose();
  };
  return { model, engine, dispose };
}

/** What a user of tfjs writes: `model.compile`, then `model.fit` on tensors. */
function prepareFit(modules: Modules, settings: Case): Prepared {
  const { tf, buildNetwork } = modules;
  const model = buildNetwork(configurationOf(settings), { seed: SEED });
  compileForFit(modules, model);
  const { batchSize } = settings;
  const { x, y } = tensorsOf(modules, madeUpImages(batchSize * STEPS_PER_EPOCH));
  return {
    run: async (steps) => {
      for (let left = steps; left > 0; left -= STEPS_PER_EPOCH) {
        const images = Math.min(left, STEPS_PER_EPOCH) * batchSize;
        const [xs, ys] = [x.slice([0], [images]), y.slice([0], [images])];
        await model.fit(xs, ys, { batchSize, epochs: 1, shuffle: false, verbose: 0 });
        tf.dispose([xs, ys]);
      }
    },
    [Symbol.dispose]: () => {
      tf.dispose([x, y]);
      model.dispose();
    },
  };
}

function compileForFit({ tf }: Modules, model: ReturnType<Modules["buildNetwork"]>): void {
  model.compile({
    optimizer: tf.train.adam(BASELINE.learningRate),
    loss: "categoricalCrossentropy",
    metrics: ["accuracy"],
  });
}

function tensorsOf({ tf }: Modules, { samples, labels }: TrainingSamples) {
  const x = tf.tensor4d(Float32Array.from(samples, (gray) => gray / FACE.divisor), [
    labels.length,
    IMAGE_SIZE,
    IMAGE_SIZE,
    1,
  ]);
  const targets = new Float32Array(labels.length * CLASS_COUNT);
  labels.forEach((label, i) => targets[i * CLASS_COUNT + label] = 1);
  return { x, y: tf.tensor2d(targets, [labels.length, CLASS_COUNT]) };
}

// ------------------------------------------------------------------------------------ other work

async function versions({ tf }: Modules): Promise<Record<string, unknown>> {
  const { currentBuild } = await import("../lib/tensorflow/build.ts");
  return { tensorflow: currentBuild("traced").tensorflow, tfjs: tf.version_core };
}

/** From nothing to the second step, in milliseconds each. */
async function start(settings: Case): Promise<Record<string, unknown>> {
  const marks = [performance.now()];
  const modules = await load();
  // The backend is made when it is first asked for.
  modules.tf.scalar(0).dispose();
  marks.push(performance.now());
  const configuration = configurationOf(settings);
  const data = madeUpImages(settings.batchSize);
  const { engine, dispose } = engineOf(modules, configuration, "traced", graphOptions());
  const batch = modules.epochBatches(data, 1, { ...configuration, sample: FACE, seed: SEED }).at(0);
  marks.push(performance.now());
  await engine.train(batch, configuration.learningRate, 1);
  marks.push(performance.now());
  await engine.train(batch, configuration.learningRate, 2);
  marks.push(performance.now());
  dispose();
  const [importing, building, first, second] = marks.slice(1).map((mark, i) => mark - marks[i]!);
  return { importing, building, first, second };
}

/** The machine's peak: products of two 2048 x 2048 matrices, the GFLOP/s of each. */
function matmul({ tf }: Modules, times: number): number[] {
  const size = 2048;
  const matrix = tf.fill([size, size], 1 / size);
  const warm = tf.matMul(matrix, matrix);
  const speeds = Array.from({ length: times }, () => {
    const start = performance.now();
    // tfjs-node computes before it returns; nothing has to be read back.
    const product = tf.matMul(matrix, matrix);
    const milliseconds = performance.now() - start;
    product.dispose();
    return 2 * size ** 3 / milliseconds / 1e6;
  });
  tf.dispose([matrix, warm]);
  return speeds;
}

const meters = new Map<Precision, PeakMeter>();

/** The machine's peak in a precision: GFLOP/s by kind of work. */
async function peak(precision: Precision): Promise<Record<string, unknown>> {
  const meter = meters.get(precision) ?? await makePeakMeter(precision);
  meters.set(precision, meter);
  return { gflops: await meter.measure() };
}

/** Where a training step's time goes, by TensorFlow's own account. */
async function timeOperations(
  modules: Modules,
  { case: settings, changes, steps, precision }: Extract<Request, { do: "operations" }>,
): Promise<Record<string, unknown>> {
  const { parseRunMetadata, spanOf, timeByType } = await import("../lib/tensorflow/step_stats.ts");
  const runs: ReturnType<typeof parseRunMetadata>[] = [];
  const configuration = configurationOf(settings, precision, changes);
  const data = madeUpImages(settings.batchSize);
  const { engine, dispose } = engineOf(modules, configuration, "traced", {
    ...graphOptions(),
    onRunMetadata: (metadata) => runs.push(parseRunMetadata(metadata)),
  });
  const batchOf = (epoch: number) =>
    modules.epochBatches(data, epoch, { ...configuration, sample: FACE, seed: SEED }).at(0);
  const batch = batchOf(1);
  const run = async (count: number) => {
    const start = performance.now();
    for (let i = 1; i <= count; i++) await engine.train(batch, configuration.learningRate, i);
    return (performance.now() - start) / count;
  };
  await run(WARM_UP);
  runs.length = 0;
  const milliseconds = await run(steps);
  dispose();
  const start = performance.now();
  for (let epoch = 2; epoch < 2 + steps; epoch++) batchOf(epoch);
  return {
    milliseconds,
    preparation: (performance.now() - start) / steps,
    span: runs.reduce((sum, each) => sum + spanOf(each), 0) / steps,
    purposes: timeByType(runs, purposeOf),
    types: timeByType(runs),
  };
}

/** Loads a data set without and with its cache; without a path, draws faces. Seconds each. */
async function loadTwice(path: string | null, cache: string): Promise<Record<string, unknown>> {
  if (path === null) {
    const { generateFaces } = await import("../lib/dataset/synthetic.ts");
    const counts = { training: 1_000, publicTest: 100, privateTest: 100 };
    const begin = performance.now();
    generateFaces({ seed: SEED, ...counts });
    return { facesPerSecond: 1_200_000 / (performance.now() - begin) };
  }
  const { loadDataset } = await import("../lib/dataset/load.ts");
  const timed = async () => {
    const begin = performance.now();
    const { splits } = await loadDataset(path, { cacheFolder: cache });
    return {
      seconds: (performance.now() - begin) / 1000,
      images: Object.values(splits).reduce((sum, { length }) => sum + length, 0),
    };
  };
  const first = await timed();
  const cached = await timed();
  return { images: first.images, first: first.seconds, cached: cached.seconds };
}

/** One epoch of the baseline with its balanced copies, and the evaluation on PublicTest. */
async function trainEpoch(
  modules: Modules,
  path: string | null,
  execution: Execution,
): Promise<Record<string, unknown>> {
  const { prepareTraining } = await import("../lib/training/prepare.ts");
  const { train } = await import("../lib/training/train.ts");
  const dataset = await datasetOf(path);
  const configuration: Configuration = { ...BASELINE, epochs: 1 };
  const training = prepareTraining(dataset, configuration, SEED);
  const validation = dataset.splits.PublicTest;
  const images = { training: training.labels.length, validation: validation.length };
  if (execution === "fit") {
    const { tf, buildNetwork } = modules;
    const model = buildNetwork(configuration, { seed: SEED });
    compileForFit(modules, model);
    const { x, y } = tensorsOf(modules, training);
    const { x: x2, y: y2 } = tensorsOf(modules, validation);
    const begin = performance.now();
    await model.fit(x, y, { batchSize: 64, epochs: 1, validationData: [x2, y2], verbose: 0 });
    const seconds = (performance.now() - begin) / 1000;
    tf.dispose([x, y, x2, y2]);
    return { seconds, images };
  }
  const { model, engine, dispose } = engineOf(modules, configuration, execution, graphOptions());
  using predictor = modules.makePredictor(model, {
    sample: FACE,
    execution,
    graph: graphOptions(),
  });
  const begin = performance.now();
  await train(engine, configuration, { training, validation, form: FER2013_FORM }, {
    seed: SEED,
    predictor,
    save: () => Promise.resolve(),
  });
  const seconds = (performance.now() - begin) / 1000;
  dispose();
  return { seconds, images };
}

async function datasetOf(path: string | null): Promise<Dataset> {
  if (path !== null) return await (await import("../lib/dataset/load.ts")).loadDataset(path);
  const { generateFaces } = await import("../lib/dataset/synthetic.ts");
  return generateFaces({ seed: SEED, training: 5_600, publicTest: 800, privateTest: 800 });
}

// -------------------------------------------------------------------------------------- settings

function graphOptions(): NativeGraphOptions {
  const config = Deno.env.get("BENCH_CONFIG");
  if (!config) return {};
  return { config: Uint8Array.from(config.match(/../g)!, (byte) => parseInt(byte, 16)) };
}

/** Sets glibc's memory allocator as asked for: what is freed can stay with the process. */
function setMallopt(settings: string | undefined): void {
  if (!settings) return;
  const { symbols } = Deno.dlopen("libc.so.6", {
    mallopt: { parameters: ["i32", "i32"], result: "i32" },
  });
  for (const setting of settings.split(",")) {
    const [parameter, value] = setting.split("=").map(Number);
    if (symbols.mallopt(parameter!, value!) !== 1) throw new Error(`mallopt refuses ${setting}`);
  }
}

await main();
