/**
 * Tables as text, for Markdown and for the terminal.
 *
 * @module
 */

import { wrap } from "../text.ts";

/** One column. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right (the default is left). */
  readonly align?: "left" | "right";
}

/** Columns of numbers, by their titles: these stand to the right. */
export function right(...titles: readonly string[]): Column[] {
  return titles.map((title) => ({ title, align: "right" }));
}

/** Columns with one text each in every row. */
export interface Table {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

/**
 * A table in GitHub-flavoured Markdown, padded so that its source reads well too.
 *
 * @param columns What stands on top.
 * @param rows One text per column; a pipe in it is escaped, a line break becomes a space.
 * @throws {RangeError} Where a row has another number of cells: GitHub would drop or invent some.
 */
export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  checkCells(columns, rows);
  const cells = [columns.map((c) => c.title), ...rows].map((row) =>
    row.map((cell) => cell.replaceAll("\n", " ").replace(/(?<!\\)\|/g, "\\|"))
  );
  const widths = columnWidths(cells, 3);
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, i) => pad(cell, widths[i]!, columns[i]!.align)).join(" | ")} |`;
  const rule = columns.map((column, i) =>
    column.align === "right" ? "-".repeat(widths[i]! - 1) + ":" : "-".repeat(widths[i]!)
  );
  const [head, ...body] = cells;
  return [line(head!), `| ${rule.join(" | ")} |`, ...body.map(line)].join("\n") + "\n";
}

/**
 * A table for the terminal: columns two spaces apart, a rule under the titles. Where it would be
 * wider than asked for, the cells of the widest left-aligned column are broken at spaces.
 *
 * @param columns What stands on top.
 * @param rows One text per column.
 * @param options `width`: the most columns of the terminal to use (default 100).
 * @throws {RangeError} Where a row has another number of cells.
 */
export function terminalTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  options: { readonly width?: number } = {},
): string {
  checkCells(columns, rows);
  const titles = columns.map((c) => c.title);
  const widths = columnWidths([titles, ...rows], 1);
  const total = () => widths.reduce((a, b) => a + b, 0) + 2 * (columns.length - 1);
  const width = options.width ?? 100;
  while (total() > width) {
    const widest = widths.reduce(
      (best, w, i) => columns[i]!.align !== "right" && w > (widths[best] ?? 0) ? i : best,
      -1,
    );
    const narrowed = widest < 0 ? 0 : widths[widest]! - 1;
    if (narrowed < 12) break;
    widths[widest] = narrowed;
  }
  const line = (row: readonly string[]): string[] => {
    const wrapped = row.map((cell, i) => wrap(cell, widths[i]!));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from(
      { length: height },
      (_, n) =>
        wrapped.map((lines, i) => pad(lines[n] ?? "", widths[i]!, columns[i]!.align))
          .join("  ").trimEnd(),
    );
  };
  const rule = widths.map((w) => "-".repeat(w)).join("  ");
  return [...line(titles), rule, ...rows.flatMap(line)].join("\n") + "\n";
}

function checkCells(columns: readonly Column[], rows: readonly (readonly string[])[]): void {
  const wrong = rows.find((row) => row.length !== columns.length);
  if (wrong) throw new RangeError(`${wrong.length} cells for ${columns.length} columns`);
}

function columnWidths(rows: readonly (readonly string[])[], least: number): number[] {
  return rows[0]!.map((_, i) => Math.max(least, ...rows.map((row) => row[i]!.length)));
}

function pad(text: string, width: number, align: Column["align"] = "left"): string {
  return align === "right" ? text.padStart(width) : text.padEnd(width);
}
