import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE, type Configuration } from "../configuration.ts";
import { FACE } from "../emotion.ts";
import { buildNetwork } from "../model/build_network.ts";
import { forwardPass } from "../model/forward.ts";
import { makePredictor } from "../model/predictor.ts";
import { EMOTIONS } from "../emotion.ts";
import * as tf from "../tensorflow/tf.ts";
import {
  explain,
  type Explainable,
  gradCam,
  type HeatMap,
  lastMap,
  mapGradient,
  occlusion,
} from "./explain.ts";
import { explanationSvg, LIMITS } from "./explain_svg.ts";

const HAPPY = EMOTIONS.indexOf("happy");

/** A network as it begins, with small layers; the caller disposes of it. */
function network(changes: Partial<Configuration> = {}): Explainable & Disposable {
  const configuration = { ...BASELINE, filters: [3, 4], denseUnits: 6, ...changes };
  const input = configuration.augment.includes("crop(40)") ? [40, 40, 1] : FACE.shape;
  const form = { classes: EMOTIONS, sample: { ...FACE, shape: input } };
  const model = buildNetwork(configuration, { seed: 1, form });
  const predictor = makePredictor(model, {
    sample: FACE,
    execution: "eager",
    mirror: configuration.mirrorPrediction,
    crops: configuration.cropPrediction,
  });
  return {
    ...{ model, sample: FACE, configuration },
    predict: (samples, options) => predictor.predict(samples, options),
    [Symbol.dispose]: () => {
      predictor[Symbol.dispose]();
      model.dispose();
    },
  };
}

/** Of finite differences. */
const STEP = 2e-3;

/** Gray values that differ from place to place, the same each time. */
const NOISE = Uint8Array.from({ length: 48 * 48 }, (_, i) => (i * 7919 + (i * i) % 251) % 256);

/** The share of a map's heat in a rectangle. */
function shareIn(
  { heat }: HeatMap,
  [left, top, right, bottom]: readonly [number, number, number, number],
): number {
  let inside = 0;
  let all = 0;
  heat.forEach((value, i) => {
    const [x, y] = [i % 48, Math.floor(i / 48)];
    all += value;
    if (x >= left && x < right && y >= top && y < bottom) inside += value;
  });
  return inside / all;
}

/**
 * Sets a network's weights by hand so that "happy" is more probable the brighter the places are that `counts` names,
 * of the last map's; all else is seen by no class.
 */
function lookAt(model: tf.LayersModel, counts: (x: number, y: number) => boolean): void {
  for (const weight of model.weights) {
    const values = new Float32Array(weight.shape.reduce((product, side) => product! * side!, 1)!);
    const [name] = weight.originalName.split("/").slice(-1);
    if (name!.startsWith("kernel")) {
      const outputs = weight.shape.at(-1)!;
      if (weight.shape.length === 4) {
        // The first channel goes on as it is: the middle of 3x3 pixels.
        values[4 * weight.shape[2]! * outputs] = 1;
      } else if (outputs === EMOTIONS.length) values[HAPPY] = 1;
      else {
        const side = 12;
        for (let y = 0; y < side; y++) {
          for (let x = 0; x < side; x++) {
            const from = (y * side + x) * (weight.shape[0]! / side ** 2);
            if (counts(x, y)) values[from * outputs] = 0.2;
          }
        }
      }
    }
    (weight.read() as tf.Variable).assign(tf.tensor(values, weight.shape as number[]));
  }
}

Deno.test("Grad-CAM's gradient is what finite differences are, in chains and in residual networks", () => {
  for (const changes of [{}, { network: "resnet(1)", batchNorm: true, head: "average" }] as const) {
    using asked = network(changes);
    const { model } = asked;
    const { place, shape } = lastMap(model)!;
    tf.tidy(() => {
      const input = tf.tensor4d(Float32Array.from(NOISE, (gray) => gray / 255), [1, 48, 48, 1]);
      const { map, gradient } = mapGradient(model, input, { place, label: HAPPY });
      deepStrictEqual(map.shape, [1, ...shape]);
      const values = map.dataSync().slice() as Float32Array;
      const slopes = gradient.dataSync();
      map.dispose();
      const forward = forwardPass(model);
      const logit = (changed: Float32Array): number => {
        let at = 0;
        const logits = forward.logits(input, {
          onOutput: () => ++at === place ? tf.tensor(changed, [1, ...shape]) : undefined,
        });
        return logits.dataSync()[HAPPY]!;
      };
      const largest = Math.max(...slopes.map(Math.abs));
      ok(largest > 1e-4, `${largest}`);
      // Where a place is 0, by its ReLU, or as large as its neighbour, pooling has a kink.
      const smooth = [...values.keys()].filter((i) => values[i]! > 0.01).slice(0, 400);
      for (const i of smooth.filter((_, n) => n % 40 === 0)) {
        const [up, down] = [STEP, -STEP].map((step) =>
          logit(values.map((value, p) => p === i ? value + step : value))
        );
        const slope = (up! - down!) / (2 * STEP);
        ok(Math.abs(slope - slopes[i]!) < 0.02 * largest, `${i}: ${slope}, ${slopes[i]}`);
      }
      ok(smooth.length > 100);
    });
  }
});

Deno.test("Both maps of a network that looks at the mouth alone lie on the mouth", async () => {
  using asked = network();
  // In places of 4x4 pixels: x 16 to 32, y 32 to 44.
  lookAt(asked.model, (x, y) => x >= 4 && x < 8 && y >= 8 && y < 11);
  const bright = new Uint8Array(48 * 48).map((_, i) => i % 3 === 0 ? 250 : 120);
  const before = tf.memory().numTensors;
  const [cam, covered] = [gradCam(asked, bright, HAPPY), await occlusion(asked, bright, HAPPY)];
  strictEqual(tf.memory().numTensors, before);
  // Between places a map is smooth, and a square of 8x8 pixels reaches over the edge.
  ok(shareIn(cam, [16, 32, 32, 44]) > 0.7, `${shareIn(cam, [16, 32, 32, 44])}`);
  ok(shareIn(cam, [13, 29, 35, 47]) > 0.99);
  ok(shareIn(covered, [12, 28, 36, 48]) > 0.95, `${shareIn(covered, [12, 28, 36, 48])}`);
  strictEqual(Math.max(...cam.heat), 1);
  ok(covered.fall! > 0.01 && covered.fall! < 1);
  // Nothing speaks for a class that no place is looked at for.
  ok(gradCam(asked, bright, 0).heat.every((value) => value === 0));
});

Deno.test("A map of several views lies where each of them does", () => {
  using plain = network();
  // Left, and in the middle from top to bottom: by the mirror image also right.
  lookAt(plain.model, (x, y) => x < 2 && y >= 5 && y < 7);
  const bright = new Uint8Array(48 * 48).fill(200);
  const configuration = { ...plain.configuration, mirrorPrediction: true };
  const left = [0, 16, 12, 32] as const;
  ok(shareIn(gradCam(plain, bright, HAPPY), left) > 0.98);
  const both = gradCam({ ...plain, configuration }, bright, HAPPY);
  ok(Math.abs(shareIn(both, left) - 0.5) < 0.01 && shareIn(both, [36, 16, 48, 32]) > 0.49);
});

Deno.test("explain() adds occlusion where the last map is coarse, and takes it alone where there is none", async () => {
  const methods = async (changes: Partial<Configuration>) => {
    using asked = network(changes);
    return (await explain(asked, NOISE, 0)).map(({ method, grain }) => `${method} ${grain}`);
  };
  deepStrictEqual(await methods({}), ["Grad-CAM 24"]);
  deepStrictEqual(await methods({ filters: [3, 3, 3, 3] }), ["Grad-CAM 6", "occlusion 8"]);
  deepStrictEqual(await methods({ network: "mlp(2)" }), ["occlusion 8"]);
  // Crops of 40 pixels lie within the face of 48.
  const five = { augment: "crop(40)", cropPrediction: "five", mirrorPrediction: true } as const;
  using asked = network(five);
  strictEqual(gradCam(asked, NOISE, 0).heat.length, 48 * 48);
});

Deno.test("explanationSvg() names the emotion, says what the colours mean, and what a map does not show", () => {
  const heat = new Float32Array(48 * 48);
  const svg = explanationSvg({
    ...{ title: "a<b>.jpg (2)", pixels: NOISE, size: { width: 48, height: 48 } },
    ...{ emotion: "happy", probability: 0.873 },
    maps: [
      { method: "Grad-CAM", grain: 6, heat },
      { method: "occlusion", grain: 8, heat: heat.map(() => 1), fall: 0.456 },
    ],
  });
  for (
    const words of ["a&#60;b&#62;.jpg (2)", "What speaks for happy (87.3 %)", "nowhere anything"]
  ) {
    ok(svg.includes(`>${words}<`), words);
  }
  ok(svg.includes(">most: 45.6 points less<"));
  const told = [...svg.matchAll(/<text [^>]*>([^<]*)</g)].map(([, words]) => words).join(" ");
  ok(told.endsWith(LIMITS), told);
  strictEqual(svg.match(/<image /g)!.length, 5);
});
