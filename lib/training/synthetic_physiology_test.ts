import { deepStrictEqual, ok, strictEqual, throws } from "node:assert/strict";
import { type Dataset, perSplit } from "../dataset/dataset.ts";
import { EMOTIONS } from "../emotion.ts";
import { SYNTHETIC_PHYSIOLOGY } from "../sample.ts";
import { randomStream } from "../seed.ts";
import { addSynthetic, FEATURE_NAMES, syntheticMeans } from "./synthetic_physiology.ts";

const FEATURES = SYNTHETIC_PHYSIOLOGY.length;

/** Of FER2013's emotions, near their shares. */
const SHARES = [0.13, 0.02, 0.14, 0.25, 0.18, 0.11, 0.17];

/** One value of a face for each sample, labels drawn from the shares. */
function faces(count: number): Dataset {
  const stream = randomStream(7, "labels");
  const labels = Uint8Array.from({ length: count }, () => {
    let left = stream.uniform();
    return Math.max(0, SHARES.findIndex((share) => (left -= share) < 0));
  });
  const split = {
    labels,
    samples: Float32Array.from(labels.keys()),
    ids: Array.from(labels.keys(), String),
    length: count,
  };
  return {
    ...{ name: "faces", synthetic: false, description: "Faces", digest: "0", skipped: [] },
    split: "own",
    classes: EMOTIONS,
    sample: {
      ...{ shape: [1], type: "float32", divisor: 2 },
      modalities: [{ name: "face", length: 1, type: "features" }],
    },
    splits: perSplit(() => split),
    conditions: [{ name: "no face", samples: new Float32Array(count) }],
  };
}

/** The features of each sample, as a network gets them. */
function featuresOf({ sample, splits, conditions }: Dataset, condition = false): number[][] {
  const size = 1 + FEATURES;
  const samples = condition ? conditions![0]!.samples : splits.PrivateTest.samples;
  return Array.from(
    { length: samples.length / size },
    (_, i) =>
      [...samples.subarray(i * size + 1, (i + 1) * size)].map((value) => value / sample.divisor),
  );
}

/**
 * What drawn features tell of the labels, in bits, with nothing taken from how they were made but that they
 * are normal about a mean of their class: the mean of log2 p(x | y) / p(x), the means those of the sample.
 */
function drawnBits(features: readonly (readonly number[])[], labels: Uint8Array): number {
  const own = SHARES.map((_, c) => features.filter((_, i) => labels[i] === c));
  const means = own.map((rows) =>
    Array.from(
      { length: FEATURES },
      (_, f) => rows.reduce((sum, x) => sum + x[f]!, 0) / rows.length,
    )
  );
  const shares = own.map((rows) => rows.length / features.length);
  const bits = features.map((x, i) => {
    const densities = means.map((mean) =>
      Math.exp(-mean.reduce((sum, m, f) => sum + (x[f]! - m) ** 2, 0) / 2)
    );
    const all = densities.reduce((sum, density, c) => sum + shares[c]! * density, 0);
    return Math.log2(densities[labels[i]!]! / all);
  });
  return bits.reduce((sum, each) => sum + each, 0) / bits.length;
}

Deno.test("The synthetic channel tells as many bits as the dial says: an estimate from drawn samples finds them", () => {
  const dataset = faces(20_000);
  for (const bits of [0.1, 0.5, 1, 2]) {
    const drawn = addSynthetic(dataset, { syntheticBits: bits }, 1);
    const found = drawnBits(featuresOf(drawn), dataset.splits.PrivateTest.labels);
    ok(Math.abs(found - bits) < 0.02, `${found}, not ${bits}`);
  }
});

Deno.test("At 0 bits the features are the same whatever the labels are, and standard normal", () => {
  const dataset = faces(5000);
  const { splits } = dataset;
  const other = {
    ...dataset,
    splits: perSplit((name) => ({ ...splits[name], labels: splits[name].labels.toReversed() })),
  };
  const [one, two] = [dataset, other]
    .map((each) => featuresOf(addSynthetic(each, { syntheticBits: 0 }, 1)));
  deepStrictEqual(one, two);
  const values = one!.flat();
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length;
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length;
  ok(Math.abs(mean) < 0.03 && Math.abs(variance - 1) < 0.05, `${mean}, ${variance}`);
});

Deno.test("The channel is the same for the same seed, and keeps its noise when the dial is turned", () => {
  const dataset = faces(200);
  const before = [...dataset.splits.Training.samples];
  const of = (syntheticBits: number, seed: number) =>
    featuresOf(addSynthetic(dataset, { syntheticBits }, seed));
  deepStrictEqual(of(0.5, 1), of(0.5, 1));
  ok(of(0.5, 1)[0]![0] !== of(0.5, 2)[0]![0]);
  const { labels } = dataset.splits.PrivateTest;
  const shares = EMOTIONS.map((_, c) => labels.filter((y) => y === c).length / labels.length);
  const [means, noise, half] = [syntheticMeans(EMOTIONS, shares, 0.5), of(0, 1), of(0.5, 1)];
  for (const [i, y] of labels.entries()) {
    means[y]!.forEach((mean, f) => ok(Math.abs(half[i]![f]! - noise[i]![f]! - mean) < 1e-5));
  }
  deepStrictEqual([...dataset.splits.Training.samples], before, "what it is added to stays");
});

Deno.test("Splits draw apart, conditions have PrivateTest's features, and no channel is no change", () => {
  const dataset = faces(50);
  const drawn = addSynthetic(dataset, { syntheticBits: 1 }, 1);
  deepStrictEqual(featuresOf(drawn, true), featuresOf(drawn));
  ok(drawn.splits.Training.samples[1] !== drawn.splits.PrivateTest.samples[1]);
  deepStrictEqual(drawn.sample.modalities?.map(({ name }) => name), [
    "face",
    "synthetic-physiology",
  ]);
  strictEqual(addSynthetic(dataset, { syntheticBits: "none" }, 1), dataset);
});

Deno.test("Skin conductance goes with arousal: highest in fear and surprise, lowest in sadness", () => {
  const level = FEATURE_NAMES.indexOf("skin-conductance level");
  const means = syntheticMeans(EMOTIONS, SHARES, 0.5).map((mean) => mean[level]!);
  const order = EMOTIONS.toSorted((a, b) =>
    means[EMOTIONS.indexOf(a)]! - means[EMOTIONS.indexOf(b)]!
  );
  strictEqual(order[0], "sad");
  deepStrictEqual(order.slice(-2).sort(), ["fear", "surprise"]);
});

Deno.test("Classes that are no emotions have a channel, too, and more bits than there are to know are refused", () => {
  const means = syntheticMeans(["a", "b"], [0.5, 0.5], 0.5);
  ok(Math.abs(means[0]![0]! - means[1]![0]!) > 0.5);
  throws(() => syntheticMeans(["a", "b"], [0.5, 0.5], 1.01), RangeError);
});
