/**
 * `deno task ensemble`: finished runs together, by the mean of their saved probabilities.
 *
 * @module
 */

import { readCommandLine } from "../command_line.ts";
import { UsageError } from "../error.ts";
import { expectFilePlaces, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { showWhile } from "../progress.ts";
import { withoutRepeats } from "../report/compare.ts";
import { buildEnsemble } from "../report/ensemble.ts";
import { ensembleMarkdown, ensembleText } from "../report/ensemble_text.ts";
import { formatChecked } from "../report/validate.ts";
import { readEnsemble } from "../run/ensemble.ts";
import { terminalWidth } from "../terminal.ts";
import { readingSubjects } from "./_reading_subjects.ts";

const COMMAND = {
  name: "ensemble",
  summary:
    "Averages the saved probabilities of finished runs, without training anything: members are " +
    "chosen on PublicTest, PrivateTest is scored once, against the best member.",
  usage: "REPORT [...] [flags]",
  words: {
    name: "REPORT",
    meaning: "A report, of which all runs are taken or those of one variant: " +
      "reports/own/fer2013/deep#combined; a record.json, or a folder that holds one or one run per seed; " +
      "also named within reports/own or reports, as fer2013/deep",
    least: 1,
    most: Infinity,
    request: "Name a report",
  },
  flags: {
    all: flag("Take every run named, instead of choosing on PublicTest one by one"),
    md: path("FILE", "Also write the report as Markdown"),
    json: path("FILE", "Also write it as JSON"),
  },
  examples: [
    "deno task ensemble reports/own/synthetic/dropout reports/own/synthetic/batch-norm",
    "deno task ensemble fer2013/deep#residual-crop fer2013/deep#residual-whole --all",
  ],
  notes: [
    "A run takes part by its predictions.csv and validation.csv, those on PrivateTest and PublicTest, " +
    "all on the same images. The first member is the best alone on PublicTest; then joins whichever " +
    "helps most there, as long as one helps. The report says what each is alone, what it adds as it " +
    "joins, and what the others are without it.",
  ],
} as const satisfies Command;

/** Reads, chooses, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const { md, json } = flags;
  await expectFilePlaces({ md, json });
  const found = await readingSubjects(words);
  const { candidates, clean } = await showWhile("Reading", readEnsemble(withoutRepeats(found)));
  if (candidates.length < 2) {
    throw new UsageError(`${words[0]} holds a single run: name another to average with`);
  }
  const report = buildEnsemble(candidates, clean, { selection: flags.all ? "all" : "forward" });
  console.log(ensembleText(report, { width: terminalWidth() }).trimEnd());
  if (flags.md !== undefined) await writeFileWhole(flags.md, ensembleMarkdown(report));
  if (flags.json !== undefined) {
    const text = formatChecked("fer-lab/ensemble", report, { file: flags.json });
    await writeFileWhole(flags.json, text);
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
