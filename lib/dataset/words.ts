/**
 * What the samples and classes of a data set are called in reports and figures.
 *
 * @module
 */

import { formOf, type RecordedForm } from "./form.ts";

/** Nouns for a data set's samples and classes. */
export interface DataWords {
  /** One sample: `image` or `sample`. */
  readonly sample: "image" | "sample";
  /** Several. */
  readonly samples: "images" | "samples";
  /** What a sample is made of. */
  readonly values: "pixels" | "values";
  /** What a class is: an emotion where the classes are FER2013's. */
  readonly class: "emotion" | "class";
}

/** The words for FER2013's faces. */
export const FACE_WORDS: DataWords = {
  sample: "image",
  samples: "images",
  values: "pixels",
  class: "emotion",
};

/** Whether these are words for faces. */
export function isFaces(words: DataWords): boolean {
  return words.sample === "image" && words.class === "emotion";
}

/** The words for a data set, from what a record or report tells of it. */
export function dataWords(recorded: RecordedForm): DataWords {
  const isImage = formOf(recorded).sample.shape.length === 3;
  const isEmotion = recorded.classes === undefined;
  return {
    ...isImage ? FACE_WORDS : { sample: "sample", samples: "samples", values: "values" } as const,
    class: isEmotion ? "emotion" : "class",
  };
}
