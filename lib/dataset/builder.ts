/**
 * From single samples to a data set in canonical order.
 *
 * **Canonical order.** Within each split, samples are sorted by the SHA-256 of their values' bytes (of
 * an image: its pixels), then by label, then by target. So the same samples give the same data set, the
 * same ids and the same digest, whichever container (CSV, folder, zip) they came from and in whichever
 * order.
 *
 * **Digest.** SHA-256 over, for Training, PublicTest and PrivateTest in turn: the split's name and
 * count as the text `Training 28709\n`, then for each sample in canonical order its label (one byte)
 * and the bytes of its values (float32 is little-endian), then the bytes of the targets where there are
 * any, behind a line that says whether they are drawn from. Before it all, where classes or samples are not FER2013's, a line of JSON that tells of them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { type SampleForm, sampleSize, type SampleValues, sampleValues } from "../sample.ts";
import { randomStream, shuffle } from "../seed.ts";
import {
  type BadImage,
  type DataForm,
  type Dataset,
  perSplit,
  type Split,
  type SplitName,
  SPLITS,
} from "./dataset.ts";
import { drawSplits, type SplitShares } from "./draw.ts";
import { checkForm, FER2013_FORM, MOST_CLASSES, orderClasses, recordedForm } from "./form.ts";

/** Keeps a message one line and harmless to a terminal, whatever a file or its name holds. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}

/** Samples per block: blocks instead of one growing array, which would be copied again and again. */
const BLOCK_SAMPLES = 1024;

/** The samples of one split, in the order they came. */
class SplitBuffer {
  readonly labels: number[] = [];
  readonly targets: (Float32Array | undefined)[] = [];
  readonly #sample: SampleForm;
  readonly #size: number;
  readonly #blocks: SampleValues[] = [];

  constructor(sample: SampleForm) {
    this.#sample = sample;
    this.#size = sampleSize(sample);
  }

  add(label: number, values: SampleValues, target?: Float32Array) {
    if (this.targets.length > 0 && (target === undefined) !== (this.targets[0] === undefined)) {
      throw new RangeError("Either all samples of a split have targets, or none");
    }
    const place = this.labels.length % BLOCK_SAMPLES;
    if (values.length !== this.#size) {
      throw new RangeError(`A sample has ${this.#size} values, not ${values.length}`);
    }
    // Bytes cannot be anything else, and there are 83 million of them in FER2013.
    if (values instanceof Float32Array && !values.every(Number.isFinite)) {
      throw new RangeError("A value of a sample is not a number");
    }
    if (place === 0) this.#blocks.push(sampleValues(this.#sample, BLOCK_SAMPLES));
    this.#blocks.at(-1)!.set(values, place * this.#size);
    this.labels.push(label);
    this.targets.push(target);
  }

  values(index: number): SampleValues {
    const start = (index % BLOCK_SAMPLES) * this.#size;
    return this.#blocks[Math.floor(index / BLOCK_SAMPLES)]!.subarray(start, start + this.#size);
  }
}

/** One sample of a buffer with what it is sorted by. */
interface Item {
  readonly buffer: SplitBuffer;
  readonly index: number;
  readonly label: number;
  readonly hash: string;
}

/** What {@linkcode DatasetBuilder.finish} is to draw. */
export interface FinishOptions {
  readonly tenth?: number;
  readonly draw?: { readonly shares: SplitShares; readonly seed: number };
}

/** Collects samples and faults, then puts everything in canonical order. */
export class DatasetBuilder {
  readonly skipped: BadImage[] = [];
  readonly #skipBad: boolean;
  readonly #sample: SampleForm;
  /** Index = label number; in the order of their coming where they come with the samples. */
  readonly #classes: string[];
  readonly #numbers: Map<string, number>;
  readonly #open: boolean;
  readonly #buffers: Record<SplitName, SplitBuffer>;

  /**
   * @param options `skipBad`: list what cannot be used instead of stopping at it; `form`: of the data
   *   (default FER2013's), of which the classes may be left open: then they are those that
   *   {@linkcode label} was asked for.
   */
  constructor(
    { skipBad = false, form = FER2013_FORM }: {
      skipBad?: boolean;
      form?: DataForm | Pick<DataForm, "sample">;
    } = {},
  ) {
    this.#open = !("classes" in form);
    this.#classes = "classes" in form ? [...form.classes] : [];
    this.#sample = form.sample;
    if (!this.#open) checkForm(this.form);
    this.#numbers = new Map(this.#classes.map((name, label) => [name, label]));
    this.#skipBad = skipBad;
    this.#buffers = perSplit(() => new SplitBuffer(form.sample));
  }

  /** A builder of the same kind with nothing in it. */
  another(): DatasetBuilder {
    const sample = this.#sample;
    return new DatasetBuilder({
      skipBad: this.#skipBad,
      form: this.#open ? { sample } : { classes: this.#classes, sample },
    });
  }

  /** What the data are; where classes are open, those so far, in their order. */
  get form(): DataForm {
    return {
      classes: this.#open ? orderClasses(this.#classes) : this.#classes,
      sample: this.#sample,
    };
  }

  /**
   * The number of a class for {@linkcode add}; where classes are open, a new name is a new class.
   *
   * @returns Undefined for a name that is none of the classes, where those are given.
   * @throws {UserError} Where there come to be more classes than a label can number.
   */
  label(name: string): number | undefined {
    const known = this.#numbers.get(name);
    if (known !== undefined || !this.#open) return known;
    if (this.#classes.length === MOST_CLASSES) {
      throw new UserError(
        `Has more than ${MOST_CLASSES} classes (${this.#classes.slice(0, 3).join(", ")}, ...): ` +
          "are these class folders, or people's?",
      );
    }
    this.#classes.push(name);
    this.#numbers.set(name, this.#classes.length - 1);
    return this.#classes.length - 1;
  }

  /**
   * Adds one sample with its label.
   *
   * @param label Index into the classes.
   * @param values Of one sample; copied.
   */
  add(split: SplitName, label: number, values: SampleValues) {
    this.#buffers[split].add(label, values);
  }

  /**
   * Adds one sample with what it is to be trained towards; its label is the most probable class, the
   * first of equals. All samples of a split have targets, or none.
   *
   * @param target Shares of the classes, shape [classes], copied; they are made to add up to 1.
   * @param values Of one sample; copied.
   * @throws {RangeError} Where the target is no distribution over the classes.
   */
  addWithTarget(split: SplitName, target: ArrayLike<number>, values: SampleValues) {
    const shares = Array.from(target);
    const sum = shares.reduce((total, share) => total + share, 0);
    const fits = shares.length === this.#classes.length &&
      shares.every((share) => share >= 0) && sum > 0 && sum < Infinity;
    if (!fits) throw new RangeError(`No distribution over the classes: ${shares}`);
    this.#buffers[split].add(
      shares.indexOf(Math.max(...shares)),
      values,
      Float32Array.from(shares, (share) => share / sum),
    );
  }

  /**
   * Notes a row or file that cannot be used.
   *
   * @throws {UserError} Unless bad images are skipped.
   */
  bad(where: string, reason: string) {
    if (!this.#skipBad) {
      throw new UserError(`${where}: ${reason} (mend it, or leave it out with --skip-bad)`);
    }
    this.skipped.push({ where: printable(where), reason: printable(reason) });
  }

  /** How many samples a split has so far. */
  count(split: SplitName): number {
    return this.#buffers[split].labels.length;
  }

  /**
   * The splits in canonical order.
   *
   * @param options What is still to be drawn from Training, the splits drawn having no images of
   * their own: with `tenth`, a seed, PublicTest (see {@linkcode stratifiedTenth}); with `draw` both
   * others (see {@linkcode drawSplits}).
   * @throws {UserError} Where the splits cannot be drawn.
   */
  finish({ tenth, draw }: FinishOptions = {}): Record<SplitName, Split> {
    const form = this.form;
    // Numbers were given in the order of coming: from here on they are the order's.
    const numbers = this.#classes.map((name) => form.classes.indexOf(name));
    const items = {} as Record<SplitName, Item[]>;
    for (const split of SPLITS) {
      const buffer = this.#buffers[split];
      items[split] = buffer.labels.map((label, index) => ({
        buffer,
        index,
        label: numbers[label]!,
        hash: sha256(bytesOf(buffer.values(index))),
      })).sort((a, b) =>
        a.hash < b.hash
          ? -1
          : a.hash > b.hash
          ? 1
          : a.label - b.label || compareTargets(buffer.targets[a.index], buffer.targets[b.index])
      );
    }
    if (tenth !== undefined) {
      const chosen = stratifiedTenth(items.Training.map((item) => item.label), tenth);
      items.PublicTest = items.Training.filter((_, i) => chosen[i]);
      items.Training = items.Training.filter((_, i) => !chosen[i]);
    }
    if (draw !== undefined) {
      const all = items.Training;
      const drawn = drawSplits(all, { ...draw, classes: form.classes });
      for (const split of SPLITS) items[split] = all.filter((_, i) => drawn[i] === split);
    }
    return perSplit((split) => toSplit(items[split], form));
  }
}

/** The bytes of values, which is what hashes are over. */
function bytesOf({ buffer, byteOffset, byteLength }: SampleValues): Uint8Array {
  return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
}

function compareTargets(a?: Float32Array, b?: Float32Array): number {
  const differs = a?.findIndex((share, c) => share !== b?.[c]) ?? -1;
  return differs === -1 ? 0 : a![differs]! - b![differs]!;
}

function toSplit(items: readonly Item[], { classes, sample }: DataForm): Split {
  const samples = sampleValues(sample, items.length);
  const size = sampleSize(sample);
  items.forEach(({ buffer, index }, i) => samples.set(buffer.values(index), i * size));
  const targets = items.map(({ buffer, index }) => buffer.targets[index]);
  const given = targets.filter((target) => target !== undefined);
  const all = new Float32Array(given.length * classes.length);
  given.forEach((target, i) => all.set(target, i * classes.length));
  return {
    samples,
    labels: Uint8Array.from(items, (item) => item.label),
    ...given.length === 0 ? {} : { targets: all },
    ids: items.map((item) => item.hash.slice(0, 16)),
    length: items.length,
  };
}

/**
 * Draws a tenth of every class, rounded to the nearest whole number and at least one where a class
 * has two or more; each class has a random stream of its own.
 *
 * @param labels Label numbers of all samples.
 * @param seed The seed of the split.
 * @returns For each sample whether it is drawn.
 */
export function stratifiedTenth(labels: ArrayLike<number>, seed: number): boolean[] {
  const chosen: boolean[] = Array.from(labels, () => false);
  for (const label of new Set(Array.from(labels))) {
    const members: number[] = [];
    for (let i = 0; i < labels.length; i++) if (labels[i] === label) members.push(i);
    const share = members.length < 2 ? 0 : Math.max(1, Math.round(members.length / 10));
    shuffle(members, randomStream(seed, "split", label));
    for (const index of members.slice(0, share)) chosen[index] = true;
  }
  return chosen;
}

/** The digest of splits in canonical order (SHA-256, hex); see the module's text. */
export function datasetDigest(
  splits: Readonly<Record<SplitName, Split>>,
  form: DataForm = FER2013_FORM,
  use: Dataset["targets"] = "distributions",
): string {
  const hash = createHash("sha256");
  const told = recordedForm(form);
  if (Object.keys(told).length > 0) hash.update(`${JSON.stringify(told)}\n`);
  const size = sampleSize(form.sample);
  for (const name of SPLITS) {
    const { samples, labels, targets, length } = splits[name];
    const bytes = size * samples.BYTES_PER_ELEMENT;
    hash.update(`${name} ${length}\n`);
    // Label and values together, many samples at a time: a call per sample costs more than hashing.
    for (let start = 0; start < length; start += BLOCK_SAMPLES) {
      const count = Math.min(BLOCK_SAMPLES, length - start);
      const block = new Uint8Array(count * (bytes + 1));
      for (let i = 0; i < count; i++) {
        const at = (start + i) * size;
        block[i * (bytes + 1)] = labels[start + i]!;
        block.set(bytesOf(samples.subarray(at, at + size)), i * (bytes + 1) + 1);
      }
      hash.update(block);
    }
    if (targets) {
      hash.update(use === "draws" ? "targets, drawn from\n" : "targets\n").update(bytesOf(targets));
    }
  }
  return hash.digest("hex");
}
