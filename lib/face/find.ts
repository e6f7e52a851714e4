/**
 * From a picture to the faces in it as a network sees them. Plain arithmetic around the detector, also for
 * a browser.
 *
 * @module
 */

import { toGray } from "../dataset/gray.ts";
import type { Picture } from "../dataset/picture.ts";
import { cutSquare, equalise, faceSquare, type Square } from "./cut.ts";
import type { Detector } from "./detector.ts";

/** A face as it is given to the network. */
export interface FoundFace {
  /** What was cut, in pixels of the picture. */
  readonly square: Square;
  /** The detector's, 0 to 1. */
  readonly score: number;
  /** Gray values, shape [48, 48]. */
  readonly pixels: Uint8Array;
}

/**
 * Finds the faces of a picture and cuts them as FER2013's are cut.
 *
 * @param picture Upright.
 * @param options `equalised`: whether the network was trained on equalised grays.
 * @returns The faces, left to right.
 */
export function findFaces(
  picture: Picture,
  detector: Pick<Detector, "detect">,
  { equalised }: { readonly equalised: boolean },
): FoundFace[] {
  const places = detector.detect(picture).map((box) => ({
    square: faceSquare(box),
    score: box.score,
  }));
  return cutFaces(picture, places, { equalised });
}

/**
 * Cuts faces whose places are known.
 *
 * @param picture Upright.
 * @param options As of {@linkcode findFaces}.
 */
export function cutFaces(
  picture: Picture,
  places: readonly Pick<FoundFace, "square" | "score">[],
  { equalised }: { readonly equalised: boolean },
): FoundFace[] {
  if (places.length === 0) return [];
  const gray = toGray(picture);
  return places.map(({ square, score }) => {
    const pixels = cutSquare(gray, picture, square);
    return { square, score, pixels: equalised ? equalise(pixels) : pixels };
  });
}
