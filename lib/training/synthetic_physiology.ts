/**
 * A synthetic physiological channel with a dial: four features, as if of heart rate and skin conductance,
 * that tell so many bits of a sample's class, and nothing else.
 *
 * Nobody measured them: a program draws them from the label. They say what a second signal of so much
 * information would be worth, and nothing of how much a body tells.
 *
 * Each class has a place on the plane of valence and arousal (the circumplex, Russell 1980), each feature a
 * weight for either. A feature is normal about the weighted sum for the sample's class, times a scale,
 * with standard deviation 1 and independent of the others and of all else that is known of the sample. The
 * scale is found such that the mutual information of the four with a class as frequent as in Training is
 * what the dial says. At 0 bits the features are noise.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { labelCounts } from "../dataset/audit.ts";
import { type DataForm, type Dataset, perSplit } from "../dataset/dataset.ts";
import type { Emotion } from "../emotion.ts";
import { mostInformation, type Point, scaleOfInformation } from "../evaluation/information.ts";
import { sampleSize, type SampleValues, SYNTHETIC_PHYSIOLOGY } from "../sample.ts";
import { randomStream } from "../seed.ts";

const { name: NAME, length: LENGTH } = SYNTHETIC_PHYSIOLOGY;

/**
 * Valence and arousal, rounded, in the order that the circumplex (Russell 1980) and ratings in words
 * (Russell and Mehrabian 1977) have them. Anger and fear are nearly one: the body tells them apart late.
 */
const PLACES: Readonly<Record<Emotion, Point>> = {
  angry: [-0.5, 0.6],
  disgust: [-0.6, 0.3],
  fear: [-0.6, 0.7],
  happy: [0.8, 0.5],
  sad: [-0.6, -0.3],
  surprise: [0.4, 0.7],
  neutral: [0, 0],
};

/**
 * What a feature takes of valence and of arousal. The signs are the literature's (Lang et al. 1993: skin
 * conductance goes with arousal, heart rate with valence too; Kreibig 2010: heart-rate variability falls
 * with arousal); the sizes are chosen here.
 */
const FEATURES: readonly { readonly name: string; readonly weights: Point }[] = [
  { name: "heart rate", weights: [0.4, 0.6] },
  { name: "heart-rate variability", weights: [0.5, -0.5] },
  { name: "skin-conductance level", weights: [0, 1] },
  { name: "skin-conductance response", weights: [-0.2, 0.8] },
];

/** The names of the features, in their order; their unit is the standard deviation within a class. */
export const FEATURE_NAMES: readonly string[] = FEATURES.map(({ name }) => name);

/** The hyper-parameter of the channel. */
export type SyntheticSettings = Pick<Configuration, "syntheticBits">;

/** The form of data with the channel, where there is one and the data have modalities. */
export function syntheticForm<Form extends DataForm>(
  form: Form,
  { syntheticBits }: SyntheticSettings,
): Form {
  const { modalities, divisor } = form.sample;
  if (syntheticBits === "none" || !modalities) return form;
  return {
    ...form,
    sample: {
      shape: [sampleSize(form.sample) + LENGTH],
      type: "float32",
      divisor,
      modalities: [...modalities, SYNTHETIC_PHYSIOLOGY],
    },
  };
}

/** How many bits the channel can have at most, for the classes of these samples of Training. */
export function mostSyntheticBits(labels: Uint8Array, classes: readonly string[]): number {
  return mostInformation(sharesOf(labels, classes));
}

/**
 * The means of the features for each class, in standard deviations.
 *
 * With equal normal noise in all of them, what the four tell of the class is what their projection on the
 * plane of the means tells: on it, places are apart as far as `plane` has them, which has the Gram matrix
 * of the weights (its Cholesky factor).
 *
 * @param classes Emotions have their places; others stand about a circle.
 * @param shares How frequent each class is; they add up to 1.
 * @param bits At most {@linkcode mostSyntheticBits}.
 * @returns Shape [classes, features].
 */
export function syntheticMeans(
  classes: readonly string[],
  shares: readonly number[],
  bits: number,
): number[][] {
  const places = classes.map((name, c) => placeOf(name, c / classes.length));
  const gram = (i: 0 | 1, j: 0 | 1) =>
    FEATURES.reduce((sum, { weights }) => sum + weights[i] * weights[j], 0);
  const across = Math.sqrt(gram(0, 0));
  const along = gram(0, 1) / across;
  const up = Math.sqrt(gram(1, 1) - along ** 2);
  const plane = places.map(([v, a]): Point => [across * v + along * a, up * a]);
  const scale = scaleOfInformation(plane, shares, bits);
  return places.map(([valence, arousal]) =>
    FEATURES.map(({ weights }) => scale * (weights[0] * valence + weights[1] * arousal))
  );
}

/**
 * A data set with the channel, told of every split and condition alike.
 *
 * @param dataset With modalities; one without is given back. Nothing of it is changed.
 * @param seed The run's; the noise of a sample is the same whatever the bits are.
 * @throws {RangeError} For more than {@linkcode mostSyntheticBits}.
 */
export function addSynthetic(
  dataset: Dataset,
  settings: SyntheticSettings,
  seed: number,
): Dataset {
  const { syntheticBits } = settings;
  const form = syntheticForm(dataset, settings);
  if (form === dataset || syntheticBits === "none") return dataset;
  const { classes, splits, sample } = dataset;
  const means = syntheticMeans(classes, sharesOf(splits.Training.labels, classes), syntheticBits);
  const features = perSplit((name) => {
    const stream = randomStream(seed, NAME, name);
    const { labels } = splits[name];
    return Float32Array.from(
      { length: LENGTH * labels.length },
      (_, i) =>
        (means[labels[Math.floor(i / LENGTH)]!]![i % LENGTH]! + stream.normal()) * sample.divisor,
    );
  });
  const size = sampleSize(sample);
  return {
    ...form,
    splits: perSplit((name) => ({
      ...splits[name],
      samples: beside(splits[name].samples, size, features[name]),
    })),
    ...dataset.conditions
      ? {
        conditions: dataset.conditions.map(({ name, samples }) => ({
          name,
          samples: beside(samples, size, features.PrivateTest),
        })),
      }
      : {},
  };
}

/** On the plane of valence and arousal. */
function placeOf(name: string, turn: number): Point {
  const known = (PLACES as Readonly<Record<string, Point>>)[name];
  return known ?? [Math.cos(2 * Math.PI * turn), Math.sin(2 * Math.PI * turn)];
}

function sharesOf(labels: Uint8Array, classes: readonly string[]): number[] {
  return labelCounts(labels, classes).map((count) => count / labels.length);
}

/** Samples with the features after them. */
function beside(samples: SampleValues, size: number, features: Float32Array): Float32Array {
  const count = samples.length / size;
  const all = new Float32Array(count * (size + LENGTH));
  for (let i = 0; i < count; i++) {
    all.set(samples.subarray(i * size, (i + 1) * size), i * (size + LENGTH));
    all.set(features.subarray(i * LENGTH, (i + 1) * LENGTH), i * (size + LENGTH) + size);
  }
  return all;
}
