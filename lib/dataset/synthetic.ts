/**
 * The embedded data set: faces drawn from facial action units, so that every experiment runs without
 * a download. It has FER2013's shape (size, splits, class imbalance, wrong labels), but it is not
 * FER2013, and everything made from it says "synthetic".
 *
 * An image is a function of the seed, the split and its number within the split: asking for more
 * images leaves the first ones as they are.
 *
 * @module
 */

import { CLASS_COUNT, type Emotion, EMOTIONS, faceForm } from "../emotion.ts";
import type { FaceCounts } from "../preset.ts";
import { randomStream } from "../seed.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import { type Dataset, type SplitName, SPLITS } from "./dataset.ts";
import { type ActionUnits, type ExpressionSpread, showEmotion } from "./faces/action_units.ts";
import { Canvas } from "./faces/canvas.ts";
import { type Disturbance, drawView, occlude, photograph } from "./faces/disturb.ts";
import { paintFace, quantise } from "./faces/draw.ts";
import { drawIdentity } from "./faces/identity.ts";

/** How many faces to draw, and from which seed. */
export interface SyntheticOptions {
  /** Any safe integer, 0 included. */
  readonly seed: number;
  /** Images of Training. */
  readonly training: number;
  /** Images of PublicTest. */
  readonly publicTest: number;
  /** Images of PrivateTest. */
  readonly privateTest: number;
  /** Side of the images in pixels; 48 if left out. */
  readonly size?: number;
  /** Share of labels, in every split, that name another emotion than the face shows; 0.1 if left out. */
  readonly wrongLabels?: number;
}

/** FER2013's Training images per class: the shares that synthetic labels follow. */
export const FER2013_TRAINING: Readonly<Record<Emotion, number>> = {
  angry: 3995,
  disgust: 436,
  fear: 4097,
  happy: 7215,
  sad: 4830,
  surprise: 3171,
  neutral: 4965,
};

/** The seed of the suite's own synthetic faces: one data set for all runs, as a real one would be. */
export const FACES_SEED = 2013;

/** The suite's own synthetic faces, so many of each split. */
export function suiteFaces(faces: FaceCounts): SyntheticOptions {
  return {
    seed: FACES_SEED,
    training: faces.Training,
    publicTest: faces.PublicTest,
    privateTest: faces.PrivateTest,
  };
}

/** The share of wrong labels if none is given. */
export const WRONG_LABELS = 0.1;

/** How weakly and how differently the generated people show an emotion. */
export const SPREAD: ExpressionSpread = { weakest: 0.35, leftOut: 0.08, stray: 0.25 };

/** How disturbed the generated images are. */
export const DISTURBANCE: Disturbance = {
  turn: 1.8,
  tilt: 0.1,
  shift: 1.2,
  zoom: 0.1,
  sidelight: 0.6,
  clutter: 8,
  shadows: 6,
  occluded: 0.15,
  blur: 2,
  noise: 12,
};

/** What a face wrongly labelled so may really show, with relative frequencies: pairs that people confuse. */
export const CONFUSIONS: Readonly<Record<Emotion, Partial<Readonly<Record<Emotion, number>>>>> = {
  angry: { sad: 3, disgust: 2, neutral: 3, fear: 2 },
  disgust: { angry: 8, sad: 2 },
  fear: { surprise: 4, sad: 4, angry: 2 },
  happy: { neutral: 6, surprise: 4 },
  sad: { neutral: 5, fear: 3, angry: 2 },
  surprise: { fear: 7, happy: 3 },
  neutral: { sad: 6, happy: 2, angry: 2 },
};

/**
 * Draws a data set.
 *
 * @throws {RangeError} For a count that is not a whole number from 1, or a share outside 0 to 1.
 */
export function generateFaces(options: SyntheticOptions): Dataset {
  const { seed, wrongLabels = WRONG_LABELS, size } = options;
  if (!(wrongLabels >= 0 && wrongLabels <= 1)) {
    throw new RangeError(`The share of wrong labels must be from 0 to 1, not ${wrongLabels}`);
  }
  const counts: Record<SplitName, number> = {
    Training: options.training,
    PublicTest: options.publicTest,
    PrivateTest: options.privateTest,
  };
  const form = { classes: EMOTIONS, sample: faceForm(size) };
  const builder = new DatasetBuilder({ form });
  const canvas = new Canvas(size);
  const pixels = new Uint8Array(canvas.pixels.length);
  for (const split of SPLITS) {
    if (!(Number.isSafeInteger(counts[split]) && counts[split] > 0)) {
      throw new RangeError(`${split} must have a whole number of images from 1: ${counts[split]}`);
    }
    const draw = labelSequence(seed, split, wrongLabels);
    for (let index = 0; index < counts[split]; index++) {
      const { label, shown } = draw(index);
      paintImage(canvas, seed, split, index, shown);
      builder.add(split, EMOTIONS.indexOf(label), quantise(canvas.pixels, pixels));
    }
  }
  const splits = builder.finish();
  return {
    name: "synthetic",
    synthetic: true,
    description: syntheticDescription({ ...options, wrongLabels }),
    ...form,
    digest: datasetDigest(splits, form),
    split: "generated",
    splits,
    skipped: builder.skipped,
  };
}

/**
 * The sentence for reports: that the faces are synthetic, how many, from which seed, how many labels
 * are wrong.
 */
export function syntheticDescription(options: SyntheticOptions): string {
  const { seed, training, publicTest, privateTest, wrongLabels = WRONG_LABELS } = options;
  const percent = Number((100 * wrongLabels).toFixed(2));
  return `${
    training + publicTest + privateTest
  } synthetic faces (not FER2013), drawn from facial ` +
    `action units with seed ${seed}: ${training} Training, ${publicTest} PublicTest, ` +
    `${privateTest} PrivateTest, in FER2013's class shares, ${percent} % of the labels wrong on purpose`;
}

/** The numbers of faces that such a sentence tells of; undefined where it does not. */
export function drawnFaces(description: string): FaceCounts | undefined {
  const told = /: (\d+) Training, (\d+) PublicTest, (\d+) PrivateTest, in FER/.exec(description);
  if (told === null) return undefined;
  const [Training, PublicTest, PrivateTest] = told.slice(1).map(Number);
  return { Training: Training!, PublicTest: PublicTest!, PrivateTest: PrivateTest! };
}

/** What an image is labelled and what it shows; the same unless the label is wrong. */
export interface Labelled {
  readonly label: Emotion;
  readonly shown: Emotion;
}

/**
 * The labels of a split by image number.
 *
 * Classes and wrong labels come from a two-dimensional low-discrepancy sequence (Roberts 2018, "R2")
 * that starts at a random point: the first n images have FER2013's class shares and the stated share
 * of wrong labels for every n, to within about one image.
 *
 * @param wrongLabels Share of wrong labels, 0 to 1.
 */
export function labelSequence(
  seed: number,
  split: SplitName,
  wrongLabels: number,
): (index: number) => Labelled {
  const start = randomStream(seed, "faces", split, "labels");
  const startX = start.uniform();
  const startY = start.uniform();
  const limits: number[] = [];
  let sum = 0;
  for (const emotion of EMOTIONS) limits.push(sum += FER2013_TRAINING[emotion]);
  return (index) => {
    const x = (startX + index * 0.7548776662466927) % 1 * sum;
    const label = EMOTIONS[Math.min(CLASS_COUNT - 1, limits.findIndex((limit) => x < limit))]!;
    const y = (startY + index * 0.5698402909980532) % 1;
    if (y >= wrongLabels) return { label, shown: label };
    return { label, shown: confuse(label, randomStream(seed, "faces", split, "wrong", index)) };
  };
}

function confuse(label: Emotion, stream: { uniform(): number }): Emotion {
  const options = Object.entries(CONFUSIONS[label]) as [Emotion, number][];
  let left = stream.uniform() * options.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [emotion, weight] of options) {
    left -= weight;
    if (left < 0) return emotion;
  }
  return options.at(-1)![0];
}

/** Paints image `index` of a split: an own person, expression, view and photograph each. */
function paintImage(
  canvas: Canvas,
  seed: number,
  split: SplitName,
  index: number,
  shown: Emotion,
): void {
  const stream = randomStream(seed, "faces", split, index);
  const person = drawIdentity(stream);
  const view = drawView(DISTURBANCE, stream);
  const units: ActionUnits = showEmotion(shown, SPREAD, stream);
  paintFace(canvas, units, person, view);
  occlude(canvas, person, DISTURBANCE, stream);
  photograph(canvas, DISTURBANCE, stream);
}
