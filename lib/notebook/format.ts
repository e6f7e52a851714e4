/**
 * Notebook files: read, made the same to the byte for the same outputs, written.
 *
 * @module
 */

import { UserError } from "../error.ts";

/** A notebook as nbformat 4.5 has it; only what is used here. */
export interface Notebook {
  readonly cells: readonly Cell[];
}

/** A cell; its number for people is its place, from 1. */
export interface Cell {
  readonly cell_type: "code" | "markdown" | "raw";
  readonly id: string;
  readonly source: string | readonly string[];
  readonly outputs?: readonly Output[];
}

/** What a cell shows. */
export interface Output {
  readonly output_type: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly name?: string;
  readonly ename?: string;
  readonly evalue?: string;
}

/**
 * Reads a notebook.
 *
 * @param text The file.
 * @param file Its name, for messages.
 * @throws {UserError} Where it is no notebook of format 4 with ids.
 */
export function parseNotebook(text: string, file: string): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UserError(`${file}: Not JSON: ${(error as Error).message}`);
  }
  const { nbformat, cells } = (json ?? {}) as Record<string, unknown>;
  if (nbformat !== 4 || !Array.isArray(cells) || !cells.every(isCell)) {
    throw new UserError(`${file}: Not a notebook of format 4.5: open it in JupyterLab and save it`);
  }
  return { cells };
}

function isCell(json: unknown): json is Cell {
  const { cell_type, id, source, outputs } = (json ?? {}) as Record<string, unknown>;
  return ["code", "markdown", "raw"].some((type) => type === cell_type) &&
    typeof id === "string" && (typeof source === "string" || isTexts(source)) &&
    (outputs === undefined || (Array.isArray(outputs) && outputs.every(isOutput)));
}

function isTexts(json: unknown): boolean {
  return Array.isArray(json) && json.every((each) => typeof each === "string");
}

function isOutput(json: unknown): json is Output {
  const { output_type, data } = (json ?? {}) as Record<string, unknown>;
  const shows = typeof data === "object" && data !== null;
  return typeof output_type === "string" && (shows || output_type !== "display_data");
}

/** A cell's text. */
export function sourceOf({ source }: Cell): string {
  return typeof source === "string" ? source : source.join("");
}

/**
 * The file of an executed notebook: a function of its cells and of what they show. Times, versions
 * and counters of the run are left out.
 *
 * @param notebook As executed.
 */
export function formatNotebook({ cells }: Notebook): string {
  let executed = 0;
  const kept = cells.map((cell) => {
    const { cell_type, id, outputs } = cell;
    const source = linesOf(sourceOf(cell));
    if (cell_type !== "code") return { cell_type, id, metadata: {}, source };
    return {
      cell_type,
      execution_count: ++executed,
      id,
      metadata: {},
      outputs: (outputs ?? []).map(({ output_type, data }) => ({
        data: Object.fromEntries(Object.entries(data ?? {}).sort(([a], [b]) => a < b ? -1 : 1)),
        metadata: {},
        output_type,
      })),
      source,
    };
  });
  return JSON.stringify(
    { cells: kept, metadata: METADATA, nbformat: 4, nbformat_minor: 5 },
    null,
    1,
  ) +
    "\n";
}

const METADATA = {
  kernelspec: { display_name: "Deno", language: "typescript", name: "deno" },
  language_info: { file_extension: ".ts", mimetype: "text/x.typescript", name: "typescript" },
};

/**
 * What keeps a notebook's outputs from being committed, a line each.
 *
 * @param notebook As executed.
 * @param options `file`: its name; `folders`: of this machine, which no output may name.
 */
export function outputTroubles(
  notebook: Notebook,
  options: { readonly file: string; readonly folders: readonly string[] },
): string[] {
  return notebook.cells.flatMap((cell, i) => {
    const where = `${options.file}, cell ${i + 1}`;
    return (cell.outputs ?? []).flatMap((output) => {
      switch (output.output_type) {
        case "display_data": {
          const text = JSON.stringify(output.data);
          return options.folders.filter((folder) => text.includes(folder))
            .map((folder) => `${where}: Shows a path of this machine (${folder})`);
        }
        case "error":
          return [`${where}: ${output.ename}: ${output.evalue}`];
        default:
          return [
            `${where}: ${
              output.output_type === "stream" ? `Prints to ${output.name}` : "Ends in a value"
            }: show it with show(), whose order and content are the same in every run`,
          ];
      }
    });
  });
}

/** Lines with their line breaks, as notebooks hold them. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}
