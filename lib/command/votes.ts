/**
 * `deno task votes`: makes the compact copy of CREMA-D's published votes.
 *
 * @module
 */

import { readCommandLine } from "../command_line.ts";
import { compactVotes, parseVotes } from "../dataset/crema_d.ts";
import { expectFilePlace, explainReading, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { BUNDLED_VOTES, shownPath, userPath } from "../paths.ts";

const COMMAND = {
  name: "votes",
  summary: "Makes the compact copy of CREMA-D's votes, which exp:fusion runs on.",
  usage: "TABLE [flags]",
  words: {
    name: "TABLE",
    meaning: "The published tabulatedVotes.csv",
    least: 1,
    most: 1,
    request: "Name the published table",
  },
  flags: {
    out: path("FILE", "Where it goes", shownPath(BUNDLED_VOTES)),
  },
  examples: ["deno task votes tabulatedVotes.csv"],
} as const satisfies Command;

/** Reads the table, writes the copy, and says what is in it. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const out = flags.out ?? BUNDLED_VOTES;
  await expectFilePlace(out);
  const [table] = words as [string];
  let text: string;
  try {
    text = await Deno.readTextFile(userPath(table));
  } catch (error) {
    throw explainReading(error, table);
  }
  const copy = compactVotes(text, table);
  const clips = parseVotes(copy, table).length;
  await writeFileWhole(out, copy);
  console.log(`${clips.toLocaleString("en-US")} clips: ${shownPath(out)}`);
}

if (import.meta.main) await runMain(() => main(Deno.args));
