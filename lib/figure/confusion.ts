/**
 * Confusion matrices and other tables of classes as heat maps.
 *
 * Cells are shapes with text on them, not a heat-map trace, which Plotly draws as a bitmap: so they
 * are as sharp and as small in a static SVG as in the browser.
 *
 * @module
 */

import {
  type Annotation,
  AXIS,
  axisTitle,
  baseLayout,
  blend,
  COLOURS,
  escapeText,
  type Figure,
  type FigureOptions,
  grouped,
  INK,
  label,
  MUTED,
  percentage,
  points,
  type Shape,
  TEXT,
  type Trace,
  wordsOf,
} from "./figure.ts";
import { EMOTIONS } from "../emotion.ts";
import { textWidth } from "./_text_size.ts";

/** What stands in a cell that has nothing to say. */
const NOTHING = "–";

/** `confusion[true][predicted]`: how many images. */
export type Confusion = readonly (readonly number[])[];

/** What a confusion matrix may be drawn with. */
export interface ConfusionOptions extends FigureOptions {
  /** The classes' names in the matrix's order; FER2013's seven where left out. */
  readonly classes?: readonly string[];
}

/**
 * A confusion matrix: each cell gives the share of its row (of the images that truly are the class)
 * and the count.
 *
 * @param confusion Counts; summed over seeds where there are several.
 * @param options Data set, title and note; class names.
 * @throws {RangeError} Where the matrix is not square or does not fit the names.
 */
export function confusionMatrix(confusion: Confusion, options: ConfusionOptions): Figure {
  const classes = classNames(confusion, options);
  const sums = confusion.map((row) => row.reduce((a, b) => a + b, 0));
  const images = sums.reduce((a, b) => a + b, 0);
  const words = wordsOf(options);
  const correct = confusion.reduce((sum, row, i) => sum + row[i]!, 0);
  const title = images === 0
    ? "Confusion matrix"
    : `Confusion matrix: ${percentage(correct / images)} of ${
      grouped(images)
    } ${words.samples} right`;
  return heatMap({
    title,
    rows: classes.map((name, i) => `${name} (${grouped(sums[i]!)})`),
    columns: classes,
    rowTitle: `True ${words.class} (${words.samples})`,
    columnTitle: `Predicted ${words.class}`,
    cells: confusionCells(confusion, { classes, samples: words.samples }),
  }, options);
}

/**
 * The cells of a confusion matrix: the share of the row, below it the count.
 *
 * @param options `samples`: what they are called.
 * @throws {RangeError} Where the matrix does not fit the names.
 */
export function confusionCells(
  confusion: Confusion,
  options: { readonly classes: readonly string[]; readonly samples: string },
): Cell[][] {
  const classes = classNames(confusion, options);
  return confusion.map((row, i) => {
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((count, j) => {
      const share = sum > 0 ? count / sum : 0;
      return {
        text: sum > 0 ? percentage(share) : NOTHING,
        detail: grouped(count),
        // A power below one keeps the small shares off the diagonal apart.
        fill: blend("#FFFFFF", "#08458F", share ** 0.7),
        strong: i === j,
        hover: `${classes[i]} predicted as ${classes[j]}: ${grouped(count)} ${options.samples}` +
          (sum > 0 ? `, ${percentage(share)} of ${classes[i]}` : ""),
      };
    });
  });
}

/**
 * How two models' confusion matrices on the same images differ: row shares of `b` minus those of
 * `a`, in percentage points.
 *
 * @param a Counts of the first model, the baseline.
 * @param b Counts of the second.
 * @param options Data set, title and note; class names; `names`: of the two models.
 * @throws {RangeError} Where the matrices do not fit each other or the names.
 */
export function confusionDifference(
  a: Confusion,
  b: Confusion,
  options: ConfusionOptions & { readonly names?: readonly [string, string] },
): Figure {
  const classes = classNames(a, options);
  classNames(b, options);
  const [nameA, nameB] = options.names ?? ["first", "second"];
  const shares = (confusion: Confusion) =>
    confusion.map((row) => {
      const sum = row.reduce((x, y) => x + y, 0);
      return row.map((count) => sum > 0 ? count / sum : null);
    });
  const [sharesA, sharesB] = [shares(a), shares(b)];
  const differences = sharesB.map((row, i) =>
    row.map((share, j) => {
      const before = sharesA[i]![j]!;
      return share === null || before === null ? null : share - before;
    })
  );
  const written = (share: number | null) => share === null ? NOTHING : percentage(share);
  return heatMap({
    title: "Difference of confusion matrices",
    rows: classes,
    columns: classes,
    rowTitle: `True ${wordsOf(options).class}`,
    columnTitle: `Predicted ${wordsOf(options).class}`,
    key: `blue: ${nameB} predicts this more often · orange: less often · diagonal: recall`,
    cells: differenceCells(
      differences,
      (i, j) =>
        `${classes[i]} predicted as ${classes[j]}: ${nameA} ${written(sharesA[i]![j]!)}, ` +
        `${nameB} ${written(sharesB[i]![j]!)}`,
      (i, j) => i === j,
      wordsOf(options).samples,
    ),
  }, {
    ...options,
    note: `${nameB} minus ${nameA}, percentage points of each row` +
      (options.note ? ` · ${options.note}` : ""),
  });
}

/** How a variant's recalls differ from the baseline's. */
export interface RecallChange {
  readonly name: string;
  /** Per class, variant minus baseline, in shares; null for a class without images. */
  readonly differences: readonly (number | null)[];
}

/**
 * Differences of recall from the baseline, variants by classes, in percentage points: whom did a
 * change help?
 *
 * @param changes One row per variant.
 * @param options Data set, title and note; class names; `baseline`: its name.
 * @throws {RangeError} Where a row does not fit the names.
 */
export function recallDifferences(
  changes: readonly RecallChange[],
  options: ConfusionOptions & { readonly baseline?: string },
): Figure {
  const classes = options.classes ?? EMOTIONS;
  for (const { name, differences } of changes) {
    if (differences.length !== classes.length) {
      throw new RangeError(
        `Expected ${classes.length} differences for "${name}", not ${differences.length}`,
      );
    }
  }
  const baseline = options.baseline ?? "the baseline";
  return heatMap({
    title: `Recall by class, minus ${baseline}, in percentage points`,
    rows: changes.map((change) => change.name),
    columns: classes,
    rowTitle: "Variant",
    columnTitle: `True ${wordsOf(options).class}`,
    key: "blue: found more often · orange: less often",
    cells: differenceCells(
      changes.map((change) => change.differences),
      (i, j) => `${changes[i]!.name}, ${classes[j]}`,
      () => false,
      wordsOf(options).samples,
    ),
  }, options);
}

/** Signed cells: blue above zero, vermillion below, strongest at the largest (or 5 points). */
function differenceCells(
  differences: readonly (readonly (number | null)[])[],
  describe: (row: number, column: number) => string,
  strong: (row: number, column: number) => boolean,
  samples: string,
): Cell[][] {
  const known = differences.flat().filter((difference) => difference !== null);
  const largest = Math.max(0.05, ...known.map(Math.abs));
  return differences.map((row, i) =>
    row.map((difference, j): Cell => {
      if (difference === null) {
        const text = `${describe(i, j)}: no ${samples}`;
        return { text: NOTHING, fill: "#FFFFFF", strong: false, hover: text };
      }
      return {
        text: points(difference),
        fill: blend(
          "#FFFFFF",
          difference > 0 ? COLOURS[0] : COLOURS[1],
          Math.abs(difference) / largest * 0.8,
        ),
        strong: strong(i, j),
        hover: `${describe(i, j)}: ${points(difference, 2)} points`,
      };
    })
  );
}

/** A cell of a table of classes. */
export interface Cell {
  readonly text: string;
  /** A smaller second line. */
  readonly detail?: string;
  readonly fill: string;
  readonly strong: boolean;
  readonly hover: string;
}

const CELL = { width: 82, height: 50 };

/** A table of coloured cells, the first row at the top. */
function heatMap(
  table: {
    readonly title: string;
    readonly rows: readonly string[];
    readonly columns: readonly string[];
    readonly rowTitle: string;
    readonly columnTitle: string;
    readonly key?: string;
    readonly cells: readonly (readonly Cell[])[];
  },
  options: FigureOptions,
): Figure {
  const { rows, columns, cells } = table;
  const size = TEXT.small + 1;
  const names = Math.max(...rows.map((name) => textWidth(name, size))) * 1.06;
  const margin = {
    l: Math.ceil(names) + 54,
    r: 24,
    t: 76,
    b: table.key ? 88 : 66,
  };
  const shapes: Partial<Shape>[] = [];
  const annotations: Partial<Annotation>[] = [];
  cells.forEach((row, i) =>
    row.forEach((cell, j) => {
      shapes.push({
        type: "rect",
        x0: j - 0.5,
        x1: j + 0.5,
        y0: i - 0.5,
        y1: i + 0.5,
        fillcolor: cell.fill,
        line: { color: "#FFFFFF", width: 1.5 },
        layer: "below",
      });
    })
  );
  // One trace of text carries the hover texts too; the text's colour follows the cell's.
  const flat = cells.flatMap((row, i) => row.map((cell, j) => ({ cell, i, j })));
  const data: Trace[] = [{
    type: "scatter",
    mode: "text",
    x: flat.map(({ j }) => j),
    y: flat.map(({ i }) => i),
    text: flat.map(({ cell }) => {
      const main = cell.strong ? `<b>${cell.text}</b>` : cell.text;
      return cell.detail === undefined
        ? main
        : `${main}<br><span style="font-size:${TEXT.small - 1}px">${cell.detail}</span>`;
    }),
    textposition: "middle center",
    textfont: {
      size,
      color: flat.map(({ cell }) => isDark(cell.fill) ? "#FFFFFF" : INK) as unknown as string,
    },
    hovertext: flat.map(({ cell }) => escapeText(cell.hover)),
    hoverinfo: "text",
    cliponaxis: false,
  } as Trace];
  if (table.key) {
    annotations.push(label(escapeText(table.key), {
      xref: "paper",
      yref: "paper",
      x: 0.5,
      y: 0,
      xanchor: "center",
      yanchor: "top",
      yshift: -62,
      font: { size: TEXT.small, color: MUTED },
    }));
  }
  const axis = { ...AXIS, showgrid: false, showline: false, ticks: "", fixedrange: true } as const;
  return {
    data,
    layout: {
      ...baseLayout(table.title, options, {
        width: margin.l + margin.r + Math.max(CELL.width * columns.length, 420),
        height: margin.t + margin.b + CELL.height * rows.length,
        margin,
      }),
      shapes,
      annotations,
      xaxis: {
        ...axis,
        range: [-0.5, columns.length - 0.5],
        tickmode: "array",
        tickvals: columns.map((_, j) => j),
        ticktext: columns.map(escapeText),
        title: { ...axisTitle(table.columnTitle), standoff: 10 },
      },
      yaxis: {
        ...axis,
        range: [rows.length - 0.5, -0.5],
        tickmode: "array",
        tickvals: rows.map((_, i) => i),
        ticktext: rows.map(escapeText),
        title: { ...axisTitle(table.rowTitle), standoff: 10 },
      },
    } as Figure["layout"],
  };
}

/** Whether white text reads better on the colour than dark text (WCAG's relative luminance). */
export function isDark(hex: string): boolean {
  const [r, g, b] = [1, 3, 5].map((i) => {
    const channel = parseInt(hex.slice(i, i + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 0.22;
}

function classNames(
  confusion: Confusion,
  options: Pick<ConfusionOptions, "classes">,
): readonly string[] {
  const classes = options.classes ?? EMOTIONS;
  if (
    confusion.length !== classes.length || confusion.some((row) => row.length !== classes.length)
  ) {
    throw new RangeError(`Expected a confusion matrix of ${classes.length} by ${classes.length}`);
  }
  return classes;
}
