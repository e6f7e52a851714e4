/**
 * Made-up pairs of a face and a voice: what a network says of an image of FER2013, and what raters heard
 * in a clip of CREMA-D in which somebody acted the image's emotion.
 *
 * Within an emotion the voice is drawn whatever the face is, so that the two are independent given the
 * emotion, which those of one person are not. Nobody acted surprise: images of it are left out, and the
 * probabilities of the other classes are made to add up to 1.
 *
 * Actors are in one split only: the voices of a split are those of some folds of actors.
 *
 * @module
 */

import { readCsv } from "../csv.ts";
import { UserError } from "../error.ts";
import { sampleSize } from "../sample.ts";
import { randomStream } from "../seed.ts";
import { stringifyCsv } from "../std/csv.ts";
import { datasetDigest } from "./builder.ts";
import {
  type Clip,
  clipActor,
  clipFolds,
  clipLabel,
  conditionsOf,
  VOTE_CLASSES,
} from "./crema_d.ts";
import {
  type DataForm,
  type Dataset,
  perSplit,
  type Split,
  type SplitName,
  SPLITS,
} from "./dataset.ts";
import { divideScored, readNumber, readProbabilities, type ScoredImages } from "./scored_images.ts";

const COUNT = VOTE_CLASSES.length;

/** The form of pairs: counts of votes on the voice, and the network's probabilities. */
export const PAIRS_FORM: DataForm = {
  classes: VOTE_CLASSES,
  sample: {
    shape: [2 * COUNT],
    type: "float32",
    divisor: 1,
    modalities: [
      { name: "voice", length: COUNT, type: "votes" },
      { name: "face", length: COUNT, type: "probabilities" },
    ],
  },
};

const COLUMNS: readonly string[] = [
  ...["split", "image", "clip"],
  ...VOTE_CLASSES.map((name) => `voice_${name}`),
  ...VOTE_CLASSES.map((name) => `face_${name}`),
];

/** The first row of a file of pairs. */
export const PAIRS_START: string = `${COLUMNS.join()}\n`;

/** The digest of the pairs that come with the checkout. */
export const PAIRS_DIGEST = "f9323e857854b0afb17f00ad615c2c4e194d514ffdd3ed3ea93e05f1eaddf46a";

/** Of which folds of actors the voices of each split are. */
const FOLDS: Readonly<Record<SplitName, readonly number[]>> = {
  Training: [0, 1],
  PublicTest: [2],
  PrivateTest: [3, 4],
};

/** Significant digits of a probability that a file keeps. */
const DIGITS = 6;

/** An image with a voice. */
export interface Pair {
  readonly split: SplitName;
  /** The image's id. */
  readonly image: string;
  /** The clip's name, which tells actor and emotion. */
  readonly clip: string;
  /** Counts of votes on the voice, in the order of the classes; shape [6]. */
  readonly voice: readonly number[];
  /** The network's probabilities, in the order of the classes; shape [6]. */
  readonly face: readonly number[];
}

/**
 * Draws a voice for each image of an emotion that was acted, with replacement.
 *
 * @param scored Images with what a network says of them; see `divideScored` for what each is used as.
 * @param clips Of CREMA-D.
 * @param seed Of the draw, not of a run: runs of all seeds are then tested alike.
 * @throws {UserError} Where the images have not all classes, or a split no voice of an emotion.
 */
export function drawPairs(
  { classes, images }: ScoredImages,
  clips: readonly Clip[],
  seed: number,
): Pair[] {
  const missing = VOTE_CLASSES.find((name) => !classes.includes(name));
  if (missing) {
    throw new UserError(`The network knows no class ${missing}: the voices are of ${VOTE_CLASSES}`);
  }
  const places = VOTE_CLASSES.map((name) => classes.indexOf(name));
  const divided = divideScored(images);
  const folds = clipFolds(clips);
  return SPLITS.flatMap((split) => {
    const here = clips.filter((_, i) => FOLDS[split].includes(folds[i]!));
    const byLabel = Map.groupBy(here, ({ name }) => clipLabel(name, name));
    const stream = randomStream(seed, "voice of a face", split);
    return divided[split].flatMap(({ image, label, probabilities }): Pair[] => {
      const emotion = places.indexOf(label);
      if (emotion < 0) return [];
      const voices = byLabel.get(emotion) ?? [];
      if (voices.length === 0) {
        throw new UserError(`The actors of ${split} have no clip of ${VOTE_CLASSES[emotion]}`);
      }
      const { name: clip, votes } = voices[stream.integer(0, voices.length)]!;
      const face = places.map((place) => probabilities[place]!);
      const sum = face.reduce((total, p) => total + p, 0);
      return [{
        ...{ split, image, clip, voice: votes.slice(0, COUNT) },
        // A network that is sure of surprise says nothing of the others.
        face: face.map((p) => sum === 0 ? 1 / COUNT : Number((p / sum).toPrecision(DIGITS))),
      }];
    });
  });
}

/** Writes pairs as CSV. */
export function formatPairs(pairs: readonly Pair[]): string {
  return stringifyCsv([
    [...COLUMNS],
    ...pairs.map(({ split, image, clip, voice, face }) => [
      ...[split, image, clip],
      ...voice.map(String),
      ...face.map(String),
    ]),
  ]);
}

/**
 * Reads what {@linkcode formatPairs} writes.
 *
 * @param file Its name, for messages.
 * @throws {UserError} Names the file and the row.
 */
export function parsePairs(text: string, file: string): Pair[] {
  const [, ...rows] = readCsv(text, file);
  const pairs = rows.map((row, i) => parseRow(row, `${file}, row ${i + 2}`));
  for (const name of SPLITS) {
    if (!pairs.some(({ split }) => split === name)) throw new UserError(`${file}: Has no ${name}`);
  }
  return pairs;
}

function parseRow(row: readonly string[], where: string): Pair {
  const [name, image = "", clip = "", ...numbers] = row;
  if (row.length !== COLUMNS.length) {
    throw new UserError(`${where}: Has ${row.length} columns, not ${COLUMNS.length}`);
  }
  const split = SPLITS.find((each) => each === name);
  if (!split) throw new UserError(`${where}: "${name}" is none of ${SPLITS.join(", ")}`);
  if (image === "") throw new UserError(`${where}: The image has no name`);
  clipLabel(clip, where);
  const voice = numbers.slice(0, COUNT).map(readNumber);
  const votes = voice.reduce((sum, count) => sum + count, 0);
  if (!(votes > 0) || !voice.every((count) => Number.isInteger(count) && count >= 0)) {
    throw new UserError(`${where}: ${numbers.slice(0, COUNT).join(", ")} are no votes on a voice`);
  }
  const face = readProbabilities(numbers.slice(COUNT), where);
  return { split, image, clip, voice, face };
}

/** The data set of pairs, with a voice or face that is missing or has few votes as conditions. */
export function pairsDataset(pairs: readonly Pair[]): Dataset {
  const splits = perSplit((name) => splitOf(pairs.filter(({ split }) => split === name)));
  return {
    name: "face-voice",
    synthetic: false,
    ...PAIRS_FORM,
    description:
      "Made-up pairs: what a network says of an image of FER2013, and the votes of raters on a voice of " +
      "CREMA-D (Cao et al. 2014, ODbL 1.0) that acts the image's emotion. Training and PublicTest are images of " +
      "FER2013's PublicTest, on which the network was not trained, PrivateTest those of its " +
      "PrivateTest; the actors of one split are in no other",
    caveat:
      "Made-up pairs of strangers. Nobody's face and voice were recorded together: each image was given " +
      "the voice of an actor who plays the same emotion. This takes face and voice to be independent given " +
      "the emotion. Those of one person are not (in exp:fusion they err together), so what is gained here is " +
      "an upper bound of what a voice would add to this network; it cannot show how much of that is left " +
      "on people, or with voices that are not acted.",
    split: "own",
    digest: datasetDigest(splits, PAIRS_FORM),
    splits,
    conditions: conditionsOf(splits.PrivateTest, PAIRS_FORM.sample),
    groupName: "actors",
    skipped: [],
  };
}

function splitOf(pairs: readonly Pair[]): Split {
  const size = sampleSize(PAIRS_FORM.sample);
  const samples = new Float32Array(pairs.length * size);
  pairs.forEach(({ voice, face }, i) => samples.set([...voice, ...face], i * size));
  return {
    samples,
    labels: Uint8Array.from(pairs, ({ clip }) => clipLabel(clip, clip)),
    ids: pairs.map(({ image }) => image),
    groups: pairs.map(({ clip }) => clipActor(clip)),
    length: pairs.length,
  };
}
