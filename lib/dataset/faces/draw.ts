/**
 * Draws a face from action units, identity and view.
 *
 * Each action unit moves what its muscle moves (Ekman and Friesen 1978): AU12 pulls the corners of
 * the mouth up and out and deepens the fold beside the nose, AU4 lowers the brows and draws them
 * together, and so on. Nothing here knows of emotions.
 *
 * @module
 */

import { IMAGE_PIXELS, IMAGE_SIZE } from "../../emotion.ts";
import { type ActionUnits, actionUnits } from "./action_units.ts";
import { Canvas, coverage, FRONTAL, type View } from "./canvas.ts";
import { AVERAGE_IDENTITY, type Identity } from "./identity.ts";

/**
 * Draws one face without any disturbance.
 *
 * @param face Its action units (those not given are at rest), whose face it is, and how it is seen.
 * @returns Gray values 0 to 255, shape [48, 48].
 */
export function drawFace(
  face: { actionUnits?: Partial<ActionUnits>; identity?: Identity; view?: View } = {},
): Uint8Array {
  const canvas = new Canvas();
  paintFace(
    canvas,
    actionUnits(face.actionUnits),
    face.identity ?? AVERAGE_IDENTITY,
    face.view ?? FRONTAL,
  );
  return quantise(canvas.pixels, new Uint8Array(IMAGE_PIXELS));
}

/**
 * Rounds to bytes, halves up.
 *
 * @param pixels Gray values.
 * @param into Where to; as long as `pixels`.
 */
export function quantise(pixels: Float64Array, into: Uint8Array): Uint8Array {
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]! + 0.5;
    into[i] = value <= 0 ? 0 : value >= 255 ? 255 : value | 0;
  }
  return into;
}

/**
 * Paints a face, lit but not disturbed, on all of a canvas.
 *
 * @param canvas Where; whatever was on it is gone.
 */
export function paintFace(canvas: Canvas, units: ActionUnits, person: Identity, view: View): void {
  canvas.place(view);
  paintBackground(canvas, view);
  paintHead(canvas, units, person);
  paintForehead(canvas, units, person);
  paintCheeks(canvas, units, person);
  paintEye(canvas, units, person, -1);
  paintEye(canvas, units, person, 1);
  paintNose(canvas, units, person, view);
  paintBeard(canvas, units, person);
  paintMouth(canvas, units, person);
  paintBrow(canvas, units, person, -1);
  paintBrow(canvas, units, person, 1);
  paintHair(canvas, person);
  paintGlasses(canvas, person);
  for (const { x, y, radiusX, radiusY, tone, opacity } of view.shadows) {
    canvas.ellipse(x, y, radiusX, radiusY, tone, opacity, 4);
  }
  light(canvas, units, person, view);
}

/** What is behind the person. */
function paintBackground(canvas: Canvas, view: View): void {
  const { pixels } = canvas;
  for (let row = 0, i = 0; row < IMAGE_SIZE; row++) {
    const down = view.background + view.backgroundY * (row / (IMAGE_SIZE - 1) - 0.5);
    for (let column = 0; column < IMAGE_SIZE; column++, i++) {
      pixels[i] = down + view.backgroundX * (column / (IMAGE_SIZE - 1) - 0.5);
    }
  }
  for (const { x, y, radiusX, radiusY, tone, opacity } of view.clutter) {
    canvas.ellipse(x, y, radiusX, radiusY, tone, opacity, 1.5);
  }
}

/** How far the jaw's drop moves the chin. */
const JAW = 3.2;

/** How far hair stands off the head. */
const HAIR = 1.5;

/** How far long hair or a scarf stands off the head behind it. */
const BACK_HAIR = 4;

/** Hair behind the head, neck, shoulders, and the head itself. */
function paintHead(canvas: Canvas, units: ActionUnits, person: Identity): void {
  const { pixels, head, inside, headX, headY, scale } = canvas;
  const chin = person.chin + JAW * units.AU26;
  const long = person.hairStyle >= 3;
  const backTone = person.hairStyle === 4 ? 255 - person.hair : person.hair;
  const neck = person.headWidth * 0.62;
  const cloth = 255 - person.skin;
  for (let i = 0; i < IMAGE_PIXELS; i++) {
    const x = headX[i]!;
    const y = headY[i]!;
    const depth = headDistance(x, y, person.headWidth, person.crown, chin, person);
    inside[i] = depth;
    head[i] = coverage((depth + HAIR) * scale);
    const covered = coverage(depth * scale);
    let tone = pixels[i]!;
    if (covered < 1) {
      const aside = x < 0 ? -x : x;
      const shoulder = coverage((y - chin - 1 - 0.12 * (aside - neck)) * scale);
      tone += shoulder * (cloth - tone);
      if (long) {
        const back = y < 0 ? depth + BACK_HAIR : person.headWidth + BACK_HAIR - aside;
        tone += coverage(back * scale) * (backTone - tone);
      }
      if (y > 8) tone += coverage((neck - aside) * scale) * (0.72 * person.skin - tone);
    }
    const edge = depth < 3 ? 0.8 + 0.2 * depth / 3 : 1;
    pixels[i] = tone + covered * (person.skin * edge - tone);
  }
}

/** Distance inside the head's outline (negative outside), about right near the outline. */
function headDistance(
  x: number,
  y: number,
  width: number,
  crown: number,
  chin: number,
  person: Identity,
): number {
  if (y < 0) {
    const dy = y * (width / crown);
    return width - Math.sqrt(x * x + dy * dy);
  }
  const down = y / chin;
  const down2 = down * down;
  const narrowed = width * (1 - person.taper * (down2 < 1 ? down2 : 1));
  const q = down2 + person.squareness * (down2 * down2 - down2);
  return narrowed - Math.sqrt(x * x + narrowed * narrowed * q);
}

/** Wrinkles across the forehead (AU1, AU2), between the brows (AU4) and over the nose (AU9). */
function paintForehead(canvas: Canvas, units: ActionUnits, person: Identity): void {
  const dark = person.skin * 0.55;
  const depth = 0.35 + 0.5 * person.age;
  const inner = units.AU1;
  const outer = units.AU2;
  const raised = (inner + outer) / 2;
  for (let k = 0; k < 2; k++) {
    const y = person.browY - 3.2 - 2.2 * k - raised;
    const bend = 0.6 * outer - 1.2 * inner * (1 - outer);
    const half = 4 + 4 * outer;
    canvas.arc(-half, y + bend, y, half, y + bend, 0.9, 0.9, dark, clip(depth * raised));
  }
  const frown = units.AU4;
  canvas.line(-1.5, person.browY + 2.4, -1.9, person.browY - 2, 1, 0.7, dark, clip(0.9 * frown));
  canvas.line(1.5, person.browY + 2.4, 1.9, person.browY - 2, 1, 0.7, dark, clip(0.9 * frown));
  const wrinkle = units.AU9;
  if (wrinkle > 0) {
    const y = person.eyeY + 0.4;
    canvas.arc(-2.6, y + 0.4, y - 0.5, 2.6, y + 0.4, 0.9, 0.9, dark, clip(0.85 * wrinkle));
    canvas.arc(-2.9, y + 2.4, y + 1.3, 2.9, y + 2.4, 0.9, 0.9, dark, clip(0.85 * wrinkle));
    canvas.line(-2.2, y + 3.6, -4, y - 0.4, 0.9, 0.7, dark, clip(0.6 * wrinkle));
    canvas.line(2.2, y + 3.6, 4, y - 0.4, 0.9, 0.7, dark, clip(0.6 * wrinkle));
  }
}

/** Raised cheeks (AU6) and the folds from nose to mouth (AU12, AU9, AU10) and below it (AU15). */
function paintCheeks(canvas: Canvas, units: ActionUnits, person: Identity): void {
  const dark = person.skin * 0.55;
  const bright = person.skin * 1.22 + 10;
  const raised = units.AU6;
  const fold = clip(
    0.15 * person.age + 0.5 * units.AU12 + 0.7 * units.AU9 + 0.5 * units.AU10 + 0.2 * units.AU20,
  );
  const mouthWidth = mouthHalfWidth(units, person);
  for (let side = -1; side <= 1; side += 2) {
    const cheekY = person.eyeY + 8.2 - 1.3 * raised;
    const round = clip(0.5 * raised + 0.25 * units.AU12);
    canvas.ellipse(side * (person.eyeX + 1.5), cheekY, 4.2, 3, bright, round, 4);
    const eye = side * person.eyeX;
    canvas.arc(
      eye - side * 3.6,
      person.eyeY + 3,
      person.eyeY + 4.4 - 0.6 * raised,
      eye + side * 3.6,
      person.eyeY + 2.4,
      0.8,
      0.9,
      dark,
      clip(0.2 * person.age + 0.65 * raised + 0.2 * units.AU7),
    );
    const corner = side * (person.eyeX + person.eyeWidth + 0.8);
    for (let k = -1; k <= 1; k++) {
      canvas.line(
        corner,
        person.eyeY + 0.6 * k,
        corner + side * 2.8,
        person.eyeY + 0.4 + 2 * k,
        0.7,
        0.5,
        dark,
        clip(0.7 * raised),
      );
    }
    const wing = side * (person.noseWidth + 0.8);
    const foldX = side * (mouthWidth + 2.2);
    const foldY = person.mouthY - 2.4 - 0.6 * units.AU12;
    const bendX = (wing + foldX) / 2 + side * 0.9 * units.AU12;
    const bendY = (person.noseY - 1 + foldY) / 2 - 0.6 * units.AU12;
    canvas.line(wing, person.noseY - 1 - units.AU9, bendX, bendY, 0.7, 1, dark, fold);
    canvas.line(bendX, bendY, foldX, foldY, 1, 0.5, dark, 0.8 * fold);
    const hang = clip(0.6 * units.AU15);
    canvas.line(
      side * (mouthWidth + 0.3),
      person.mouthY + 2.2 * units.AU15,
      side * (mouthWidth + 1.2),
      person.mouthY + 4 + 1.5 * units.AU15,
      1,
      0.6,
      dark,
      hang,
    );
  }
}

/** One eye: white, iris, pupil, glint, lids. `side` is -1 for the left of the image, 1 for the right. */
function paintEye(canvas: Canvas, units: ActionUnits, person: Identity, side: -1 | 1): void {
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
    const end = row * IMAGE_SIZE + canvas.right;
    for (let i = row * IMAGE_SIZE + canvas.left; i < end; i++) {
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
function paintBrow(canvas: Canvas, units: ActionUnits, person: Identity, side: -1 | 1): void {
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

/** Ridge, shadow, tip and nostrils; AU9 lifts and widens it. */
function paintNose(canvas: Canvas, units: ActionUnits, person: Identity, view: View): void {
  const lift = 1.3 * units.AU9 + 0.4 * units.AU10;
  const y = person.noseY - lift;
  const width = person.noseWidth * (1 + 0.22 * units.AU9 + 0.1 * units.AU12);
  const shadeSide = view.lightX >= 0 ? -1 : 1;
  const aslant = view.lightX < 0 ? -view.lightX : view.lightX;
  const dark = person.skin * 0.6;
  const bright = person.skin * 1.15 + 8;
  canvas.line(0, person.eyeY + 1, 0, y - 1, 1.4, 2.2, bright, 0.4);
  canvas.line(
    shadeSide * 1.7,
    person.eyeY - 1,
    shadeSide * (width * 0.8),
    y - 0.5,
    1.2,
    1.6,
    dark,
    0.25 + 0.4 * aslant,
  );
  canvas.ellipse(0, y - 0.6, 1.7, 1.5, bright, 0.4, 2);
  for (let side = -1; side <= 1; side += 2) {
    canvas.ellipse(side * (width - 0.4), y, 1, 1.5, dark, 0.4 + 0.25 * units.AU9, 1.5);
    canvas.ellipse(side * width * 0.45, y + 1, 1.1, 0.7, person.skin * 0.22, 0.85, 1);
  }
  canvas.arc(-width * 0.9, y + 0.8, y + 1.9, width * 0.9, y + 0.8, 0.8, 0.8, dark, 0.6);
  canvas.line(0, y + 2.4, 0, person.mouthY - 2.2, 1, 1, dark, 0.2);
}

/** Half the width of the mouth with its action units. */
function mouthHalfWidth(units: ActionUnits, person: Identity): number {
  const wide = 1 + 0.34 * units.AU12 + 0.32 * units.AU20 + 0.08 * units.AU15 + 0.05 * units.AU16 -
    0.2 * units.AU26 * (1 - 0.7 * clip(units.AU20 + units.AU12)) - 0.14 * units.AU23 -
    0.05 * units.AU17;
  return person.mouthWidth * wide;
}

/** Lips, cavity, teeth and the shadow below the lower lip. */
function paintMouth(canvas: Canvas, units: ActionUnits, person: Identity): void {
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
    const end = row * IMAGE_SIZE + canvas.right;
    for (let i = row * IMAGE_SIZE + canvas.left; i < end; i++) {
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

/** Beard and moustache. */
function paintBeard(canvas: Canvas, units: ActionUnits, person: Identity): void {
  if (person.beard > 0) {
    const { pixels, inside, headX, headY, scale } = canvas;
    const line = person.mouthY - 3;
    for (let i = 0; i < IMAGE_PIXELS; i++) {
      const y = headY[i]!;
      if (y < line - 6) continue;
      const x = headX[i]!;
      const aside = (x < 0 ? -x : x) / person.headWidth;
      const covered = coverage(inside[i]! * scale) *
        coverage((y - line + 9 * aside * aside - 3) / 2);
      if (covered > 0) pixels[i]! += person.beard * covered * (person.hair - pixels[i]!);
    }
  }
  if (person.moustache > 0) {
    const y = (person.noseY + person.mouthY) / 2 + 0.4 - 0.4 * units.AU9 - 0.5 * units.AU10;
    const half = mouthHalfWidth(units, person) * 0.95;
    const ends = y + 1.4 - 1.6 * units.AU12 + units.AU15;
    canvas.arc(-half, ends, y, half, ends, 2.2, 2.2, person.hair, person.moustache);
  }
}

/** Hair over the forehead and beside the face, or a head scarf. */
function paintHair(canvas: Canvas, person: Identity): void {
  if (person.hairStyle === 0) return;
  const { pixels, head, headX, headY, scale } = canvas;
  const scarf = person.hairStyle === 4;
  const tone = scarf ? 255 - person.hair : person.hair;
  const fringe = person.hairStyle === 2;
  const line = scarf ? -14 : person.hairline + (fringe ? 2.5 : 0);
  const sides = scarf ? 16 : person.hairStyle === 3 ? 13 : fringe ? 10 : 8;
  for (let i = 0; i < IMAGE_PIXELS; i++) {
    if (head[i] === 0) continue;
    const y = headY[i]!;
    const x = headX[i]!;
    const aside = x / person.headWidth;
    const a2 = aside * aside;
    const slant = fringe ? 2.5 * aside : 0;
    const edge = line + slant + sides * a2 * a2;
    const covered = head[i]! * coverage((edge - y) * scale * 0.6);
    if (covered <= 0) continue;
    const phase = 0.3 * x + 0.055 * y;
    const wave = 4 * (phase - Math.floor(phase)) - 2;
    const strand = scarf ? 0 : 10 * ((wave < 0 ? -wave : wave) - 1);
    pixels[i]! += covered * (tone + strand - pixels[i]!);
  }
}

/** Two rims, a bridge and temples. */
function paintGlasses(canvas: Canvas, person: Identity): void {
  if (person.glasses <= 0) return;
  const { pixels, faceX, faceY, scale } = canvas;
  const width = person.eyeX - 1.6;
  const height = 4.2;
  for (let side = -1; side <= 1; side += 2) {
    const x = side * person.eyeX;
    const y = person.eyeY + 0.6;
    canvas.frame(x - width - 1, y - height - 1, x + width + 1, y + height + 1);
    for (let row = canvas.top; row < canvas.bottom; row++) {
      const end = row * IMAGE_SIZE + canvas.right;
      for (let i = row * IMAGE_SIZE + canvas.left; i < end; i++) {
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

/** Lambert's law on an ellipsoid for the head; even light elsewhere. */
function light(canvas: Canvas, units: ActionUnits, person: Identity, view: View): void {
  const { pixels, head, headX, headY } = canvas;
  const width = person.headWidth + 2;
  const crown = person.crown + 2;
  const chin = person.chin + JAW * units.AU26 + 2;
  const side = 1 - view.lightX * view.lightX - view.lightY * view.lightY;
  const towards = Math.sqrt(side > 0 ? side : 0);
  const direct = 1.15 * (1 - view.ambient);
  const even = view.ambient + 0.6 * direct;
  for (let i = 0; i < IMAGE_PIXELS; i++) {
    if (head[i] === 0) {
      pixels[i]! *= even;
      continue;
    }
    const x = headX[i]! / width;
    const y = headY[i]! < 0 ? headY[i]! / crown : headY[i]! / chin;
    const q = 0.8 * (x * x + y * y);
    const z = q < 1 ? Math.sqrt(1 - q) : 0;
    const facing = 0.9 * x * view.lightX + 0.9 * y * view.lightY + z * towards;
    const lit = view.ambient + (facing > 0 ? direct * facing : 0);
    pixels[i]! *= even + head[i]! * (lit - even);
  }
}

/** Cuts to 0-1. */
function clip(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
