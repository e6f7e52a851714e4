/**
 * Tables as text, for Markdown and for the terminal.
 *
 * @module
 */

import { splitWord, splitWords, wrap } from "../text.ts";

/** One column. */
export interface Column {
  readonly title: string;
  /** Numbers stand to the right (the default is left). */
  readonly align?: "left" | "right";
  /** Left out at a terminal that is too narrow for all columns. */
  readonly dispensable?: boolean;
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
 * wider than asked for, the cells of the widest left-aligned columns are broken at spaces; where that is
 * not enough, names at their hyphens too, and the titles of numbers; then dispensable columns are left
 * out, and only then words are broken.
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
  const width = options.width ?? 100;
  const { widths, whole } = terminalWidths(columns, rows, width);
  if (!whole && columns.some(({ dispensable }) => dispensable)) {
    const kept = columns.flatMap(({ dispensable }, i) => dispensable ? [] : [i]);
    const pick = <T>(values: readonly T[]) => kept.map((i) => values[i]!);
    return terminalTable(pick(columns), rows.map(pick), options);
  }
  const titles = columns.map((c) => c.title);
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

/** A column is made no narrower than this. */
const LEAST = 12;

/** How wide each column is at a terminal, and whether that is without breaking a word inside. */
function terminalWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): { readonly widths: readonly number[]; readonly whole: boolean } {
  const all = columnWidths([columns.map(({ title }) => title), ...rows], 1);
  /** The least widths; numbers are never broken, and their titles where `titles` says so. */
  const least = (titles: boolean, ofText: (cells: readonly string[]) => number) =>
    columns.map(({ title, align }, i) => {
      const cells = rows.map((row) => row[i]!);
      if (align !== "right") return Math.max(LEAST, ofText([title, ...cells]));
      return titles ? longest([...splitWords(title), ...cells]) : all[i]!;
    });
  const leasts = [
    least(false, (cells) => longest(cells.flatMap(splitWords))),
    // As wrap() breaks what is too long: variants' names and paths.
    least(true, (cells) => longest(cells.flatMap(splitWords).flatMap(splitWord))),
  ];
  for (const each of leasts) {
    const widths = narrowed(all, each, width);
    if (totalOf(widths) <= width) return { widths, whole: true };
  }
  return { widths: narrowed(all, least(true, () => LEAST), width), whole: false };
}

function longest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map(({ length }) => length));
}

/** Takes a character after the other off the widest column that is wider than its least. */
function narrowed(widths: readonly number[], least: readonly number[], width: number): number[] {
  const result = [...widths];
  while (totalOf(result) > width) {
    const widest = result.reduce(
      (best, each, i) => each > least[i]! && each > (result[best] ?? 0) ? i : best,
      -1,
    );
    if (widest < 0) break;
    result[widest]!--;
  }
  return result;
}

function totalOf(widths: readonly number[]): number {
  return widths.reduce((a, b) => a + b, 0) + 2 * (widths.length - 1);
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
