/**
 * Finds faces with BlazeFace (Bazarevsky et al. 2019), whose files lie in `models/blazeface`.
 *
 * @module
 */

import { join } from "node:path";
import type { Picture } from "../dataset/picture.ts";
import { CHECKOUT } from "../paths.ts";
import * as tf from "../tensorflow/tf.ts";

/** A face in a picture: its box in pixels, which may lead over the picture's edge. */
export interface FaceBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** How sure the detector is, 0 to 1. */
  readonly score: number;
}

/** A detector that is ready. */
export interface Detector extends Disposable {
  /** The faces of a picture, left to right. */
  detect(picture: Picture): FaceBox[];
}

/** Side of the network's input in pixels. */
const INPUT_SIDE = 256;
/** Faces with a lower score are none. */
const LEAST_SCORE = 0.5;
/**
 * Of two boxes one is dropped where they share more than this of the smaller: a face that fills the
 * picture is often found twice, with another part of it in a smaller box. Faces side by side share less.
 */
const MOST_OVERLAP = 0.3;
const MOST_FACES = 100;
/** The grids of anchors: cells a side, anchors a cell; as MediaPipe's SsdAnchorsCalculator has them. */
const GRIDS = [[16, 2], [8, 6]] as const;

/** The centres of the anchors as shares of the input's side, in the order of the network's output. */
const ANCHORS: readonly (readonly [x: number, y: number])[] = GRIDS.flatMap(([cells, each]) =>
  Array.from({ length: cells * cells * each }, (_, i): [number, number] => {
    const cell = Math.floor(i / each);
    return [(cell % cells + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells];
  })
);

/** Loads the detector. */
export async function loadDetector(): Promise<Detector> {
  const folder = join(CHECKOUT, "models", "blazeface");
  const json = JSON.parse(await Deno.readTextFile(join(folder, "blazeface.json")));
  const { buffer } = await Deno.readFile(join(folder, "blazeface.bin"));
  const model = await tf.loadGraphModel(tf.io.fromMemory({
    modelTopology: json.modelTopology,
    format: json.format,
    userDefinedMetadata: json.userDefinedMetadata,
    weightSpecs: json.weightsManifest[0].weights,
    weightData: buffer,
  }));
  return {
    detect: (picture) => {
      // What `tf.tidy` gives back may hold tensors alone, and boxes are none.
      let boxes: FaceBox[] = [];
      tf.tidy(() => {
        boxes = detectIn(model, picture);
      });
      return boxes;
    },
    [Symbol.dispose]: () => model.dispose(),
  };
}

function detectIn(model: tf.GraphModel, picture: Picture): FaceBox[] {
  const { width, height, data } = picture;
  const pixels = tf.tensor3d(new Uint8Array(data.buffer, data.byteOffset, data.length), [
    height,
    width,
    4,
  ], "int32");
  const rgb = tf.slice(pixels, [0, 0, 0], [height, width, 3]);
  // Made square with black at the right and below, so that faces keep their proportions.
  const side = Math.max(width, height);
  const square = tf.pad(rgb, [[0, side - height], [0, side - width], [0, 0]]);
  const small = tf.image.resizeBilinear(square as tf.Tensor3D, [INPUT_SIDE, INPUT_SIDE]);
  const input = tf.expandDims(tf.sub(tf.div(small, 127.5), 1), 0);
  const outputs = model.predict(input) as tf.NamedTensorMap | tf.Tensor[];
  const tensors = Array.isArray(outputs) ? outputs : Object.values(outputs);
  const columns = (cells: number, last: number) =>
    tensors.find(({ shape }) => shape[1] === cells && shape[2] === last)!.dataSync();
  const counts = GRIDS.map(([cells, each]) => cells * cells * each);
  const logits = counts.flatMap((count) => [...columns(count, 1)]);
  const raw = counts.flatMap((count) => [...columns(count, 16)]);
  const boxes = logits.map((logit, i): FaceBox => {
    const [dx, dy, w, h] = raw.slice(16 * i, 16 * i + 4).map((value) =>
      value * side / INPUT_SIDE
    ) as [number, number, number, number];
    const [ax, ay] = ANCHORS[i]!;
    return {
      x: ax * side + dx - w / 2,
      y: ay * side + dy - h / 2,
      width: w,
      height: h,
      score: 1 / (1 + Math.exp(-logit)),
    };
  }).filter(({ score, width, height }) => score >= LEAST_SCORE && width > 0 && height > 0);
  return withoutOverlaps(boxes).sort((a, b) => a.x - b.x);
}

/** Greedy non-maximum suppression: the surest box first, and none that overlaps it. */
export function withoutOverlaps(boxes: readonly FaceBox[]): FaceBox[] {
  const kept: FaceBox[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === MOST_FACES) break;
    if (kept.every((other) => overlap(box, other) <= MOST_OVERLAP)) kept.push(box);
  }
  return kept;
}

/** What two boxes share, as a share of the smaller one's area. */
function overlap(a: FaceBox, b: FaceBox): number {
  const along = (from: "x" | "y", size: "width" | "height") =>
    Math.max(0, Math.min(a[from] + a[size], b[from] + b[size]) - Math.max(a[from], b[from]));
  const both = along("x", "width") * along("y", "height");
  return both / Math.min(a.width * a.height, b.width * b.height);
}
