/**
 * What classes are called: FER2013's seven and contempt by their many names, any other by its own.
 *
 * @module
 */

import { distance } from "fastest-levenshtein";
import { EMOTIONS } from "../emotion.ts";

/** The classes that are known by name: FER2013's, and the eighth of AffectNet, CK+ and FER+. */
const KNOWN_CLASSES: readonly string[] = [...EMOTIONS, "contempt"];

/** Words that data sets have for them. */
const SYNONYMS: Readonly<Record<string, string>> = {
  anger: "angry",
  disgusted: "disgust",
  fearful: "fear",
  afraid: "fear",
  happiness: "happy",
  sadness: "sad",
  surprised: "surprise",
  suprise: "surprise",
  contemptuous: "contempt",
};

/**
 * The class that a text names: `Happiness ` is happy, `Bored` is bored. Case, spaces around it and
 * Unicode's ways to write one letter (a Mac's folders have another than the rest) make no difference.
 */
export function className(text: string): string {
  const plain = text.normalize("NFC").trim().toLowerCase();
  return Object.hasOwn(SYNONYMS, plain) ? SYNONYMS[plain]! : plain;
}

/** Whether a text is a known class's name. */
export function isKnownClass(text: string): boolean {
  return KNOWN_CLASSES.includes(className(text));
}

/** The number that a text is, without leading zeros: `07` is `7`; undefined where it is none. */
export function classNumber(text: string): string | undefined {
  const plain = text.trim();
  return /^\d{1,4}$/.test(plain) ? String(Number(plain)) : undefined;
}

/**
 * The known class that a name was probably meant to be: `neural` is taken for neutral, `bored` for
 * nothing but itself.
 *
 * @returns Nothing for a known class, and where more than a quarter of the letters are others.
 */
export function meantClass(name: string): string | undefined {
  const plain = className(name);
  if (KNOWN_CLASSES.includes(plain)) return undefined;
  const words = [...KNOWN_CLASSES, ...Object.keys(SYNONYMS)];
  const near = words.filter((word) =>
    distance(plain, word) <= Math.max(1, Math.floor(word.length / 4))
  ).sort((a, b) => distance(plain, a) - distance(plain, b));
  return near[0] === undefined ? undefined : className(near[0]);
}

/** The longest name of a class. */
const LONGEST = 40;

/** Why a text cannot be the name of a class; nothing where it can. Names stand between commas in files. */
export function nameTrouble(name: string): string | undefined {
  const shown = JSON.stringify(name.length > LONGEST ? `${name.slice(0, LONGEST)}...` : name);
  if (!/^[^\p{Cc},=]+$/u.test(name) || name.trim() !== name) {
    return `${shown} cannot be the name of a class: it has a comma, an equals sign or a control character`;
  }
  return name.length > LONGEST
    ? `${shown} cannot be the name of a class: longer than ${LONGEST} letters`
    : undefined;
}
