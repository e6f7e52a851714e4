/**
 * What comes out of BlazeFace (Bazarevsky et al. 2019) as faces. Plain arithmetic, also for a browser.
 *
 * @module
 */

import type { Picture } from "../dataset/picture.ts";

/** A place in a picture, in pixels. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A box in a picture, in pixels; it may lead over the picture's edge. */
export interface Box extends Point {
  readonly width: number;
  readonly height: number;
}

/** A face in a picture. */
export interface FaceBox extends Box {
  /** How sure the detector is, 0 to 1. */
  readonly score: number;
  /** The eyes, that on the left of the picture first. */
  readonly eyes: readonly [Point, Point];
}

/** Side of the network's input in pixels. */
export const INPUT_SIDE = 256;
/** Numbers of each anchor: the box's centre and size, then six landmarks, in pixels of the input. */
const ANCHOR_VALUES = 16;
/** Faces with a lower score are none. */
const LEAST_SCORE = 0.5;
/**
 * Of two boxes one is dropped where they share more than this of the smaller: a face that fills the
 * picture is often found twice, with another part of it in a smaller box. Faces side by side share less.
 */
const MOST_OVERLAP = 0.3;
const MOST_FACES = 100;

/** A grid of anchors over the input: cells a side, anchors a cell. */
interface Grid {
  readonly cells: number;
  readonly each: number;
}

/** As MediaPipe's SsdAnchorsCalculator has them. */
const GRIDS: readonly Grid[] = [{ cells: 16, each: 2 }, { cells: 8, each: 6 }];

/** The centres of the anchors as shares of the input's side, in the order of the network's outputs. */
const ANCHORS: readonly Point[] = GRIDS.flatMap(({ cells, each }) =>
  Array.from({ length: cells * cells * each }, (_, i) => {
    const cell = Math.floor(i / each);
    return { x: (cell % cells + 0.5) / cells, y: (Math.floor(cell / cells) + 0.5) / cells };
  })
);

/**
 * A picture as the network takes it: made square with black at the right and below, so that faces keep
 * their proportions, and brought to its size by bilinear interpolation (of the four pixels around each
 * point, as TensorFlow's ResizeBilinear has it).
 *
 * @returns Red, green and blue from -1 to 1, shape [INPUT_SIDE, INPUT_SIDE, 3].
 */
export function detectorInput({ width, height, data }: Picture): Float32Array {
  const side = Math.max(width, height);
  const step = side / INPUT_SIDE;
  const input = new Float32Array(INPUT_SIDE * INPUT_SIDE * 3);
  for (let row = 0, to = 0; row < INPUT_SIDE; row++) {
    const top = Math.floor(row * step);
    const bottom = Math.min(top + 1, side - 1);
    const down = row * step - top;
    for (let column = 0; column < INPUT_SIDE; column++) {
      const left = Math.floor(column * step);
      const right = Math.min(left + 1, side - 1);
      const across = column * step - left;
      for (let channel = 0; channel < 3; channel++) {
        const at = (x: number, y: number) =>
          x < width && y < height ? data[4 * (y * width + x) + channel]! : 0;
        const above = at(left, top) + (at(right, top) - at(left, top)) * across;
        const below = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * across;
        input[to++] = (above + (below - above) * down) / 127.5 - 1;
      }
    }
  }
  return input;
}

/** An output of the network: its shape and its values. */
export interface Output {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/**
 * The faces that the network's outputs tell of, left to right.
 *
 * @param outputs All four, in any order: of each grid the logits [1, anchors, 1] and the boxes
 *   [1, anchors, 16].
 * @param side Of the square that was given to the network, in pixels of the picture, from the picture's
 *   upper left corner on.
 */
export function decodeFaces(outputs: readonly Output[], side: number): FaceBox[] {
  const ofGrids = (columns: number) =>
    GRIDS.map(({ cells, each }) => {
      const anchors = cells * cells * each;
      return outputs.find(({ shape }) => shape[1] === anchors && shape[2] === columns)!.values;
    });
  const logits = ofGrids(1).flatMap((values) => [...values]);
  const boxes = ofGrids(ANCHOR_VALUES);
  const first = boxes[0]!.length / ANCHOR_VALUES;
  const faces: FaceBox[] = [];
  for (const [i, logit] of logits.entries()) {
    const score = 1 / (1 + Math.exp(-logit));
    if (score < LEAST_SCORE) continue;
    const at = ANCHOR_VALUES * (i < first ? i : i - first);
    const values = boxes[i < first ? 0 : 1]!.subarray(at, at + ANCHOR_VALUES);
    const face = faceAt(ANCHORS[i]!, values, side, score);
    if (face.width > 0 && face.height > 0) faces.push(face);
  }
  return withoutOverlaps(faces).sort((a, b) => a.x - b.x);
}

function faceAt(anchor: Point, values: Float32Array, side: number, score: number): FaceBox {
  const point = (at: number): Point => ({
    x: side * (anchor.x + values[at]! / INPUT_SIDE),
    y: side * (anchor.y + values[at + 1]! / INPUT_SIDE),
  });
  const centre = point(0);
  const width = side * values[2]! / INPUT_SIDE;
  const height = side * values[3]! / INPUT_SIDE;
  const corner = { x: centre.x - width / 2, y: centre.y - height / 2 };
  return { ...corner, width, height, score, eyes: [point(4), point(6)] };
}

/** Greedy non-maximum suppression: the surest box first, and none that overlaps it. */
export function withoutOverlaps<Scored extends Box & { readonly score: number }>(
  boxes: readonly Scored[],
): Scored[] {
  const kept: Scored[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === MOST_FACES) break;
    if (kept.every((other) => overlap(box, other) <= MOST_OVERLAP)) kept.push(box);
  }
  return kept;
}

/** What two boxes share, as a share of the smaller one's area. */
function overlap(a: Box, b: Box): number {
  const along = (from: "x" | "y", size: "width" | "height") =>
    Math.max(0, Math.min(a[from] + a[size], b[from] + b[size]) - Math.max(a[from], b[from]));
  const both = along("x", "width") * along("y", "height");
  return both / Math.min(a.width * a.height, b.width * b.height);
}
