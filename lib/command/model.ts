/**
 * `deno task model`: a run's trained network as one file with its card.
 *
 * @module
 */

import { basename, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { writeFileWhole } from "../file.ts";
import { type Command, commandHelp, path, text as textFlag } from "../flags.ts";
import { runMain } from "../main.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { findRun } from "../run/find_network.ts";
import { runCard } from "../run/model_card.ts";
import { encodeModel } from "../run/model_file.ts";
import { readTrained } from "../run/trained.ts";

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
    out: path("DIR", "Where the two files go", "models"),
    name: textFlag("NAME", "What they are called", "the data set's name"),
  },
  examples: ["deno task model reports/own/fer2013/combination#combined"],
} as const satisfies Command;

/** Writes the file and its card. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const folder = await findRun(
    words[0]!,
    "Is a model file already: copy it, with the card of its name beside it, or name a run's folder " +
      "to make another",
  );
  const trained = await readTrained(folder);
  const { record } = trained;
  const name = flags.name === undefined ? record.dataset.name : basename(flags.name);
  const place = join(flags.out ?? join(CHECKOUT, "models"), name);
  const card = await runCard(folder, record, name);
  await writeFileWhole(`${place}.safetensors`, encodeModel(trained));
  await writeFileWhole(`${place}.md`, card);
  console.log(`Model: ${shownPath(`${place}.safetensors`)}\nCard: ${shownPath(`${place}.md`)}`);
}

if (import.meta.main) await runMain(() => main(Deno.args));
