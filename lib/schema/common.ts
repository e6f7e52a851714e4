/**
 * What the schemas of files share: scores, data sets, configurations, builds, models and epochs.
 *
 * @module
 */

import { type TSchema, Type } from "typebox";
import type { RecordedConfiguration } from "../configuration.ts";
import { EMOTIONS, FACE } from "../emotion.ts";
import {
  definitions,
  described,
  DIALECT,
  dictionary,
  each,
  idOf,
  object,
  oneOf,
  orNull,
  type Read,
  reference,
} from "./define.ts";

const ID = idOf("common");
const { $defs, define, part } = definitions(ID);

/** 0, 1, 2, ... */
export const count = Type.Integer({ minimum: 0 });
/** A number that is not negative. */
export const positive = Type.Number({ minimum: 0 });
/** A text that says something. */
export const name = Type.String({ minLength: 1 });
/** How far runs came. */
export const status = oneOf("complete", "interrupted");

const shareNumber = Type.Number({ description: "A share, 0 to 1", minimum: 0, maximum: 1 });

export const share = define("share", shareNumber);
export const shareOrNull = define(
  "shareOrNull",
  orNull(shareNumber, { description: "A share, 0 to 1; null where nothing stands below the line" }),
);

export const sha256 = define(
  "sha256",
  Type.String({ description: "SHA-256, hex", pattern: "^[0-9a-f]{64}$" }),
);

export const digest = define(
  "digest",
  Type.String({
    description:
      "A run's identity without its seed: 16 hex digits of the SHA-256 over configuration, data-set digest and build",
    pattern: "^[0-9a-f]{16}$",
  }),
);

/** How many samples of each class, by its name. */
export type ClassCounts = Read<typeof classCounts>;
export const classCounts = define(
  "classCounts",
  dictionary(count, {
    description:
      "Samples of each class: of those that /dataset tells of, FER2013's seven unless it tells of others",
    // For their order.
    properties: each(EMOTIONS, count),
    minProperties: 2,
  }),
);

const emotionCounts = define(
  "emotionCounts",
  dictionary(count, {
    description: "Images of each of FER2013's seven classes",
    required: [...EMOTIONS],
    maxProperties: EMOTIONS.length,
  }),
);

/** The name of a class: it is written between commas. */
const className = Type.String({ pattern: "^[^,]+$" });

const classes = define(
  "classes",
  Type.Array(className, {
    description:
      `The classes in the order of their label numbers; left out where they are FER2013's seven: ${
        EMOTIONS.join(", ")
      }`,
    minItems: 2,
    maxItems: 256,
    uniqueItems: true,
    not: { const: EMOTIONS },
  }),
);

const sample = define(
  "sample",
  object({
    shape: Type.Array(Type.Integer({ minimum: 1 }), {
      description: "Height, width and channels of an image, the length of a vector",
      minItems: 1,
    }),
    type: oneOf("uint8", "float32"),
    divisor: Type.Number({
      description: "A network's input is the value divided by this",
      exclusiveMinimum: 0,
    }),
    modalities: Type.Optional(Type.Array(
      object({
        name,
        length: Type.Integer({ minimum: 1 }),
        type: oneOf("votes", "probabilities", "features"),
      }),
      { description: "The parts of a vector that has some, in order", minItems: 1 },
    )),
  }, {
    description:
      "What a sample is and how it becomes a network's input; left out for 48x48 gray images of bytes, divided by 255",
    not: { const: FACE },
  }),
);

export const confusion = define(
  "confusion",
  Type.Array(Type.Array(count, { minItems: 2 }), {
    description: "Samples by label (row) and prediction (column), both in the order of the classes",
    minItems: 2,
  }),
);

/** Precision, recall and F1 averaged over the classes. */
export type Averages = Read<typeof averages>;
const averages = define("averages", object(each(["precision", "recall", "f1"], share)));

/** The scores of one class. */
export type ClassScores = Read<typeof classScores>;
const classScores = object({
  emotion: Type.String({ description: "The name of the class, an emotion or not", minLength: 1 }),
  support: described(count, "Samples of the class"),
  predicted: described(count, "Samples predicted as the class"),
  precision: described(
    shareOrNull,
    "0 for a class with samples that is never predicted; null where it has no samples either",
  ),
  recall: described(shareOrNull, "Null for a class without samples"),
  f1: described(shareOrNull, "Null as precision"),
});

export type Evaluation = Read<typeof evaluation>;
export const evaluation = part("evaluation", "How one set of weights does on some samples", {
  images: described(count, "Samples that were scored, images or not"),
  correct: described(count, "Of them predicted right"),
  accuracy: described(share, "correct / images"),
  loss: Type.Number({ description: "Mean cross-entropy in nats", minimum: 0 }),
  weighted: described(averages, "Means over the classes, each weighted by its samples"),
  macro: described(
    averages,
    "Means over the classes that labels or predictions have, all 0 without samples; where perClass has 0 instead of null, over all",
  ),
  perClass: Type.Array(classScores, {
    description:
      "In the order of the classes; a class without images has recall null, and one that is not predicted either also precision and F1. Records from before that have 0 there",
    minItems: 2,
  }),
  confusion,
});

/** A baseline without training: `majority class`, `class prior`, `nearest class mean`. */
export type CommonsenseScore = Read<typeof commonsenseScore>;
const commonsenseScore = object({ name, accuracy: share, macroF1: share });
export const commonsense = define(
  "commonsense",
  Type.Array(commonsenseScore, { description: "Baselines without training" }),
);

/** Its schema is made of the table of hyper-parameters; see {@linkcode commonSchema}. */
export const configuration = reference<RecordedConfiguration>(`${ID}#/$defs/configuration`);

/** A row or file that could not be used, with the reason; kept only under `--skip-bad`. */
export type BadImage = Read<typeof badImage>;
const badImage = object({
  where: Type.String({
    description: "For example fer2013.csv, row 17 or train/fear/Training_3.jpg",
  }),
  reason: Type.String(),
});

const names = (description: string) => dictionary(className, { description });

/** What was chosen of the data, with `--labels`, `--merge`, `--classes` and `--votes`. */
export type RecordedChoices = Read<typeof choices>;
const choices = object({
  labels: Type.Optional(object({
    preset: Type.Optional(described(name, "The data set whose numbers or codes they are")),
    names: names("Class by number, or by code in a file's name"),
  })),
  merge: Type.Optional(names("Class by the class that was joined with it")),
  kept: Type.Optional(Type.Array(className, {
    description: "The classes that were kept",
    minItems: 2,
  })),
  votes: Type.Optional(object({
    protocol: oneOf("majority", "probability", "cross-entropy"),
    digest: described(sha256, "Of the file of votes"),
  }, { description: "FER+'s votes in place of FER2013's labels (Barsoum et al. 2016)" })),
}, { description: "What was chosen of the data; left out where nothing was" });

const datasetParts = {
  name,
  synthetic: Type.Boolean(),
  description: Type.String(),
  caveat: Type.Optional(
    described(
      name,
      "What is to be known of the data before any number; its first sentence says what they are",
    ),
  ),
  classes: Type.Optional(classes),
  sample: Type.Optional(sample),
  digest: sha256,
  split: oneOf("official", "own", "stratified-tenth", "drawn", "generated", "folds"),
  targets: Type.Optional(oneOf("distributions", "draws")),
  choices: Type.Optional(choices),
  equalised: Type.Optional(Type.Literal(true, {
    description:
      "There where the histograms of the pictures are equalised, unless the digest tells: what a network predicts must be, too",
  })),
  folds: Type.Optional(Type.Integer({
    description:
      "There where a run is a cross-validation: how many networks it trained. counts and trainedOn are added up over them; each sample is in PrivateTest once",
    minimum: 3,
  })),
  groups: Type.Optional(object({ name, count }, {
    description: "There where intervals and tests are over groups of samples, such as 91 actors",
  })),
  counts: object(each(["Training", "PublicTest", "PrivateTest"], classCounts)),
  trainedOn: classCounts,
  cleanTestImages: described(count, "PrivateTest images with no copy in Training or PublicTest"),
  skipped: Type.Array(badImage, { description: "Only under --skip-bad" }),
};

/** Data that tell of no classes have FER2013's. */
function emotionsUnlessTold(counts: Readonly<Record<string, TSchema>>) {
  return { if: { not: { required: ["classes"] } }, then: { properties: counts } };
}

const ofEachSplit = { counts: dictionary(emotionCounts) };

/** The data set as the run saw it; classes and samples that are FER2013's are not told. */
export type DatasetRecord = Read<typeof dataset>;
export const dataset = define(
  "dataset",
  object(datasetParts, {
    description:
      "The data set as a run saw it; trainedOn counts Training after balancing and deduplication",
    ...emotionsUnlessTold({ ...ofEachSplit, trainedOn: emotionCounts }),
  }),
);

const { trainedOn: _, ...sharedParts } = datasetParts;

/** The data set as all variants of an experiment share it. */
export type ReportDataset = Read<typeof sharedDataset>;
export const sharedDataset = define(
  "sharedDataset",
  object(sharedParts, {
    description: "The data set as the variants of an experiment share it",
    ...emotionsUnlessTold(ofEachSplit),
  }),
);

export type BuildRecord = Read<typeof build>;
export const build = part("build", "What computes", {
  tensorflow: described(name, "Version of native TensorFlow, such as 2.21.0"),
  tfjs: described(name, "Version of tfjs-node"),
  platform: described(name, "linux-x86_64 and the like"),
  cpu: Type.String({
    description: "The vector instructions that decide which kernels run, such as avx512_vnni",
  }),
  threads: Type.Integer({ minimum: 1 }),
  execution: described(oneOf("traced", "eager"), "How steps run: one traced graph, or op by op"),
});

export type ModelRecord = Read<typeof model>;
export const model = part("model", "The model's size", {
  parameters: count,
  layers: Type.Array(object({
    name,
    type: name,
    output: Type.Array(Type.Integer({ minimum: 1 })),
    parameters: count,
  })),
});

/** One epoch. Losses are mean cross-entropy in nats; rates are per step. */
export type EpochRecord = Read<typeof epoch>;
/** The parts of an epoch, for means over epochs. */
export const epochParts = {
  epoch: Type.Integer({ description: "From 1", minimum: 1 }),
  learningRate: described(positive, "Of the epoch's last step"),
  trainingLoss: described(
    positive,
    "Mean over the epoch's steps, while weights moved, copies and augmentation included",
  ),
  trainingAccuracy: described(share, "As trainingLoss"),
  validationLoss: described(
    positive,
    "After the epoch, on what the epoch is chosen on: PublicTest, or with split a part of Training; with ema of the weights or their average, whichever are more accurate",
  ),
  validationAccuracy: described(share, "As validationLoss"),
};
/** Both that `validationLoss` and `validationAccuracy` were chosen from. */
const averagedParts = {
  rawValidationLoss: Type.Optional(described(positive, "With ema: of the weights themselves")),
  rawValidationAccuracy: Type.Optional(described(shareNumber, "As rawValidationLoss")),
  averagedValidationLoss: Type.Optional(
    described(positive, "With ema: of the weights' moving average"),
  ),
  averagedValidationAccuracy: Type.Optional(described(shareNumber, "As averagedValidationLoss")),
};
export const epoch = define("epoch", object({ ...epochParts, ...averagedParts }));

/**
 * The schema that the others refer to.
 *
 * @param configurationSchema Of a run's hyper-parameters, made of their table, which lies above this room.
 */
export function commonSchema(configurationSchema: TSchema) {
  return {
    $schema: DIALECT,
    $id: ID,
    title: "What the schemas of FER Lab share, version 1",
    $defs: { ...$defs, configuration: configurationSchema },
  };
}
