/**
 * Whose face it is: shapes, tones, hair, beard, glasses and age, apart from any expression.
 *
 * Lengths are in face units: one pixel of a 48x48 image at scale 1. The origin is the middle of the
 * head, x to the right and y down in the image.
 *
 * @module
 */

import type { RandomStream } from "../../seed.ts";

/** One person's face at rest. */
export interface Identity {
  /** Half the width of the head. */
  readonly headWidth: number;
  /** Distance from the middle of the head up to the crown. */
  readonly crown: number;
  /** Distance from the middle of the head down to the chin. */
  readonly chin: number;
  /** How much the jaw narrows towards the chin, 0 to 0.5. */
  readonly taper: number;
  /** How square the jaw is, 0 to 1. */
  readonly squareness: number;
  /** Height of the eyes. */
  readonly eyeY: number;
  /** Distance of an eye's middle from the middle of the face. */
  readonly eyeX: number;
  /** Half the width of an eye. */
  readonly eyeWidth: number;
  /** How far the upper lid is above the line between the eye's corners. */
  readonly eyeOpen: number;
  /** How much higher the outer corner of an eye is. */
  readonly eyeTilt: number;
  /** Height of the brows. */
  readonly browY: number;
  /** Thickness of the brows. */
  readonly browWidth: number;
  /** How much the brow's middle is above its ends. */
  readonly browArch: number;
  /** How much lower (positive) or higher the inner end of the brows is at rest. */
  readonly browSlant: number;
  /** Height of the tip of the nose. */
  readonly noseY: number;
  /** Half the width of the nose. */
  readonly noseWidth: number;
  /** Height of the mouth. */
  readonly mouthY: number;
  /** Half the width of the mouth. */
  readonly mouthWidth: number;
  /** Thickness of the upper lip. */
  readonly upperLip: number;
  /** Thickness of the lower lip. */
  readonly lowerLip: number;
  /** How much the mouth's corners hang (positive) or rise at rest. */
  readonly mouthSlant: number;
  /** Gray value of the skin. */
  readonly skin: number;
  /** Gray value of the hair and the brows. */
  readonly hair: number;
  /** Gray value of the irises. */
  readonly iris: number;
  /** Gray value of the lips relative to the skin, 0 to 1. */
  readonly lips: number;
  /** None, short, fringe, long, scarf: 0 to 4. */
  readonly hairStyle: number;
  /** Height of the hairline. */
  readonly hairline: number;
  /** Opacity of a beard on cheeks and chin, 0 for none. */
  readonly beard: number;
  /** Opacity of a moustache, 0 for none. */
  readonly moustache: number;
  /** Opacity of the rims of glasses, 0 for none. */
  readonly glasses: number;
  /** 0 (no wrinkles at rest) to 1. */
  readonly age: number;
}

/** The middle of every measure, with short hair: for demonstrations where only the expression counts. */
export const AVERAGE_IDENTITY: Identity = {
  headWidth: 17,
  crown: 23,
  chin: 21,
  taper: 0.25,
  squareness: 0.4,
  eyeY: -3.5,
  eyeX: 7.6,
  eyeWidth: 3.9,
  eyeOpen: 1.9,
  eyeTilt: 0.2,
  browY: -8.6,
  browWidth: 1.5,
  browArch: 0.9,
  browSlant: 0,
  noseY: 5,
  noseWidth: 3.2,
  mouthY: 11.5,
  mouthWidth: 6,
  upperLip: 1.3,
  lowerLip: 1.8,
  mouthSlant: 0,
  skin: 180,
  hair: 45,
  iris: 60,
  lips: 0.7,
  hairStyle: 1,
  hairline: -15.5,
  beard: 0,
  moustache: 0,
  glasses: 0,
  age: 0.2,
};

/**
 * A person, drawn from wide but plausible ranges.
 *
 * @param stream Where the choices come from.
 */
export function drawIdentity(stream: RandomStream): Identity {
  const about = (middle: number, spread: number) => middle + spread * (2 * stream.uniform() - 1);
  const skin = 75 + 145 * Math.sqrt(stream.uniform());
  const style = stream.uniform();
  const bearded = stream.uniform();
  const male = stream.uniform() < 0.5;
  const glasses = stream.uniform();
  const fair = stream.uniform();
  return {
    headWidth: about(17, 1.6),
    crown: about(23, 1.5),
    chin: about(21, 1.6),
    taper: about(0.25, 0.12),
    squareness: about(0.4, 0.4),
    eyeY: about(-3.5, 1),
    eyeX: about(7.6, 0.8),
    eyeWidth: about(3.8, 0.6),
    eyeOpen: about(1.85, 0.5),
    eyeTilt: about(0.2, 0.7),
    browY: about(-8.6, 1.1),
    browWidth: about(male ? 1.8 : 1.4, 0.5),
    browArch: about(0.9, 0.7),
    browSlant: about(0, 0.6),
    noseY: about(5, 1),
    noseWidth: about(3.2, 0.7),
    mouthY: about(11.5, 1),
    mouthWidth: about(6, 0.9),
    upperLip: about(1.3, 0.5),
    lowerLip: about(1.8, 0.6),
    mouthSlant: about(0, 0.6),
    skin,
    hair: fair < 0.2 ? about(165, 40) : about(45, 30),
    iris: about(65, 35),
    lips: about(0.7, 0.12),
    hairStyle: male
      ? (style < 0.15 ? 0 : style < 0.7 ? 1 : style < 0.9 ? 2 : 3)
      : (style < 0.15 ? 1 : style < 0.4 ? 2 : style < 0.9 ? 3 : 4),
    hairline: about(-15.5, 2),
    beard: male && bearded < 0.3 ? about(0.5, 0.35) : 0,
    moustache: male && bearded < 0.4 ? about(0.55, 0.3) : 0,
    glasses: glasses < 0.12 ? about(0.7, 0.25) : 0,
    age: stream.uniform() * stream.uniform(),
  };
}
