/**
 * The flags that choose of data, alike for all commands that take `--data`.
 *
 * @module
 */

import { type DataChoices, formatMerge, parseClasses, parseMerge } from "./dataset/choices.ts";
import { formatLabels, LABELS_TAKEN, parseLabels } from "./dataset/labels.ts";
import { PROTOCOLS } from "./dataset/votes.ts";
import { IMAGE_SIZE } from "./emotion.ts";
import { UsageError } from "./error.ts";
import { explainReading } from "./file.ts";
import { path, text } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { userPath } from "./paths.ts";

/** The sides that images can be brought to, in pixels. */
const IMAGE_SIZES: readonly number[] = [IMAGE_SIZE, 64, 96, 112];

/** The flags. */
export const DATA_FLAGS = {
  labels: text("MAP", `What numbers for classes mean: ${LABELS_TAKEN}`),
  classes: text("A,B", "Keep these classes only", "all"),
  merge: text("A=B", "Join class A with class B; several with commas"),
  votes: path("FILE", "FER+'s votes (fer2013new.csv) in place of the labels of FER2013's CSV"),
  protocol: text("NAME", `How votes are used: ${PROTOCOLS.join(", ")}`, PROTOCOLS[0]),
  size: text("N", `Side of the images in pixels: ${IMAGE_SIZES.join(", ")}`, String(IMAGE_SIZE)),
} as const;

/** Their values. */
export type DataFlags = { readonly [Name in keyof typeof DATA_FLAGS]: string | undefined };

/**
 * What the flags say.
 *
 * @param options `hasData`: whether data are given; synthetic faces are no files, and have no numbers.
 * @throws {UsageError} For what cannot be understood.
 */
export function parseDataFlags(
  { labels, classes, merge, votes, protocol, size }: DataFlags,
  { hasData }: { readonly hasData: boolean },
): DataChoices {
  for (const [name, value] of Object.entries({ labels, votes })) {
    if (value === undefined || hasData) continue;
    throw new UsageError(`--${name} needs --data: synthetic faces have labels of their own`);
  }
  if (protocol !== undefined && votes === undefined) {
    throw new UsageError("--protocol needs --votes: it says how votes are used");
  }
  if (labels !== undefined && votes !== undefined) {
    throw new UsageError("--labels and --votes contradict each other: leave one of them out");
  }
  const known = PROTOCOLS.find((name) => name === (protocol ?? PROTOCOLS[0]));
  if (known === undefined) {
    throw new UsageError(`Unknown protocol "${protocol}": ${didYouMean(protocol!, PROTOCOLS)}`);
  }
  const side = size === undefined ? IMAGE_SIZE : Number(size);
  if (!IMAGE_SIZES.includes(side)) {
    throw new UsageError(`--size must be one of ${IMAGE_SIZES.join(", ")}, not "${size}"`);
  }
  return {
    ...labels === undefined ? {} : { labels: parseLabels(labels, readText) },
    ...merge === undefined ? {} : { merge: parseMerge(merge) },
    ...classes === undefined ? {} : { classes: parseClasses(classes) },
    ...votes === undefined ? {} : { votes: { path: votes, protocol: known } },
    ...side === IMAGE_SIZE ? {} : { size: side },
  };
}

/** The words of a command that say the same, votes without their folder. */
export function dataWordsOf({ labels, merge, classes, votes, size }: DataChoices): string[] {
  return [
    ...labels ? ["--labels", formatLabels(labels)] : [],
    ...merge ? ["--merge", formatMerge(merge)] : [],
    ...classes ? ["--classes", classes.join(",")] : [],
    ...votes ? ["--votes", votes.path.split("/").at(-1)!, "--protocol", votes.protocol] : [],
    ...size === undefined ? [] : ["--size", String(size)],
  ];
}

function readText(written: string): string | undefined {
  try {
    return Deno.readTextFileSync(userPath(written));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.IsADirectory) {
      return undefined;
    }
    throw explainReading(error, written);
  }
}
