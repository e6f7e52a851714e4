/**
 * `deno task compare`: any two or more reports or runs against each other.
 *
 * @module
 */

import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { expectFilePlaces, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { Progress } from "../progress.ts";
import { compareSubjects, type Subject, withoutRepeats } from "../report/compare.ts";
import { comparisonMarkdown, comparisonText, worse } from "../report/compare_text.ts";
import type { ComparisonReport } from "../report/record.ts";
import { list } from "../report/text.ts";
import { formatChecked } from "../report/validate.ts";
import { terminalWidth } from "../terminal.ts";
import { readingSubjects } from "./_reading_subjects.ts";

const COMMAND = {
  name: "compare",
  summary:
    "Compares reports or runs: what differs in configuration, scores with intervals, paired tests.",
  usage: "A B [...] [flags]",
  words: {
    name: "A, B",
    meaning:
      "A report.json, a record.json, or a folder that holds one, or a folder with one run per " +
      "seed; of a report all variants, or one: reports/own/synthetic/dropout#none; also named within " +
      "reports/own or reports, as fer2013/dropout. All others are compared with the first.",
    least: 1,
    most: Infinity,
    request: "Name two or more reports or runs",
  },
  flags: {
    md: path("FILE", "Also write the comparison as Markdown"),
    json: path("FILE", "Also write it as JSON"),
    "fail-if-worse": flag(
      "Exit with 1 where any other is worse than the first beyond chance, or cannot be " +
        "tested; with one seed this is about the trained networks, not the method",
    ),
  },
  examples: ["deno task compare reports/own/synthetic/baseline reports/own/synthetic/dropout"],
  notes: [
    "Exit code 0: done; 1: worse (with --fail-if-worse), or they cannot be compared; 2: the command " +
    "line could not be understood.",
  ],
} as const satisfies Command;

/** Reads, compares, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags, words } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const { md, json } = flags;
  await expectFilePlaces({ md, json });
  const found = await readingSubjects(words);
  const subjects = withoutRepeats(found);
  if (subjects.length < 2) {
    if (found.length < 2) {
      throw new UsageError(
        `${words[0]} holds a single run or variant: name another to compare with`,
      );
    }
    console.log(`The same runs (${subjects[0]!.digest}): nothing differs`);
    return 0;
  }
  const comparison = compareAll(subjects);
  console.log(comparisonText(comparison, { width: terminalWidth() }).trimEnd());
  if (flags.md !== undefined) await writeFileWhole(flags.md, comparisonMarkdown(comparison));
  if (flags.json !== undefined) {
    const text = formatChecked("fer-lab/comparison", comparison, { file: flags.json });
    await writeFileWhole(flags.json, text);
  }
  if (!flags["fail-if-worse"]) return 0;

  const untested = comparison.subjects.filter((subject) => subject.untested !== null);
  if (untested.length > 0) {
    throw new UserError(
      `Cannot tell whether ${untested[0]!.name} is worse: ${untested[0]!.untested}`,
    );
  }
  const worseNames = worse(comparison).map(({ name }) => name);
  if (worseNames.length === 0) return 0;
  console.error(`Worse than ${comparison.subjects[0]!.name}: ${list(worseNames)}`);
  return 1;
}

/** Compares with the first, and says how far it is: dozens of variants take many seconds. */
function compareAll(subjects: readonly Subject[]): ComparisonReport {
  const total = subjects.length - 1;
  const progress = new Progress("Comparing", { total, unit: "pairs", keep: false });
  try {
    return compareSubjects(subjects, { onCompared: (done) => progress.update(done) });
  } finally {
    progress.finish();
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
