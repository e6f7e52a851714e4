/**
 * Draws a face from action units, identity and view.
 *
 * Each action unit moves what its muscle moves (Ekman and Friesen 1978): AU12 pulls the corners of
 * the mouth up and out and deepens the fold beside the nose, AU4 lowers the brows and draws them
 * together, and so on. Nothing here knows of emotions.
 *
 * @module
 */

import { type ActionUnits, actionUnits } from "./action_units.ts";
import { Canvas, clip, coverage, FRONTAL, type View } from "./canvas.ts";
import { paintBrow, paintEye, paintGlasses } from "./eyes.ts";
import { AVERAGE_IDENTITY, type Identity } from "./identity.ts";
import { mouthHalfWidth, paintMouth } from "./mouth.ts";

/**
 * Draws one face without any disturbance.
 *
 * @param face Its action units (those not given are at rest), whose face it is, how it is seen, and the image's
 *   side (48 pixels).
 * @returns Gray values 0 to 255, shape [side, side].
 */
export function drawFace(
  face: { actionUnits?: Partial<ActionUnits>; identity?: Identity; view?: View; size?: number } =
    {},
): Uint8Array {
  const canvas = new Canvas(face.size);
  paintFace(
    canvas,
    actionUnits(face.actionUnits),
    face.identity ?? AVERAGE_IDENTITY,
    face.view ?? FRONTAL,
  );
  return quantise(canvas.pixels, new Uint8Array(canvas.pixels.length));
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
  for (let row = 0, i = 0; row < canvas.size; row++) {
    const down = view.background + view.backgroundY * (row / (canvas.size - 1) - 0.5);
    for (let column = 0; column < canvas.size; column++, i++) {
      pixels[i] = down + view.backgroundX * (column / (canvas.size - 1) - 0.5);
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
  for (let i = 0; i < canvas.pixels.length; i++) {
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

/** Beard and moustache. */
function paintBeard(canvas: Canvas, units: ActionUnits, person: Identity): void {
  if (person.beard > 0) {
    const { pixels, inside, headX, headY, scale } = canvas;
    const line = person.mouthY - 3;
    for (let i = 0; i < canvas.pixels.length; i++) {
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
  for (let i = 0; i < canvas.pixels.length; i++) {
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
  for (let i = 0; i < canvas.pixels.length; i++) {
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
