/**
 * The networks in the page: from a picture to faces with their probabilities.
 *
 * @module
 */

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import type { Picture } from "../../dataset/picture.ts";
import { IMAGE_PIXELS, IMAGE_SIZE } from "../../emotion.ts";
import { makeDetector } from "../../face/detector.ts";
import { cutFaces, findFaces, type FoundFace } from "../../face/find.ts";
import type { About } from "./about.ts";
import { type Finder, Follower } from "./follow.ts";
import * as tf from "./tf.ts";

/** A face with what the network says of it. */
export interface ReadFace extends FoundFace {
  /** In the order of the classes. */
  readonly probabilities: readonly number[];
}

/** What came of a picture, and how long it took. */
export interface Reading {
  /** Left to right. */
  readonly faces: readonly ReadFace[];
  /** Milliseconds. */
  readonly milliseconds: { readonly find: number; readonly classify: number };
}

/** The browser runs no WebAssembly. */
export class NoWasm extends Error {
  override name = "NoWasm";
}

/** @throws {NoWasm} Where the smallest module there is does not run. */
async function expectWasm(): Promise<void> {
  try {
    await WebAssembly.instantiate(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
  } catch {
    throw new NoWasm();
  }
}

/** Networks that are ready. */
export interface Reader {
  readonly about: About;
  /** For the frames of one film. */
  follower(): Follower;
  /**
   * Reads a picture.
   *
   * @param follower Of the film whose next frame it is.
   */
  read(picture: Picture, follower?: Follower): Promise<Reading>;
}

/** Loads TensorFlow.js's wasm and both networks, and warms them up. */
export async function loadReader(): Promise<Reader> {
  const fetched = async (path: string) => {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path}: ${response.status}`);
    return response;
  };
  setWasmPaths("/wasm/");
  await expectWasm();
  if (!await tf.setBackend("wasm")) throw new Error("TensorFlow.js did not start");
  const about = await (await fetched("/about.json")).json() as About;
  const detector = await makeDetector(
    await (await fetched("/detector/blazeface.json")).json(),
    await (await fetched("/detector/blazeface.bin")).arrayBuffer(),
  );
  const model = await tf.loadLayersModel("/network/model.json");
  const finder: Finder = {
    find: (picture) => findFaces(picture, detector, about),
    cut: (picture, faces) => cutFaces(picture, faces, about),
  };
  const read: Reader["read"] = async (picture, follower) => {
    const began = performance.now();
    const found = await (follower?.take(picture, began / 1000) ?? finder.find(picture));
    const cut = performance.now();
    const all = found.length === 0 ? [] : classify(found, model, about);
    return {
      faces: found.map((face, i) => ({ ...face, probabilities: all[i]! })),
      milliseconds: { find: cut - began, classify: performance.now() - cut },
    };
  };
  // The first run of each takes far longer than all later ones.
  const blank = { width: IMAGE_SIZE, height: IMAGE_SIZE, data: new Uint8Array(4 * IMAGE_PIXELS) };
  await read(blank);
  classify(
    [{
      square: { x: 0, y: 0, side: IMAGE_SIZE },
      score: 1,
      pixels: new Uint8Array(IMAGE_PIXELS),
    }],
    model,
    about,
  );
  return { about, follower: () => new Follower(finder), read };
}

/** Probabilities of each face: the mean over the views, all in one batch. */
function classify(
  faces: readonly FoundFace[],
  model: Awaited<ReturnType<typeof tf.loadLayersModel>>,
  { classes, input, sample, views }: About,
): number[][] {
  const [height, width] = input as [number, number, number];
  const across = sample.shape[1]!;
  const values = new Float32Array(faces.length * views.length * height * width);
  let to = 0;
  for (const { pixels } of faces) {
    for (const { row, column, mirrored } of views) {
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const from = column + (mirrored ? width - 1 - x : x);
          values[to++] = pixels[(row + y) * across + from]! / sample.divisor;
        }
      }
    }
  }
  const outputs = tf.tidy(() => {
    const batch = tf.tensor4d(values, [faces.length * views.length, height, width, 1]);
    return (model.predict(batch) as tf.Tensor).dataSync();
  }) as unknown as Float32Array;
  return faces.map((_, i) =>
    classes.map((_, c) => {
      let sum = 0;
      for (let v = 0; v < views.length; v++) {
        sum += outputs[(i * views.length + v) * classes.length + c]!;
      }
      return sum / views.length;
    })
  );
}
