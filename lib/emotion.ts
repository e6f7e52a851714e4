/**
 * What FER2013's data are: seven classes, always in its order (its CSV's label numbers 0 to 6), and
 * gray images of 48x48 pixels. What any data set's are, the data set says.
 *
 * @module
 */

import type { SampleForm } from "./sample.ts";

/** The classes of FER2013 (Goodfellow et al. 2013), index = label number. */
export const EMOTIONS = [
  "angry",
  "disgust",
  "fear",
  "happy",
  "sad",
  "surprise",
  "neutral",
] as const;

/** One of the seven classes. */
export type Emotion = typeof EMOTIONS[number];

/** How many classes there are: 7. */
export const CLASS_COUNT = EMOTIONS.length;

/** Side of an image in pixels: 48. */
export const IMAGE_SIZE = 48;

/** Pixels (and bytes, one channel of uint8) of an image: 2304. */
export const IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE;

/** FER2013's samples: 48x48 gray values as bytes, 0 to 1 as a network's input. */
export const FACE: SampleForm = {
  shape: [IMAGE_SIZE, IMAGE_SIZE, 1],
  type: "uint8",
  divisor: 255,
};

/** The same of another size. */
export function faceForm(size = IMAGE_SIZE): SampleForm {
  return { ...FACE, shape: [size, size, 1] };
}
