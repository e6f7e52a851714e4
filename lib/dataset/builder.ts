/**
 * From single images to a data set in canonical order.
 *
 * **Canonical order.** Within each split, images are sorted by the SHA-256 of their 2304 pixels,
 * then by label. So the same pixels give the same data set, the same ids and the same digest,
 * whichever container (CSV, folder, zip) they came from and in whichever order.
 *
 * **Digest.** SHA-256 over, for Training, PublicTest and PrivateTest in turn: the split's name and
 * count as the text `Training 28709\n`, then for each image in canonical order its label (one byte)
 * and its 2304 pixels.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { CLASS_COUNT, IMAGE_PIXELS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { randomStream, shuffle } from "../seed.ts";
import { type BadImage, type Split, type SplitName, SPLITS } from "./dataset.ts";
import { drawSplits, type SplitShares } from "./draw.ts";

/** Keeps a message one line and harmless to a terminal, whatever a file or its name holds. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]/g, "?");
}

/** Images per block: blocks instead of one growing array, which would be copied again and again. */
const BLOCK_IMAGES = 1024;

/** The images of one split, in the order they came. */
class Pile {
  readonly labels: number[] = [];
  readonly #blocks: Uint8Array[] = [];

  add(label: number, pixels: Uint8Array) {
    const place = this.labels.length % BLOCK_IMAGES;
    if (place === 0) this.#blocks.push(new Uint8Array(BLOCK_IMAGES * IMAGE_PIXELS));
    this.#blocks.at(-1)!.set(pixels, place * IMAGE_PIXELS);
    this.labels.push(label);
  }

  pixels(index: number): Uint8Array {
    const start = (index % BLOCK_IMAGES) * IMAGE_PIXELS;
    return this.#blocks[Math.floor(index / BLOCK_IMAGES)]!.subarray(start, start + IMAGE_PIXELS);
  }
}

/** One image of a pile with what it is sorted by. */
interface Item {
  readonly pile: Pile;
  readonly index: number;
  readonly label: number;
  readonly hash: string;
}

/** What {@linkcode DatasetBuilder.finish} is to draw. */
export interface FinishOptions {
  readonly tenth?: number;
  readonly draw?: { readonly shares: SplitShares; readonly seed: number };
}

/** Collects images and faults, then puts everything in canonical order. */
export class DatasetBuilder {
  readonly skipped: BadImage[] = [];
  readonly #skipBad: boolean;
  readonly #piles: Record<SplitName, Pile> = {
    Training: new Pile(),
    PublicTest: new Pile(),
    PrivateTest: new Pile(),
  };

  /** @param options `skipBad`: list what cannot be used instead of stopping at it. */
  constructor({ skipBad = false }: { skipBad?: boolean } = {}) {
    this.#skipBad = skipBad;
  }

  /**
   * Adds one image.
   *
   * @param label Index into `EMOTIONS`.
   * @param pixels 2304 gray values; copied.
   */
  add(split: SplitName, label: number, pixels: Uint8Array) {
    this.#piles[split].add(label, pixels);
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

  /** How many images a split has so far. */
  count(split: SplitName): number {
    return this.#piles[split].labels.length;
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
    const items = {} as Record<SplitName, Item[]>;
    for (const split of SPLITS) {
      const pile = this.#piles[split];
      items[split] = pile.labels.map((label, index) => ({
        pile,
        index,
        label,
        hash: createHash("sha256").update(pile.pixels(index)).digest("hex"),
      })).sort((a, b) => a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : a.label - b.label);
    }
    if (tenth !== undefined) {
      const chosen = stratifiedTenth(items.Training.map((item) => item.label), tenth);
      items.PublicTest = items.Training.filter((_, i) => chosen[i]);
      items.Training = items.Training.filter((_, i) => !chosen[i]);
    }
    if (draw !== undefined) {
      const all = items.Training;
      const drawn = drawSplits(all, draw);
      for (const split of SPLITS) items[split] = all.filter((_, i) => drawn[i] === split);
    }
    return {
      Training: toSplit(items.Training),
      PublicTest: toSplit(items.PublicTest),
      PrivateTest: toSplit(items.PrivateTest),
    };
  }
}

function toSplit(items: readonly Item[]): Split {
  const images = new Uint8Array(items.length * IMAGE_PIXELS);
  items.forEach(({ pile, index }, i) => images.set(pile.pixels(index), i * IMAGE_PIXELS));
  return {
    images,
    labels: Uint8Array.from(items, (item) => item.label),
    ids: items.map((item) => item.hash.slice(0, 16)),
    length: items.length,
  };
}

/**
 * Draws a tenth of every class, rounded to the nearest whole number and at least one where a class
 * has two or more; each class has a random stream of its own.
 *
 * @param labels Label numbers of all images.
 * @param seed The seed of the split.
 * @returns For each image whether it is drawn.
 */
export function stratifiedTenth(labels: ArrayLike<number>, seed: number): boolean[] {
  const chosen: boolean[] = Array.from(labels, () => false);
  for (let label = 0; label < CLASS_COUNT; label++) {
    const members: number[] = [];
    for (let i = 0; i < labels.length; i++) if (labels[i] === label) members.push(i);
    const share = members.length < 2 ? 0 : Math.max(1, Math.round(members.length / 10));
    shuffle(members, randomStream(seed, "split", label));
    for (const index of members.slice(0, share)) chosen[index] = true;
  }
  return chosen;
}

/** The digest of splits in canonical order (SHA-256, hex); see the module's text. */
export function datasetDigest(splits: Readonly<Record<SplitName, Split>>): string {
  const hash = createHash("sha256");
  for (const name of SPLITS) {
    const split = splits[name];
    hash.update(`${name} ${split.length}\n`);
    // Label and pixels together, many images at a time: a call per image costs more than hashing.
    for (let start = 0; start < split.length; start += BLOCK_IMAGES) {
      const count = Math.min(BLOCK_IMAGES, split.length - start);
      const block = new Uint8Array(count * (IMAGE_PIXELS + 1));
      for (let i = 0; i < count; i++) {
        const at = (start + i) * IMAGE_PIXELS;
        block[i * (IMAGE_PIXELS + 1)] = split.labels[start + i]!;
        block.set(split.images.subarray(at, at + IMAGE_PIXELS), i * (IMAGE_PIXELS + 1) + 1);
      }
      hash.update(block);
    }
  }
  return hash.digest("hex");
}
