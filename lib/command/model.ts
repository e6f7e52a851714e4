/**
 * `deno task model`: a run's trained network as one file with its card.
 *
 * @module
 */

import { basename, dirname, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UsageError } from "../error.ts";
import { expectFilePlaces, isFolder, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, type FlagValues, path, text as textFlag } from "../flags.ts";
import { runMain } from "../main.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { findRun } from "../run/find_network.ts";
import { runCard } from "../run/model_card.ts";
import { encodeModel } from "../run/model_file.ts";
import { readTrained } from "../run/trained.ts";

/** Of model files. */
const ENDING = ".safetensors";

const COMMAND = {
  name: "model",
  summary:
    "Makes one file of a run's trained network, with its model card: for deno task predict, " +
    "and to give away.",
  usage: "RUN [flags]",
  words: {
    name: "RUN",
    meaning: "A finished run's folder with its weights, or a report or its variant, such as " +
      "reports/own/fer2013/combination#combined: of the seed that PublicTest chooses",
    least: 1,
    most: 1,
    request: "Name one run",
  },
  flags: {
    out: path(
      "DIR|FILE",
      `The folder where the two files go, or the one that ends in ${ENDING}`,
      "models",
    ),
    name: textFlag("NAME", "What they are called in a folder", "the data set's name"),
  },
  examples: [
    "deno task model reports/own/fer2013/combination#combined",
    "deno task model reports/own/fer2013/combination#combined --out combined.safetensors",
  ],
} as const satisfies Command;

/** Writes the file and its card. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const named = await namedFile(flags);
  const folder = await findRun(
    words[0]!,
    "Is a model file already: copy it, with the card of its name beside it, or name a run's folder " +
      "to make another",
  );
  const trained = await readTrained(folder);
  const { record } = trained;
  const place = named ?? join(
    flags.out ?? join(CHECKOUT, "models"),
    flags.name === undefined ? record.dataset.name : basename(flags.name, ENDING),
  );
  const files = { model: place + ENDING, card: `${place}.md` };
  await expectFilePlaces(files);
  const card = await runCard(folder, record, basename(place));
  await writeFileWhole(files.model, encodeModel(trained));
  await writeFileWhole(files.card, card);
  console.log(`Model: ${shownPath(files.model)}\nCard: ${shownPath(files.card)}`);
}

/**
 * Where --out names the model file itself: its path without the ending.
 *
 * @throws {UsageError} Where --name names it too.
 */
async function namedFile({ out, name }: FlagValues<typeof COMMAND>): Promise<string | undefined> {
  if (out === undefined || !out.endsWith(ENDING) || await isFolder(out)) return undefined;
  if (name !== undefined) {
    throw new UsageError("--out names the file already: leave out --name, or name a folder");
  }
  return join(dirname(out), basename(out, ENDING));
}

if (import.meta.main) await runMain(() => main(Deno.args));
