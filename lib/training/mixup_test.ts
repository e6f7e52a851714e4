import { deepStrictEqual, notDeepStrictEqual, ok, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { FACE } from "../emotion.ts";
import { crossEntropy } from "../evaluation/metrics.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor } from "../model/predictor.ts";
import { randomStream } from "../seed.ts";
import { TINY, tinyImages } from "./_tiny.ts";
import { type Batch, makeEngine } from "./engine.ts";
import { drawMix, symmetricBeta } from "./mixup.ts";

Deno.test("symmetricBeta() has the mean and the variance of Beta(alpha, alpha)", () => {
  for (const alpha of [0.1, 0.2, 1, 4]) {
    const stream = randomStream(7, "beta", alpha);
    const count = 20_000;
    const values = Array.from({ length: count }, () => symmetricBeta(alpha, stream));
    const variance = 1 / (4 * (2 * alpha + 1));
    const mean = values.reduce((sum, value) => sum + value, 0) / count;
    const spread = values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / count;
    // Four standard errors; that of the variance is at most as large as for values of 0 and 1.
    ok(Math.abs(mean - 0.5) < 4 * Math.sqrt(variance / count), `alpha ${alpha}: mean ${mean}`);
    ok(Math.abs(spread - variance) < 4 * Math.sqrt(variance / count) / 2, `${alpha}: ${spread}`);
  }
});

Deno.test("drawMix() gives an order of the batch and a share from a half to 1, for any alpha", () => {
  fc.assert(fc.property(
    fc.double({ min: 1e-6, max: 100, noNaN: true }),
    fc.integer({ min: 1, max: 200 }),
    fc.record({ seed: fc.nat(), epoch: fc.nat(), index: fc.nat() }),
    (alpha, size, place) => {
      const { partners, share } = drawMix(alpha, size, place);
      deepStrictEqual([...partners].sort((a, b) => a - b), [...Array(size).keys()]);
      ok(share >= 0.5 && share <= 1, `${share}`);
      deepStrictEqual(drawMix(alpha, size, place), { partners, share });
    },
  ));
});

Deno.test("drawMix() draws anew for every seed, epoch and batch", () => {
  const place = { seed: 1, epoch: 1, index: 0 };
  const places = [place, { ...place, seed: 0 }, { ...place, epoch: 2 }, { ...place, index: 1 }];
  const mixes = places.map((each) => drawMix(0.4, 8, each));
  mixes.forEach((one, i) =>
    mixes.slice(0, i).forEach((other) => {
      notDeepStrictEqual(one.partners, other.partners);
      ok(one.share !== other.share);
    })
  );
});

const IMAGES = tinyImages(7);
const INPUTS = Float32Array.from(IMAGES.samples, (gray) => gray / 255);
const PARTNERS = Int32Array.of(3, 1, 0, 6, 2, 4, 5);
const PIXELS = INPUTS.length / 7;

/** The loss of one step, and what the network predicted for these images before it. */
async function step(
  batch: Partial<Batch>,
  { smoothing = 0, classWeights }: {
    readonly smoothing?: number;
    readonly classWeights?: readonly number[];
  } = {},
) {
  const configuration = { ...TINY, labelSmoothing: smoothing };
  const model = buildNetwork(configuration, { seed: 1 });
  try {
    using engine = makeEngine(model, configuration, {
      ...{ seed: 1, execution: "traced" },
      ...classWeights ? { classWeights } : {},
    });
    using predictor = makePredictor(model, {
      sample: { ...FACE, type: "float32", divisor: 1 },
      execution: "traced",
    });
    const whole = { inputs: INPUTS, labels: IMAGES.labels, size: 7, ...batch };
    const probabilities = await predictor.predict(whole.inputs);
    return { probabilities, ...await engine.train(whole, 0.01, 1) };
  } finally {
    model.dispose();
  }
}

/** The images as they are mixed, computed here. */
function mixedImages(share: number): Float32Array {
  return INPUTS.map((value, i) => {
    const partner = PARTNERS[Math.floor(i / PIXELS)]! * PIXELS + i % PIXELS;
    return share * value + (1 - share) * INPUTS[partner]!;
  });
}

Deno.test("A mixed batch's loss is the share of that towards the labels and the rest of that towards the partners'", async () => {
  const theirs = Uint8Array.from(PARTNERS, (partner) => IMAGES.labels[partner]!);
  for (const share of [0.5, 0.7, 1]) {
    const mix = { partners: PARTNERS, share };
    const { loss, correct } = await step({ mix });
    // The same images, mixed beforehand.
    const { probabilities, ...own } = await step({ inputs: mixedImages(share) });
    const towards = (labels: Uint8Array) => crossEntropy(labels, probabilities, 7);
    const expected = share * towards(IMAGES.labels) + (1 - share) * towards(theirs);
    ok(Math.abs(loss - expected) < 1e-5, `share ${share}: ${loss} instead of ${expected}`);
    strictEqual(correct, own.correct);
  }
});

Deno.test("Label smoothing and class weights hold for both labels of a mixed image", async () => {
  const mix = { partners: PARTNERS, share: 0.75 };
  const inputs = mixedImages(0.75);
  const labels = Uint8Array.from(PARTNERS, (partner) => IMAGES.labels[partner]!);
  const options = { smoothing: 0.1, classWeights: [1, 5, 1, 0.5, 1, 2, 0] };
  const [both, own, theirs] = [
    await step({ mix }, options),
    await step({ inputs }, options),
    await step({ inputs, labels }, options),
  ];
  const expected = 0.75 * own.loss + 0.25 * theirs.loss;
  ok(Math.abs(both.loss - expected) < 1e-5, `${both.loss} instead of ${expected}`);
  ok(Math.abs(both.loss - own.loss) > 1e-3);
});
