/**
 * `deno task report`: writes reports again from their finished runs.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UsageError, UserError } from "../error.ts";
import { runMain } from "../main.ts";
import { shownPath, userPath } from "../paths.ts";
import { REPORT_FILES } from "../report/files.ts";
import { findResults } from "../report/folders.ts";
import { writeOverview } from "../report/overview_file.ts";
import { writeReportOf } from "../run/report.ts";
import { parseArgs } from "../std/parse_args.ts";

const HELP = `Writes reports again from their finished runs, without training anything.

Usage: deno task report REPORT [...]

  REPORT   a report's folder, such as reports/own/synthetic/dropout; it may also be named within
           reports/own or reports, as fer2013/dropout
  --help   print this

Runs that other processes have finished meanwhile are taken in; what is missing of the plan is said.

Exit code 0: done; 1: nothing is finished, or a file cannot be read; 2: the command line could not be
understood.`;

/** Writes the reports that the arguments name. */
export async function main(args: readonly string[]): Promise<void> {
  const { boolean, rest, unknown } = parseArgs(args, { boolean: ["help"], alias: { h: "help" } });
  if (boolean["help"]) return console.log(HELP);
  if (unknown.length > 0) throw new UsageError(`Unknown flag ${unknown[0]}: see --help`);
  if (rest.length === 0) throw new UsageError("Name a report: deno task report REPORT");
  for (const typed of rest) {
    const path = await findResults(userPath(typed), typed);
    const folder = path.endsWith(".json") ? dirname(path) : path;
    if (!await writeReportOf(folder)) {
      throw new UserError(
        `${shownPath(folder)}: No run of its plan is finished: run the experiment`,
      );
    }
    await writeOverview(dirname(dirname(folder)));
    console.log(`Report: ${shownPath(join(folder, REPORT_FILES.markdown))}`);
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
