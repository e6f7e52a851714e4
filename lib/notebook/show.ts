/**
 * What a notebook's cell shows: figures, tables and sentences, each for every kind of front end.
 *
 * @module
 */

import { display, type Jupyter } from "../figure/display.ts";
import type { Figure } from "../figure/figure.ts";
import { type CaptionedTable, isTable, tableBundle } from "./table.ts";

/** A figure, a table, or text in Markdown. */
export type Shown = Figure | CaptionedTable | string;

/**
 * Shows things under a notebook's cell, one below the other.
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
  // The kernel sends what a cell shows and that the cell is done by two ways: now and then the second
  // comes first, and front ends drop what comes after it.
  await new Promise((resolve) => setTimeout(resolve, HEAD_START));
}

/** Milliseconds. Of 120 cells each, 2 lost their output without it and none with 50. */
const HEAD_START = 50;

function notebook(): Jupyter {
  return (Deno as unknown as { jupyter: Jupyter }).jupyter;
}

/** Markdown without its marks for emphasis and code. */
function plainText(markdown: string): string {
  return markdown.replace(/\*\*|`/g, "").replace(/\\([\\`*_<>|])/g, "$1");
}
