/**
 * `deno task compare`: any two or more reports or runs against each other.
 *
 * @module
 */

import { UsageError, UserError } from "../error.ts";
import { writeFileWhole } from "../file.ts";
import { runMain } from "../main.ts";
import { userPath } from "../paths.ts";
import { compareSubjects, readSubjects, withoutRepeats } from "../report/compare.ts";
import { comparisonMarkdown, comparisonText, worse } from "../report/compare_text.ts";
import { list } from "../report/text.ts";
import { formatChecked } from "../report/validate.ts";
import { findResults } from "../report/folders.ts";
import { parseArgs } from "../std/parse_args.ts";

const HELP =
  `Compares reports or runs: what differs in configuration, scores with intervals, paired tests.

Usage: deno task compare A B [...] [--md FILE] [--json FILE] [--fail-if-worse]

  A, B            a report.json, a record.json, or a folder that holds one, or a folder with one run
                  per seed; of a report all variants, or one: reports/own/synthetic/dropout#none;
                  also named within reports/own or reports, as fer2013/dropout.
                  All others are compared with the first.
  --md FILE       also write the comparison as Markdown
  --json FILE     also write it as JSON
  --fail-if-worse exit with 1 where any other is worse than the first beyond chance, or cannot be
                  tested; with one seed this is about the trained networks, not the method
  --help          print this

Example: deno task compare reports/own/synthetic/baseline reports/own/synthetic/dropout

Exit code 0: done; 1: worse (with --fail-if-worse), or they cannot be compared; 2: the command line
could not be understood.`;

/** Reads, compares, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { boolean, string, rest, unknown } = parseArgs(args, {
    boolean: ["help", "fail-if-worse"],
    string: ["md", "json"],
    alias: { h: "help" },
  });
  if (boolean.help) {
    console.log(HELP);
    return 0;
  }
  if (unknown.length > 0) throw new UsageError(`Unknown flag ${unknown[0]}: see --help`);
  for (const [flag, value] of Object.entries(string)) {
    if (value === "") throw new UsageError(`--${flag} needs a file: see --help`);
  }
  if (rest.length === 0) throw new UsageError("Name two or more reports or runs: see --help");

  const found = (await Promise.all(
    rest.map(async (typed) => await readSubjects(await findResults(userPath(typed), typed))),
  )).flat();
  const subjects = withoutRepeats(found);
  if (subjects.length < 2) {
    if (found.length < 2) {
      throw new UsageError(
        `${rest[0]} holds a single run or variant: name another to compare with`,
      );
    }
    console.log(`The same runs (${subjects[0]!.digest}): nothing differs`);
    return 0;
  }
  const comparison = compareSubjects(subjects);
  console.log(comparisonText(comparison).trimEnd());
  if (string.md !== undefined) {
    await write(userPath(string.md), comparisonMarkdown(comparison));
  }
  if (string.json !== undefined) {
    const file = userPath(string.json);
    await write(file, formatChecked("fer-lab/comparison", comparison, { file }));
  }
  if (!boolean["fail-if-worse"]) return 0;

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

async function write(file: string, text: string): Promise<void> {
  try {
    await writeFileWhole(file, text);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file}: Cannot be written: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
