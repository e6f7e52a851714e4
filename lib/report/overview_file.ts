/**
 * The overview's file, written from the reports that lie beside it.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { readReport, REPORT_FILES } from "./files.ts";
import { type OverviewEntry, renderOverview } from "./overview.ts";

/** The overview's name: what a code host shows for the folder. */
const OVERVIEW_FILE = "README.md";

/**
 * Writes `README.md` in a folder of reports, over all `<data set>/<experiment>/report.json` in it. A
 * report that cannot be read is left out, with a line on standard error that says why.
 *
 * @param folder Usually `reports`.
 */
export async function writeOverview(folder: string): Promise<void> {
  const entries: OverviewEntry[] = [];
  for (const dataset of await foldersIn(folder)) {
    for (const experiment of (await foldersIn(join(folder, dataset))).sort(baselineFirst)) {
      const path = join(folder, dataset, experiment, REPORT_FILES.report);
      if (!await exists(path)) continue;
      try {
        const report = await readReport(path);
        entries.push({ report, link: `${dataset}/${experiment}/${REPORT_FILES.markdown}` });
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        console.error(`Left out of ${join(folder, OVERVIEW_FILE)}: ${error.message}`);
      }
    }
  }
  await writeFileWhole(join(folder, OVERVIEW_FILE), renderOverview(entries));
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) names.push(name);
  return names.sort();
}

function baselineFirst(a: string, b: string): number {
  return Number(b === "baseline") - Number(a === "baseline");
}
