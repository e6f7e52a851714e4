/**
 * Text in bitmaps: Arimo, which is as wide as Helvetica (`_text_size.ts`), drawn by ImageMagick, letter by
 * letter and each once: it opens the font anew for every text. The same on every machine.
 *
 * @module
 */

import { createRequire } from "node:module";
import { startMagick } from "../dataset/magick.ts";
import { textWidth } from "./_text_size.ts";

const FONT = "Arimo";
const FONT_FILE = "@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf";

/** Room for a letter, and from its top to the baseline, as multiples of the font size. */
const ROOM = { width: 2, height: 1.5, left: 0.25, baseline: 1.1 } as const;

/** A letter. */
export interface Glyph {
  readonly width: number;
  readonly height: number;
  /** 0 to 255, shape [height, width]. */
  readonly ink: Uint8Array;
  /** From the pen to the bitmap's left edge and from the baseline to its top, in pixels. */
  readonly left: number;
  readonly top: number;
}

/** Between two shades of ink: eight of them are as smooth to the eye, and make smaller files. */
const STEP = 255 / 8;

let font: Promise<void> | undefined;
/** By size and letter. */
const drawn = new Map<string, Glyph>();

/**
 * Draws the letters of texts.
 *
 * @param texts In a size each, in pixels.
 */
export async function drawGlyphs(
  texts: Iterable<{ readonly text: string; readonly size: number }>,
): Promise<void> {
  const wanted = new Map<number, Set<string>>();
  for (const { text, size } of texts) {
    const letters = wanted.get(size) ?? new Set();
    wanted.set(size, letters);
    for (const letter of text) if (!drawn.has(keyOf(letter, size))) letters.add(letter);
  }
  for (const [size, letters] of wanted) if (letters.size > 0) await drawLetters([...letters], size);
}

/** A letter that {@linkcode drawGlyphs} has drawn. */
export function glyphOf(letter: string, size: number): Glyph {
  return drawn.get(keyOf(letter, size))!;
}

/** How far the pen goes on after a letter. */
export function advanceOf(letter: string, size: number): number {
  return textWidth(letter, size);
}

function keyOf(letter: string, size: number): string {
  return `${size} ${letter}`;
}

async function drawLetters(letters: readonly string[], size: number): Promise<void> {
  const magick = await startMagick();
  font ??= Deno.readFile(createRequire(import.meta.url).resolve(FONT_FILE))
    .then((bytes) => magick.Magick.addFont(FONT, bytes));
  await font;
  const [width, height] = [Math.ceil(ROOM.width * size), Math.ceil(ROOM.height * size)];
  const [left, baseline] = [Math.round(ROOM.left * size), Math.round(ROOM.baseline * size)];
  const white = new magick.MagickColor("#FFFFFF");
  const image = magick.MagickImage.create(white, width, height * letters.length);
  try {
    const drawing = new magick.Drawables().font(FONT).fontPointSize(size).enableTextAntiAlias()
      .fillColor(new magick.MagickColor("#000000"));
    letters.forEach((letter, i) => drawing.text(left, i * height + baseline, letter));
    drawing.draw(image);
    image.depth = 8;
    image.write(magick.MagickFormat.Rgba, (pixels) => {
      for (const [i, letter] of letters.entries()) {
        const start = i * width * height;
        const ink = Uint8Array.from(
          { length: width * height },
          (_, j) => Math.round((255 - pixels[4 * (start + j)]!) / STEP) * STEP,
        );
        drawn.set(keyOf(letter, size), { width, height, ink, left: -left, top: -baseline });
      }
    });
  } finally {
    image.dispose();
  }
}
