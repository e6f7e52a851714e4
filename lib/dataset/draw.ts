/**
 * Drawing splits where a data set has none: `--split 80/10/10`.
 *
 * Seeded; stratified, so that each class is divided in the same proportions; and grouped: pictures
 * with equal pixels are all in one split, or a network would be scored on what it was trained on.
 *
 * @module
 */

import { UsageError, UserError } from "../error.ts";
import { randomStream, shuffle } from "../seed.ts";
import { type SplitName, SPLITS } from "./dataset.ts";

/** Percent of each class in each split; whole numbers from 1 that add up to 100. */
export type SplitShares = Readonly<Record<SplitName, number>>;

/**
 * Reads `80/10/10`: Training, PublicTest and PrivateTest in percent.
 *
 * @throws {UsageError} For anything else.
 */
export function parseShares(text: string): SplitShares {
  const shares = /^\d{1,2}\/\d{1,2}\/\d{1,2}$/.test(text) ? text.split("/").map(Number) : [];
  const [Training, PublicTest, PrivateTest] = shares as [number, number, number];
  if (shares.length === 0 || shares.includes(0) || Training + PublicTest + PrivateTest !== 100) {
    throw new UsageError(
      `--split must be three percentages that add up to 100, for Training, PublicTest and ` +
        `PrivateTest, such as 80/10/10, not "${text}"`,
    );
  }
  return { Training, PublicTest, PrivateTest };
}

/** Writes shares so that {@linkcode parseShares} reads the same. */
export function formatShares(shares: SplitShares): string {
  return SPLITS.map((split) => shares[split]).join("/");
}

/** How a data set's description tells of drawn splits, to follow "splits from". */
export function describeDraw(shares: SplitShares, source: string, seed: number): string {
  return `${source}, drawn by --split ${
    formatShares(shares)
  } (seed ${seed}): stratified by class, ` +
    "copies of a picture all in one split";
}

/** The shares that a description by {@linkcode describeDraw} tells of; undefined where it does not. */
export function sharesOf(description: string): SplitShares | undefined {
  const written = /drawn by --split (\d+\/\d+\/\d+) \(seed/.exec(description)?.[1];
  return written === undefined ? undefined : parseShares(written);
}

/** An image to be put into a split. */
export interface Drawable {
  readonly label: number;
  /** Equal for images with equal pixels. */
  readonly hash: string;
}

/**
 * Draws splits. A class of three images or more has at least one in each split; of fewer, all are in
 * Training. Copies with different labels count with the lowest of them.
 *
 * @param images In an order that depends on nothing but the images: the same seed gives the same splits.
 * @param options Percent of each split, the seed of the draw, and the names of the classes.
 * @returns For each image its split.
 * @throws {UserError} Where copies keep a class of three images or more from being in every split.
 */
export function drawSplits(
  images: readonly Drawable[],
  { shares, seed, classes }: {
    readonly shares: SplitShares;
    readonly seed: number;
    readonly classes: readonly string[];
  },
): SplitName[] {
  const drawn: SplitName[] = images.map(() => "Training");
  const groups = groupCopies(images);
  for (const label of classes.keys()) {
    const own = groups.filter((group) => images[group[0]!]!.label === label);
    const count = own.reduce((sum, group) => sum + group.length, 0);
    if (count < SPLITS.length) continue; // all stay in Training
    shuffle(own, randomStream(seed, "splits", label));
    // Large groups first: those of one picture then make up the numbers. The sort is stable.
    own.sort((a, b) => b.length - a.length);
    const left = targets(count, shares);
    const empty = new Set<SplitName>(SPLITS);
    for (const [i, group] of own.entries()) {
      // The last groups are kept for splits that have none yet.
      const open = own.length - i <= empty.size ? SPLITS.filter((name) => empty.has(name)) : SPLITS;
      const split = open.reduce((best, next) => left[next] > left[best] ? next : best);
      left[split] -= group.length;
      empty.delete(split);
      for (const index of group) drawn[index] = split;
    }
  }
  refuseEmptySplits(images, drawn, classes);
  return drawn;
}

/** A class that is large enough must be in every split, or its scores would be missed later. */
function refuseEmptySplits(
  images: readonly Drawable[],
  drawn: readonly SplitName[],
  classes: readonly string[],
): void {
  for (const [label, name] of classes.entries()) {
    const own = [...images.keys()].filter((i) => images[i]!.label === label);
    const splits = new Set(own.map((i) => drawn[i]!));
    if (own.length < SPLITS.length || splits.size === SPLITS.length) continue;
    const pictures = new Set(own.map((i) => images[i]!.hash)).size;
    throw new UserError(
      `The class ${name} cannot be divided: its ${own.length} images are copies of ${pictures} ` +
        "(copies stay in one split): add images, or leave the class out",
    );
  }
}

/** The places of images with equal pixels, each group in the order of the images. */
function groupCopies(images: readonly Drawable[]): number[][] {
  return [...Map.groupBy(images.keys(), (index) => images[index]!.hash).values()];
}

/**
 * How many of `count` images each split is to have: its share rounded down, at least one, and what
 * is left to the splits that are furthest below their share.
 */
function targets(count: number, shares: SplitShares): Record<SplitName, number> {
  const share = (split: SplitName) => count * shares[split] / 100;
  const target = {} as Record<SplitName, number>;
  for (const split of SPLITS) target[split] = Math.max(1, Math.floor(share(split)));
  const excess = () => SPLITS.reduce((sum, split) => sum + target[split], 0) - count;
  const below = (split: SplitName) => share(split) - target[split];
  while (excess() > 0) {
    target[
      SPLITS.reduce((a, b) => target[b] > 1 && (target[a] === 1 || below(b) < below(a)) ? b : a)
    ]--;
  }
  while (excess() < 0) target[SPLITS.reduce((a, b) => below(b) > below(a) ? b : a)]++;
  return target;
}
