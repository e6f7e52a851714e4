/**
 * From a data set to what one run trains on.
 *
 * @module
 */

import { classSize, missingCopies } from "../augmentation/balance.ts";
import { augmentedForm, parsePipeline } from "../augmentation/pipeline.ts";
import { type Configuration, formatValue } from "../configuration.ts";
import { labelCounts, trainingWithoutCopies } from "../dataset/audit.ts";
import { type DataForm, type Dataset, type Split, SPLITS } from "../dataset/dataset.ts";
import { recordedForm } from "../dataset/form.ts";
import { FEWEST_HELD_OUT, holdOut, parseTrainingSplit } from "../dataset/hold_out.ts";
import { dataWords } from "../dataset/words.ts";
import { UserError } from "../error.ts";
import { networkRefusal } from "../model/network.ts";
import { nearest } from "../nearest.ts";
import { grayImageSize, type SampleForm, sampleText } from "../sample.ts";
import { list } from "../text.ts";
import type { TrainingSamples } from "./batch.ts";
import { divideTraining, type HeldOut, increase, select } from "./divide.ts";
import { mostSyntheticBits, syntheticForm } from "./synthetic_physiology.ts";

/** Training as configured, with the loss weight of each class. */
export interface PreparedTraining extends TrainingSamples {
  /** How many samples of each class, by label number. */
  readonly counts: readonly number[];
  /** By label number; all 1 without class weights. */
  readonly classWeights: readonly number[];
  /** What scores of Training are of: without copies, and where it is split anew what is trained on. */
  readonly originals: Split;
  /** What the epoch is chosen on: PublicTest, or where Training is split anew a part of it. */
  readonly selection: Split;
  /** Where Training is split anew: what would have been reported on. */
  readonly heldOut?: HeldOut;
}

/**
 * Leaves out copies of test images, splits Training anew, increases small classes and weighs classes, each
 * as configured.
 *
 * @param dataset Only its Training is split and augmented; the other splits are looked at for copies only.
 * @param configuration Which of it.
 * @param seed Of the run.
 */
export function prepareTraining(
  dataset: Dataset,
  configuration: Configuration,
  seed: number,
): PreparedTraining {
  const { Training, PublicTest } = dataset.splits;
  const kept = configuration.dedupe
    ? select(Training, trainingWithoutCopies(dataset), dataset)
    : Training;
  const split = parseTrainingSplit(configuration.split);
  const divided = split && divideTraining(kept, dataset, { ...configuration, split, seed });
  const { samples, labels, targets } = divided?.training ??
    increase(kept, dataset, { ...configuration, seed });
  const counts = labelCounts(labels, dataset.classes);
  return {
    samples,
    labels,
    ...targets ? { targets, drawTargets: dataset.targets === "draws" } : {},
    counts,
    classWeights: configuration.classWeights === "balanced"
      ? balancedWeights(counts)
      : counts.map(() => 1),
    ...divided
      ? {
        originals: divided.originals,
        selection: configuration.selectOn === "held-out"
          ? divided.heldOut.split
          : divided.validation,
        heldOut: divided.heldOut,
      }
      : { originals: Training, selection: PublicTest },
  };
}

/** A run to come: whose it is, and how it is to be trained. */
export interface TrainableRun {
  readonly variant: { readonly name: string };
  readonly request: { readonly configuration: Configuration; readonly seed: number };
}

/** More variants than these are counted in a message, not named. */
const MOST_NAMES = 4;

/**
 * Refuses, before anything is trained, what the data make impossible for any of the planned runs: hours
 * into an experiment is too late to hear of it.
 *
 * @param whole What all of them are trained on; of data in folds the first fold stands for all.
 * @param planned Every run.
 * @param options `choosable`: whether variants can be chosen with `--variants` (default true).
 * @throws {UserError} Says which variants, why, and which flags help.
 */
export function checkTrainable(
  whole: Dataset,
  planned: readonly TrainableRun[],
  { choosable = true }: { readonly choosable?: boolean } = {},
): void {
  const dataset = whole.folds?.[0] ?? whole;
  const stops = planned.find(({ request }) => request.configuration.patience > 0);
  if (whole.folds && stops) {
    throw new UserError(
      `${whole.name}: The networks of the folds are told of epoch by epoch, so that none stops early ` +
        `(${stops.variant.name}): --set patience=0`,
    );
  }
  const divided = planned.find(({ request }) => request.configuration.split !== "given");
  if (whole.folds && divided) {
    throw new UserError(
      `${whole.name}: Data in folds cannot be split anew (${divided.variant.name}): --set split=given`,
    );
  }
  const labelsOf = labelsTrainedOn(dataset);
  const judged = planned.map(({ variant: { name }, request: { configuration, seed } }) => ({
    name,
    trouble: tooFewToSplit(configuration, dataset) ??
      tooManyBits(configuration, dataset) ??
      troubleOf(configuration, labelsOf(configuration, seed), dataset),
  }));
  const trouble = judged.find((each) => each.trouble)?.trouble;
  if (!trouble) return expectShared(dataset);
  const names = (some: typeof judged) => [...new Set(some.map(({ name }) => name))];
  const troubled = names(judged.filter((each) => each.trouble));
  const others = names(judged.filter((each) => !each.trouble));
  const whose = troubled.length > MOST_NAMES ? `${troubled.length} variants` : list(troubled);
  const several = troubled.length + others.length > 1;
  throw new UserError(
    `${dataset.name}: ${trouble.what}${several ? ` (${whose})` : ""}: ${trouble.remedy}` +
      (several ? ", which holds for all variants" : "") +
      (choosable && others.length > 0
        ? `; or run only the others with --variants ${others.join(",")}`
        : ""),
  );
}

/**
 * What is in one split alone is never learned, or never scored. A draw leaves classes of one or two
 * images in Training, and says so.
 *
 * @throws {UserError} Names the classes and how to leave them out.
 */
function expectShared({ name, classes, splits, split: drawn }: Dataset): void {
  const where = classes.map((_, c) => SPLITS.filter((split) => splits[split].labels.includes(c)));
  const isDrawn = drawn === "drawn" || drawn === "stratified-tenth";
  const lonely = classes.filter((_, c) =>
    where[c]!.length === 1 && !(isDrawn && where[c]![0] === "Training")
  );
  if (lonely.length === 0) return;
  const places = lonely.map((each) => `${each} in ${where[classes.indexOf(each)]![0]}`);
  const rest = classes.filter((each, c) => where[c]!.length > 0 && !lonely.includes(each));
  throw new UserError(
    `${name}: ${lonely.length === 1 ? "A class is" : "Classes are"} in one split only (${
      list(places)
    }): add images to the others${
      rest.length < 2
        ? ""
        : `, or leave ${lonely.length === 1 ? "it" : "them"} out with --classes ${rest}`
    }`,
  );
}

interface Trouble {
  readonly what: string;
  readonly remedy: string;
}

/** Why Training cannot be split anew; nothing where it can, or is not. */
function tooFewToSplit({ split, dedupe }: Configuration, dataset: Dataset): Trouble | undefined {
  if (split === "given") return undefined;
  const { ids } = dataset.splits.Training;
  const kept = dedupe ? Array.from(trainingWithoutCopies(dataset), (i) => ids[i]!) : ids;
  const different = new Set(kept).size;
  return different >= FEWEST_HELD_OUT ? undefined : {
    what:
      `split=${split} needs ${FEWEST_HELD_OUT} different samples, and Training has ${different}`,
    remedy: "leave it whole with --set split=given",
  };
}

/** Why the synthetic channel cannot tell so much; nothing where it can, or is not there. */
function tooManyBits({ syntheticBits }: Configuration, dataset: Dataset): Trouble | undefined {
  const { classes, splits: { Training: { labels } } } = dataset;
  const most = Math.floor(100 * mostSyntheticBits(labels, classes)) / 100;
  return syntheticBits === "none" || syntheticBits <= most ? undefined : {
    what:
      `syntheticBits=${syntheticBits} is more than there is to know: ${
        list(classes)
      }, as frequent ` +
      `as in Training, leave room for ${most} bits`,
    remedy: `--set syntheticBits=${most}`,
  };
}

/** Why a network cannot be trained so on samples of these labels; nothing where it can. */
function troubleOf(
  configuration: Configuration,
  labels: Uint8Array,
  form: DataForm,
): Trouble | undefined {
  const { dedupe, split, balanceClasses, balanceTo, balanceEach } = configuration;
  const { batchNorm, batchSize } = configuration;
  const { sample } = dataWords(recordedForm(form));
  const hasConvolutions = networkRefusal(
    { ...configuration, batchNorm: true },
    augmentedForm(form.sample, configuration.augment),
  ) === undefined;
  if (labels.length === 0) {
    return {
      what:
        `Every ${sample} of Training is also in PublicTest or PrivateTest, and dedupe=true leaves ` +
        "none to train on",
      remedy: "keep them with --set dedupe=false",
    };
  }
  const unfit = unfitForData(configuration, form);
  if (unfit) return unfit;
  const { classes } = form;
  const counts = labelCounts(labels, classes);
  const copies = missingCopies(counts, {
    classes: balanceClasses,
    to: balanceTo,
    each: balanceEach,
    named: classes,
  });
  const absent = classes.filter((_, c) => copies[c]! > 0 && counts[c] === 0);
  if (absent.length > 0) {
    const rest = balanceClasses.filter((name) => !absent.includes(name));
    return {
      what: `Training has no image of ${list(absent)} to copy` +
        (dedupe ? " with dedupe=true" : "") +
        (split.startsWith("before-copies") ? ` after split=${split}` : ""),
      remedy: `leave it out with ${withoutClasses(configuration, rest)}`,
    };
  }
  const length = labels.length + copies.reduce((sum, count) => sum + count, 0);
  if (batchNorm === "all" && Math.min(batchSize, length) === 1) {
    return {
      what:
        `One ${sample} a step is its own mean, from which batch normalisation of all layers learns ` +
        "nothing",
      remedy: `${
        hasConvolutions
          ? "normalise the convolutions only, with --set batchNorm=true"
          : "leave it out with --set batchNorm=false"
      }${length > 1 ? ", or take more with --set batchSize=64" : ""}`,
    };
  }
  return undefined;
}

/** What of a configuration is for other data than these; nothing where all of it fits. */
function unfitForData(
  configuration: Configuration,
  form: DataForm,
): Trouble | undefined {
  const { classes, sample } = form;
  const { network, balanceClasses, balanceEach, augment } = configuration;
  const { mirrorPrediction, cropPrediction } = configuration;
  const modalities = modalityTrouble(configuration, form);
  if (modalities) return modalities;
  const size = grayImageSize(sample);
  const { cropSide } = parsePipeline(augment);
  if (size && cropSide !== undefined && cropSide > Math.min(size.width, size.height)) {
    return {
      what: `augment=${augment} cuts ${cropSide} pixels a side out of ${sampleText(sample)}`,
      remedy: `cut out less, with --set "augment=crop(${Math.min(size.width, size.height) - 8})"`,
    };
  }
  const taken = augmentedForm(sample, augment);
  const refusal = networkRefusal(configuration, taken);
  if (refusal !== undefined) {
    const fewer = filtersThatFit(configuration, taken);
    return {
      what: `network=${network} cannot be trained on these data: ${refusal}`,
      remedy: fewer.length > 0
        ? `say so with --set filters=${formatValue(fewer)}`
        : 'take a dense network with --set "network=mlp(2)"',
    };
  }
  const unknown = balanceClasses.filter((name) => !classes.includes(name));
  if (unknown.length > 0) {
    const rest = balanceClasses.filter((name) => classes.includes(name));
    return {
      what: `The classes are ${list(classes)}, and balanceClasses has ${list(unknown)}`,
      remedy: `${meantInstead(unknown, classes)}leave it out with ${
        withoutClasses(configuration, rest)
      }`,
    };
  }
  if (size) return undefined;
  const settings = [
    ...balanceClasses.length > 0 ? ["balanceClasses=none"] : [],
    ...balanceEach.length > 0 ? ["balanceEach=none"] : [],
    ...augment !== "none" ? ["augment=none"] : [],
    ...mirrorPrediction ? ["mirrorPrediction=false"] : [],
    ...cropPrediction === "five" ? ["cropPrediction=center"] : [],
  ];
  if (settings.length === 0) return undefined;
  return {
    what: `Only gray images can be copied, augmented or mirrored, not ${sampleText(sample)}`,
    remedy: settings.map((setting) => `--set ${setting}`).join(" "),
  };
}

/** The flags that leave only these classes to be increased. */
function withoutClasses({ balanceEach }: Configuration, rest: readonly string[]): string {
  const sizes = balanceEach.filter((text) => rest.includes(classSize(text).name));
  return [
    `--set balanceClasses=${formatValue(rest)}`,
    ...sizes.length < balanceEach.length ? [`--set balanceEach=${formatValue(sizes)}`] : [],
  ].join(" ");
}

/** For one class that is probably misspelt. */
function meantInstead([name, ...others]: readonly string[], classes: readonly string[]): string {
  const near = others.length > 0 ? undefined : nearest(name!, classes);
  return near === undefined ? "" : `did you mean ${near}? Else `;
}

/** What of modalities the samples do not have; nothing where they have all. */
function modalityTrouble(
  configuration: Configuration,
  form: DataForm,
): Trouble | undefined {
  const { modalities } = syntheticForm(form, configuration).sample;
  const { network, votesAs, modalityDropout, shuffleModality } = configuration;
  const shuffled = shuffleModality === "none" ? [] : [shuffleModality];
  if (modalities) {
    const names = modalities.map(({ name }) => name);
    const unknown = [...configuration.modalities, ...shuffled].filter((n) => !names.includes(n));
    return unknown.length === 0 ? undefined : {
      what: `The modalities are ${list(names)}, not ${list(unknown)}`,
      remedy: "say --set modalities=none for all, --set shuffleModality=none",
    };
  }
  const settings = [
    ...network.startsWith("pool") ? ['"network=mlp(2)"'] : [],
    ...configuration.modalities.length > 0 ? ["modalities=none"] : [],
    ...votesAs !== "values" ? ["votesAs=values"] : [],
    ...modalityDropout > 0 ? ["modalityDropout=0"] : [],
    ...shuffled.length > 0 ? ["shuffleModality=none"] : [],
    ...configuration.syntheticBits !== "none" ? ["syntheticBits=none"] : [],
  ];
  return settings.length === 0 ? undefined : {
    what: "The samples have no modalities",
    remedy: settings.map((setting) => `--set ${setting}`).join(" "),
  };
}

/** The blocks that images of the data leave room for; none where the samples are no images. */
function filtersThatFit({ filters }: Configuration, { shape }: SampleForm): readonly number[] {
  if (shape.length !== 3) return [];
  return filters.slice(0, Math.floor(Math.log2(Math.min(shape[0]!, shape[1]!))));
}

/** The labels that copies are made of, as a configuration leaves Training. */
function labelsTrainedOn(
  dataset: Dataset,
): (configuration: Configuration, seed: number) => Uint8Array {
  const { labels, ids } = dataset.splits.Training;
  const all = Uint32Array.from(labels.keys());
  let deduped: Uint32Array | undefined;
  return ({ dedupe, split, groupDuplicates }, seed) => {
    const kept = dedupe ? deduped ??= trainingWithoutCopies(dataset) : all;
    const how = parseTrainingSplit(split);
    if (how?.order !== "before-copies") return Uint8Array.from(kept, (i) => labels[i]!);
    const keptIds = Array.from(kept, (i) => ids[i]!);
    const { training } = holdOut(keptIds, { ...how, seed, groupDuplicates });
    return Uint8Array.from(training, (i) => labels[kept[i]!]!);
  };
}

/**
 * Weights that let every class count alike: samples / (classes x samples of the class), as scikit-learn's
 * `class_weight="balanced"` (King and Zeng 2001).
 *
 * @param counts Samples of each class; a class without any has weight 0.
 */
export function balancedWeights(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count === 0 ? 0 : total / (counts.length * count));
}
