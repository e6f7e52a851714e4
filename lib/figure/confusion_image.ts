/**
 * A confusion matrix as a PNG, for where no SVG is shown. Drawn from the numbers alone, the same bytes on
 * every machine.
 *
 * @module
 */

import { Buffer } from "node:buffer";
// @ts-types="@types/pngjs"
import { PNG } from "pngjs";
import { advanceOf, drawGlyphs, glyphOf } from "./_glyphs.ts";
import { type Cell, type Confusion, confusionCells, isDark } from "./confusion.ts";
import { grouped, INK, MUTED } from "./figure.ts";

/** A picture as a file. */
export interface PngImage {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** A rectangle, its corner and size in pixels. */
interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string;
}

/** A line of text; `x` is where `align` says, `y` its baseline. */
interface Line {
  readonly text: string;
  readonly size: number;
  readonly x: number;
  readonly y: number;
  readonly align: "left" | "center" | "right";
  readonly colour: string;
}

/** Sizes of text in pixels: TensorBoard shows pictures at about half their size. */
const LABEL = 22;
const DETAIL = 18;
/** The widest that a row's label can be. */
const WIDEST = 300;
/** Up to so many classes cells have room for text, and columns for names; a number stands for more. */
const MOST_NAMED = 12;
const CELL = { named: { width: 88, height: 62 }, numbered: { width: 30, height: 26 } } as const;
const PADDING = 14;

/**
 * Draws a confusion matrix: each cell has the share of its row (of the true class) and the count.
 *
 * @param confusion `confusion[true][predicted]`, as in a record.
 * @param options `classes`: their names in the matrix's order.
 * @throws {RangeError} Where the matrix does not fit the names.
 */
export async function confusionImage(
  confusion: Confusion,
  { classes }: { readonly classes: readonly string[] },
): Promise<PngImage> {
  const { width, height, rectangles, lines } = layOut(
    confusionCells(confusion, { classes, samples: "" }),
    { classes, sums: confusion.map((row) => row.reduce((a, b) => a + b, 0)) },
  );
  await drawGlyphs(lines);
  const image = new PNG({ width, height });
  image.data.fill(255);
  for (const rectangle of rectangles) fill(image, rectangle);
  for (const line of lines) write(image, line);
  return {
    width,
    height,
    // Areas of one colour need no filter before they are deflated.
    png: PNG.sync.write(image, {
      ...{ colorType: 2, filterType: 0, deflateStrategy: 0 },
    }),
  };
}

function layOut(
  cells: readonly (readonly Cell[])[],
  { classes, sums }: { readonly classes: readonly string[]; readonly sums: readonly number[] },
) {
  const named = classes.length <= MOST_NAMED;
  const cell = named ? CELL.named : CELL.numbered;
  const size = named ? LABEL : DETAIL;
  const rowLabels = classes.map((name, i) => {
    const count = ` (${grouped(sums[i]!)})`;
    return named
      ? shortened(name, WIDEST, size, count)
      : shortened(`${i + 1} ${name}`, WIDEST, size, count);
  });
  const left = PADDING * 2 +
    Math.ceil(Math.max(widthOf(TRUE, DETAIL), ...rowLabels.map((text) => widthOf(text, size))));
  const top = PADDING * 2 + DETAIL + Math.ceil(1.5 * size);
  const [width, height] = [
    left + cell.width * classes.length + PADDING,
    top + cell.height * classes.length + PADDING,
  ];
  const lines: Line[] = [
    {
      text: TRUE,
      size: DETAIL,
      x: left - PADDING,
      y: top - PADDING,
      align: "right",
      colour: MUTED,
    },
    {
      ...{ text: "Predicted, in %", size: DETAIL, x: left + (width - PADDING - left) / 2 },
      ...{ y: PADDING + DETAIL, align: "center", colour: MUTED },
    },
  ];
  const rectangles: Rectangle[] = [];
  for (const [i, row] of cells.entries()) {
    const middle = { x: left + (i + 0.5) * cell.width, y: top + (i + 0.5) * cell.height };
    lines.push({
      ...{ text: rowLabels[i]!, size, x: left - PADDING, y: middle.y + size / 3 },
      ...{ align: "right", colour: INK },
    }, {
      text: named ? shortened(classes[i]!, cell.width - 6, size) : String(i + 1),
      ...{ size, x: middle.x, y: top - PADDING, align: "center", colour: INK },
    });
    for (const [j, { text, detail = "", fill }] of row.entries()) {
      const x = left + j * cell.width;
      const y = top + i * cell.height;
      rectangles.push({ x, y, width: cell.width - 2, height: cell.height - 2, fill });
      if (!named) continue;
      const colour = isDark(fill) ? "#FFFFFF" : INK;
      const at = { x: x + cell.width / 2 - 1, align: "center" as const, colour };
      lines.push({ ...at, text: text.replace(" %", ""), size: LABEL, y: y + 27 }, {
        ...{ ...at, text: detail, size: DETAIL, y: y + 50 },
      });
    }
  }
  return { width, height, rectangles, lines };
}

/** The heading of the rows. */
const TRUE = "True (images)";

/** A text with its end left out where it would be too wide, and what always follows it. */
function shortened(text: string, most: number, size: number, end = ""): string {
  if (widthOf(text + end, size) <= most) return text + end;
  const letters = [...text];
  while (letters.length > 1 && widthOf(`${letters.join("")}…${end}`, size) > most) letters.pop();
  return `${letters.join("")}…${end}`;
}

function widthOf(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += advanceOf(letter, size);
  return width;
}

function fill({ data, width: columns }: PNG, { x, y, width, height, fill }: Rectangle): void {
  const pixel = Buffer.from([...channels(fill), 255]);
  for (let row = y; row < y + height; row++) {
    const at = 4 * (row * columns + x);
    data.fill(pixel, at, at + 4 * width);
  }
}

function write({ data, width }: PNG, { text, size, x, y, align, colour }: Line): void {
  const ink = channels(colour);
  const room = { left: 0, center: 0.5, right: 1 }[align] * widthOf(text, size);
  let pen = x - room;
  for (const letter of text) {
    const glyph = glyphOf(letter, size);
    const left = Math.round(pen) + glyph.left;
    const top = Math.round(y) + glyph.top;
    for (const [i, share] of glyph.ink.entries()) {
      if (share === 0) continue;
      const at = 4 * ((top + Math.floor(i / glyph.width)) * width + left + i % glyph.width);
      for (const [c, value] of ink.entries()) {
        data[at + c] = Math.round(data[at + c]! + (value - data[at + c]!) * share / 255);
      }
    }
    pen += advanceOf(letter, size);
  }
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
}
