/**
 * The reports a notebook reads: which ones, and what it says where there are none.
 *
 * @module
 */

import { join, resolve } from "node:path";
import type { FigureOptions } from "../figure/figure.ts";
import { exists, isFolder } from "../file.ts";
import { readReport, REPORT_FILES } from "../report/files.ts";
import { escape } from "../report/gfm.ts";
import type { ExperimentReport } from "../report/record.ts";
import { count, list, plural } from "../report/text.ts";
import { show, type Shown } from "./show.ts";

/** A report with the folder it lies in. */
export interface Results {
  readonly report: ExperimentReport;
  readonly folder: string;
  /** What every figure says of the data. */
  readonly data: FigureOptions;
}

/** What is shown of one report. */
export type View = (
  results: Results,
) => Shown | readonly Shown[] | Promise<Shown | readonly Shown[]>;

/** What is shown of several reports together. */
export type Overview = (results: readonly Results[]) => Shown;

/** Reports that were found, and how to get those that were not. */
export class Reports {
  /** In the order they were asked for; those that were not found are left out. */
  readonly found: readonly Results[];
  readonly #remedy: string;

  constructor(found: readonly Results[], remedy: string) {
    this.found = found;
    this.#remedy = remedy;
  }

  /**
   * Shows one thing of each report, or in one line that there is nothing to show it of.
   *
   * @param view What to show.
   */
  async show(view: View): Promise<void> {
    if (this.found.length === 0) return await show(this.#remedy);
    for (const results of this.found) {
      const shown = await view(results);
      await show(...Array.isArray(shown) ? shown as readonly Shown[] : [shown as Shown]);
    }
  }

  /**
   * Shows one thing of all reports together; see {@linkcode show}.
   *
   * @param view What to show.
   */
  async showTogether(view: Overview): Promise<void> {
    await show(this.found.length === 0 ? this.#remedy : view(this.found));
  }
}

/**
 * Opens the reports of experiments and says in a sentence each what they are, or which are missing.
 *
 * @param names Of the experiments, such as `baseline`.
 * @param folder Where reports lie, relative to the notebook: the folder of all of them, of a data
 * set's, or of one. `FER_LAB_REPORTS` goes before it.
 * @throws {UserError} For a report that cannot be read.
 */
export async function openReports(names: readonly string[], folder: string): Promise<Reports> {
  const root = Deno.env.get("FER_LAB_REPORTS") || folder;
  const sentences: string[] = [];
  const found: Results[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const results = await findReport(name, resolve(root));
    if (results) {
      found.push(results);
      sentences.push(`- ${sentence(results)}`);
    } else {
      missing.push(name);
    }
  }
  const tasks = missing.map((name) => `\`deno task exp:${name}\``).join(", ");
  if (missing.length > 0) {
    sentences.push(
      `- No report yet of ${missing.map((name) => `**${name}**`).join(", ")}: ${tasks} makes ` +
        "one, or name another folder with FER_LAB_REPORTS",
    );
  }
  await show(sentences.join("\n"));
  return new Reports(
    found,
    `*Nothing to show yet: ${tasks} writes the report that this is read from.*`,
  );
}

/**
 * Finds the report of an experiment, FER2013's before that of any other data, synthetic faces last.
 *
 * @param name The experiment's.
 * @param root Where to look; see {@linkcode openReports}.
 * @throws {UserError} For a report that cannot be read.
 */
export async function findReport(name: string, root: string): Promise<Results | undefined> {
  const own = join(root, REPORT_FILES.report);
  if (await exists(own)) {
    const results = await readResults(root);
    return results.report.experiment.name === name ? results : undefined;
  }
  for (const folder of await candidates(name, root)) {
    if (await exists(join(folder, REPORT_FILES.report))) return await readResults(folder);
  }
  return undefined;
}

/** What is committed comes before one's own trials, so that notebooks show the same everywhere. */
const ORDER = [/^fer2013$/, /^(?!synthetic)/, /^synthetic-example$/, /^synthetic/];

async function candidates(name: string, root: string): Promise<string[]> {
  // Of a file, too, there is no such place, and nothing to be found in it.
  if (!await isFolder(root)) return [];
  const datasets: string[] = [];
  for await (const entry of Deno.readDir(root)) if (entry.isDirectory) datasets.push(entry.name);
  const rank = (dataset: string) => ORDER.findIndex((pattern) => pattern.test(dataset));
  datasets.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  return [join(root, name), ...datasets.map((dataset) => join(root, dataset, name))];
}

async function readResults(folder: string): Promise<Results> {
  const report = await readReport(join(folder, REPORT_FILES.report));
  const { dataset, seeds, status } = report;
  const note = seeds.length === 1 ? `seed ${seeds[0]}` : plural(seeds.length, "seed");
  return {
    report,
    folder,
    data: {
      dataset: dataset.name,
      synthetic: dataset.synthetic,
      note: status === "complete" ? note : `${note} · interrupted, not all runs are done`,
    },
  };
}

/** What a report is about and what it was made from, as Markdown. */
export function sentence({ report, data }: Results): string {
  const { experiment, dataset, variants, preset } = report;
  const name = dataset.synthetic
    ? "synthetic faces (not FER2013)"
    : dataset.name === "fer2013"
    ? "FER2013"
    : dataset.name;
  const epochs = [...new Set(variants.map(({ configuration }) => configuration.epochs))]
    .toSorted((a, b) => a - b);
  return `**${escape(experiment.title)}**, on ${escape(name)}: ${
    plural(variants.length, "variant")
  }, ${data.note}, ${
    epochs.length === 1
      ? plural(epochs[0]!, "epoch")
      : `${list(epochs.map((each) => count(each)))} epochs`
  } (preset ${escape(preset)})`;
}
