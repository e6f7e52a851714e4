/**
 * Finds the faces of a picture by one or two looks at it. Plain arithmetic, also for a browser.
 *
 * @module
 */

import { type FaceBox, overlap, type Region } from "./blazeface.ts";

/**
 * A face whose box has more than this share of the picture's longer side is looked at from farther away:
 * BlazeFace frames it too narrowly, or does not find it at all.
 */
const LARGE = 0.4;
/** What is looked at from farther away, in longer sides of the picture. */
const FAR = 2;

/**
 * The faces of a picture, left to right. The whole picture is looked at; where nothing is found, or a face
 * that nearly fills it, it is looked at from farther away too, with black around it, for large faces.
 *
 * @param look Finds the faces in a square of the picture.
 */
export async function facesByLooks(
  look: (region: Region) => Promise<FaceBox[]>,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<FaceBox[]> {
  const side = Math.max(width, height);
  const isLarge = (face: FaceBox) => Math.max(face.width, face.height) > LARGE * side;
  // Black at the right and below makes it square, so that faces keep their proportions.
  const near = await look({ x: 0, y: 0, side });
  if (near.length > 0 && !near.some(isLarge)) return near;
  const far = (await look({
    x: Math.floor((width - FAR * side) / 2),
    y: Math.floor((height - FAR * side) / 2),
    side: FAR * side,
  })).filter(isLarge);
  const rest = near.filter((face) => !far.some((large) => overlap(face, large)));
  return [...far, ...rest].sort((a, b) => a.x - b.x);
}
