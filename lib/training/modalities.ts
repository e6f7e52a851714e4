/**
 * What a network gets of samples that have modalities: which of them, as what, and swapped for a control.
 *
 * @module
 */

import { augmentedForm } from "../augmentation/pipeline.ts";
import type { Configuration } from "../configuration.ts";
import {
  type DataForm,
  type Dataset,
  perSplit,
  type Split,
  type SplitName,
} from "../dataset/dataset.ts";
import { isChosen } from "../model/network.ts";
import type { Modality, SampleForm, SampleValues } from "../sample.ts";
import { randomStream, shuffle } from "../seed.ts";
import { addSynthetic, syntheticForm } from "./synthetic_physiology.ts";

/** The hyper-parameters of modalities. */
export type ModalitySettings = Pick<
  Configuration,
  | "modalities"
  | "votesAs"
  | "modalityDropout"
  | "shuffleModality"
  | "shuffleWithinClass"
  | "syntheticBits"
>;

/** A modality with where its values begin in a sample. */
export interface PlacedModality extends Modality {
  readonly start: number;
}

/** The modalities of a form, with their places. */
function placedModalities({ modalities = [] }: SampleForm): PlacedModality[] {
  let start = 0;
  return modalities.map((modality) => {
    const placed = { ...modality, start };
    start += modality.length;
    return placed;
  });
}

/**
 * The form of what a network gets, the synthetic channel included; data without modalities as they are.
 */
export function presentedForm<Form extends DataForm>(data: Form, settings: ModalitySettings): Form {
  const form = syntheticForm(data, settings);
  const { sample } = form;
  if (!sample.modalities) return form;
  const modalities = sample.modalities.filter(({ name }) => isChosen(name, settings));
  const length = modalities.reduce((sum, modality) => sum + modality.length, 0);
  return { ...form, sample: { shape: [length], type: "float32", divisor: 1, modalities } };
}

/**
 * What a network takes, which may be cut out of the data's images, and what it tells apart.
 *
 * @param form Of the data as the network gets them: see {@linkcode presentedForm}.
 */
export function networkForm(
  { classes, sample }: DataForm,
  { augment }: Pick<Configuration, "augment">,
): DataForm {
  return { classes, sample: augmentedForm(sample, augment) };
}

/**
 * A data set as a network of this configuration gets it. Data without modalities are given back.
 *
 * @param whole With everything; nothing of it is changed.
 * @param seed The run's, for the synthetic channel and the control.
 */
export function presentModalities(
  whole: Dataset,
  settings: ModalitySettings,
  seed: number,
): Dataset {
  const dataset = addSynthetic(whole, settings, seed);
  const { sample } = dataset;
  if (!sample.modalities) return dataset;
  const swaps = perSplit((name) => swapped(dataset.splits[name], name, settings, seed));
  const present = (samples: SampleValues, swap?: Uint32Array) =>
    presentSamples(samples, sample, settings, swap);
  return {
    ...presentedForm(whole, settings),
    splits: perSplit((name) => ({
      ...dataset.splits[name],
      samples: present(dataset.splits[name].samples, swaps[name]),
    })),
    ...dataset.conditions
      ? {
        conditions: dataset.conditions.map(({ name, samples }) => ({
          name,
          samples: present(samples, swaps.PrivateTest),
        })),
      }
      : {},
  };
}

/** From which sample each takes the modality that is swapped; nothing where none is. */
function swapped(
  { labels, length }: Split,
  name: SplitName,
  { shuffleModality, shuffleWithinClass }: ModalitySettings,
  seed: number,
): Uint32Array | undefined {
  if (shuffleModality === "none") return undefined;
  const from = new Uint32Array(length);
  const kinds = shuffleWithinClass ? [...new Set(labels)].sort((a, b) => a - b) : [undefined];
  for (const kind of kinds) {
    const places = Array.from(labels.keys())
      .filter((i) => kind === undefined || labels[i] === kind);
    const order = shuffle(
      [...places],
      randomStream(seed, "shuffle", shuffleModality, name, kind ?? "all"),
    );
    places.forEach((place, i) => from[place] = order[i]!);
  }
  return from;
}

/** Samples as a network gets them, float32 of the presented form. */
function presentSamples(
  samples: SampleValues,
  form: SampleForm,
  settings: ModalitySettings,
  swap?: Uint32Array,
): Float32Array {
  const size = form.shape[0]!;
  const count = samples.length / size;
  const chosen = placedModalities(form).filter(({ name }) => isChosen(name, settings));
  const length = chosen.reduce((sum, modality) => sum + modality.length, 0);
  const presented = new Float32Array(count * length);
  for (let i = 0, to = 0; i < count; i++) {
    for (const modality of chosen) {
      const source = swap && modality.name === settings.shuffleModality ? swap[i]! : i;
      const at = source * size + modality.start;
      const values = Array.from(
        samples.subarray(at, at + modality.length),
        (value) => value / form.divisor,
      );
      presented.set(votesAs(values, modality.type, settings.votesAs), to);
      to += modality.length;
    }
  }
  return presented;
}

/** Less probable counts as this: a probability of 0 would decide alone. */
const LEAST_PROBABILITY = 1e-6;

/** Votes or probabilities of one modality, or all 0 where there are none; features as they are. */
function votesAs(
  votes: readonly number[],
  type: Modality["type"],
  as: Configuration["votesAs"],
): readonly number[] {
  const total = votes.reduce((sum, count) => sum + count, 0);
  if (as === "values" || type === "features" || total === 0) return votes;
  if (as === "shares") return votes.map((count) => count / total);
  const logarithms = votes.map((count) =>
    Math.log(type === "votes" ? count + 1 : Math.max(count, LEAST_PROBABILITY))
  );
  const mean = logarithms.reduce((sum, value) => sum + value, 0) / votes.length;
  return logarithms.map((value) => value - mean);
}

/**
 * Sets modalities of a batch to 0, each with this chance; of a sample that would lose all, one is kept,
 * each with the same chance.
 *
 * @param inputs Of the presented form, shape [size, length]; changed.
 * @param options The step's place: it draws from a stream of its own.
 */
export function dropModalities(
  inputs: Float32Array,
  form: SampleForm,
  { chance, seed, epoch, index }: {
    readonly chance: number;
    readonly seed: number;
    readonly epoch: number;
    readonly index: number;
  },
): void {
  const modalities = placedModalities(form);
  if (chance === 0 || modalities.length < 2) return;
  const stream = randomStream(seed, "modality dropout", epoch, index);
  const size = form.shape[0]!;
  for (let at = 0; at < inputs.length; at += size) {
    const dropped = modalities.map(() => stream.uniform() < chance);
    if (!dropped.includes(false)) dropped[stream.integer(0, modalities.length)] = false;
    modalities.forEach(({ start, length }, m) => {
      if (dropped[m]) inputs.fill(0, at + start, at + start + length);
    });
  }
}
