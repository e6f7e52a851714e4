/**
 * Many faces on one picture, for a person to look at.
 *
 * @module
 */

import { createCanvas } from "@napi-rs/canvas";
import { EMOTIONS, IMAGE_PIXELS, IMAGE_SIZE } from "../emotion.ts";
import { writeFileWhole } from "../file.ts";
import type { Split } from "./dataset.ts";

/** One row: its name, then its faces (2304 gray values each). */
export interface ContactRow {
  readonly name: string;
  readonly images: readonly Uint8Array[];
}

/** How large faces are drawn. */
export interface ContactSheetOptions {
  /** Screen pixels per side of an image pixel; 3 if left out. */
  readonly zoom?: number;
}

/** Room for a row's name, in screen pixels. */
const NAME_WIDTH = 90;

/** Screen pixels between faces. */
const GAP = 3;

/**
 * A contact sheet as PNG.
 *
 * @param rows From top to bottom.
 */
export function contactSheet(
  rows: readonly ContactRow[],
  options: ContactSheetOptions = {},
): Uint8Array {
  const { zoom = 3 } = options;
  const step = IMAGE_SIZE * zoom + GAP;
  const columns = Math.max(1, ...rows.map((row) => row.images.length));
  const canvas = createCanvas(NAME_WIDTH + columns * step, Math.max(1, rows.length * step));
  const context = canvas.getContext("2d");
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = "black";
  context.font = "16px sans-serif";
  context.textBaseline = "middle";
  for (const [r, row] of rows.entries()) {
    context.fillText(row.name, 6, r * step + step / 2);
    for (const [c, image] of row.images.entries()) {
      const side = IMAGE_SIZE * zoom;
      const data = context.createImageData(side, side);
      for (let y = 0, i = 0; y < side; y++) {
        const line = Math.floor(y / zoom) * IMAGE_SIZE;
        for (let x = 0; x < side; x++, i += 4) {
          data.data.fill(image[line + Math.floor(x / zoom)]!, i, i + 3);
          data.data[i + 3] = 255;
        }
      }
      context.putImageData(data, NAME_WIDTH + c * step, r * step);
    }
  }
  return canvas.toBuffer("image/png");
}

/**
 * Writes a contact sheet.
 *
 * @param path Where the PNG goes; missing folders are made.
 */
export async function writeContactSheet(
  path: string,
  rows: readonly ContactRow[],
  options: ContactSheetOptions = {},
): Promise<void> {
  await writeFileWhole(path, contactSheet(rows, options));
}

/**
 * The first faces of each class, one row per emotion in FER2013's order. Canonical order is by hash,
 * so the first are as good as drawn at random.
 *
 * @param perRow At most how many faces.
 */
export function rowsByEmotion(split: Split, perRow = 10): ContactRow[] {
  return EMOTIONS.map((name, label) => {
    const images: Uint8Array[] = [];
    for (let i = 0; i < split.length && images.length < perRow; i++) {
      if (split.labels[i] !== label) continue;
      images.push(split.images.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS));
    }
    return { name, images };
  });
}
