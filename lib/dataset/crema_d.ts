/**
 * CREMA-D's human ratings (Cao et al. 2014) as a data set: for each clip the votes for six emotions by
 * people who heard the voice, saw the face, or had both; the label is the emotion the actor meant.
 *
 * @module
 */

import { UserError } from "../error.ts";
import type { Modality, SampleForm } from "../sample.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import { readCsv } from "../csv.ts";
import { stringifyCsv } from "../std/csv.ts";
import { plural } from "../text.ts";
import { datasetDigest } from "./builder.ts";
import type { DataForm, Dataset, Split, TestCondition } from "./dataset.ts";
import { perSplit } from "./dataset.ts";
import { foldsByGroup } from "./folds.ts";

/** The classes, in FER2013's order; nobody acted surprise. */
export const VOTE_CLASSES = ["angry", "disgust", "fear", "happy", "sad", "neutral"] as const;

/** The published letters of the classes, in the same order. */
const LETTERS = ["A", "D", "F", "H", "S", "N"] as const;

/** What raters had, by the first digit of a published row's number less one. */
const RATED = ["voice", "face", "both"] as const;

const COUNT = VOTE_CLASSES.length;

const MODALITIES: readonly Modality[] = RATED.map((name) => ({
  ...{ name, length: COUNT, type: "votes" },
}));

/** The form of the votes: three modalities of six counts. */
export const VOTES_FORM: DataForm = {
  classes: VOTE_CLASSES,
  sample: { shape: [RATED.length * COUNT], type: "uint8", divisor: 1, modalities: MODALITIES },
};

/** The columns of the compact copy. */
export const VOTE_COLUMNS: readonly string[] = [
  "clip",
  ...RATED.flatMap((rated) => VOTE_CLASSES.map((name) => `${rated}_${name}`)),
];

/** A clip with its votes. */
export interface Clip {
  /** `1001_DFA_ANG_XX`: actor, sentence, the emotion meant, its level. */
  readonly name: string;
  /** Voice, face, both, each in the order of the classes; shape [18]. */
  readonly votes: readonly number[];
}

/** The digest of the compact copy that comes with the checkout. */
export const VOTES_DIGEST = "701a740912bec5c158b94f64f8f4334b43815f6fc1972365ef183ebe39de2bbf";

/** How many folds of actors there are. */
const FOLDS = 5;

/** To how many votes of a modality the test clips are thinned, beside none. */
const THINNED = [10, 5, 3, 1] as const;

/**
 * Makes the compact copy of the published table of votes (`tabulatedVotes.csv`).
 *
 * @param published The text of the file.
 * @param file Its name, for messages.
 * @returns CSV: a row for each clip, in the order of their names.
 * @throws {UserError} For a row that is not as published, or a clip that was not rated three ways.
 */
export function compactVotes(published: string, file: string): string {
  const [columns = [], ...rows] = readCsv(published, file);
  const place = (name: string) => {
    const found = columns.indexOf(name);
    if (found >= 0) return found;
    throw new UserError(
      `${file}: Is not CREMA-D's published table of votes, tabulatedVotes.csv: has no column "${name}"`,
    );
  };
  const [number, clip] = [place(""), place("fileName")];
  const letters = LETTERS.map(place);
  const clips = new Map<string, (number[] | undefined)[]>();
  rows.forEach((row, i) => {
    const rated = Number(row[number]!.slice(0, 1)) - 1;
    const votes = letters.map((letter) => countOf(row[letter]!, `${file}, row ${i + 2}`));
    const known = clips.get(row[clip]!) ?? [];
    if (!(rated in RATED) || known[rated]) {
      throw new UserError(`${file}, row ${i + 2}: Is no row of voice, face or both of a new clip`);
    }
    known[rated] = votes;
    clips.set(row[clip]!, known);
  });
  const names = [...clips.keys()].sort();
  const short = names.find((name) => clips.get(name)!.flat().length !== RATED.length * COUNT);
  if (short !== undefined) throw new UserError(`${file}: ${short} was not rated in three ways`);
  return stringifyCsv([
    [...VOTE_COLUMNS],
    ...names.map((name) => [name, ...clips.get(name)!.flat().map(String)]),
  ]);
}

/** The compact copy's first row. */
export const VOTES_START: string = `${VOTE_COLUMNS.join()}\n`;

/**
 * Reads the compact copy.
 *
 * @throws {UserError} Names the file and the row.
 */
export function parseVotes(text: string, file: string): Clip[] {
  const [columns = [], ...rows] = readCsv(text, file);
  if (columns.join() !== VOTE_COLUMNS.join()) {
    throw new UserError(
      `${file}: Has not the columns clip, ${
        RATED.map((rated) => `${rated}_<emotion>`).join(", ")
      }: ` +
        "deno task votes makes such a file",
    );
  }
  return rows.map((row, i): Clip => {
    const where = `${file}, row ${i + 2}`;
    const [name = "", ...votes] = row;
    if (row.length !== VOTE_COLUMNS.length) {
      throw new UserError(`${where}: Has ${row.length} columns, not ${VOTE_COLUMNS.length}`);
    }
    clipLabel(name, where);
    const counts = votes.map((vote) => countOf(vote, where));
    const empty = RATED.find((_, m) => counts.slice(m * COUNT, (m + 1) * COUNT).every((n) => !n));
    if (empty) throw new UserError(`${where}: Has no votes of ${empty}`);
    return { name, votes: counts };
  });
}

/** The label number of a clip: the third part of its name. */
export function clipLabel(clip: string, where: string): number {
  const emotion = /^\d{4}_[A-Z]{3}_([A-Z]{3})_[A-Z]{2}$/.exec(clip)?.[1];
  const label = ["ANG", "DIS", "FEA", "HAP", "SAD", "NEU"].indexOf(emotion ?? "");
  if (label < 0) throw new UserError(`${where}: "${clip}" is not the name of a clip`);
  return label;
}

function countOf(text: string, where: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : NaN;
  if (!(count <= 255)) throw new UserError(`${where}: "${text}" is not a number of votes`);
  return count;
}

/** Who acts in a clip: the first part of its name. */
export function clipActor(clip: string): string {
  return clip.slice(0, 4);
}

/**
 * The fold of each clip's actor, from 0 to 4.
 *
 * @throws {UserError} Where there are fewer actors than folds.
 */
export function clipFolds(clips: readonly Clip[]): Uint8Array {
  const actors = clips.map(({ name }) => clipActor(name));
  const number = new Set(actors).size;
  if (number < FOLDS) {
    throw new UserError(
      `The clips with votes are of ${plural(number, "actor")}: ${FOLDS} folds need as many or more`,
    );
  }
  return foldsByGroup(actors, FOLDS, 0);
}

/**
 * The data set of clips, in folds of actors.
 *
 * @param clips At least one of each class and fold.
 * @param name What it is called in reports.
 */
export function votesDataset(clips: readonly Clip[], name: string): Dataset {
  const labels = Uint8Array.from(clips, (clip) => clipLabel(clip.name, clip.name));
  const foldOf = clipFolds(clips);
  const part = (includes: (fold: number) => boolean) => {
    const places = clips.map((_, i) => i).filter((i) => includes(foldOf[i]!));
    return splitOf(places.map((i) => clips[i]!), places.map((i) => labels[i]!));
  };
  const about = {
    name,
    synthetic: false,
    ...VOTES_FORM,
    skipped: [],
    groupName: "actors",
    description:
      "Votes of human raters on clips of CREMA-D (Cao et al. 2014, ODbL 1.0): voice only, face only, both",
  } as const;
  const folds = Array.from({ length: FOLDS }, (_, fold): Dataset => {
    const splits = {
      Training: part((other) => other !== fold && other !== (fold + 1) % FOLDS),
      PublicTest: part((other) => other === (fold + 1) % FOLDS),
      PrivateTest: part((other) => other === fold),
    };
    return {
      ...about,
      split: "folds",
      digest: datasetDigest(splits, VOTES_FORM),
      splits,
      conditions: conditionsOf(splits.PrivateTest, VOTES_FORM.sample),
    };
  });
  const all = part(() => true);
  const splits = perSplit(() => all);
  return { ...about, split: "folds", digest: datasetDigest(splits, VOTES_FORM), splits, folds };
}

function splitOf(clips: readonly Clip[], labels: readonly number[]): Split {
  return {
    samples: Uint8Array.from(clips.flatMap(({ votes }) => votes)),
    labels: Uint8Array.from(labels),
    ids: clips.map((clip) => clip.name),
    groups: clips.map((clip) => clipActor(clip.name)),
    length: clips.length,
  };
}

/**
 * What test samples are to be tried under: voice and face each missing, or with few votes.
 *
 * @param test Of votes, or of probabilities in their place, which are there or missing.
 */
export function conditionsOf(test: Split, form: SampleForm): TestCondition[] {
  const { modalities = [] } = form;
  return modalities.filter(({ name }) => name === "voice" || name === "face").flatMap(
    ({ name: modality, type }) =>
      [...type === "votes" ? THINNED : [], 0].map((votes) => ({
        name: votes === 0 ? `no ${modality}` : `${modality}: ${votes} vote${votes > 1 ? "s" : ""}`,
        samples: thinVotes(test, form, { modality, votes }),
      })),
  );
}

/**
 * Leaves so many votes of a modality, drawn without replacement; where there are no more, all of them.
 *
 * @param split Whose samples are copied; each clip draws from a stream of its own.
 * @param form With the modality.
 */
export function thinVotes(
  { samples, ids }: Pick<Split, "samples" | "ids">,
  { modalities = [], shape }: SampleForm,
  { modality, votes }: { readonly modality: string; readonly votes: number },
): Split["samples"] {
  const thinned = samples.slice();
  const place = modalities.findIndex(({ name }) => name === modality);
  if (place < 0) throw new RangeError(`No modality "${modality}"`);
  const start = modalities.slice(0, place).reduce((sum, { length }) => sum + length, 0);
  const { length } = modalities[place]!;
  ids.forEach((id, i) => {
    const at = i * shape[0]! + start;
    thin(
      thinned.subarray(at, at + length),
      votes,
      () => randomStream(0, "thin", modality, votes, id),
    );
  });
  return thinned;
}

/** Takes votes away, each of them equally likely, until so many are left. */
function thin(counts: Split["samples"], votes: number, streamOf: () => RandomStream): void {
  let left = Array.from(counts).reduce((sum, count) => sum + count, 0);
  if (left <= votes) return;
  if (votes === 0) return void counts.fill(0);
  const stream = streamOf();
  while (left > votes) {
    let drawn = stream.integer(0, left--);
    const from = counts.findIndex((count) => (drawn -= count) < 0);
    counts[from]!--;
  }
}
