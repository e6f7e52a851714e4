/**
 * The overview's file, written from the reports that lie beside it.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { COMMITTED_RESULTS, OWN_RESULTS } from "./folders.ts";
import { readReport, readReportFacts, readText, REPORT_FILES } from "./files.ts";
import { type OverviewEntry, renderOverview } from "./overview.ts";

/** The overview's name: what a code host shows for the folder. */
const OVERVIEW_FILE = "README.md";

/** What was learned on a data set, written by people; stands in the data set's folder. */
const FINDINGS_FILE = "findings.md";

/**
 * Writes {@linkcode overviewText} to `README.md` in a folder of reports.
 *
 * @param folder Usually `reports`.
 */
export async function writeOverview(folder: string): Promise<void> {
  await writeFileWhole(join(folder, OVERVIEW_FILE), await overviewText(folder));
}

/**
 * The overview over all `<data set>/<experiment>/report.json` in a folder of reports. A report that
 * cannot be read is left out, with a line on standard error that says why. A data set's
 * `findings.md`, where there is one, stands before its table.
 *
 * @param folder Usually `reports`.
 */
export async function overviewText(folder: string): Promise<string> {
  const entries: OverviewEntry[] = [];
  const findings = new Map<string, string>();
  for (const dataset of await foldersIn(folder)) {
    const text = join(folder, dataset, FINDINGS_FILE);
    if (await exists(text)) findings.set(dataset, (await readText(text)).trim());
    entries.push(
      ...await readEntries(folder, dataset, {
        onBad: ({ message }) =>
          console.error(`Left out of ${join(folder, OVERVIEW_FILE)}: ${message}`),
      }),
    );
  }
  if (folder === OWN_RESULTS) entries.push(...await committedOn(entries));
  return renderOverview(entries, { findings });
}

/** The committed reports on data that somebody's own reports are about. */
async function committedOn(own: readonly OverviewEntry[]): Promise<OverviewEntry[]> {
  const data = new Set(own.map(({ report }) => report.dataset.digest));
  const entries: OverviewEntry[] = [];
  for (const dataset of await foldersIn(COMMITTED_RESULTS)) {
    entries.push(...await readEntries(COMMITTED_RESULTS, dataset, { onBad: () => {} }));
  }
  return entries.filter(({ report }) => data.has(report.dataset.digest)).map((entry) => ({
    ...entry,
    link: `../${entry.link}`,
    committed: true,
  }));
}

/**
 * Reads the reports on one data set, the baseline's first.
 *
 * @param folder Usually `reports`.
 * @param dataset The data set's folder in it.
 * @param options `onBad` hears of a report that cannot be read, which is left out.
 */
export async function readEntries(
  folder: string,
  dataset: string,
  { onBad }: { readonly onBad: (error: UserError) => void },
): Promise<OverviewEntry[]> {
  const entries: OverviewEntry[] = [];
  for (const experiment of (await foldersIn(join(folder, dataset))).sort(baselineFirst)) {
    const path = join(folder, dataset, experiment, REPORT_FILES.report);
    if (!await exists(path)) continue;
    try {
      const report = await readReport(path);
      const facts = join(folder, dataset, experiment, REPORT_FILES.facts);
      entries.push({
        report,
        link: `${dataset}/${experiment}/${REPORT_FILES.markdown}`,
        ...(await exists(facts) ? { facts: await readReportFacts(facts) } : {}),
      });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      onBad(error);
    }
  }
  return entries;
}

async function foldersIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) if (isDirectory) names.push(name);
  return names.sort();
}

function baselineFirst(a: string, b: string): number {
  return Number(b === "baseline") - Number(a === "baseline");
}
