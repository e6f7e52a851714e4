/**
 * What makes a photograph harder than a drawing: pose, light, something before the face, blur,
 * contrast and noise.
 *
 * @module
 */

import type { RandomStream } from "../../seed.ts";
import type { Canvas, Patch, View } from "./canvas.ts";
import type { Identity } from "./identity.ts";

/** How strong the disturbances are; 0 is none, each on its own scale. */
export interface Disturbance {
  /** Standard deviation of a turn or nod, in face units. */
  readonly turn: number;
  /** Standard deviation of the tilt, in radians. */
  readonly tilt: number;
  /** Standard deviation of the face's place, in pixels. */
  readonly shift: number;
  /** Half the range of the scale around 1. */
  readonly zoom: number;
  /** How much of the light may come from one side, 0 to 1. */
  readonly sidelight: number;
  /** How many patches of clutter, and how many shadows and reflections, there are at most. */
  readonly clutter: number;
  readonly shadows: number;
  /** Share of faces with something before them. */
  readonly occluded: number;
  /** Strongest blur: passes of a 3x3 binomial filter. */
  readonly blur: number;
  /** Largest standard deviation of the noise, in gray values. */
  readonly noise: number;
}

/**
 * From where and in which light a face is seen.
 *
 * @param strength How far from the front and from even light.
 * @param stream Where the choices come from.
 */
export function drawView(strength: Disturbance, stream: RandomStream): View {
  const angle = 2 * Math.PI * stream.uniform();
  const slant = strength.sidelight * stream.uniform();
  return {
    yaw: limit(strength.turn * stream.normal(), 7),
    pitch: limit(0.7 * strength.turn * stream.normal(), 5),
    roll: limit(strength.tilt * stream.normal(), 0.6),
    scale: 1 + strength.zoom * (2 * stream.uniform() - 1),
    x: limit(strength.shift * stream.normal(), 7),
    y: 1 + limit(strength.shift * stream.normal(), 7),
    lightX: slant * Math.cos(angle),
    lightY: slant * Math.sin(angle) - 0.2,
    ambient: 0.85 - 0.55 * strength.sidelight * stream.uniform(),
    background: 20 + 200 * stream.uniform(),
    backgroundX: 120 * (stream.uniform() - 0.5),
    backgroundY: 120 * (stream.uniform() - 0.5),
    clutter: drawPatches(stream.integer(0, strength.clutter + 1), 25, 8, 1, stream),
    shadows: drawPatches(stream.integer(0, strength.shadows + 1), 18, 6, 0.35, stream),
  };
}

/** Patches anywhere within `reach` of the middle, with radii up to `size`. */
function drawPatches(
  count: number,
  reach: number,
  size: number,
  opacity: number,
  stream: RandomStream,
): Patch[] {
  return Array.from({ length: count }, () => ({
    x: reach * (2 * stream.uniform() - 1),
    y: reach * (2 * stream.uniform() - 1),
    radiusX: size * (0.3 + 0.7 * stream.uniform()),
    radiusY: size * (0.3 + 0.7 * stream.uniform()),
    tone: 255 * stream.uniform(),
    opacity: opacity * (0.4 + 0.6 * stream.uniform()),
  }));
}

/** What can be before a face. */
const OCCLUSIONS = ["hand", "scarf", "bar", "strands", "object"] as const;

/**
 * Puts something before a share of the faces: a hand, a scarf, a black bar, strands of hair, or the
 * edge of some object.
 *
 * @param canvas The face.
 * @param person Whose hand and hair it is.
 * @param strength `occluded` is the share.
 * @param stream Where the choices come from.
 */
export function occlude(
  canvas: Canvas,
  person: Identity,
  strength: Disturbance,
  stream: RandomStream,
): void {
  if (stream.uniform() >= strength.occluded) return;
  const side = stream.uniform() < 0.5 ? -1 : 1;
  switch (OCCLUSIONS[stream.integer(0, OCCLUSIONS.length)]!) {
    case "hand":
      return paintHand(canvas, person, side, stream);
    case "scarf": {
      const edge = person.mouthY - 2 + 9 * stream.uniform();
      const tone = 255 * stream.uniform();
      // Wide enough to reach past the image at any pose.
      for (let fold = 0; fold < 4; fold++) {
        const y = edge + 5 * fold + 2.5;
        canvas.line(-30, y - side, 30, y + side, 6, 6, tone * (1 - 0.08 * (fold % 2)), 1);
      }
      return;
    }
    case "bar": {
      const y = -16 + 34 * stream.uniform();
      const width = 3 + 4 * stream.uniform();
      const slope = 6 * (stream.uniform() - 0.5);
      return canvas.line(-32, y - slope, 32, y + slope, width, width, 8, 1);
    }
    case "strands": {
      const count = 2 + stream.integer(0, 4);
      for (let k = 0; k < count; k++) {
        const x = side * (2 + 14 * stream.uniform());
        const lean = side * 8 * stream.uniform();
        const end = -2 + 14 * stream.uniform();
        canvas.line(x, -20, x + lean, end, 2.4, 0.8, person.hair, 0.9);
      }
      return;
    }
    case "object": {
      const x = side * (9 + 8 * stream.uniform());
      const y = -14 + 34 * stream.uniform();
      const radius = 6 + 5 * stream.uniform();
      return canvas.ellipse(x, y, radius, radius * 1.4, 255 * stream.uniform(), 1, 1.5);
    }
  }
}

/** Four fingers from below and aside, over cheek or mouth. */
function paintHand(canvas: Canvas, person: Identity, side: number, stream: RandomStream): void {
  const x = side * (3 + 9 * stream.uniform());
  const y = 6 + 8 * stream.uniform();
  const lean = side * (1 + 5 * stream.uniform());
  for (let finger = 0; finger < 4; finger++) {
    const rootX = x + lean + side * 3.4 * finger;
    const tipX = x + side * 3.2 * finger;
    const tipY = y - 2 * Math.sqrt(finger * (3 - finger));
    canvas.line(rootX, 27, tipX, tipY, 4.2, 3.8, person.skin * 0.5, 0.8);
    canvas.line(rootX, 27, tipX, tipY, 3.2, 2.8, person.skin * 0.85, 1);
  }
}

/**
 * Blurs, then stretches or flattens the contrast, then adds noise: the camera's part.
 *
 * @param canvas The scene.
 * @param strength How strong.
 * @param stream Where the choices come from.
 */
export function photograph(canvas: Canvas, strength: Disturbance, stream: RandomStream): void {
  const blur = strength.blur * stream.uniform() * stream.uniform();
  const whole = Math.floor(blur);
  for (let pass = 0; pass < whole; pass++) soften(canvas, 1);
  soften(canvas, blur - whole);
  const gain = 0.8 + 0.55 * stream.uniform();
  const lift = 128 * (1 - gain) + 50 * (stream.uniform() - 0.5);
  const noise = strength.noise * stream.uniform() * stream.uniform();
  const { pixels } = canvas;
  // The sum of two bytes, less its mean: standard deviation sqrt(2 (256^2 - 1) / 12).
  const unit = noise / 104.5;
  for (let i = 0; i < canvas.pixels.length; i += 2) {
    const bits = stream.uint32();
    const first = (bits & 255) + (bits >>> 8 & 255) - 255;
    const second = (bits >>> 16 & 255) + (bits >>> 24) - 255;
    pixels[i] = gain * pixels[i]! + lift + unit * first;
    pixels[i + 1] = gain * pixels[i + 1]! + lift + unit * second;
  }
}

/** Mixes in a share of the 3x3 binomial filter; the image's edge repeats. */
function soften(canvas: Canvas, share: number): void {
  if (share <= 0) return;
  const { pixels, spare } = canvas;
  const side = share / 4;
  const middle = 1 - 2 * side;
  const last = canvas.size - 1;
  for (let row = 0, i = 0; row < canvas.size; row++) {
    for (let column = 0; column < canvas.size; column++, i++) {
      const before = pixels[column === 0 ? i : i - 1]!;
      const after = pixels[column === last ? i : i + 1]!;
      spare[i] = middle * pixels[i]! + side * (before + after);
    }
  }
  for (let i = 0; i < canvas.pixels.length; i++) {
    const above = spare[i < canvas.size ? i : i - canvas.size]!;
    const below = spare[i >= canvas.pixels.length - canvas.size ? i : i + canvas.size]!;
    pixels[i] = middle * spare[i]! + side * (above + below);
  }
}

function limit(value: number, most: number): number {
  return value < -most ? -most : value > most ? most : value;
}
