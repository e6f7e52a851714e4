/**
 * `deno task show REPORT`: opens a report's figures in the browser.
 *
 * @module
 */

import { dirname } from "node:path";
import { UsageError } from "../error.ts";
import { runMain } from "../main.ts";
import { userPath } from "../paths.ts";
import { findResults } from "../report/folders.ts";
import { showFigures } from "../run/show.ts";
import { parseArgs } from "../std/parse_args.ts";

const HELP = `Opens the figures of a report in the browser, and ends when the page is closed.

Usage: deno task show REPORT

REPORT is a report's folder or its report.json, such as reports/own/synthetic/baseline;
it may also be named within reports/own or reports, as fer2013/baseline.`;

/** Shows the report that the arguments name. */
export async function main(args: readonly string[]): Promise<void> {
  const { boolean, rest, unknown } = parseArgs(args, { boolean: ["help"], alias: { h: "help" } });
  if (boolean["help"]) return console.log(HELP);
  if (unknown.length > 0) throw new UsageError(`Unknown flag ${unknown[0]}: see --help`);
  if (rest.length !== 1) throw new UsageError("Name one report: deno task show REPORT");
  const [typed] = rest as [string];
  const report = await findResults(userPath(typed), typed);
  await showFigures(report.endsWith(".json") ? dirname(report) : report);
}

if (import.meta.main) await runMain(() => main(Deno.args));
