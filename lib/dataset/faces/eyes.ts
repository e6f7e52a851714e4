/**
 * Draws eyes, brows and glasses.
 *
 * @module
 */

import type { ActionUnits } from "./action_units.ts";
import { type Canvas, clip, coverage } from "./canvas.ts";
import type { Identity } from "./identity.ts";

/** One eye: white, iris, pupil, glint, lids. `side` is -1 for the left of the image, 1 for the right. */
export function paintEye(canvas: Canvas, units: ActionUnits, person: Identity, side: -1 | 1): void {
  const { pixels, faceX, faceY, scale } = canvas;
  const x = side * person.eyeX;
  const half = person.eyeWidth;
  const squeezed = 0.4 * units.AU6 + 0.45 * units.AU9 + 0.3 * units.AU7 + 0.1 * units.AU4;
  const wide = person.eyeOpen * (1 + 0.85 * units.AU5 - (squeezed < 0.75 ? squeezed : 0.75));
  const upper = wide < 0.35 ? 0.35 : wide;
  const lower = 1.15 * (1 + 0.2 * units.AU5) - 0.75 * units.AU7 - 0.9 * units.AU6 -
    0.55 * units.AU9;
  const iris = 2.1;
  const white = person.skin * 0.35 + 150;
  // The socket is shaded; a brow that comes down or inward deepens it.
  canvas.ellipse(x, person.eyeY - 1.4, half + 1.4, 3.6, person.skin * 0.62, 0.45, 4);
  canvas.frame(x - half - 0.6, person.eyeY - upper - 1.6, x + half + 0.6, person.eyeY + 2.6);
  for (let row = canvas.top; row < canvas.bottom; row++) {
    const end = row * canvas.size + canvas.right;
    for (let i = row * canvas.size + canvas.left; i < end; i++) {
      const dx = faceX[i]! - x;
      const t = dx / half;
      const magnitude = t < 0 ? -t : t;
      if (magnitude > 1.15) continue;
      const arch = t * t < 1 ? 1 - t * t : 0;
      const line = person.eyeY - person.eyeTilt * side * t;
      const dy = faceY[i]! - line;
      const above = dy + upper * arch;
      const below = lower * arch - dy;
      const open = coverage(above * scale) * coverage(below * scale) *
        coverage((1 - magnitude) * half * scale);
      if (open > 0) {
        const py = dy + 0.25;
        const distance = Math.sqrt(dx * dx + py * py);
        let tone = white;
        tone += coverage((iris - distance) * scale) * (person.iris - tone);
        tone += coverage((0.9 - distance) * scale) * (12 - tone);
        const gx = dx - 0.7;
        const gy = py + 0.8;
        tone += 0.8 * coverage((0.6 - Math.sqrt(gx * gx + gy * gy)) * scale) * (250 - tone);
        // The upper lid's shadow.
        if (above < 0.9) tone *= 0.7 + 0.3 * above / 0.9;
        pixels[i]! += open * (tone - pixels[i]!);
      }
      const lash = (above < 0 ? -above : above) - 0.45;
      const lid = coverage(-lash * scale) * coverage((1.1 - magnitude) * half * scale);
      if (lid > 0) pixels[i]! += 0.8 * lid * (person.skin * 0.2 - pixels[i]!);
      const rim = (below < 0 ? -below : below) - 0.3;
      const under = coverage(-rim * scale) * coverage((1 - magnitude) * half * scale);
      if (under > 0) pixels[i]! += 0.35 * under * (person.skin * 0.4 - pixels[i]!);
    }
  }
  // The fold of the upper lid goes away where the brow presses on it.
  const crease = person.eyeY - upper - 1.2;
  canvas.arc(
    x - half * 0.9,
    person.eyeY - 1.2,
    crease,
    x + half * 0.9,
    person.eyeY - 1.2,
    0.7,
    0.7,
    person.skin * 0.5,
    clip(0.5 - 0.3 * units.AU4),
  );
}

/** One eyebrow. */
export function paintBrow(
  canvas: Canvas,
  units: ActionUnits,
  person: Identity,
  side: -1 | 1,
): void {
  const together = units.AU4;
  const lowered = together * (1 - 0.65 * (units.AU1 < 1 ? units.AU1 : 1));
  const inner = person.browY + person.browSlant - 3.2 * units.AU1 + 3 * lowered +
    1.5 * units.AU9;
  const middle = person.browY - person.browArch -
    2 * units.AU1 * units.AU2 * (1 - 0.7 * clip(together)) - 0.6 * units.AU1 -
    1.6 * units.AU2 + 1.7 * lowered + 0.6 * together + 0.9 * units.AU9;
  const outer = person.browY + 0.6 - person.browSlant * 0.5 - 2.8 * units.AU2 + 0.9 * together;
  const innerX = side * (person.eyeX - 4.4 - 1.5 * together);
  const outerX = side * (person.eyeX + 5);
  const tone = person.hair < person.skin * 0.7 ? person.hair : person.skin * 0.7;
  canvas.arc(
    innerX,
    inner,
    middle,
    outerX,
    outer,
    person.browWidth * (1.2 + 0.25 * together),
    person.browWidth * 0.7,
    tone,
    0.88,
  );
}

/** Two rims, a bridge and temples. */
export function paintGlasses(canvas: Canvas, person: Identity): void {
  if (person.glasses <= 0) return;
  const { pixels, faceX, faceY, scale } = canvas;
  const width = person.eyeX - 1.6;
  const height = 4.2;
  for (let side = -1; side <= 1; side += 2) {
    const x = side * person.eyeX;
    const y = person.eyeY + 0.6;
    canvas.frame(x - width - 1, y - height - 1, x + width + 1, y + height + 1);
    for (let row = canvas.top; row < canvas.bottom; row++) {
      const end = row * canvas.size + canvas.right;
      for (let i = row * canvas.size + canvas.left; i < end; i++) {
        const dx = (faceX[i]! - x) / width;
        const dy = (faceY[i]! - y) / height;
        const away = (1 - Math.sqrt(dx * dx + dy * dy)) * height;
        const covered = coverage((0.5 - (away < 0 ? -away : away)) * scale);
        if (covered > 0) pixels[i]! += person.glasses * covered * (20 - pixels[i]!);
      }
    }
    const rim = side * (person.eyeX + width);
    canvas.line(rim, y - 1, side * person.headWidth, y - 1.5, 0.9, 0.9, 20, person.glasses);
  }
  canvas.arc(-1.6, person.eyeY, person.eyeY - 0.8, 1.6, person.eyeY, 1, 1, 20, person.glasses);
}
