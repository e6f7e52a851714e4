/**
 * Training in bfloat16: what of a step is computed in it, and that it is the same every time.
 *
 * @module
 */

import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { testWith } from "../_skip.ts";
import type { Configuration } from "../configuration.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor } from "../model/predictor.ts";
import { withoutBfloat16 } from "../tensorflow/_bfloat16.ts";
import type { NativeGraphOptions } from "../tensorflow/native.ts";
import { parseRunMetadata } from "../tensorflow/step_stats.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import { epochBatches } from "./batch.ts";
import { makeEngine } from "./engine.ts";

/** Everything that a step can hold. */
const ALL: Partial<Configuration> = {
  batchNorm: "all",
  convDropout: 0.2,
  denseDropout: 0.5,
  weightDecay: 0.01,
  clipNorm: 1,
  labelSmoothing: 0.1,
};

/** Eight steps, the last of each epoch on a smaller batch, and predictions by the weights after them. */
async function trained(changes: Partial<Configuration>, graph: NativeGraphOptions = {}) {
  const configuration: Configuration = { ...TINY, precision: "bfloat16", ...changes };
  const model = buildNetwork(configuration, { seed: 1, form: FER2013_FORM });
  const images = tinyImages(28);
  try {
    using engine = makeEngine(model, configuration, { seed: 1, execution: "traced", graph });
    const losses: number[] = [];
    for (const epoch of [1, 2]) {
      const batches = epochBatches(images, epoch, {
        ...{ batchSize: 8, sample: FACE, augment: "none", seed: 1, mixup: configuration.mixup },
      });
      for (let i = 0; i < batches.count; i++) {
        losses.push((await engine.train(batches.at(i), 0.01, losses.length + 1)).loss);
      }
    }
    const variables = await variableValues(engine);
    using predictor = makePredictor(model, { sample: FACE, execution: "traced" });
    return { losses, variables, probabilities: await predictor.predict(images.samples) };
  } finally {
    model.dispose();
  }
}

const DTYPES: Readonly<Record<number, string>> = { 1: "float32", 14: "bfloat16" };

/** The floating-point types of the first outputs of the step's operations, by their kind. */
async function typesOf(changes: Partial<Configuration>): Promise<Map<string, string>> {
  const types = new Map<string, Set<string>>();
  let last: ReturnType<typeof parseRunMetadata> = [];
  await trained(changes, {
    onRunMetadata: (metadata) => {
      const operations = parseRunMetadata(metadata);
      // Not the graphs that bring weights in and out.
      if (operations.some(({ type }) => type.includes("Softmax"))) last = operations;
    },
  });
  for (const { type, outputs: [first] } of last) {
    const name = DTYPES[first ?? -1];
    const kind = type.replace(/^_Mkl(Native)?/, "");
    if (name) types.set(kind, (types.get(kind) ?? new Set()).add(name));
  }
  return new Map([...types].map(([kind, names]) => [kind, [...names].sort().join()]));
}

testWith(
  withoutBfloat16,
  "A step multiplies in bfloat16, and what must not lose digits is float32",
  async () => {
    const types = await typesOf(ALL);
    const of = (...kinds: string[]) => kinds.map((kind) => types.get(kind));
    const convolutions = ["Conv2D", "Conv2DBackpropFilter", "Conv2DBackpropInput"];
    const others = [
      "BatchMatMulV2",
      "FusedBatchNormV3",
      "FusedBatchNormGradV3",
      "Relu",
      "ReluGrad",
    ];
    const pooling = ["MaxPool", "MaxPoolGrad"];
    for (const type of of(...convolutions, ...others, ...pooling)) strictEqual(type, "bfloat16");
    const precise = ["SoftmaxCrossEntropyWithLogits", "Mean", "BiasAddGrad", "ReadVariableOp"];
    // Of clipping, decay and the slow way of Adam.
    const optimizer = ["Square", "Sum", "AddN", "Sqrt", "Sub", "Add", "RealDiv"];
    for (const type of of(...precise, ...optimizer)) strictEqual(type, "float32");
    // Of the moving average, where nothing else subtracts.
    strictEqual((await typesOf({ ema: 0.9 })).get("Sub"), "float32");
    // Images and losses are mixed in float32.
    const mixing = await typesOf({ mixup: 0.4 });
    for (const kind of ["GatherV2", "Sub", "Add"]) strictEqual(mixing.get(kind), "float32", kind);
  },
);

testWith(withoutBfloat16, "A step in float32 holds no bfloat16", async () => {
  const types = new Set((await typesOf({ ...ALL, precision: "float32" })).values());
  deepStrictEqual([...types], ["float32"]);
});

for (
  const [name, changes] of Object.entries<Partial<Configuration>>({
    "plain": {},
    "everything": ALL,
    "SGD": { optimizer: "sgd", clipNorm: 0.5 },
    "a moving average": { ema: 0.9, batchNorm: true },
    "mixup": { mixup: 0.4, labelSmoothing: 0.1 },
    "two convolutions a block": { network: "vgg(2)" },
    "residual blocks with squeeze-and-excitation": {
      ...{ network: "resnet(1, 2, 8)", filters: [8, 16], batchNorm: true },
      ...{ squeezeExcitation: 4, head: "average", initializer: "he-normal" },
    },
    "strided residual blocks": {
      ...{ network: "resnet(1, 2, 8)", filters: [8, 16], batchNorm: true, downsampling: "strided" },
    },
  })
) {
  testWith(
    withoutBfloat16,
    `Training in bfloat16 is the same to the bit, and near float32: ${name}`,
    async () => {
      const one = await trained(changes);
      deepStrictEqual(await trained(changes), one);
      const exact = await trained({ ...changes, precision: "float32" });
      notDeepStrictEqual(one.variables, exact.variables);
      one.losses.forEach((loss, i) => {
        const off = Math.abs(loss / exact.losses[i]! - 1);
        ok(off < 0.1, `loss ${loss} instead of ${exact.losses[i]} in step ${i + 1}`);
      });
    },
  );
}

Deno.test("Op by op there is no bfloat16, and an engine says so", () => {
  const configuration: Configuration = { ...TINY, precision: "bfloat16" };
  const model = buildNetwork(configuration, { seed: 1, form: FER2013_FORM });
  try {
    throws(() => makeEngine(model, configuration, { seed: 1, execution: "eager" }), {
      name: "UserError",
      message: /op by op \(--eager\) compute in float32: leave out one of the two$/,
    });
  } finally {
    model.dispose();
  }
});
