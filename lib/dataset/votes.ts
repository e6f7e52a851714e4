/**
 * FER+: what ten people saw in each image of FER2013, beside its CSV, and the training protocols of its
 * authors (Barsoum, Zhang, Canton Ferrer and Zhang 2016, "Training deep networks for facial expression
 * recognition with crowd-sourced label distribution"; rules as in src/ferplus.py of
 * github.com/microsoft/FERPlus).
 *
 * - Single votes are outliers and count as none.
 * - **majority**: the class that more than half of the votes name; an image without one, or whose
 *   majority is unknown or no face, is left out.
 * - **probability** and **cross-entropy**: the most named classes, until three quarters of the votes are
 *   theirs, in shares; an image is left out where unknown or no face comes first, where they hold no
 *   more than half of the votes, or more than three are needed. Probability trains on a label that is
 *   drawn from the shares at every epoch, cross-entropy on the shares.
 *
 * PublicTest and PrivateTest have the majority's label under every protocol.
 *
 * @module
 */

import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { className } from "./class_names.ts";
import { type SplitName, SPLITS } from "./dataset.ts";
import { orderClasses } from "./form.ts";

/** How the votes are used. */
export const PROTOCOLS = ["majority", "probability", "cross-entropy"] as const;

/** One of them. */
export type Protocol = typeof PROTOCOLS[number];

/** The columns that are votes for no class, the last ones. */
const NONE = ["unknown", "NF"];
const COLUMNS = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear"]
  .concat("contempt");

/** The classes of FER+ in the order of their label numbers. */
export const VOTE_CLASSES: readonly string[] = orderClasses(COLUMNS.map(className));

/** What the people said of one image. */
export interface VotedImage {
  readonly split: SplitName;
  /** Label number, or shares of the classes, shape [8]; undefined where the image is left out. */
  readonly verdict: number | readonly number[] | undefined;
}

/** A file of votes. */
export interface Votes {
  /** What it is called in messages. */
  readonly name: string;
  readonly protocol: Protocol;
  /** In the order of FER2013's CSV. */
  readonly images: readonly VotedImage[];
  /** SHA-256 (hex) of the file. */
  readonly digest: string;
}

/**
 * Reads fer2013new.csv. Images are known by the order of the rows alone: the file's names are wrong.
 *
 * @param text The file.
 * @param name What it is called in messages.
 * @throws {UserError} Where it is no such file; names the row.
 */
export function readVotes(text: string, name: string, protocol: Protocol): Votes {
  const lines = text.replace(/^\ufeff/, "").split(/\r?\n/);
  while (lines.at(-1) === "") lines.pop();
  const header = (lines.shift() ?? "").split(",").map((column) => column.trim());
  const expected = ["Usage", "Image name", ...COLUMNS, ...NONE];
  if (header.join().toLowerCase() !== expected.join().toLowerCase()) {
    throw new UserError(`${name}, row 1: Is no file of FER+'s votes: expected ${expected.join()}`);
  }
  const images = lines.map((line, i): VotedImage => {
    const where = `${name}, row ${i + 2}`;
    const [usage = "", , ...fields] = line.split(",");
    const split = SPLITS.find((split) => split === usage.trim());
    if (split === undefined) {
      throw new UserError(`${where}: Unknown Usage "${usage.slice(0, 24)}": expected ${SPLITS}`);
    }
    const votes = fields.map((field) => /^\s*\d{1,4}\s*$/.test(field) ? Number(field) : NaN);
    if (votes.length !== COLUMNS.length + NONE.length || votes.some(Number.isNaN)) {
      throw new UserError(
        `${where}: Has ${fields.slice(0, 12).join()}: expected ${COLUMNS.length + NONE.length} ` +
          "numbers of votes",
      );
    }
    if (votes.every((count) => count === 0)) {
      throw new UserError(`${where}: Has no votes, all are 0: take the row out of both files`);
    }
    return {
      split,
      verdict: protocol === "majority" || split !== "Training" ? majority(votes) : shares(votes),
    };
  });
  return { name, protocol, images, digest: sha256(text) };
}

/** Votes with the outliers taken out. */
function counted(votes: readonly number[]): number[] {
  return votes.map((count) => count <= 1 ? 0 : count);
}

function labelOf(column: number): number {
  return VOTE_CLASSES.indexOf(className(COLUMNS[column]!));
}

/** The label that more than half of the votes name; undefined where there is none. */
export function majority(votes: readonly number[]): number | undefined {
  const counts = counted(votes);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const most = Math.max(...counts);
  const column = counts.indexOf(most);
  return most > 0.5 * all && column < COLUMNS.length ? labelOf(column) : undefined;
}

/** How many classes may share an image. */
const MOST_CLASSES = 3;

/** Shares of the classes by label number; undefined where the image is left out. */
export function shares(votes: readonly number[]): number[] | undefined {
  const left = counted(votes);
  const all = left.reduce((sum, count) => sum + count, 0);
  const taken = left.map(() => 0);
  let sum = 0, classes = 0, valid = true;
  while (sum < 0.75 * all && classes < MOST_CLASSES && valid) {
    const most = Math.max(...left);
    for (let column = 0; column < left.length; column++) {
      if (left[column] !== most) continue;
      taken[column] = most;
      left[column] = 0;
      sum += most;
      classes++;
      if (column < COLUMNS.length) continue;
      // Unknown or no face is among the most named: no class comes after it.
      valid = false;
      if (taken.reduce((total, count) => total + count, 0) > most) {
        taken[column] = 0;
        classes--;
      }
      break;
    }
  }
  const total = taken.reduce((total, count) => total + count, 0);
  const first = taken.indexOf(Math.max(...taken));
  if (total <= 0.5 * all || classes > MOST_CLASSES || first >= COLUMNS.length) return undefined;
  const result = VOTE_CLASSES.map(() => 0);
  const named = taken.slice(0, COLUMNS.length);
  const whole = named.reduce((total, count) => total + count, 0);
  named.forEach((count, column) => result[labelOf(column)] = count / whole);
  return result;
}
