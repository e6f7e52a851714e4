/**
 * `deno task notebooks`: executes the notebooks and writes their outputs back, checks that they are up
 * to date, or exports them as HTML.
 *
 * @module
 */

import { basename, join, resolve } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, isFile, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path } from "../flags.ts";
import { runMain } from "../main.ts";
import { type Executed, executeNotebooks } from "../notebook/execute.ts";
import { formatNotebook, outputTroubles } from "../notebook/format.ts";
import { type Jupyter, provideJupyter } from "../notebook/jupyter.ts";
import { CHECKOUT, shownPath } from "../paths.ts";
import { Progress } from "../progress.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { runProgram } from "../tensorflow/runner.ts";
import { plural } from "../text.ts";

const COMMAND = {
  name: "notebooks",
  summary: "Executes the notebooks without a front end and writes their outputs back.",
  flags: {
    check: flag("Write nothing: fail if a cell fails, or if a notebook is not up to date"),
    html: path("DIR", "Also export them as HTML, whose figures need no network"),
    reports: path(
      "DIR",
      "With --html: read these reports instead of reports/, and write no outputs back",
    ),
    data: path("PATH", "With --html: show the faces of this data set, and write no outputs back"),
    quiet: flag("Print errors only"),
  },
  notes: [
    "Outputs that are written back hold synthetic faces or none, whatever FER_LAB_DATA and " +
    "FER_LAB_REPORTS say. The first run installs Jupyter into .cache/venv-lab (python3 and a network " +
    "are needed).",
    "Exit code 0: done, up to date; 1: a cell failed or a notebook is not up to date; 2: wrong usage.",
  ],
} as const satisfies Command;

/** In the checkout, the notebooks' folder and the one that must fail. */
const NOTEBOOKS = "notebooks";
const FAILING = "lib/notebook/testdata/failing.ipynb";

/** Executes, then writes, checks or exports, as the flags say. */
export async function main(args: readonly string[]): Promise<number> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) {
    console.log(commandHelp(COMMAND));
    return 0;
  }
  const { check, data, html, reports, quiet } = flags;
  const own = data !== undefined || reports !== undefined;
  if (own && html === undefined) {
    throw new UsageError("--data and --reports go with --html: what is committed has neither");
  }
  if (own && check) {
    throw new UsageError(
      "--check goes without --data and --reports: it is about what is committed",
    );
  }
  for (const path of [data, reports]) {
    if (path !== undefined) await expectPath(path);
  }
  if (html !== undefined && await isFile(html)) {
    throw new UserError(`${shownPath(html)}: Is a file: --html names a folder`);
  }

  const jupyter = await provideJupyter({ quiet });
  const folder = join(CHECKOUT_CACHE, "notebooks");
  const files = await notebookFiles();
  const executed = await executeNotebooks(check ? [...files, FAILING] : files, jupyter, {
    folder,
    quiet,
    env: {
      FER_LAB_DATA: data ?? "",
      // What is committed is made from committed results, whoever runs it.
      FER_LAB_REPORTS: reports ?? COMMITTED_RESULTS,
    },
  });
  const troubles = [
    ...executed.filter(({ file }) => file !== FAILING).flatMap((one) => troublesOf(one, { own })),
    ...executed.filter(({ file }) => file === FAILING).flatMap(unnoticed),
  ];
  const whole = executed.filter(({ file }) => file !== FAILING)
    .map(({ file, notebook }) => ({ file, text: formatNotebook(notebook) }));
  if (troubles.length === 0 && !own) {
    for (const { file, text } of whole) {
      const upToDate = text === await Deno.readTextFile(join(CHECKOUT, file));
      if (check && !upToDate) {
        troubles.push(`${file}: Is not up to date: run deno task notebooks and commit it`);
      }
      if (!check && !upToDate) await writeFileWhole(join(CHECKOUT, file), text);
      if (!quiet && (upToDate || !check)) {
        console.log(`${file}: ${upToDate ? "up to date" : "written"}`);
      }
    }
  }
  if (troubles.length > 0) {
    for (const trouble of troubles) console.error(trouble);
    throw new UserError(
      `The notebooks are not in order: ${plural(troubles.length, "trouble")}, listed above`,
    );
  }
  if (html !== undefined) await exportHtml(whole, jupyter, { html, folder, quiet });
  return 0;
}

async function expectPath(path: string): Promise<void> {
  if (!await exists(path)) throw new UserError(`${shownPath(path)}: Does not exist`);
}

async function notebookFiles(): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isFile } of Deno.readDir(join(CHECKOUT, NOTEBOOKS))) {
    if (isFile && name.endsWith(".ipynb")) files.push(`${NOTEBOOKS}/${name}`);
  }
  return files.sort();
}

/** What is wrong with an executed notebook; a path of one's own may show in what is not committed. */
function troublesOf({ file, notebook, failed }: Executed, { own }: { own: boolean }): string[] {
  const shown = outputTroubles(notebook, { file, folders: own ? [] : [resolve(CHECKOUT)] });
  const silent = failed.map(({ cell, error }) =>
    cell === null ? `${file}: ${error}` : `${file}, cell ${cell + 1}: ${error}`
  );
  return [...new Set([...silent, ...shown])];
}

/** The cells of the failing notebook whose error the kernel kept to itself. */
function unnoticed({ file, notebook, failed }: Executed): string[] {
  return notebook.cells.flatMap((cell, i) =>
    cell.cell_type === "code" && !failed.some((one) => one.cell === i)
      ? [
        `${file}, cell ${i + 1}: Must fail and did not: this Deno (${Deno.version.deno}) lets ` +
        "errors in notebooks pass; use 2.9.6 or newer",
      ]
      : []
  );
}

/** Exports executed notebooks with nbconvert: pictures within the file, nothing fetched. */
async function exportHtml(
  notebooks: readonly { readonly file: string; readonly text: string }[],
  jupyter: Jupyter,
  { html, folder, quiet }: { html: string; folder: string; quiet: boolean },
): Promise<void> {
  const sources = notebooks.map(({ file }) => join(folder, basename(file)));
  await Promise.all(notebooks.map(({ text }, i) => writeFileWhole(sources[i]!, text)));
  const progress = new Progress("Exporting HTML", { quiet });
  try {
    const { code, stderr } = await progress.during(runProgram(jupyter.python, [
      ...["-m", "nbconvert", "--to", "html", "--log-level", "ERROR", "--output-dir", html],
      // Served from elsewhere; without formulas and widgets nothing needs them.
      ...["mathjax_url", "require_js_url", "jquery_url"].map((name) => `--HTMLExporter.${name}=`),
      ...sources,
    ], { env: jupyter.env }));
    if (code !== 0) {
      throw new UserError(`${html}: Cannot export HTML: ${stderr.trim().split("\n").at(-1)}`);
    }
    progress.finish(`${notebooks.length} files in ${shownPath(html)}`);
  } finally {
    progress.abandon();
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
