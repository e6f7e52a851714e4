/**
 * How large text is, without a browser: Helvetica's advance widths from Adobe's published font
 * metrics (Arial and Liberation Sans have the same), so that every machine measures the same.
 *
 * @module
 */

import { Encodings, Font, FontNames } from "@pdf-lib/standard-fonts";

const REGULAR = Font.load(FontNames.Helvetica);
const BOLD = Font.load(FontNames.HelveticaBold);
/** Widths are in thousandths of the font size. */
const UNIT = 1000;
/** For a character the font has no width of: that of most digits and letters. */
const USUAL_WIDTH = 556;

/**
 * The width of one line of text in pixels.
 *
 * @param text One line.
 * @param size The font size in pixels.
 * @param options `bold`: with Helvetica-Bold's widths.
 */
export function textWidth(
  text: string,
  size: number,
  options: { readonly bold?: boolean } = {},
): number {
  const font = options.bold ? BOLD : REGULAR;
  let units = 0;
  for (const character of text) units += characterWidth(font, character);
  return units * size / UNIT;
}

function characterWidth(font: typeof REGULAR, character: string): number {
  const code = character.codePointAt(0)!;
  if (character === "\u2212") return 584; // The minus sign is as wide as the plus sign.
  if (!Encodings.WinAnsi.canEncodeUnicodeCodePoint(code)) return USUAL_WIDTH;
  const { name } = Encodings.WinAnsi.encodeUnicodeCodePoint(code);
  return font.getWidthOfGlyph(name) ?? USUAL_WIDTH;
}
