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

/** A square of a picture, in whole pixels; it may lead over the picture's edges. */
export interface Region extends Point {
  readonly side: number;
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
 * A square of a picture as the network takes it: black beyond the picture's edges, and brought to its size
 * by bilinear interpolation (of the four pixels around each point; pixels have their centres at halves, as
 * in TensorFlow's ResizeBilinear with `half_pixel_centers`).
 *
 * @returns Red, green and blue from -1 to 1, shape [INPUT_SIDE, INPUT_SIDE, 3].
 */
export function detectorInput({ width, height, data }: Picture, region: Region): Float32Array {
  const input = new Float32Array(INPUT_SIDE * INPUT_SIDE * 3);
  const columns = neighbours(region.x, region.side);
  let to = 0;
  for (const { first: top, second: bottom, share: down } of neighbours(region.y, region.side)) {
    for (const { first: left, second: right, share: across } of columns) {
      for (let channel = 0; channel < 3; channel++) {
        const at = (x: number, y: number) =>
          x >= 0 && x < width && y >= 0 && y < height ? data[4 * (y * width + x) + channel]! : 0;
        const above = at(left, top) + (at(right, top) - at(left, top)) * across;
        const below = at(left, bottom) + (at(right, bottom) - at(left, bottom)) * across;
        input[to++] = (above + (below - above) * down) / 127.5 - 1;
      }
    }
  }
  return input;
}

/** For each pixel of the input along a side: the two of the picture around it, and the second's share. */
function neighbours(
  start: number,
  side: number,
): { readonly first: number; readonly second: number; readonly share: number }[] {
  return Array.from({ length: INPUT_SIDE }, (_, i) => {
    const place = Math.max(0, (i + 0.5) * side / INPUT_SIDE - 0.5);
    const first = Math.floor(place);
    const second = Math.min(first + 1, side - 1);
    return { first: start + first, second: start + second, share: place - first };
  });
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
 * @param region What the network was given.
 */
export function decodeFaces(outputs: readonly Output[], region: Region): FaceBox[] {
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
    const face = faceAt(ANCHORS[i]!, values, region, score);
    if (face.width > 0 && face.height > 0) faces.push(face);
  }
  return withoutOverlaps(faces).sort((a, b) => a.x - b.x);
}

function faceAt(
  anchor: Point,
  values: Float32Array,
  { x, y, side }: Region,
  score: number,
): FaceBox {
  const point = (at: number): Point => ({
    x: x + side * (anchor.x + values[at]! / INPUT_SIDE),
    y: y + side * (anchor.y + values[at + 1]! / INPUT_SIDE),
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
    if (!kept.some((other) => overlap(box, other))) kept.push(box);
  }
  return kept;
}

/** Whether two boxes are of one face: what they share is counted against the smaller one's area. */
export function overlap(a: Box, b: Box): boolean {
  const along = (from: "x" | "y", size: "width" | "height") =>
    Math.max(0, Math.min(a[from] + a[size], b[from] + b[size]) - Math.max(a[from], b[from]));
  const both = along("x", "width") * along("y", "height");
  return both / Math.min(a.width * a.height, b.width * b.height) > MOST_OVERLAP;
}
