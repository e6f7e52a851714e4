/**
 * Training divided anew and its classes increased, in either order.
 *
 * @module
 */

import { balance, type Balanced } from "../augmentation/balance.ts";
import { parsePipeline } from "../augmentation/pipeline.ts";
import type { Configuration } from "../configuration.ts";
import type { DataForm, Split } from "../dataset/dataset.ts";
import { holdOut, type HoldOutParts, type TrainingSplit } from "../dataset/hold_out.ts";
import { sha256 } from "../digest.ts";
import { sampleSize, selectRows } from "../sample.ts";

/** What was held out of Training, and what of it is known all the same. */
export interface HeldOut {
  readonly split: Split;
  /** How many of its images are augmented copies. */
  readonly copies: number;
  /**
   * Which of its images have no relative that is trained on, be it their original, a copy of it, or
   * either of an image with the original's pixels; ascending.
   */
  readonly unrelated: Uint32Array;
}

/** Training in its parts. */
export interface DividedTraining {
  /** What is trained on, copies included. */
  readonly training: Pick<Split, "samples" | "labels" | "targets">;
  /** Of that the images that are no copies. */
  readonly originals: Split;
  readonly validation: Split;
  readonly heldOut: HeldOut;
}

/** What of a configuration says how. */
type DivideOptions =
  & Pick<
    Configuration,
    "balanceClasses" | "balanceTo" | "balanceEach" | "balanceWith" | "groupDuplicates"
  >
  & { readonly seed: number };

/**
 * Increases classes with copies, as configured.
 *
 * @returns The split itself where no class is to be increased.
 */
export function increase(
  split: Split,
  form: DataForm,
  { balanceClasses, balanceTo, balanceEach, balanceWith, seed }: DivideOptions,
): Split | Balanced {
  if (balanceClasses.length === 0) return split;
  return balance(split, form, {
    classes: balanceClasses,
    to: balanceTo,
    each: balanceEach,
    pipeline: parsePipeline(balanceWith),
    seed,
  });
}

/**
 * Divides Training. It is given nothing else, so that nothing else can come into what is trained on.
 *
 * @param kept Training, deduplicated as configured.
 * @param form Of the data.
 * @param how The split; the classes to increase; the run's seed.
 */
export function divideTraining(
  kept: Split,
  form: DataForm,
  how: DivideOptions & { readonly split: TrainingSplit },
): DividedTraining {
  const { split: { order, heldOut, validation }, seed, groupDuplicates } = how;
  const pool = order === "after-copies" ? withCopies(kept, form, how) : ownSource(kept);
  const parts = holdOut(pool.ids, { heldOut, validation, seed, groupDuplicates });
  const isOriginal = (place: number) => pool.source[place] === place;
  const training = select(pool, parts.training, form);
  return {
    training: order === "after-copies" ? training : increase(training, form, how),
    originals: select(pool, parts.training.filter(isOriginal), form),
    validation: select(pool, parts.validation, form),
    heldOut: {
      split: select(pool, parts.heldOut, form),
      copies: parts.heldOut.filter((place) => !isOriginal(place)).length,
      unrelated: placesUnrelated(pool, parts),
    },
  };
}

/** A split whose images may be copies of others of it. */
type Pool = Split & Pick<Balanced, "source">;

function ownSource(split: Split): Pool {
  return { ...split, source: Uint32Array.from(split.ids.keys()) };
}

function withCopies(kept: Split, form: DataForm, how: DivideOptions): Pool {
  const increased = increase(kept, form, how);
  if (!("source" in increased)) return ownSource(kept);
  const { samples, labels, targets, source } = increased;
  const size = sampleSize(form.sample);
  const idAt = (place: number) =>
    sha256(samples.subarray(place * size, (place + 1) * size)).slice(0, 16);
  const ids = Array.from(labels, (_, place) => kept.ids[place] ?? idAt(place));
  return { samples, labels, ...targets ? { targets } : {}, ids, source, length: ids.length };
}

/** Places among the held-out images of those that nothing trained on is related to. */
function placesUnrelated({ ids, source }: Pool, { training, heldOut }: HoldOutParts): Uint32Array {
  const original = (place: number) => ids[source[place]!]!;
  const seen = new Set(Array.from(training, original));
  const places = Uint32Array.from(heldOut.keys());
  return places.filter((i) => !seen.has(original(heldOut[i]!)));
}

/** The samples of a split at some places. */
export function select(split: Split, places: Uint32Array, { classes, sample }: DataForm): Split {
  return {
    samples: selectRows(split.samples, places, sampleSize(sample)),
    labels: selectRows(split.labels, places, 1),
    ...split.targets ? { targets: selectRows(split.targets, places, classes.length) } : {},
    ids: Array.from(places, (i) => split.ids[i]!),
    length: places.length,
  };
}
