/**
 * The record of one run (one configuration, one seed), and the facts of its making.
 *
 * @module
 */

import { Type } from "typebox";
import {
  build,
  commonsense,
  configuration,
  confusion,
  count,
  dataset,
  digest,
  epoch,
  evaluation,
  model,
  name,
  positive,
  sha256,
  share,
  status,
} from "./common.ts";
import {
  definitions,
  described,
  dictionary,
  file,
  idOf,
  object,
  orNull,
  type Read,
} from "./define.ts";

const { $defs, part } = definitions(idOf("run-record"));

export type Scores = Read<typeof scores>;
const scores = part("scores", "A set of weights and how it scores", {
  epoch: count,
  averaged: Type.Optional(
    Type.Literal(true, { description: "There where these are the moving average of the weights" }),
  ),
  weights: described(sha256, "SHA-256 over the weights in the order of the model"),
  training: described(
    evaluation,
    "Training without its augmented copies, in inference mode; with split the part that is trained on",
  ),
  validation: described(evaluation, "PublicTest"),
  test: described(evaluation, "All of PrivateTest"),
  cleanTest: described(evaluation, "The PrivateTest images with no copy in Training or PublicTest"),
});

/** How the best epoch's weights do where something is missing or noisy. */
export type ConditionScores = Read<typeof condition>;
const condition = object({ name, accuracy: share, macroF1: share, confusion });

/** What a run on Training split anew would have reported. */
export type Claim = Read<typeof claim>;
const claim = object({
  scores: described(evaluation, "The best epoch's weights on what was held out of Training"),
  copies: described(count, "Of the held-out images those that are augmented copies"),
  unrelated: described(
    evaluation,
    "The same on those of the held-out images that have no relative in what is trained on: neither their original nor a copy of it, nor either of an image with the original's pixels",
  ),
  predictions: described(sha256, "Of the file claimed.csv: the predictions on what was held out"),
});

/** What one run is a function of, and its results. */
export type RunRecord = Read<typeof runRecord>;
export const runRecord = file(
  "run-record",
  "record.json: what one run is a function of, and what came out. No time, host or path.",
  {
    digest,
    seed: Type.Integer(),
    status,
    configuration,
    dataset,
    build,
    model,
    epochs: Type.Array(epoch, { description: "One entry per finished epoch" }),
    bestEpoch: described(
      count,
      "The epoch that came first by selection, from 1; 0 where no epoch was finished",
    ),
    selection: Type.Literal("validation accuracy", {
      description:
        "What was compared to choose the best epoch: on PublicTest, or with split on the part of Training that selectOn says",
    }),
    best: described(scores, "The best epoch's weights"),
    last: described(scores, "The last epoch's weights"),
    claimed: Type.Optional(described(
      claim,
      "There where Training is split anew: what would have been reported instead of best.test",
    )),
    conditions: Type.Optional(Type.Array(condition, {
      description:
        "The best epoch's weights on PrivateTest under the conditions that the data set has, such as a missing modality",
      minItems: 1,
    })),
    commonsense: described(commonsense, "What needs no training: floors for every table"),
    predictions: described(
      sha256,
      "Of the file predictions.csv: the best epoch's predictions on PrivateTest",
    ),
  },
  $defs,
);

/** Which code ran; null outside git. */
export type CheckoutState = Read<typeof checkoutState>;
const checkoutState = orNull(
  object({
    commit: Type.String({ pattern: "^[0-9a-f]{40,64}$" }),
    patch: orNull(Type.String({ pattern: "^[0-9a-f]{64}$" }), {
      description:
        "Of the file patch.diff: what was not committed, as git apply takes it on the commit; null where all was. Runs from before there was that file have a digest and no file",
    }),
    edited: Type.Optional(Type.Literal(true, {
      description:
        "There where the code was edited after it was looked at, or while the run was stopped: not all of it may have been this",
    })),
  }),
  { description: "The commit, and what was not committed; null outside git" },
);

const time = Type.String({
  description: "ISO 8601, UTC",
  pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$",
});

/** When, where and how long: `run.json`. */
export type RunFacts = Read<typeof runFacts>;
export const runFacts = file("run-facts", "run.json: when, where and how long.", {
  started: time,
  finished: time,
  trainingSeconds: described(positive, "Of training, validation after each epoch included"),
  scoringSeconds: described(positive, "Of the final scoring"),
  imagesPerSecond: positive,
  peakMemory: described(count, "Largest resident memory in bytes"),
  host: Type.String(),
  cpuModel: Type.String(),
  threads: Type.Integer({ minimum: 1 }),
  versions: dictionary(Type.String()),
  command: Type.String({ description: "The command that made it" }),
  git: checkoutState,
  resumptions: described(count, "How often the run was stopped and resumed"),
});
