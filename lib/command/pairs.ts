/**
 * `deno task pairs`: gives images that a network has scored voices of the same emotion.
 *
 * @module
 */

import { basename } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { parseVotes } from "../dataset/crema_d.ts";
import { SPLITS } from "../dataset/dataset.ts";
import { drawPairs, formatPairs } from "../dataset/face_voice.ts";
import { parseScoredImages } from "../dataset/scored_images.ts";
import { expectFilePlace, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, path, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { BUNDLED_PAIRS, BUNDLED_PROBABILITIES, BUNDLED_VOTES, shownPath } from "../paths.ts";
import { readText } from "../report/files.ts";
import { count, list } from "../text.ts";

const COMMAND = {
  name: "pairs",
  summary: "Makes up pairs of faces and voices, which exp:fusion-face runs on: each image that a " +
    "network has scored is given a voice of CREMA-D of the same emotion.",
  usage: "[flags]",
  flags: {
    probabilities: path(
      "FILE",
      "What a network says of images; deno task probabilities makes such",
      shownPath(BUNDLED_PROBABILITIES),
    ),
    votes: path("FILE", "CREMA-D's votes; deno task votes makes them", shownPath(BUNDLED_VOTES)),
    seed: whole("N", "Seed of the draw", { range: [0, Number.MAX_SAFE_INTEGER], otherwise: "0" }),
    out: path("FILE", "Where it goes", shownPath(BUNDLED_PAIRS)),
  },
  examples: [
    "deno task pairs",
    "deno task pairs --probabilities data/mine.csv --out data/my-pairs.csv",
  ],
} as const satisfies Command;

/** Reads both files, draws the pairs, writes them, and says how many there are. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const out = flags.out ?? BUNDLED_PAIRS;
  await expectFilePlace(out);
  const { probabilities = BUNDLED_PROBABILITIES, votes = BUNDLED_VOTES } = flags;
  const scored = parseScoredImages(await readText(probabilities), basename(probabilities));
  const clips = parseVotes(await readText(votes), basename(votes));
  const pairs = drawPairs(scored, clips, flags.seed ?? 0);
  await writeFileWhole(out, formatPairs(pairs));
  const counts = SPLITS.map((name) =>
    `${count(pairs.filter(({ split }) => split === name).length)} for ${name}`
  );
  console.log(`Pairs: ${list(counts)}: ${shownPath(out)}`);
}

if (import.meta.main) await runMain(() => main(Deno.args));
