/**
 * Tables in a notebook.
 *
 * @module
 */

import { type Table, terminalTable } from "../report/table.ts";

/** A table with what it is about. */
export interface CaptionedTable extends Table {
  readonly caption: string;
}

/** Whether something shown is a table. */
export function isTable(item: unknown): item is CaptionedTable {
  return typeof item === "object" && item !== null && "columns" in item && "rows" in item;
}

/** A table for front ends with HTML and for those without. */
export interface TableBundle {
  readonly "text/html": string;
  readonly "text/plain": string;
}

/**
 * The table as HTML and as text.
 *
 * @param table What to show.
 * @throws {RangeError} Where a row has another number of cells than there are columns.
 */
export function tableBundle({ caption, columns, rows }: CaptionedTable): TableBundle {
  const text = terminalTable(columns, rows);
  // Said twice: GitHub drops styles, JupyterLab's own styles are stronger than `align`.
  const place = (i: number) =>
    columns[i]!.align === "right"
      ? ' align="right" style="text-align: right"'
      : ' align="left" style="text-align: left"';
  const row = (tag: "th" | "td", cells: readonly string[]) =>
    `<tr>${
      cells.map((cell, i) => `<${tag}${place(i)}>${escapeHtml(cell)}</${tag}>`).join("")
    }</tr>`;
  return {
    "text/html": [
      "<table>",
      `<caption style="text-align: left; white-space: nowrap"><b>${
        escapeHtml(caption)
      }</b></caption>`,
      `<thead>${row("th", columns.map(({ title }) => title))}</thead>`,
      "<tbody>",
      ...rows.map((cells) => row("td", cells)),
      "</tbody>",
      "</table>",
    ].join("\n"),
    "text/plain": `${caption}\n\n${text}`.trimEnd(),
  };
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
