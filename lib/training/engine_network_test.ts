import { deepStrictEqual, ok } from "node:assert/strict";
import type { Configuration } from "../configuration.ts";
import { FER2013_FORM } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { buildNetwork } from "../model/build_network.ts";
import { TINY, tinyImages, variableValues } from "./_tiny.ts";
import { epochBatches } from "./batch.ts";
import { makeEngine } from "./engine.ts";

const IMAGES = tinyImages(28);

/** Six steps on a network; the fourth has a smaller batch. */
async function trained(settings: Partial<Configuration>, execution: "traced" | "eager") {
  const configuration = { ...TINY, ...settings };
  const model = buildNetwork(configuration, { seed: 1, form: FER2013_FORM });
  try {
    using engine = makeEngine(model, configuration, { seed: 1, execution });
    const results = [];
    for (const epoch of [1, 2]) {
      const { batchSize } = configuration;
      const batches = epochBatches(IMAGES, epoch, {
        batchSize,
        sample: FACE,
        augment: "none",
        seed: 1,
      });
      for (let i = 0; i < batches.count && results.length < 6; i++) {
        results.push(await engine.train(batches.at(i), 0.01, results.length + 1));
      }
    }
    const values = await variableValues(engine);
    return { results, names: engine.variables.map(({ name }) => name), values };
  } finally {
    model.dispose();
  }
}

const CASES: readonly Partial<Configuration>[] = [
  { network: "vgg(2)" },
  { network: "vgg(2)", batchNorm: true },
  { network: "vgg(3)", batchNorm: "all", convDropout: 0.25, denseDropout: 0.5 },
  { network: "vgg(4)", optimizer: "sgd", clipNorm: 1 },
  { network: "vgg(2)", downsampling: "strided", head: "average", squeezeExcitation: 2 },
  { network: "plain(1, 2, 4)", initializer: "he-normal", convDropout: 0.25 },
  { network: "resnet(1, 2, 4)", batchNorm: true, squeezeExcitation: 2, head: "average" },
  { network: "resnet(2, 2, 4)", batchNorm: "all", downsampling: "strided", optimizer: "sgd" },
  { network: "mlp(2)", batchNorm: "all", denseDropout: 0.5 },
];

for (const settings of CASES) {
  Deno.test(`Traced steps are eager ones bit for bit: ${JSON.stringify(settings)}`, async () => {
    const traced = await trained(settings, "traced");
    const eager = await trained(settings, "eager");
    deepStrictEqual(traced.results, eager.results);
    // To print how two lists of many numbers differ would take minutes.
    const other = traced.names.filter((_, i) =>
      !traced.values[i]!.every((value, j) => Object.is(value, eager.values[i]![j]))
    );
    ok(other.length === 0, `these differ: ${other.join(", ")}`);
  });
}
