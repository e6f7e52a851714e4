/**
 * Executes notebooks without a front end.
 *
 * @module
 */

import { basename, dirname, join, resolve } from "node:path";
import { UserError } from "../error.ts";
import { Progress } from "../progress.ts";
import { type Runner, runProgram } from "../tensorflow/runner.ts";
import { type Notebook, parseNotebook } from "./format.ts";
import { type Jupyter, KERNEL } from "./jupyter.ts";

/** Seconds that a cell may take. */
const CELL_SECONDS = 180;

/** A notebook as it was executed. */
export interface Executed {
  /** As it was asked for. */
  readonly file: string;
  readonly notebook: Notebook;
  /** The places (from 0) of the cells that failed; null for a kernel that ended or hung. */
  readonly failed: readonly { readonly cell: number | null; readonly error: string }[];
}

/** What {@linkcode executeNotebooks} can be told. */
export interface ExecuteOptions {
  /** Where executed notebooks are written. */
  readonly folder: string;
  /** On top of the environment: `FER_LAB_REPORTS` and `FER_LAB_DATA`. */
  readonly env?: Readonly<Record<string, string>>;
  readonly quiet?: boolean;
  readonly run?: Runner;
}

/** A line that execute.py prints. */
interface CellLine {
  readonly source: string;
  readonly cell: number | null;
  readonly status: "ok" | "error";
  readonly error: string;
}

/**
 * Executes notebooks, each in its own folder and kernel, two at a time. A cell that fails does not
 * stop the ones after it.
 *
 * @param files The notebooks; they are not changed.
 * @param jupyter What executes them.
 * @param options Where to, and with what.
 * @throws {UserError} Where Jupyter itself fails.
 */
export async function executeNotebooks(
  files: readonly string[],
  jupyter: Jupyter,
  options: ExecuteOptions,
): Promise<Executed[]> {
  const { folder, env = {}, quiet = false, run = runProgram } = options;
  await Deno.mkdir(folder, { recursive: true });
  const jobs = files.map((file) => ({
    source: resolve(file),
    folder: resolve(dirname(file)),
    target: join(folder, basename(file)),
  }));
  const sources = await Promise.all(
    files.map(async (file) => parseNotebook(await Deno.readTextFile(file), file)),
  );
  const total = sources.flatMap(({ cells }) => cells)
    .filter((cell) => cell.cell_type === "code").length;
  const progress = new Progress("Executing notebooks", { total, unit: "cells", quiet });
  const lines: CellLine[] = [];
  const request = { kernel: KERNEL, timeout: CELL_SECONDS, jobs: 2, notebooks: jobs };
  try {
    const { code, stderr } = await progress.during(
      run(jupyter.python, [join(import.meta.dirname!, "execute.py"), JSON.stringify(request)], {
        env: { ...jupyter.env, ...env },
        onLine: (text) => {
          const line: CellLine = JSON.parse(text);
          lines.push(line);
          progress.update(lines.length, basename(line.source));
        },
      }),
    );
    if (code !== 0) throw new UserError(`Jupyter failed: ${stderr.trim().split("\n").at(-1)}`);
    progress.finish("");
  } finally {
    progress.abandon();
  }
  return await Promise.all(jobs.map(async ({ source, target }, i) => ({
    file: files[i]!,
    notebook: parseNotebook(await Deno.readTextFile(target), target),
    failed: lines.filter((line) => line.source === source && line.status === "error"),
  })));
}
