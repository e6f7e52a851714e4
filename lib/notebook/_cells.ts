/**
 * Type-checks the cells of notebooks, which Jupyter does not: each notebook becomes a module of its
 * cells in their order.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { writeFileWhole } from "../file.ts";
import { CHECKOUT } from "../paths.ts";
import { type Runner, runProgram } from "../tensorflow/runner.ts";
import { type Notebook, parseNotebook, sourceOf } from "./format.ts";

const CONFIG = join(CHECKOUT, "deno.json");

/** A module made of cells. */
export interface CellModule {
  readonly text: string;
  /** For each line, the first at 0: the cell's number (from 1) and the line in it (from 1). */
  readonly origin: readonly { readonly cell: number; readonly line: number }[];
}

/**
 * The code cells of a notebook as one module.
 *
 * @param notebook What to take them from.
 * @param folder The notebook's; relative imports become absolute ones from there.
 */
export function cellModule({ cells }: Notebook, folder: string): CellModule {
  const base = pathToFileURL(resolve(folder) + "/");
  const lines: string[] = [];
  const origin: { cell: number; line: number }[] = [];
  cells.forEach((cell, i) => {
    if (cell.cell_type !== "code") return;
    sourceOf(cell).split("\n").forEach((line, n) => {
      lines.push(line.replace(
        /((?:\bfrom|\bimport)\s*\(?\s*)(["'])(\.\.?\/[^"']*)\2/g,
        (_, before, quote, path) => `${before}${quote}${new URL(path, base)}${quote}`,
      ));
      origin.push({ cell: i + 1, line: n + 1 });
    });
  });
  // A module even without an import, so that a top-level await is one.
  return { text: [...lines, "export {};"].join("\n") + "\n", origin };
}

/**
 * Type-checks notebooks with `deno check` under the options of deno.json.
 *
 * @param files The notebooks.
 * @param options `run`: how to run deno.
 * @returns A line for each error, with the notebook, the cell and the line in it; empty when all is
 * well.
 */
export async function checkCells(
  files: readonly string[],
  options: { readonly run?: Runner } = {},
): Promise<string[]> {
  // Not in .cache: deno.json excludes it, and deno check passes over excluded files in silence.
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-cells-" });
  try {
    return await checkIn(folder, files, options.run ?? runProgram);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function checkIn(folder: string, files: readonly string[], run: Runner): Promise<string[]> {
  const modules = new Map<string, { file: string; module: CellModule }>();
  for (const file of files) {
    const notebook = parseNotebook(await Deno.readTextFile(file), file);
    const module = cellModule(notebook, dirname(file));
    const path = join(folder, `${basename(file, ".ipynb")}.ts`);
    await writeFileWhole(path, module.text);
    modules.set(pathToFileURL(path).href, { file, module });
  }
  const paths = [...modules.keys()];
  const { code, stderr } = await run(
    Deno.execPath(),
    ["check", "--quiet", "--config", CONFIG, ...paths],
    { env: { NO_COLOR: "1" } },
  );
  if (code === 0) return [];
  const troubles = [...stderr.matchAll(/^(TS\d+) \[ERROR\]: ([^]*?)\n\s+at (\S+?):(\d+):\d+$/gm)]
    .map(([, number, message, url, line]) => {
      const found = modules.get(url!);
      const at = found?.module.origin[Number(line) - 1];
      const where = found && at
        ? `${found.file}, cell ${at.cell}, line ${at.line}`
        : `${url}:${line}`;
      return `${where}: ${message!.split("\n")[0]} (${number})`;
    });
  // Syntax errors and missing modules come in other forms.
  return troubles.length > 0 ? troubles : [stderr.trim()];
}
