/**
 * Pictures of faces: grids with captions, and the mean face of each class.
 *
 * FER2013's licence is unclear: figures with its faces are for looking at, never to be committed.
 *
 * @module
 */

import { CLASS_COUNT, EMOTIONS, IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { pngAddress } from "./_png.ts";
import {
  baseLayout,
  escapeText,
  type Figure,
  type FigureOptions,
  grouped,
  label,
  TEXT,
} from "./figure.ts";
import { textWidth } from "./_text_size.ts";

const GAP = 10;
const CAPTION = TEXT.small;
const LINE = 16;

/**
 * Faces in rows with a caption under each.
 *
 * @param images Gray values, shape [n, 48, 48].
 * @param captions One per face; a line break is `\n`. An empty list is no captions.
 * @param options Data set, title and note; `columns` (default 7), `scale`: pixels per pixel
 * (default 2).
 * @throws {RangeError} Where images and captions do not fit.
 */
export function faceGrid(
  images: Uint8Array,
  captions: readonly string[],
  options: FigureOptions & { readonly columns?: number; readonly scale?: number },
): Figure {
  const count = images.length / IMAGE_PIXELS;
  if (!Number.isInteger(count)) {
    throw new RangeError(`Expected images of ${IMAGE_PIXELS} pixels, not ${images.length} in all`);
  }
  if (captions.length !== 0 && captions.length !== count) {
    throw new RangeError(`Expected ${count} captions, not ${captions.length}`);
  }
  const columns = Math.max(1, Math.min(options.columns ?? 7, count));
  const rows = Math.ceil(count / columns);
  const side = IMAGE_SIZE * (options.scale ?? 2);
  const lines = captions.map((caption) => caption.split("\n"));
  const widest = Math.max(0, ...lines.flat().map((line) => textWidth(line, CAPTION) * 1.06));
  const tallest = Math.max(0, ...lines.map((caption) => caption.length));
  const pitchX = Math.ceil(Math.max(side, widest)) + GAP;
  const pitchY = side + tallest * LINE + GAP + (tallest > 0 ? 4 : 0);
  const margin = { t: 76, b: 12, l: 16, r: 6 };
  const [width, height] = [columns * pitchX, Math.max(1, rows) * pitchY];
  const placedImages = [];
  const annotations = [];
  for (let i = 0; i < count; i++) {
    const left = (i % columns) * pitchX + (pitchX - GAP - side) / 2;
    const top = Math.floor(i / columns) * pitchY;
    placedImages.push({
      source: pngAddress(
        images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS),
        IMAGE_SIZE,
        IMAGE_SIZE,
      ),
      xref: "x",
      yref: "y",
      x: left,
      y: top,
      sizex: side,
      sizey: side,
      xanchor: "left",
      yanchor: "top",
      sizing: "stretch",
      layer: "above",
    });
    if (lines[i]) {
      annotations.push(label(lines[i]!.map(escapeText).join("<br>"), {
        x: left + side / 2,
        y: top + side,
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
  images: Uint8Array,
  labels: Uint8Array,
  options: FigureOptions & { readonly scale?: number },
): Figure {
  if (images.length !== labels.length * IMAGE_PIXELS) {
    throw new RangeError(`${labels.length} labels do not fit ${images.length} pixels`);
  }
  const sums = new Float64Array(CLASS_COUNT * IMAGE_PIXELS);
  const counts = new Array<number>(CLASS_COUNT).fill(0);
  labels.forEach((emotion, i) => {
    counts[emotion]!++;
    const to = emotion * IMAGE_PIXELS;
    const from = i * IMAGE_PIXELS;
    for (let p = 0; p < IMAGE_PIXELS; p++) sums[to + p]! += images[from + p]!;
  });
  const present = EMOTIONS.map((_, i) => i).filter((i) => counts[i]! > 0);
  const means = new Uint8Array(present.length * IMAGE_PIXELS);
  present.forEach((emotion, i) => {
    for (let p = 0; p < IMAGE_PIXELS; p++) {
      means[i * IMAGE_PIXELS + p] = Math.round(
        sums[emotion * IMAGE_PIXELS + p]! / counts[emotion]!,
      );
    }
  });
  const captions = present.map((i) =>
    `${EMOTIONS[i]}\n${grouped(counts[i]!)} ${counts[i] === 1 ? "image" : "images"}`
  );
  return faceGrid(means, captions, { title: "Mean face of each emotion", ...options });
}
