/**
 * Draws the mouth.
 *
 * @module
 */

import type { ActionUnits } from "./action_units.ts";
import { type Canvas, clip, coverage } from "./canvas.ts";
import type { Identity } from "./identity.ts";

/** Half the width of the mouth with its action units. */
export function mouthHalfWidth(units: ActionUnits, person: Identity): number {
  const wide = 1 + 0.34 * units.AU12 + 0.32 * units.AU20 + 0.08 * units.AU15 + 0.05 * units.AU16 -
    0.2 * units.AU26 * (1 - 0.7 * clip(units.AU20 + units.AU12)) - 0.14 * units.AU23 -
    0.05 * units.AU17;
  return person.mouthWidth * wide;
}

/** Lips, cavity and teeth, and what is around them. */
export function paintMouth(canvas: Canvas, units: ActionUnits, person: Identity): void {
  const { pixels, faceX, faceY, scale } = canvas;
  const half = mouthHalfWidth(units, person);
  const drop = units.AU26;
  const corner = person.mouthSlant - 4 * units.AU12 + 3.4 * units.AU15 + 1.5 * units.AU20;
  const thin = 1 - 0.75 * clip(units.AU23) - 0.3 * clip(units.AU20) - 0.25 * clip(units.AU12);
  const upperLip = person.upperLip * thin;
  const lowerLip = person.lowerLip * thin * (1 + 0.35 * units.AU16);
  const parted = 1.1 * units.AU25 * (1 + 1.3 * units.AU12);
  const upperGap = 0.35 * parted + 0.9 * drop + 1.3 * units.AU10 + 0.7 * units.AU9;
  const lowerGap = 0.8 * parted + (6.2 - 2 * clip(units.AU20)) * drop + 2.2 * units.AU16 -
    0.5 * units.AU17 -
    0.7 * units.AU10 - 0.5 * units.AU9;
  const rounded = clip(drop * 1.4 * (1 - 0.5 * clip(units.AU20)));
  const middle = person.mouthY - 0.4 * corner - 0.7 * units.AU17 - 0.6 * units.AU9;
  const lipTone = person.skin * person.lips;
  const cavity = 18;
  const teeth = 150 + 0.35 * person.skin;
  const upperTeeth = 1.9 * clip(1.2 * units.AU12 + units.AU10 + 0.35 * units.AU20 + 0.3 * drop);
  const lowerTeeth = 1.5 * clip(units.AU16 + 0.8 * units.AU20);
  const top = person.mouthY - upperGap - upperLip - 5;
  const bottom = person.mouthY + lowerGap + lowerLip + 5;
  canvas.frame(-half - 1.5, top, half + 1.5, bottom);
  for (let row = canvas.top; row < canvas.bottom; row++) {
    const end = row * canvas.size + canvas.right;
    for (let i = row * canvas.size + canvas.left; i < end; i++) {
      const x = faceX[i]!;
      const t = x / half;
      const t2 = t * t;
      if (t2 > 1.3) continue;
      const arch = t2 < 1 ? 1 - t2 : 0;
      const round = Math.sqrt(arch);
      const opening = arch + rounded * (round - arch);
      const y = faceY[i]! - (middle + corner * t2);
      const upper = -upperGap * opening;
      const lower = (lowerGap > 0 ? lowerGap : 0) * opening;
      const bow = upperLip * (0.45 * round + 0.55 * arch) *
        (1 - 0.25 * (t2 < 0.06 ? 1 - t2 / 0.06 : 0));
      const lip = lowerLip * (0.6 * round + 0.4 * arch);
      const lips = coverage((y - upper + bow) * scale) * coverage((lower + lip - y) * scale);
      if (lips > 0 && t2 < 1) {
        // Light falls from above: the upper lip is darker, the lower lip has a bright middle.
        const tone = y < (upper + lower) / 2 ? lipTone * 0.75 : lipTone * (0.95 + 0.12 * arch);
        pixels[i]! += 0.9 * lips * (tone - pixels[i]!);
      }
      const inside = y - upper < lower - y ? y - upper : lower - y;
      const open = coverage((inside - 0.25) * scale);
      if (open > 0) {
        let tone = cavity;
        const fade = 1 - t2 * t2;
        tone += fade * coverage((upperTeeth - (y - upper)) * scale) * clip(upperTeeth) *
          (teeth - tone);
        tone += fade * coverage((lowerTeeth - (lower - y)) * scale) * clip(lowerTeeth) *
          (teeth * 0.9 - tone);
        pixels[i]! += open * (tone - pixels[i]!);
      }
      // The line where the lips meet, or their inner edge.
      const seam = y < upper ? upper - y : y > lower ? y - lower : 0;
      const line = coverage((0.5 - seam) * scale) * (lower - upper < 1.2 ? 1 : 0) *
        coverage((1.06 - Math.sqrt(t2)) * half * scale);
      if (line > 0) pixels[i]! += 0.8 * line * (person.skin * 0.22 - pixels[i]!);
    }
  }
  paintAroundMouth(canvas, units, person, { half, corner, middle, lowerGap, lowerLip });
}

/** The shadow below the lower lip, the corners, and the raised chin. */
function paintAroundMouth(
  canvas: Canvas,
  units: ActionUnits,
  person: Identity,
  { half, corner, middle, lowerGap, lowerLip }: {
    readonly half: number;
    readonly corner: number;
    readonly middle: number;
    readonly lowerGap: number;
    readonly lowerLip: number;
  },
): void {
  const dark = person.skin * 0.55;
  const under = middle + (lowerGap > 0 ? lowerGap : 0) + lowerLip + 1.1;
  canvas.arc(
    -half * 0.55,
    under + 0.2 * corner,
    under,
    half * 0.55,
    under + 0.2 * corner,
    1,
    1,
    dark,
    clip(0.4 + 0.3 * units.AU17),
  );
  // Corners: dimples of AU12, tightened bulges of AU23.
  const pit = clip(0.25 + 0.5 * units.AU12 + 0.4 * units.AU15 + 0.4 * units.AU23);
  const cornerY = middle + corner;
  canvas.ellipse(-half - 0.2, cornerY, 0.9, 0.9, dark * 0.8, pit, 1.4);
  canvas.ellipse(half + 0.2, cornerY, 0.9, 0.9, dark * 0.8, pit, 1.4);
  if (units.AU17 > 0) {
    canvas.ellipse(0, person.chin - 3.5, 3, 1.6, dark, clip(0.45 * units.AU17), 2.5);
  }
}
