/**
 * What a notebook's cell shows: figures, tables and sentences, each for every kind of front end.
 *
 * @module
 */

import { display, type Jupyter } from "../figure/display.ts";
import type { Figure } from "../figure/figure.ts";
import { isTable, type Table, tableBundle } from "./table.ts";

/** A figure, a table, or text in Markdown. */
export type Shown = Figure | Table | string;

/**
 * Shows things under a notebook's cell, one below the other.
 *
 * A cell should end in this (or in `;`): the value of a cell's last expression reaches the notebook
 * in some runs and not in others.
 *
 * @param items In their order.
 * @throws {Error} Outside of a notebook.
 */
export async function show(...items: readonly Shown[]): Promise<void> {
  for (const item of items) {
    if (typeof item !== "string" && !isTable(item)) {
      await display(item);
      continue;
    }
    const bundle = typeof item === "string"
      ? { "text/markdown": item, "text/plain": plainText(item) }
      : tableBundle(item);
    await notebook().display({ ...bundle }, { raw: true });
  }
}

function notebook(): Jupyter {
  return (Deno as unknown as { jupyter: Jupyter }).jupyter;
}

/** Markdown without its marks for emphasis and code. */
function plainText(markdown: string): string {
  return markdown.replace(/\*\*|`/g, "").replace(/\\([\\`*_<>|])/g, "$1");
}
