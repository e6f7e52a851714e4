/**
 * The seven classes, always in FER2013's order (its CSV's label numbers 0 to 6).
 *
 * @module
 */

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
