/**
 * From the saved predictions of finished runs to the report of their ensemble: nothing is trained.
 *
 * @module
 */

import { formOf } from "../dataset/form.ts";
import { dataWords } from "../dataset/words.ts";
import { averageProbabilities, selectMembers } from "../evaluation/ensemble.ts";
import { evaluate, predictedClasses } from "../evaluation/metrics.ts";
import { comparePaired, type PairedComparison } from "../evaluation/paired.ts";
import type { Predictions } from "../evaluation/predictions.ts";
import { UserError } from "../error.ts";
import { selectRows } from "../sample.ts";
import { groupReport, sharedDataset } from "./build.ts";
import { effectsOf } from "./comparison.ts";
import type { EnsembleReport, RunRecord } from "./record.ts";
import { hasSyntheticChannel, SYNTHETIC_CHANNEL } from "./synthetic_channel.ts";

/** A finished run with what it predicted. */
export interface EnsembleCandidate {
  /** What it is called: its experiment, variant and seed. */
  readonly name: string;
  readonly record: RunRecord;
  /** On PublicTest: what members are chosen by. */
  readonly validation: SavedPredictions;
  /** On PrivateTest: what the ensemble is scored by. */
  readonly test: SavedPredictions;
}

type SavedPredictions = Predictions & { readonly probabilities: Float64Array };

/** How {@linkcode buildEnsemble} goes about it. */
export interface EnsembleOptions {
  readonly selection: EnsembleReport["selection"];
  /** Draws of the bootstrap (default 10,000). */
  readonly resamples?: number;
}

/** Pairs the ensemble with its best member: there is one of each. */
const SEED = 0;

/**
 * Makes the report of an ensemble: which networks are members, what it scores, and what it gains over its
 * best member. Members and the best of them are chosen on PublicTest only.
 *
 * @param candidates Two or more, of the same data.
 * @param clean 1 for each image of PrivateTest that has no copy elsewhere, else 0.
 * @param options All of them, or those that forward selection takes.
 * @throws {UserError} Where data or images differ.
 */
export function buildEnsemble(
  candidates: readonly EnsembleCandidate[],
  clean: Uint8Array,
  { selection, ...drawing }: EnsembleOptions,
): EnsembleReport {
  const [first] = candidates;
  if (!first || candidates.length < 2) throw new RangeError("An ensemble needs two networks");
  candidates.forEach((other) => refuseOther(first, other));
  const { classes } = formOf(first.record.dataset);
  const of = (split: "validation" | "test", members: readonly EnsembleCandidate[]) =>
    averageProbabilities(members.map((member) => member[split].probabilities));
  const accuracy = (members: readonly EnsembleCandidate[]) => ({
    validation: share(first.validation.labels, of("validation", members), classes.length),
    test: share(first.test.labels, of("test", members), classes.length),
  });

  const { order, best } = selectMembers(
    candidates.map(({ validation }) => validation.probabilities),
    first.validation.labels,
    classes.length,
  );
  const inOrder = selection === "forward" ? order.map((i) => candidates[i]!) : candidates;
  const chosen = selection === "forward" ? inOrder.slice(0, best) : candidates;
  const bestAlone = candidates[order[0]!]!;

  const places = Uint32Array.from([...clean.keys()].filter((i) => clean[i] === 1));
  const scored = (probabilities: Float64Array) => {
    const { labels } = first.test;
    const cleanShares = selectRows(probabilities, places, classes.length);
    return {
      all: groupReport([evaluate(labels, probabilities, classes)]),
      clean: groupReport([evaluate(selectRows(labels, places, 1), cleanShares, classes)]),
    };
  };
  const ensemble = of("test", chosen);
  const alone = bestAlone.test.probabilities;
  const paired = (only?: Uint32Array): PairedComparison => {
    const run = (probabilities: Float64Array) => {
      const predicted = predictedClasses(probabilities, classes.length);
      const pick = (values: Uint8Array) => only ? selectRows(values, only, 1) : values;
      return [{ seed: SEED, labels: pick(first.test.labels), predicted: pick(predicted) }];
    };
    return comparePaired({ baseline: run(alone), variant: run(ensemble), seed: SEED, ...drawing });
  };
  const { samples } = dataWords(first.record.dataset);
  const [own, other] = [scored(ensemble), scored(alone)];
  return {
    kind: "fer-lab/ensemble",
    version: 1,
    dataset: ensembleDataset(candidates),
    selection,
    members: inOrder.map((member, i) => {
      const others = chosen.filter((each) => each !== member);
      return {
        name: member.name,
        seed: member.record.seed,
        digest: member.record.digest,
        predictions: member.record.predictions,
        chosen: chosen.includes(member),
        alone: accuracy([member]),
        joined: accuracy(inOrder.slice(0, i + 1)),
        without: others.length === chosen.length || others.length === 0 ? null : accuracy(others),
      };
    }),
    best: bestAlone.name,
    validationAccuracy: accuracy(chosen).validation,
    test: own.all,
    cleanTest: own.clean,
    bestTest: other.all,
    bestCleanTest: other.clean,
    // Each its own family, as in reports: the second repeats the first's question on fewer images.
    gain: effectsOf([paired()], samples)[0]!,
    cleanGain: effectsOf([paired(places)], samples)[0]!,
  };
}

/** What is to be known of networks with the synthetic channel together: several draws are no sensor's. */
const SEVERAL_DRAWS =
  `With a ${SYNTHETIC_CHANNEL}, which a program drew from each sample's label, anew for each seed. ` +
  "Networks of several seeds average several draws of it, which no measurement gives: what they gain " +
  "may be that alone.";

/** The data, and what is to be known of them and of what else the networks are given. */
function ensembleDataset(candidates: readonly EnsembleCandidate[]): EnsembleReport["dataset"] {
  const dataset = sharedDataset(candidates[0]!.record);
  if (!hasSyntheticChannel(candidates.map(({ record }) => record))) return dataset;
  return { ...dataset, caveat: [dataset.caveat, SEVERAL_DRAWS].filter(Boolean).join(" ") };
}

function share(labels: Uint8Array, probabilities: Float64Array, classes: number): number {
  const predicted = predictedClasses(probabilities, classes);
  return labels.filter((label, i) => label === predicted[i]).length / labels.length;
}

function refuseOther(first: EnsembleCandidate, other: EnsembleCandidate): void {
  const sameImages = (["validation", "test"] as const).every((split) =>
    first[split].images.join() === other[split].images.join() &&
    first[split].labels.join() === other[split].labels.join()
  );
  if (first.record.dataset.digest === other.record.dataset.digest && sameImages) return;
  throw new UserError(
    `Different data: ${first.name} and ${other.name} were not scored on the same images: name runs on ` +
      "the same data",
  );
}
