/**
 * Splitting Training anew, as is often done where images come in class folders: a random part is held
 * out and reported on, another chooses the epoch, and augmented copies are made before or after.
 *
 * What the data set itself keeps for validation and test, PublicTest and PrivateTest, is not looked at:
 * whoever splits so is scored on PrivateTest all the same.
 *
 * @module
 */

import { UserError } from "../error.ts";
import { formatCall, parseCall, type Signature } from "../expression.ts";
import { randomStream, shuffle } from "../seed.ts";

const PARTS = [
  { name: "heldOut", default: 0.1, minimum: 0.01, maximum: 0.5 },
  { name: "validation", default: 0.1, minimum: 0.01, maximum: 0.4 },
];

/** What `split` can be, for `parseCall`. */
export const SPLIT_SIGNATURES: readonly Signature[] = [
  // The data set's own splits.
  { name: "given", parameters: [] },
  // Training alone is split, and copies are made of what is left to train on.
  { name: "before-copies", parameters: PARTS },
  // Copies are made first; originals and copies are split alike, as images in one folder are.
  { name: "after-copies", parameters: PARTS },
];

/** How Training is split. */
export interface TrainingSplit {
  /** The canonical text. */
  readonly text: string;
  readonly order: "before-copies" | "after-copies";
  /** Share of the images that is held out, to be reported on. */
  readonly heldOut: number;
  /** Share that chooses the epoch. */
  readonly validation: number;
}

/**
 * Reads a split such as `after-copies(0.1, 0.1)`.
 *
 * @returns Nothing for `given`.
 * @throws {SyntaxError} For an unknown name or a share out of its range.
 */
export function parseTrainingSplit(text: string): TrainingSplit | undefined {
  const call = parseCall(text, SPLIT_SIGNATURES);
  if (call.name === "given") return undefined;
  const [heldOut, validation] = call.args as [number, number];
  return {
    text: formatCall(call),
    order: call.name as TrainingSplit["order"],
    heldOut,
    validation,
  };
}

/** Whether the epoch is chosen on PublicTest; else it is on a part of Training, which is split anew. */
export function isOnPublicTest({ split }: { readonly split: string }): boolean {
  return split === "given";
}

/** What the epoch is chosen on, for progress and tables. */
export function selectionName(
  configuration: { readonly split: string; readonly selectOn: string },
): string {
  if (isOnPublicTest(configuration)) return "PublicTest";
  return configuration.selectOn === "held-out" ? "held-out" : "validation";
}

/** {@linkcode selectionName} in a sentence: PublicTest, or a part of Training. */
export function selectionWords(
  configuration: { readonly split: string; readonly selectOn: string },
): string {
  const name = selectionName(configuration);
  return isOnPublicTest(configuration) ? name : `the ${name} part of Training`;
}

/** Places of images by the part that they are in, each ascending; together they are all images. */
export interface HoldOutParts {
  readonly training: Uint32Array;
  readonly validation: Uint32Array;
  readonly heldOut: Uint32Array;
}

/** Fewer different images than these cannot be split: every part has one at least. */
export const FEWEST_HELD_OUT = 3;

/**
 * Splits images at random, whatever their classes, as scikit-learn's `train_test_split` does unless told
 * otherwise. Shares are rounded to whole images.
 *
 * @param ids Of the images: equal for images with equal pixels. At least three different ones.
 * @param options The shares; the run's seed, of which this takes the stream `split`; `groupDuplicates`:
 *   images with equal pixels go to one part together, which may so become larger by all but one of them.
 * @throws {UserError} For fewer different images.
 */
export function holdOut(
  ids: readonly string[],
  { heldOut, validation, seed, groupDuplicates }:
    & Pick<TrainingSplit, "heldOut" | "validation">
    & { readonly seed: number; readonly groupDuplicates: boolean },
): HoldOutParts {
  if (new Set(ids).size < FEWEST_HELD_OUT) {
    throw new UserError(
      `${FEWEST_HELD_OUT} different images are the fewest to be split: add some, or leave Training ` +
        "whole with --set split=given",
    );
  }
  const groups = groupDuplicates
    ? [...Map.groupBy(ids.keys(), (place) => ids[place]!).values()]
    : ids.map((_, place) => [place]);
  shuffle(groups, randomStream(seed, "split"));
  const parts = [
    { places: [] as number[], size: Math.max(1, Math.round(heldOut * ids.length)) },
    { places: [] as number[], size: Math.max(1, Math.round(validation * ids.length)) },
    { places: [] as number[], size: ids.length },
  ];
  groups.forEach((group, i) => {
    const empty = parts.filter(({ places }) => places.length === 0);
    // The last groups are kept for parts that have none yet.
    const open = groups.length - i <= empty.length ? empty : parts;
    open.find(({ places, size }) => places.length < size)!.places.push(...group);
  });
  const [held, chosenOn, training] = parts.map(({ places }) => Uint32Array.from(places).sort());
  return { heldOut: held!, validation: chosenOn!, training: training! };
}
