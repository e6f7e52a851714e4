/**
 * Effects with their intervals: forest plots and accuracies beside reference lines.
 *
 * @module
 */

import {
  type Annotation,
  AXIS,
  axisTitle,
  baseLayout,
  COLOURS,
  escapeText,
  type Figure,
  type FigureOptions,
  label,
  MUTED,
  percentage,
  points,
  type Shape,
  TEXT,
  textColour,
  type Trace,
} from "./figure.ts";
import { textWidth } from "./_text_size.ts";

/** A variant's difference from the baseline, in shares (0.018 is 1.8 percentage points). */
export interface ForestEffect {
  readonly name: string;
  readonly difference: number;
  /** The 95 % interval; null where there is none. */
  readonly low: number | null;
  readonly high: number | null;
  readonly verdict: "better" | "worse" | "not distinguishable";
}

/** A measured accuracy (or another share) with its interval. */
export interface MeasuredAccuracy {
  readonly name: string;
  readonly accuracy: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** Something to compare with, drawn as a line through the figure. */
export interface ReferenceLine {
  /** Such as `the original report`. */
  readonly name: string;
  readonly accuracy: number;
}

const ROW = 36;
const PLOT_WIDTH = 470;
const SIZE = TEXT.small + 1;

/** Verdicts differ in colour and in the mark's form. */
const VERDICTS = {
  better: { colour: COLOURS[0], symbol: "triangle-right" },
  worse: { colour: COLOURS[1], symbol: "triangle-left" },
  "not distinguishable": { colour: "#767676", symbol: "circle-open" },
} as const;

/**
 * A forest plot: each variant's difference of accuracy from the baseline with its 95 % interval, in
 * percentage points, and the verdict in words.
 *
 * @param effects From the top down, at least one.
 * @param options Data set, title and note; `baseline`: its name.
 */
export function forestPlot(
  effects: readonly ForestEffect[],
  options: FigureOptions & { readonly baseline?: string },
): Figure {
  const baseline = options.baseline ?? "the baseline";
  const values = effects.flatMap((e) => [e.difference, e.low ?? 0, e.high ?? 0]);
  const reach = 1.1 * 100 * Math.max(0.01, ...values.map(Math.abs));
  const rows = effects.map((effect) => {
    const { colour, symbol } = VERDICTS[effect.verdict];
    const interval = effect.low === null || effect.high === null
      ? ""
      : ` [${points(effect.low)}, ${points(effect.high)}]`;
    return {
      name: effect.name,
      value: effect.difference,
      low: effect.low,
      high: effect.high,
      colour,
      symbol,
      text: `${points(effect.difference)}${interval} ${effect.verdict}`,
    };
  });
  return dotRows({
    title: `Accuracy, difference from ${baseline}`,
    axis: "Difference of accuracy (percentage points), 95 % interval",
    range: [-reach, reach],
    rows,
    lines: [{ at: 0, dash: "solid", text: `worse ← ${baseline} → better` }],
    signed: true,
  }, options);
}

/**
 * Accuracies with their 95 % intervals beside lines of reference, in percent.
 *
 * @param accuracies From the top down, at least one.
 * @param references Drawn as dashed lines with their names; none where left empty.
 * @param options Data set, title and note; `measure`: the axis' name instead of "Accuracy".
 */
export function accuracyComparison(
  accuracies: readonly MeasuredAccuracy[],
  references: readonly ReferenceLine[],
  options: FigureOptions & { readonly measure?: string },
): Figure {
  const measure = options.measure ?? "Accuracy";
  const all = [
    ...accuracies.flatMap((a) => [a.accuracy, a.low ?? a.accuracy, a.high ?? a.accuracy]),
    ...references.map((r) => r.accuracy),
  ].map((share) => 100 * share);
  const pad = Math.max(0.5, (Math.max(...all) - Math.min(...all)) * 0.08);
  return dotRows({
    title: measure,
    axis: `${measure} (%), 95 % interval`,
    range: [Math.max(0, Math.min(...all) - pad), Math.min(100, Math.max(...all) + pad)],
    rows: accuracies.map((a) => ({
      name: a.name,
      value: a.accuracy,
      low: a.low,
      high: a.high,
      colour: COLOURS[0],
      symbol: "circle",
      text: percentage(a.accuracy) +
        (a.low === null || a.high === null
          ? ""
          : ` [${percentage(a.low).replace(" %", "")}, ${percentage(a.high).replace(" %", "")}]`),
    })),
    lines: references.map((r) => ({
      at: 100 * r.accuracy,
      dash: "dash",
      text: `${escapeText(r.name)} ${Number((100 * r.accuracy).toFixed(2))} %`,
    })),
    signed: false,
  }, options);
}

interface DotRow {
  readonly name: string;
  /** Shares. */
  readonly value: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly colour: string;
  readonly symbol: string;
  /** Shown at the right. */
  readonly text: string;
}

/** One row per value: its name at the left, mark and interval, its numbers at the right. */
function dotRows(
  plot: {
    readonly title: string;
    readonly axis: string;
    readonly range: readonly [number, number];
    readonly rows: readonly DotRow[];
    readonly lines: readonly { at: number; dash: "solid" | "dash"; text: string }[];
    readonly signed: boolean;
  },
  options: FigureOptions,
): Figure {
  const widest = (texts: string[]) =>
    Math.ceil(Math.max(...texts.map((text) => textWidth(text, SIZE))) * 1.08);
  const margin = {
    l: widest(plot.rows.map((row) => row.name)) + 34,
    r: widest(plot.rows.map((row) => row.text)) + 34,
    // A line of its own for the name of each line of reference.
    t: 78 + 18 * Math.max(1, plot.lines.length),
    b: 62,
  };
  const [low, high] = plot.range;
  const y = (i: number) => plot.rows.length - 1 - i;
  const data: Trace[] = plot.rows.map((row, i) => ({
    type: "scatter",
    mode: "markers",
    name: row.name,
    x: [number(100 * row.value)],
    y: [y(i)],
    error_x: row.low === null || row.high === null ? { visible: false } : {
      type: "data",
      symmetric: false,
      array: [number(100 * (row.high - row.value))],
      arrayminus: [number(100 * (row.value - row.low))],
      color: row.colour,
      thickness: 2,
      width: 5,
    },
    marker: {
      color: row.colour,
      size: 11,
      symbol: row.symbol,
      line: { width: 2, color: row.colour },
    },
    hovertemplate: `${escapeText(row.name)}: ${escapeText(row.text)}<extra></extra>`,
  } as unknown as Trace));
  const annotations: Partial<Annotation>[] = plot.rows.map((row, i) =>
    label(escapeText(row.text), {
      xref: "paper",
      x: 1,
      xanchor: "left",
      xshift: 14,
      yref: "y",
      y: y(i),
      yanchor: "middle",
      font: { size: SIZE, color: textColour(row.colour) },
    })
  );
  const shapes: Partial<Shape>[] = plot.lines.map((line) => ({
    type: "line",
    xref: "x",
    yref: "paper",
    x0: line.at,
    x1: line.at,
    y0: 0,
    y1: 1,
    line: { color: MUTED, width: 1.4, dash: line.dash },
    // Between the grid and the marks; the types are older than the word.
    layer: "between" as "below",
  }));
  plot.lines.forEach((line, i) => {
    // A name stands on the side of its line where there is more room.
    const share = (line.at - low) / (high - low);
    annotations.push(label(line.text, {
      xref: "x",
      x: line.at,
      xanchor: line.dash === "solid" ? "center" : share > 0.5 ? "right" : "left",
      yref: "paper",
      y: 1,
      yanchor: "bottom",
      yshift: 3 + 18 * i,
      font: { size: TEXT.small, color: MUTED },
    }));
  });
  return {
    data,
    layout: {
      ...baseLayout(plot.title, options, {
        width: margin.l + PLOT_WIDTH + margin.r,
        height: margin.t + margin.b + ROW * plot.rows.length,
        margin,
      }),
      shapes,
      annotations,
      xaxis: {
        ...AXIS,
        range: [low, high],
        title: { ...axisTitle(plot.axis), standoff: 10 },
        ...(plot.signed ? signedTicks(high) : { nticks: 9 }),
      },
      yaxis: {
        ...AXIS,
        range: [-0.6, plot.rows.length - 0.4],
        showline: false,
        ticks: "",
        tickmode: "array",
        tickvals: plot.rows.map((_, i) => y(i)),
        ticktext: plot.rows.map((row) => escapeText(row.name)),
        ticklabelstandoff: 6,
      },
    } as unknown as Figure["layout"],
  };
}

/** Round steps to both sides of zero, with signs. */
function signedTicks(reach: number) {
  const magnitude = 10 ** Math.floor(Math.log10(reach / 4));
  const step = magnitude * [1, 2, 5, 10].find((factor) => reach / (magnitude * factor) <= 4.5)!;
  const steps = Math.floor(reach / step);
  const tickvals = Array.from({ length: 2 * steps + 1 }, (_, i) => number((i - steps) * step));
  const digits = step < 1 ? 1 : 0;
  return {
    tickmode: "array",
    tickvals,
    ticktext: tickvals.map((value) => value === 0 ? "0" : points(value / 100, digits)),
  };
}

function number(value: number): number {
  return Number(value.toPrecision(6));
}
