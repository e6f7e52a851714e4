/**
 * The faces of a film's frames: looked for in every second one at most, since that takes longer than all the
 * rest of a frame.
 *
 * @module
 */

import type { Picture } from "../../dataset/picture.ts";
import type { FoundFace } from "../../face/find.ts";

/** Seconds after which faces are looked for anew. */
const LONGEST = 0.1;
/**
 * A face is where it was if what is cut there correlates so well with what was cut before: on a portrait
 * that holds up to a move of 3 % of the square's side.
 */
const LEAST_LIKENESS = 0.9;

/** What faces are found and cut with. */
export interface Finder {
  find(picture: Picture): Promise<FoundFace[]>;
  /** Cuts faces out again where they were. */
  cut(picture: Picture, faces: readonly FoundFace[]): FoundFace[];
}

/** Follows the faces of one film. */
export class Follower {
  readonly #finder: Finder;
  #found: readonly FoundFace[] = [];
  #lookedAt = -Infinity;
  #looked = false;

  constructor(finder: Finder) {
    this.#finder = finder;
  }

  /**
   * The faces of the next frame, left to right. Where the one before was looked through, and at the place
   * of each of its faces there still is the same, these are they.
   *
   * @param time In seconds.
   */
  async take(picture: Picture, time: number): Promise<FoundFace[]> {
    if (this.#looked && this.#found.length > 0 && time - this.#lookedAt < LONGEST) {
      const faces = this.#finder.cut(picture, this.#found);
      if (
        faces.every(({ pixels }, i) => likeness(pixels, this.#found[i]!.pixels) >= LEAST_LIKENESS)
      ) {
        this.#looked = false;
        return faces;
      }
    }
    const faces = await this.#finder.find(picture);
    this.#found = faces;
    this.#lookedAt = time;
    this.#looked = true;
    return faces;
  }
}

/** Pearson's correlation of two images' pixels; 0 where one of them is all of one gray. */
export function likeness(a: Uint8Array, b: Uint8Array): number {
  let [sumA, sumB, sumAA, sumBB, sumAB] = [0, 0, 0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    sumA += x;
    sumB += y;
    sumAA += x * x;
    sumBB += y * y;
    sumAB += x * y;
  }
  const spread = (a.length * sumAA - sumA ** 2) * (a.length * sumBB - sumB ** 2);
  return spread === 0 ? 0 : (a.length * sumAB - sumA * sumB) / Math.sqrt(spread);
}
