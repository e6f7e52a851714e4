/**
 * Facial action units: which muscles an emotion moves, after the Facial Action Coding System
 * (Ekman and Friesen 1978; emotion prototypes of the FACS Investigator's Guide, 2002).
 *
 * @module
 */

import type { Emotion } from "../../emotion.ts";
import type { RandomStream } from "../../seed.ts";

/** The action units that the generator can draw, with the guide's names. */
export const ACTION_UNITS = {
  AU1: "inner brow raiser",
  AU2: "outer brow raiser",
  AU4: "brow lowerer",
  AU5: "upper lid raiser",
  AU6: "cheek raiser",
  AU7: "lid tightener",
  AU9: "nose wrinkler",
  AU10: "upper lip raiser",
  AU12: "lip corner puller",
  AU15: "lip corner depressor",
  AU16: "lower lip depressor",
  AU17: "chin raiser",
  AU20: "lip stretcher",
  AU23: "lip tightener",
  AU25: "lips part",
  AU26: "jaw drop",
} as const;

/** One action unit. */
export type ActionUnit = keyof typeof ACTION_UNITS;

/** How strongly each action unit is shown: 0 (not at all) to 1 (FACS intensity E) and a little over. */
export type ActionUnits = Readonly<Record<ActionUnit, number>>;

/** The action units that make the prototype of each emotion. */
export const FACS: Readonly<Record<Emotion, readonly ActionUnit[]>> = {
  angry: ["AU4", "AU5", "AU7", "AU23"],
  disgust: ["AU9", "AU15", "AU16"],
  fear: ["AU1", "AU2", "AU4", "AU5", "AU20", "AU26"],
  happy: ["AU6", "AU12"],
  sad: ["AU1", "AU4", "AU15"],
  surprise: ["AU1", "AU2", "AU5", "AU26"],
  neutral: [],
};

/** What some people add to a prototype, with the share of faces that do: the guide's variants. */
const VARIANTS: Readonly<Record<Emotion, readonly (readonly [ActionUnit, number])[]>> = {
  angry: [["AU10", 0.2], ["AU25", 0.25], ["AU17", 0.2]],
  disgust: [["AU10", 0.5], ["AU4", 0.3], ["AU17", 0.2]],
  fear: [["AU25", 0.5]],
  happy: [["AU25", 0.65], ["AU26", 0.15]],
  sad: [["AU17", 0.4]],
  surprise: [["AU25", 0.4]],
  neutral: [],
};

/**
 * All action units, those not given at rest.
 *
 * @param shown The action units shown, with their strengths.
 */
export function actionUnits(shown: Partial<ActionUnits> = {}): Record<ActionUnit, number> {
  return {
    AU1: shown.AU1 ?? 0,
    AU2: shown.AU2 ?? 0,
    AU4: shown.AU4 ?? 0,
    AU5: shown.AU5 ?? 0,
    AU6: shown.AU6 ?? 0,
    AU7: shown.AU7 ?? 0,
    AU9: shown.AU9 ?? 0,
    AU10: shown.AU10 ?? 0,
    AU12: shown.AU12 ?? 0,
    AU15: shown.AU15 ?? 0,
    AU16: shown.AU16 ?? 0,
    AU17: shown.AU17 ?? 0,
    AU20: shown.AU20 ?? 0,
    AU23: shown.AU23 ?? 0,
    AU25: shown.AU25 ?? 0,
    AU26: shown.AU26 ?? 0,
  };
}

/**
 * The prototype of an emotion, all its action units equally strong.
 *
 * @param emotion What is shown.
 * @param intensity From 0 to 1.
 */
export function prototype(emotion: Emotion, intensity = 1): ActionUnits {
  const units = actionUnits();
  for (const unit of FACS[emotion]) units[unit] = intensity;
  return units;
}

/** How people differ in showing an emotion. */
export interface ExpressionSpread {
  /** The weakest overall intensity; the strongest is 1. */
  readonly weakest: number;
  /** The share of a prototype's action units that a person leaves out. */
  readonly leftOut: number;
  /** The strongest action unit that has nothing to do with the emotion. */
  readonly stray: number;
}

/**
 * An emotion as one person shows it once: an overall intensity, each action unit of the prototype
 * stronger or weaker than that or left out, variants added, and slight other movements.
 *
 * @param emotion What is shown.
 * @param spread How much people differ.
 * @param stream Where the choices come from.
 */
export function showEmotion(
  emotion: Emotion,
  spread: ExpressionSpread,
  stream: RandomStream,
): ActionUnits {
  const units = actionUnits();
  const intensity = spread.weakest + (1 - spread.weakest) * stream.uniform();
  for (const unit of FACS[emotion]) {
    const strength = intensity * (0.75 + 0.5 * stream.uniform());
    if (stream.uniform() >= spread.leftOut) units[unit] = strength;
  }
  for (const [unit, share] of VARIANTS[emotion]) {
    const strength = intensity * (0.4 + 0.6 * stream.uniform());
    if (stream.uniform() < share && units[unit] < strength) units[unit] = strength;
  }
  for (let strays = stream.integer(0, 3); strays > 0; strays--) {
    const unit = STRAYS[stream.integer(0, STRAYS.length)]!;
    const strength = spread.stray * stream.uniform();
    if (units[unit] < strength) units[unit] = strength;
  }
  return units;
}

const STRAYS = Object.keys(ACTION_UNITS) as ActionUnit[];
