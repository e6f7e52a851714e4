/**
 * From many picture files to the faces in them with their probabilities, one picture after the other: of
 * all pictures only what was found is kept.
 *
 * @module
 */

import { predictedClasses } from "../evaluation/metrics.ts";
import { roundProbabilities } from "../evaluation/predictions.ts";
import { formOf } from "../dataset/form.ts";
import { isEqualised } from "../dataset/known.ts";
import type { Picture } from "../dataset/picture.ts";
import { UserError } from "../error.ts";
import { type Square, wholeFace } from "../face/cut.ts";
import type { Detector } from "../face/detector.ts";
import { findFaces } from "../face/find.ts";
import { readPicture } from "../face/pictures.ts";
import { throwIfInterrupted } from "../interruption.ts";
import { count } from "../text.ts";
import { faceSize } from "./find_network.ts";
import type { Network } from "./network.ts";

/** Faces that are predicted at once where there are many. */
const BATCH = 256;
/** Where there are few. */
const SMALL_BATCH = 16;

/** A face with what a network says of it. */
export interface Face {
  readonly file: string;
  /** What was cut, in pixels of the upright picture; the detector's score, 0 to 1. */
  readonly found?: { readonly square: Square; readonly score: number };
  readonly emotion: string;
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
}

/** What came of all pictures. */
export interface Outcome {
  readonly faces: readonly Face[];
  /** Pictures without a face. */
  readonly empty: readonly string[];
  /** Pictures that cannot be used, each with a line that names it. */
  readonly faults: readonly { readonly file: string; readonly fault: string }[];
}

/** A network, and how faces are made what it was trained on. */
export interface FaceNetwork extends Pick<Network, "predict"> {
  readonly classes: readonly string[];
  /** Side of the gray images that it takes, in pixels. */
  readonly size: number;
  /** Whether it was trained on equalised grays. */
  readonly equalised: boolean;
}

/**
 * A trained network as what predicts faces.
 *
 * @param place Where it lies, for messages.
 * @throws {UsageError} Where it takes no square gray images.
 */
export function faceNetwork(
  network: Pick<Network, "record" | "predict">,
  place: string,
): FaceNetwork {
  const { dataset } = network.record;
  const { classes, sample } = formOf(dataset);
  return {
    classes,
    size: faceSize(place, sample),
    equalised: isEqualised(dataset),
    predict: (samples, options) => network.predict(samples, options),
  };
}

/** A picture with its faces. */
export interface Pictured {
  readonly file: string;
  /** Upright. */
  readonly picture: Picture;
  readonly faces: readonly Face[];
  /** Each face as the network saw it, gray values. */
  readonly pixels: readonly Uint8Array[];
}

/** How to run {@linkcode predictFiles}. */
export interface PredictFilesOptions {
  /** Finds the faces; without it every picture is a face already. */
  readonly detector?: Pick<Detector, "detect"> | undefined;
  /** Gets each picture with its faces, before the next is read. */
  readonly onPicture?: ((pictured: Pictured) => Promise<void>) | undefined;
  /** Hears how many pictures are done. */
  readonly onProgress?: (done: number) => void;
  /** Ends it after the picture under way. */
  readonly signal?: AbortSignal;
  /** Reads a picture, upright; `readPicture` unless given. */
  readonly read?: (file: string) => Promise<Picture>;
}

/**
 * Predicts the faces in picture files. A file that cannot be used is named, and the others go on.
 *
 * @param files Their paths.
 * @throws {Interrupted} Where the signal came: says how many pictures were done.
 */
export async function predictFiles(
  files: readonly string[],
  network: FaceNetwork,
  { detector, onPicture, onProgress, signal, read = readPicture }: PredictFilesOptions = {},
): Promise<Outcome> {
  const faces: Face[] = [];
  const empty: string[] = [];
  const faults: { file: string; fault: string }[] = [];
  let waiting: Cut[] = [];
  const predictWaiting = async () => {
    const predicted = await predictCuts(waiting, network);
    for (const face of predicted) faces.push(face);
    waiting = [];
    return predicted;
  };
  for (const [done, file] of files.entries()) {
    if (signal) {
      throwIfInterrupted(
        signal,
        `Interrupted after ${count(done)} of ${count(files.length)} pictures`,
      );
    }
    onProgress?.(done);
    const picture = await read(file).catch((error) => {
      if (!(error instanceof UserError)) throw error;
      faults.push({ file, fault: error.message });
    });
    if (!picture) continue;
    const cuts = await cutsOf(file, picture, network, detector);
    if (cuts.length === 0) empty.push(file);
    for (const cut of cuts) waiting.push(cut);
    if (onPicture) {
      const pixels = cuts.map((cut) => cut.pixels);
      await onPicture({ file, picture, faces: await predictWaiting(), pixels });
    } else if (waiting.length >= BATCH) await predictWaiting();
  }
  await predictWaiting();
  return { faces, empty, faults };
}

interface Cut extends Pick<Face, "file" | "found"> {
  readonly pixels: Uint8Array;
}

async function cutsOf(
  file: string,
  picture: Picture,
  { size, equalised }: FaceNetwork,
  detector: Pick<Detector, "detect"> | undefined,
): Promise<Cut[]> {
  // As the data set's pictures are read: what is a face already is not touched.
  if (!detector) return [{ file, pixels: wholeFace(picture, size) }];
  const found = await findFaces(picture, detector, { equalised, size });
  return found.map(({ pixels, square, score }) => ({
    file,
    pixels,
    found: { square, score: Number(score.toFixed(3)) },
  }));
}

async function predictCuts(cuts: readonly Cut[], network: FaceNetwork): Promise<Face[]> {
  if (cuts.length === 0) return [];
  const { classes, size } = network;
  const pixels = new Uint8Array(cuts.length * size ** 2);
  cuts.forEach((cut, i) => pixels.set(cut.pixels, i * size ** 2));
  const predicted = await network.predict(pixels, {
    batchSize: cuts.length > SMALL_BATCH ? BATCH : SMALL_BATCH,
  });
  const probabilities = roundProbabilities(predicted);
  const best = predictedClasses(probabilities, classes.length);
  return cuts.map(({ file, found }, i) => ({
    file,
    ...found ? { found } : {},
    emotion: classes[best[i]!]!,
    probabilities: [...probabilities.subarray(i * classes.length, (i + 1) * classes.length)],
  }));
}
