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
  const boxes = detector.detect(picture);
  if (boxes.length === 0) return [];
  const gray = toGray(picture);
  return boxes.map((box) => {
    const square = faceSquare(box);
    const pixels = cutSquare(gray, picture, square);
    return { square, score: box.score, pixels: equalised ? equalise(pixels) : pixels };
  });
}
