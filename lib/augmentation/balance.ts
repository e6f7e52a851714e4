/**
 * Increases small classes of Training with augmented copies, in the manner of Augmentor (Bloice,
 * Stocker and Holzinger 2017): each copy is a random original of its class, put through a pipeline
 * in which every operation has its probability.
 *
 * @module
 */

import type { DataForm, Split } from "../dataset/dataset.ts";
import { UsageError, UserError } from "../error.ts";
import { grayImageSize, sampleText, sampleValues, selectRows } from "../sample.ts";
import { randomStream } from "../seed.ts";
import { augmentImage, type Pipeline } from "./pipeline.ts";

/** What to increase, to what size, how. */
export interface BalanceOptions {
  /** Names of the classes to increase, in any order. */
  readonly classes: readonly string[];
  /** The size to reach, as a multiple of the mean class size. */
  readonly to: number;
  /** Other sizes of single classes, as {@linkcode classSize} reads them. */
  readonly each?: readonly string[];
  readonly pipeline: Pipeline;
  /** The run's seed; each class has the stream `balance`, its name. */
  readonly seed: number;
}

/** Training with its copies: the originals in their order, then the copies, class by class. */
export interface Balanced {
  /** Shape [labels.length, height, width]. */
  readonly samples: Uint8Array;
  readonly labels: Uint8Array;
  /** A copy's target is its original's; see `Split`. */
  readonly targets?: Float32Array;
  /** For every image the index of its original in Training; an original's own index. */
  readonly source: Uint32Array;
}

/**
 * Reads the size of a class as a multiple of the mean class size, such as `disgust:1.0972`.
 *
 * @throws {SyntaxError} For anything else.
 */
export function classSize(text: string): { readonly name: string; readonly to: number } {
  const [, name, number] = /^\s*(.*\S)\s*:\s*(\d+\.?\d*|\.\d+)\s*$/.exec(text) ?? [];
  const to = Number(number);
  if (name === undefined || !(to >= 0.1 && to <= 10)) {
    throw new SyntaxError(`"${text.trim()}" is no class with a number from 0.1 to 10`);
  }
  return { name, to };
}

/**
 * How many copies of each class {@linkcode balance} makes.
 *
 * @param counts Images of each class, by label number.
 * @param options `classes` to increase and `to` what, or `each`, of all that are `named`, index = label
 *   number.
 * @returns By label number.
 */
export function missingCopies(
  counts: readonly number[],
  { classes, to, each = [], named }: Pick<BalanceOptions, "classes" | "to" | "each"> & {
    readonly named: readonly string[];
  },
): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  const own = new Map(each.map(classSize).map(({ name, to }) => [name, to]));
  const wanted = (name: string) => Math.round((own.get(name) ?? to) * all / counts.length);
  return named.map((name, label) =>
    classes.includes(name) ? Math.max(wanted(name) - counts[label]!, 0) : 0
  );
}

/**
 * Increases classes of Training to `round(to x mean class size)` images. A class at or above that
 * size stays as it is: nothing is ever removed. It is given Training alone and so cannot leak into
 * the other splits.
 *
 * @param training The split Training.
 * @param form Of the data; the samples are gray images.
 * @returns New arrays, the originals copied in.
 * @throws {UsageError} For a class that does not exist.
 * @throws {UserError} For a class to increase without a single image.
 */
export function balance(training: Split, form: DataForm, options: BalanceOptions): Balanced {
  const { classes, to, each = [], pipeline, seed } = options;
  const named = form.classes;
  const unknown = classes.find((name) => !named.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`No class "${unknown}" to increase: expected ${named.join(", ")}`);
  }
  const size = grayImageSize(form.sample);
  if (size === undefined) {
    throw new UserError(`Only gray images can be copied, not ${sampleText(form.sample)}`);
  }
  const originals = named.map((): number[] => []);
  for (let i = 0; i < training.length; i++) originals[training.labels[i]!]!.push(i);

  const missing = missingCopies(originals.map((ofClass) => ofClass.length), {
    classes,
    to,
    each,
    named,
  });
  const length = training.length + missing.reduce((sum, count) => sum + count, 0);
  const samples = sampleValues(form.sample, length) as Uint8Array;
  const labels = new Uint8Array(length);
  const source = new Uint32Array(length);
  samples.set(training.samples);
  labels.set(training.labels.subarray(0, training.length));
  for (let i = 0; i < training.length; i++) source[i] = i;

  let at = training.length;
  for (const [label, name] of named.entries()) {
    const ofClass = originals[label]!;
    if (missing[label]! > 0 && ofClass.length === 0) {
      throw new UserError(
        `Training has no image of ${name} to copy: leave it out of balanceClasses`,
      );
    }
    const stream = randomStream(seed, "balance", name);
    for (let copy = 0; copy < missing[label]!; copy++, at++) {
      const original = ofClass[stream.integer(0, ofClass.length)]!;
      augmentImage(training.samples, original, pipeline, stream, samples, at, size);
      labels[at] = label;
      source[at] = original;
    }
  }
  const targets = training.targets && selectRows(training.targets, source, named.length);
  return { samples, labels, ...targets === undefined ? {} : { targets }, source };
}
