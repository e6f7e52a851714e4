/**
 * From a picture to the faces in it as a network sees them. Plain arithmetic around the detector, also for
 * a browser.
 *
 * @module
 */

import { equalise, toGray } from "../dataset/gray.ts";
import type { Picture } from "../dataset/picture.ts";
import { IMAGE_SIZE } from "../emotion.ts";
import { cutSquare, faceSquare, type Square } from "./cut.ts";
import type { Detector } from "./detector.ts";

/** A face as it is given to the network. */
export interface FoundFace {
  /** What was cut, in pixels of the picture. */
  readonly square: Square;
  /** The detector's, 0 to 1. */
  readonly score: number;
  /** Gray values, shape [size, size]. */
  readonly pixels: Uint8Array;
}

/** What a network was trained on. */
export interface CutOptions {
  /** Whether its grays were equalised. */
  readonly equalised: boolean;
  /** Side in pixels; 48 unless given. */
  readonly size?: number;
}

/**
 * Finds the faces of a picture and cuts them as FER2013's are cut.
 *
 * @param picture Upright.
 * @returns The faces, left to right.
 */
export async function findFaces(
  picture: Picture,
  detector: Pick<Detector, "detect">,
  options: CutOptions,
): Promise<FoundFace[]> {
  const places = (await detector.detect(picture)).map((box) => ({
    square: faceSquare(box),
    score: box.score,
  }));
  return cutFaces(picture, places, options);
}

/**
 * Cuts faces whose places are known.
 *
 * @param picture Upright.
 */
export function cutFaces(
  picture: Picture,
  places: readonly Pick<FoundFace, "square" | "score">[],
  { equalised, size = IMAGE_SIZE }: CutOptions,
): FoundFace[] {
  if (places.length === 0) return [];
  const gray = toGray(picture);
  return places.map(({ square, score }) => {
    const pixels = cutSquare(gray, picture, square, size);
    return { square, score, pixels: equalised ? equalise(pixels) : pixels };
  });
}
