/**
 * `deno task report`: writes reports again from their finished runs.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { UserError } from "../error.ts";
import { type Command, commandHelp } from "../flags.ts";
import { runMain } from "../main.ts";
import { shownPath, userPath } from "../paths.ts";
import { showWhile } from "../progress.ts";
import { REPORT_FILES } from "../report/files.ts";
import { findResults } from "../report/folders.ts";
import { writeOverview } from "../report/overview_file.ts";
import { writeReportOf } from "../run/report.ts";

const COMMAND = {
  name: "report",
  summary:
    "Writes reports again from their finished runs, without training anything: runs that other " +
    "processes have finished meanwhile are taken in, and what is missing of the plan is said.",
  usage: "REPORT [...]",
  words: {
    name: "REPORT",
    meaning:
      "A report's folder or its report.json, such as reports/own/synthetic/dropout; may also be " +
      "named within reports/own or reports, as fer2013/dropout",
    least: 1,
    most: Infinity,
    request: "Name a report",
  },
  flags: {},
} as const satisfies Command;

/** Writes the reports that the arguments name. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  for (const typed of words) {
    const path = await findResults(userPath(typed), typed);
    const folder = path.endsWith(".json") ? dirname(path) : path;
    if (!await showWhile("Writing", writeReportOf(folder))) {
      throw new UserError(
        `${shownPath(folder)}: No run of its plan is finished: run the experiment`,
      );
    }
    await writeOverview(dirname(dirname(folder)));
    console.log(`Report: ${shownPath(join(folder, REPORT_FILES.markdown))}`);
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
