/**
 * The reports a notebook reads: which ones, and what it says where there are none.
 *
 * @module
 */

import { basename, dirname, join, relative, resolve } from "node:path";
import { dataWords, isFaces } from "../dataset/words.ts";
import type { FigureOptions } from "../figure/figure.ts";
import { exists, isFolder } from "../file.ts";
import { readReport, REPORT_FILES } from "../report/files.ts";
import { escape } from "../report/gfm.ts";
import type { ExperimentReport } from "../report/record.ts";
import { numberedFolder, OWN_RESULTS } from "../report/folders.ts";
import { figureNote } from "../report/synthetic_channel.ts";
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
 * One's own results lie beside the committed ones. Of both the better data are shown, FER2013's before
 * others and synthetic faces last, one's own first of equal data; the sentence says which these are and
 * where the others lie.
 *
 * @param names Of the experiments, such as `baseline`, or of a report's folder, such as `deep-2`.
 * @param folder Where reports lie, relative to the notebook: the folder of all of them, of a data
 * set's, or of one. `FER_LAB_REPORTS` goes before it, and then nothing else is looked at.
 * @throws {UserError} For a report that cannot be read.
 */
export async function openReports(names: readonly string[], folder: string): Promise<Reports> {
  const named = Deno.env.get("FER_LAB_REPORTS");
  const committed = resolve(named || folder);
  const own = named ? undefined : join(committed, basename(OWN_RESULTS));
  const sentences: string[] = [];
  const found: Results[] = [];
  const missing: string[] = [];
  for (const name of names) {
    const chosen = await chooseReport(name, committed, own);
    if (chosen) {
      found.push(chosen.results);
      sentences.push(`- ${chosen.text}`);
    } else {
      missing.push(name);
    }
  }
  const tasks = missing.map((name) => `\`deno task exp:${name.replace(/-\d+$/, "")}\``).join(", ");
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

/**
 * The report of an experiment among the committed ones and one's own, and what to say of it.
 *
 * @param name The experiment's.
 * @param committed Where the committed reports lie.
 * @param own Where one's own lie; nothing where they are not to be looked at.
 */
export async function chooseReport(
  name: string,
  committed: string,
  own: string | undefined,
): Promise<{ readonly results: Results; readonly text: string } | undefined> {
  const mine = own === undefined ? undefined : await findReport(name, own);
  const rank = ({ folder }: Results) => rankOf(basename(dirname(folder)));
  const [results, other] = [mine, await findReport(name, committed)]
    .filter((one) => one !== undefined).sort((a, b) => rank(a) - rank(b));
  if (!results) return undefined;
  const beside = await besides(results.folder);
  const places = list(beside.map((folder) => `\`${relative(committed, folder)}\``));
  const others = beside.length === 0
    ? ""
    : `; of other variants, seeds or settings: ${places} (FER_LAB_REPORTS names what is shown)`;
  if (!mine) return { results, text: `${sentence(results)}${others}` };
  const place = (one: Results) =>
    `${one === mine ? "your own" : "the committed one"} in \`${relative(committed, one.folder)}\``;
  const also = other ? ` (there is also ${place(other)})` : "";
  return { results, text: `${sentence(results)}; ${place(results)}${also}${others}` };
}

/** The reports of another plan beside one: `deep-2`, `deep-3`, ... of `deep`. */
async function besides(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (let n = 2;; n++) {
    const next = numberedFolder(folder, n);
    if (!await exists(join(next, REPORT_FILES.report))) return found;
    found.push(next);
  }
}

/** Data sets' folders, the better first; of synthetic faces those that are committed. */
const ORDER = [/^fer2013$/, /^(?!synthetic)/, /^synthetic/];

function rankOf(dataset: string): number {
  return ORDER.findIndex((pattern) => pattern.test(dataset));
}

async function candidates(name: string, root: string): Promise<string[]> {
  // Of a file, too, there is no such place, and nothing to be found in it.
  if (!await isFolder(root)) return [];
  const datasets: string[] = [];
  for await (const entry of Deno.readDir(root)) if (entry.isDirectory) datasets.push(entry.name);
  const example = (dataset: string) => Number(dataset !== "synthetic-example");
  datasets.sort((a, b) => rankOf(a) - rankOf(b) || example(a) - example(b) || (a < b ? -1 : 1));
  return [join(root, name), ...datasets.map((dataset) => join(root, dataset, name))];
}

async function readResults(folder: string): Promise<Results> {
  const report = await readReport(join(folder, REPORT_FILES.report));
  const { dataset, status } = report;
  const note = figureNote(report);
  return {
    report,
    folder,
    data: {
      dataset: dataset.name,
      synthetic: dataset.synthetic,
      words: dataWords(dataset),
      note: status === "complete" ? note : `${note} · interrupted, not all runs are done`,
    },
  };
}

/** What a report is about and what it was made from, as Markdown. */
export function sentence({ report, data }: Results): string {
  const { experiment, dataset, variants, preset } = report;
  const name = dataset.synthetic
    ? isFaces(dataWords(dataset))
      ? "synthetic faces (not FER2013)"
      : `synthetic data (${dataset.name})`
    : dataset.name === "fer2013"
    ? "FER2013"
    : dataset.name;
  const epochs = [...new Set(variants.map(({ configuration }) => configuration.epochs))]
    .toSorted((a, b) => a - b);
  const stoppedEarly = variants.some(({ runs, configuration }) =>
    runs.some((run) => run.epochs < configuration.epochs)
  );
  return `**${escape(experiment.title)}**, on ${escape(name)}: ${
    plural(variants.length, "variant")
  }, ${data.note}, ${stoppedEarly ? "up to " : ""}${
    epochs.length === 1
      ? plural(epochs[0]!, "epoch")
      : `${list(epochs.map((each) => count(each)))} epochs`
  } (preset ${escape(preset)})`;
}
