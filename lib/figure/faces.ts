/**
 * Pictures of faces: grids with captions, and the mean face of each class.
 *
 * FER2013's licence is unclear: figures with its faces are for looking at, never to be committed.
 *
 * @module
 */

import { EMOTIONS, IMAGE_SIZE } from "../emotion.ts";
import type { ImageSize, SampleValues } from "../sample.ts";
import { pngAddress } from "./_png.ts";
import {
  baseLayout,
  escapeText,
  type Figure,
  type FigureOptions,
  grouped,
  label,
  TEXT,
  wordsOf,
} from "./figure.ts";
import { textWidth } from "./_text_size.ts";

const FACE_SIZE: ImageSize = { width: IMAGE_SIZE, height: IMAGE_SIZE };

const GAP = 10;
const CAPTION = TEXT.small;
const LINE = 16;

/**
 * Faces in rows with a caption under each.
 *
 * @param images Gray values, shape [n, height, width].
 * @param captions One per face; a line break is `\n`. An empty list is no captions.
 * @param options Data set, title and note; `columns` (default 7), `scale`: pixels per pixel
 * (default 2), `size` of an image (default FER2013's).
 * @throws {RangeError} Where images and captions do not fit.
 */
export function faceGrid(
  images: Uint8Array,
  captions: readonly string[],
  options: FigureOptions & {
    readonly columns?: number;
    readonly scale?: number;
    readonly size?: ImageSize;
  },
): Figure {
  const { scale = 2, size = FACE_SIZE } = options;
  const pixels = size.width * size.height;
  const count = images.length / pixels;
  if (!Number.isInteger(count)) {
    throw new RangeError(`Expected images of ${pixels} pixels, not ${images.length} in all`);
  }
  if (captions.length !== 0 && captions.length !== count) {
    throw new RangeError(`Expected ${count} captions, not ${captions.length}`);
  }
  const columns = Math.max(1, Math.min(options.columns ?? 7, count));
  const rows = Math.ceil(count / columns);
  const [across, down] = [size.width * scale, size.height * scale];
  const lines = captions.map((caption) => caption.split("\n"));
  const widest = Math.max(0, ...lines.flat().map((line) => textWidth(line, CAPTION) * 1.06));
  const tallest = Math.max(0, ...lines.map((caption) => caption.length));
  const pitchX = Math.ceil(Math.max(across, widest)) + GAP;
  const pitchY = down + tallest * LINE + GAP + (tallest > 0 ? 4 : 0);
  const margin = { t: 76, b: 12, l: 16, r: 6 };
  const [width, height] = [columns * pitchX, Math.max(1, rows) * pitchY];
  const placedImages = [];
  const annotations = [];
  for (let i = 0; i < count; i++) {
    const left = (i % columns) * pitchX + (pitchX - GAP - across) / 2;
    const top = Math.floor(i / columns) * pitchY;
    placedImages.push({
      source: pngAddress(
        images.subarray(i * pixels, (i + 1) * pixels),
        size.width,
        size.height,
      ),
      xref: "x",
      yref: "y",
      x: left,
      y: top,
      sizex: across,
      sizey: down,
      xanchor: "left",
      yanchor: "top",
      sizing: "stretch",
      layer: "above",
    });
    if (lines[i]) {
      annotations.push(label(lines[i]!.map(escapeText).join("<br>"), {
        x: left + across / 2,
        y: top + down,
        xanchor: "center",
        yanchor: "top",
        font: { size: CAPTION },
      }));
    }
  }
  const axis = {
    visible: false,
    fixedrange: true,
  };
  const room = Math.max(0, 320 - width);
  return {
    // Without a trace Plotly draws no axes, and without axes no images.
    data: [{ type: "scatter", mode: "markers", x: [], y: [], hoverinfo: "skip" }],
    layout: {
      ...baseLayout("Faces", options, {
        width: margin.l + width + margin.r + room,
        height: margin.t + height + margin.b,
        margin: { ...margin, r: margin.r + room },
      }),
      images: placedImages,
      annotations,
      // A pixel of the plot is a unit of the axes.
      xaxis: { ...axis, range: [0, width] },
      yaxis: { ...axis, range: [height, 0] },
    } as unknown as Figure["layout"],
  };
}

/**
 * The mean face of each class, with how many images it is the mean of. A class without an image is
 * left out.
 *
 * @param images Gray values, shape [n, 48, 48].
 * @param labels Label numbers 0 to 6, shape [n].
 * @param options Data set, title and note; `scale`: pixels per pixel.
 */
export function meanFaces(
  images: SampleValues,
  labels: Uint8Array,
  options: FigureOptions & {
    readonly scale?: number;
    readonly size?: ImageSize;
    readonly classes?: readonly string[];
  },
): Figure {
  const { size = FACE_SIZE, classes = EMOTIONS } = options;
  const words = wordsOf(options);
  const pixels = size.width * size.height;
  if (images.length !== labels.length * pixels) {
    throw new RangeError(`${labels.length} labels do not fit ${images.length} pixels`);
  }
  const sums = new Float64Array(classes.length * pixels);
  const counts = new Array<number>(classes.length).fill(0);
  labels.forEach((label, i) => {
    counts[label]!++;
    const to = label * pixels;
    const from = i * pixels;
    for (let p = 0; p < pixels; p++) sums[to + p]! += images[from + p]!;
  });
  const present = [...classes.keys()].filter((c) => counts[c]! > 0);
  const means = new Uint8Array(present.length * pixels);
  present.forEach((label, i) => {
    for (let p = 0; p < pixels; p++) {
      means[i * pixels + p] = Math.round(sums[label * pixels + p]! / counts[label]!);
    }
  });
  const captions = present.map((c) =>
    `${classes[c]}\n${grouped(counts[c]!)} ${counts[c] === 1 ? words.sample : words.samples}`
  );
  return faceGrid(means, captions, { title: `Mean face of each ${words.class}`, ...options });
}
