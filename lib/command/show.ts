/**
 * `deno task show REPORT`: opens a report's figures in the browser.
 *
 * @module
 */

import { dirname } from "node:path";
import { readCommandLine } from "../command_line.ts";
import { type Command, commandHelp } from "../flags.ts";
import { runMain } from "../main.ts";
import { userPath } from "../paths.ts";
import { findResults } from "../report/folders.ts";
import { showFigures } from "../run/show.ts";

const COMMAND = {
  name: "show",
  summary: "Opens the figures of a report in the browser, and ends when the page is closed.",
  usage: "REPORT",
  words: {
    name: "REPORT",
    meaning:
      "A report's folder or its report.json, such as reports/own/synthetic/baseline; may also " +
      "be named within reports/own or reports, as fer2013/baseline",
    least: 1,
    most: 1,
    request: "Name one report",
  },
  flags: {},
} as const satisfies Command;

/** Shows the report that the arguments name. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, words } = readCommandLine(args, COMMAND);
  if (help) return console.log(commandHelp(COMMAND));
  const [typed] = words as [string];
  const report = await findResults(userPath(typed), typed);
  await showFigures(report.endsWith(".json") ? dirname(report) : report);
}

if (import.meta.main) await runMain(() => main(Deno.args));
