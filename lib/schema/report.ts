/**
 * The result of an experiment, the facts of its runs, and comparisons of any runs.
 *
 * @module
 */

import { Type } from "typebox";
import {
  build,
  classCounts,
  commonsense,
  configuration,
  confusion,
  count,
  digest,
  epochParts,
  model,
  name,
  sha256,
  share,
  sharedDataset,
  shareOrNull,
  status,
} from "./common.ts";
import {
  definitions,
  described,
  each,
  file,
  idOf,
  object,
  oneOf,
  orNull,
  type Read,
  reference,
} from "./define.ts";
import type { RunFacts } from "./run.ts";

const { $defs, define, part } = definitions(idOf("report"));

const seeds = Type.Array(Type.Integer(), { minItems: 1 });

/** What an experiment asks; stands at the top of its file and of its report. */
export type ExperimentText = Read<typeof experimentText>;
const experimentText = object({
  name: Type.String(),
  title: Type.String(),
  question: Type.String(),
  hypothesis: Type.String(),
  expected: Type.String({
    description:
      "What was expected before the runs: accuracy, and the minutes to plan with, on which data. What came of it is the report's to say",
  }),
  notes: Type.Optional(Type.Array(Type.String(), {
    description: "What else to know of the method, a paragraph each",
    minItems: 1,
  })),
});

/** A value of a hyper-parameter. */
const value = define(
  "value",
  Type.Unsafe<number | boolean | string | (number | string)[]>({
    anyOf: [
      { type: ["number", "boolean", "string"] },
      { type: "array", items: { type: ["number", "string"] } },
    ],
  }),
);

/** One hyper-parameter that differs. */
export type Change = Read<typeof change>;
const change = object({ name, baseline: value, value });

/** The numbers that stand first; all are shares from 0 to 1. */
export type Headline = Read<typeof headline>;
const HEADLINE = [
  ...["accuracy", "weightedPrecision", "weightedRecall", "weightedF1"] as const,
  ...["macroPrecision", "macroRecall", "macroF1"] as const,
];
const headline = define("headline", object(each(HEADLINE, share)));

export type RunScores = Read<typeof runScores>;
const runScores = part("scores", "The scores of one set of weights, without classes", {
  epoch: count,
  averaged: Type.Optional(
    Type.Literal(true, { description: "There where these are the moving average of the weights" }),
  ),
  weights: described(sha256, "SHA-256 over the weights"),
  trainingAccuracy: share,
  validationAccuracy: share,
  test: headline,
  cleanTest: headline,
});

export type RunReport = Read<typeof runReport>;
const runReport = part("run", "What a report keeps of one run", {
  seed: Type.Integer(),
  status,
  folder: described(name, "The run's folder relative to the report's"),
  epochs: described(count, "Epochs finished"),
  predictions: described(sha256, "SHA-256 of the predictions file"),
  best: runScores,
  last: runScores,
});

/** An epoch's means over `runs` runs. */
export type MeanEpoch = Read<typeof meanEpoch>;
const meanEpoch = define(
  "meanEpoch",
  object({ ...epochParts, runs: Type.Integer({ minimum: 1 }) }),
);

export type Estimate = Read<typeof estimate>;
const estimateObject = object({
  mean: Type.Number(),
  low: orNull(Type.Number()),
  high: orNull(Type.Number()),
  over: oneOf("seeds", "images", "groups", "nothing"),
}, {
  description:
    "A mean with its 95 % interval: Student's t over seeds, or Wilson's over images where there is one seed and the number is a share of images; where /dataset has groups the bootstrap over them, of the mean over seeds; without any the bounds are null",
});
const estimate = define("estimate", estimateObject);
const estimateOrNull = define(
  "estimateOrNull",
  orNull(estimateObject, { description: "As estimate; null for a class without images" }),
);

/** One class. */
export type ClassReport = Read<typeof classReport>;
const classReport = object({
  name,
  support: described(count, "Images of the class"),
  precision: described(
    shareOrNull,
    "Null where the class neither has images nor is predicted, by any run",
  ),
  recall: estimateOrNull,
  f1: described(shareOrNull, "Null as precision"),
});

export type GroupReport = Read<typeof group>;
const group = part("group", "The best weights' scores on some images, over all seeds", {
  images: count,
  ...each(HEADLINE, estimate),
  classes: Type.Array(classReport, { description: "In their order", minItems: 2 }),
  confusion: described(confusion, "Sums over the runs: row = label, column = prediction"),
});

/** From low to high, both included. */
export type Interval = Read<typeof interval>;
const intervalObject = object({ low: Type.Number(), high: Type.Number() });
const interval = define("interval", intervalObject);

/** What may be said of a difference. */
export type Verdict = Read<typeof verdict>;
const WORDS = ["better", "worse", "not distinguishable"] as const;
const verdict = define("verdict", oneOf(...WORDS));

/** A difference with what may be said of it. */
export type GroupDifference = Read<typeof groupDifference>;
const differenceParts = {
  difference: Type.Number({ minimum: -1, maximum: 1 }),
  interval: described(interval, "The 95 % interval to show beside it"),
  adjustedP: described(share, "After Holm's correction over what is compared together"),
  verdict: described(verdict, "Of the method; always 'not distinguishable' for one seed"),
  models: described(
    oneOf(...WORDS, null),
    "One seed: of these two trained models only; null for several seeds",
  ),
};
const groupDifference = object(differenceParts);

/** McNemar's exact test on one seed's predictions. */
const mcnemar = object({
  seed: Type.Integer(),
  onlyBaseline: described(count, "Images that only the baseline gets right"),
  onlyVariant: described(count, "Images that only the variant gets right"),
  p: share,
});

export type Effect = Read<typeof effect>;
const effect = part("effect", "A difference of accuracy; lib/evaluation/paired.ts says how", {
  ...differenceParts,
  about: described(
    oneOf("methods", "models"),
    "What the interval speaks about: the methods (several seeds), or these two models (one seed)",
  ),
  p: described(share, "Before Holm's correction"),
  reason: Type.String({ description: "Why the verdict, in words" }),
  overSeeds: orNull(intervalObject, {
    description: "Paired t interval over seeds, these test images kept; null for one seed",
  }),
  overImages: described(
    interval,
    "Paired bootstrap interval over images, these trained models kept",
  ),
  overBoth: orNull(intervalObject, { description: "Over seeds and images; null for one seed" }),
  probabilityOfImprovement: object(each(["runs", "low", "high"], share), {
    description:
      "Chance that a run of the variant beats a run of the baseline, with its bootstrap interval",
  }),
  mcnemar: Type.Array(mcnemar, { description: "Exact McNemar for each seed" }),
});

/** How much more of a class is found. */
export type RecallDifference = Read<typeof recallDifference>;
const recallDifference = object({ name, ...differenceParts });

/** How much less often two classes are taken for each other. */
const pairDifference = object({
  pair: Type.Unsafe<[string, string]>(Type.Array(name, { minItems: 2, maxItems: 2 })),
  ...differenceParts,
});

/** A variant against the baseline variant; differences are variant minus baseline, in shares. */
export type Comparison = NonNullable<Read<typeof comparison>>;
const comparison = define(
  "comparison",
  orNull(
    object({
      seeds: described(seeds, "The seeds that both have"),
      test: described(effect, "Accuracy on all of PrivateTest"),
      cleanTest: described(effect, "Accuracy on the clean images"),
      recalls: Type.Array(recallDifference, {
        description:
          "Recall on all of PrivateTest by class, of those with images; Holm's correction over these",
      }),
      pairs: Type.Array(pairDifference, {
        description: "Share of the images of two classes that are not taken for the other",
      }),
    }),
    { description: "Against the baseline variant, variant minus baseline, in shares" },
  ),
);

export type Contrast = Read<typeof contrast>;
const contrast = part("contrast", "One variant against another that is not the baseline", {
  variant: name,
  against: described(name, "The variant that it is compared with"),
  seeds: described(seeds, "The seeds that both have"),
  test: described(effect, "Accuracy on all of PrivateTest, variant minus the other, in shares"),
  cleanTest: described(effect, "Accuracy on the clean images"),
});

/** Which two variants are to be compared, by their names. */
export type PlannedContrast = Pick<Contrast, "variant" | "against">;

/** What a test condition leaves of a variant's scores. */
export type ConditionReport = Read<typeof conditionReport>;
const conditionReport = object({ name, accuracy: estimate, macroF1: estimate });

/** What a variant that splits Training anew would have reported. */
export type ClaimReport = Read<typeof claimReport>;
const claimReport = object({
  images: described(count, "Images held out by the first seed"),
  copies: described(count, "Of them augmented copies"),
  related: described(count, "Of them those with a relative in what is trained on"),
  accuracy: described(estimate, "On what was held out"),
  optimism: described(
    estimate,
    "accuracy less that on PrivateTest; of one seed Newcombe's interval over images",
  ),
  unrelated: described(estimateOrNull, "Accuracy on what has no relative; null where all have"),
  classes: Type.Array(object({ name, recall: estimateOrNull, optimism: estimateOrNull }), {
    description: "Likewise recall, by class",
  }),
});

export type VariantReport = Read<typeof variant>;
const variant = part("variant", "One variant with its runs, one per seed", {
  name,
  description: Type.String(),
  control: Type.Optional(Type.Literal(true, {
    description: "A control or a ceiling: compared like the others, and never chosen",
  })),
  digest,
  configuration,
  changes: Type.Array(change, {
    description: "Against the report's baseline variant; empty for that one",
  }),
  model,
  trainedOn: classCounts,
  runs: Type.Array(runReport, { minItems: 1 }),
  history: Type.Array(meanEpoch, { description: "Means over the runs that reached the epoch" }),
  test: described(group, "All of PrivateTest"),
  cleanTest: described(group, "The PrivateTest images with no copy in Training or PublicTest"),
  claimed: Type.Optional(claimReport),
  conditions: Type.Optional(Type.Array(conditionReport, {
    description: "PrivateTest under the conditions that the data set has; there where it has some",
    minItems: 1,
  })),
  comparison: described(
    comparison,
    "Against the baseline variant; null for that one, and where no seed is shared",
  ),
});

/**
 * The result of an experiment: `report.json`.
 *
 * A pure function of the runs' records and predictions, without any time, so that the same runs give
 * the same bytes. With the {@linkcode ReportFacts} beside it, `report.md` is a pure function of it.
 */
export type ExperimentReport = Read<typeof report>;
export const report = file(
  "report",
  "report.json: the result of an experiment, variants by seeds. No time, host or path.",
  {
    experiment: experimentText,
    status: described(
      status,
      "interrupted where a run is missing or was stopped before its last epoch",
    ),
    preset: Type.String(),
    command: Type.String({ description: "The command that makes it again" }),
    seeds: described(
      seeds,
      "The seeds asked for; a variant may have fewer where the experiment was interrupted",
    ),
    dataset: sharedDataset,
    build: described(build, "Of the first run"),
    builds: Type.Optional(Type.Array(
      object({ build, variants: Type.Array(name, { minItems: 1 }) }),
      {
        description:
          "Where runs are of several builds or kinds of CPU: all of them, with whose they are",
        minItems: 2,
      },
    )),
    commonsense: described(commonsense, "What needs no training: floors for every table"),
    baseline: Type.String({
      description: "The variant that the others are compared with: the first",
    }),
    variants: Type.Array(variant, { minItems: 1 }),
    contrasts: Type.Optional(Type.Array(contrast, {
      description:
        "Comparisons planned besides those with the baseline; Holm's correction is over both together",
      minItems: 1,
    })),
  },
  $defs,
);

/** Whose facts they are. */
const reportRunFacts = object({
  variant: name,
  seed: Type.Integer(),
  folder: name,
  facts: reference<RunFacts>(idOf("run-facts")),
});

/** Another run that the experiment had on the same data; see {@linkcode ReportFacts}. */
export type OtherTry = Read<typeof otherTry>;
const otherTry = object({
  variant: described(name, "Its report's folder and its variant there: deep-2#residual-whole"),
  seed: Type.Integer(),
  changes: Type.Array(change, {
    description: "Against this report's variant of the same name, or else its first",
  }),
  epochs: described(count, "Finished epochs"),
  publicTest: described(share, "The best epoch's accuracy on PublicTest"),
  scored: described(Type.Boolean(), "Whether it was finished, and so scored on PrivateTest too"),
});

/**
 * When, where and how long the runs of a report took: `report.run.json`, apart from `report.json`
 * for the same reason as {@linkcode RunFacts}.
 */
export type ReportFacts = Read<typeof reportFacts>;
export const reportFacts = file(
  "report-facts",
  "report.run.json: when, where and how long a report's runs took.",
  {
    experiment: Type.String(),
    runs: Type.Array(reportRunFacts),
    tries: Type.Optional(Type.Array(otherTry, {
      description:
        "Runs of the experiment on the same data, with other settings, that lay beside the report when " +
        "it was written and that PublicTest had scored",
      minItems: 1,
    })),
  },
);

const code = object({
  run: described(name, "The folder of the first run that was made with it"),
  seeds,
  commit: Type.String(),
  patch: described(orNull(Type.String()), "SHA-256 of what was not committed; null where all was"),
  edited: Type.Optional(
    Type.Literal(true, { description: "Not all of the code may have been this; see run.json" }),
  ),
  changed: Type.Optional(object({ files: count, added: count, removed: count }, {
    description: "By what was not committed: files and lines; there where it is kept",
  })),
});

/** The runs of one configuration in a {@linkcode ComparisonReport}. */
export type ComparedSubject = Read<typeof comparedSubject>;
const comparedSubject = object({
  name,
  source: described(name, "The file or folder it was read from"),
  status,
  digest,
  seeds,
  configuration,
  changes: Type.Array(change, { description: "Against the first subject" }),
  build,
  code: Type.Optional(Type.Array(code, {
    description:
      "The code that its runs were made with, each state once, as far as their run.json tells",
  })),
  test: group,
  cleanTest: group,
  effect: Type.Union([Type.Null(), effect], {
    description:
      "Accuracy on all of PrivateTest against the first subject; null for that one and where it cannot be tested",
  }),
  untested: orNull(Type.String(), { description: "Why there is no effect" }),
});

/** Runs of any reports against the first of them: what `deno task compare --json` writes. */
export type ComparisonReport = Read<typeof comparisonReport>;
export const comparisonReport = file("comparison", "What deno task compare --json writes.", {
  dataset: sharedDataset,
  subjects: Type.Array(comparedSubject, { minItems: 2 }),
});

/** A network that an ensemble may take, with what it adds. */
export type EnsembleMember = Read<typeof ensembleMember>;
const accuracies = object(each(["validation", "test"], share));
const ensembleMember = object({
  name,
  seed: Type.Integer(),
  digest,
  predictions: described(sha256, "SHA-256 of the predictions file"),
  chosen: described(Type.Boolean(), "Whether it is a member"),
  alone: described(accuracies, "Its own accuracy on PublicTest and PrivateTest"),
  joined: described(accuracies, "That of all up to it together, in the order of the list"),
  without: Type.Union([Type.Null(), accuracies], {
    description: "That of the members without it; null where it is none, or the only one",
  }),
});

/** What `deno task ensemble --json` writes. */
export type EnsembleReport = Read<typeof ensembleReport>;
export const ensembleReport = file("ensemble", "What deno task ensemble --json writes.", {
  dataset: sharedDataset,
  selection: described(
    oneOf("forward", "all"),
    "forward: chosen one by one by their accuracy on PublicTest; all: every network given",
  ),
  members: Type.Array(ensembleMember, {
    description: "The networks given: by forward selection in the order in which they join",
    minItems: 2,
  }),
  best: described(name, "The member that is the best alone on PublicTest"),
  validationAccuracy: described(share, "Of the ensemble on PublicTest, which chose its members"),
  test: described(group, "The ensemble on all of PrivateTest"),
  cleanTest: described(group, "The ensemble on the clean images"),
  bestTest: described(group, "The best member on all of PrivateTest"),
  bestCleanTest: described(group, "The best member on the clean images"),
  gain: described(effect, "The ensemble less the best member: accuracy on all of PrivateTest"),
  cleanGain: described(effect, "Likewise on the clean images"),
});
