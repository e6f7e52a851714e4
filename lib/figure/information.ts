/**
 * Accuracy against the bits that a signal tells of the class.
 *
 * @module
 */

import {
  type Annotation,
  AXIS,
  axisTitle,
  baseLayout,
  colour,
  escapeText,
  type Figure,
  type FigureOptions,
  label,
  MUTED,
  namesAtRight,
  type Shape,
  TEXT,
  textColour,
  type Trace,
  translucent,
} from "./figure.ts";
import { textWidth } from "./_text_size.ts";

/** What one amount of information gives: shares, the interval where there is one. */
export interface BitsPoint {
  readonly bits: number;
  readonly accuracy: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** A line of the figure. */
export interface BitsSeries {
  readonly name: string;
  /** From the fewest bits up, at least two. */
  readonly points: readonly BitsPoint[];
}

const PLOT = { width: 620, height: 360 };
const SIZE = TEXT.small + 1;
const SYMBOLS = ["circle", "diamond", "square", "triangle-up"];

/**
 * Lines of accuracy over bits with their 95 % intervals as bands, the accuracy without the signal as a
 * horizontal line, and a vertical one where the signal starts to matter.
 *
 * @param series At least one.
 * @param options Data set, title and note; `reference`: what is recognised without the signal; `start`: the
 *   bits from which on more is.
 */
export function accuracyByBits(
  series: readonly BitsSeries[],
  options: FigureOptions & {
    readonly reference: { readonly name: string; readonly accuracy: number };
    readonly start?: number | undefined;
  },
): Figure {
  const { reference, start } = options;
  const values = series.flatMap(({ points }) =>
    points.flatMap(({ accuracy, low, high }) => [accuracy, low ?? accuracy, high ?? accuracy])
  ).concat(reference.accuracy).map((share) => 100 * share);
  const [lowest, highest] = [Math.min(...values), Math.max(...values)];
  const pad = Math.max(1, 0.08 * (highest - lowest));
  const range = [Math.max(0, lowest - pad), Math.min(100, highest + pad)] as const;
  const bits = series.flatMap(({ points }) => points.map((point) => point.bits));
  const most = Math.max(...bits);
  const named = [
    ...series.map(({ name, points }, i) => ({
      text: escapeText(name),
      accuracy: points.at(-1)!.accuracy,
      colour: textColour(colour(i)),
    })),
    {
      text: `${escapeText(reference.name)} ${Number((100 * reference.accuracy).toFixed(2))} %`,
      accuracy: reference.accuracy,
      colour: MUTED,
    },
  ];
  const room = Math.ceil(Math.max(...named.map(({ text }) => textWidth(text, SIZE))) * 1.08);
  const margin = { t: 96, b: 66, l: 76, r: room + 30 };
  const line = (at: Partial<Shape>, dash: "dash" | "dot"): Partial<Shape> => ({
    type: "line",
    line: { color: MUTED, width: 1.4, dash },
    layer: "between" as "below",
    ...at,
  });
  const shapes = [
    line({
      ...{ xref: "paper", yref: "y", x0: 0, x1: 1 },
      ...{ y0: 100 * reference.accuracy, y1: 100 * reference.accuracy },
    }, "dash"),
    ...start === undefined
      ? []
      : [line({ xref: "x", yref: "paper", x0: start, x1: start, y0: 0, y1: 1 }, "dot")],
  ];
  return {
    data: series.flatMap((each, i) => [...band(each, i), lineOf(each, i)]),
    layout: {
      ...baseLayout("Accuracy against the bits of the signal", options, {
        width: margin.l + PLOT.width + margin.r,
        height: margin.t + PLOT.height + margin.b,
        margin,
      }),
      shapes,
      annotations: [
        ...names(named, range),
        ...start === undefined ? [] : [
          label(`better from ${start} bit${start === 1 ? "" : "s"} on`, {
            ...{ xref: "x", x: start, xanchor: "left", xshift: 4 },
            ...{ yref: "paper", y: 1, yanchor: "bottom", yshift: 3 },
            font: { size: SIZE, color: MUTED },
          }),
        ],
      ],
      xaxis: {
        ...AXIS,
        range: [-0.02 * most, 1.02 * most],
        title: {
          ...axisTitle("Mutual information of the signal and the emotion (bits)"),
          standoff: 10,
        },
        nticks: 9,
      },
      yaxis: {
        ...AXIS,
        range: [...range],
        nticks: 9,
        title: { ...axisTitle("Accuracy on PrivateTest (%)"), standoff: 8 },
      },
    } as unknown as Figure["layout"],
  };
}

function lineOf({ name, points }: BitsSeries, i: number): Trace {
  return {
    type: "scatter",
    mode: "lines+markers",
    name,
    x: points.map(({ bits }) => bits),
    y: points.map(({ accuracy }) => number(100 * accuracy)),
    line: { color: colour(i), width: 2.4 },
    marker: { color: colour(i), size: 9, symbol: SYMBOLS[i % SYMBOLS.length] },
    hovertemplate: `${escapeText(name)}<br>%{x} bits: %{y:.2f} %<extra></extra>`,
  } as unknown as Trace;
}

/** The intervals as a band; nothing where a point has none. */
function band({ name, points }: BitsSeries, i: number): Trace[] {
  const limits = points.flatMap(({ bits, low, high }) =>
    low === null || high === null ? [] : [{ bits, low, high }]
  );
  if (limits.length < points.length) return [];
  const back = limits.toReversed();
  return [{
    type: "scatter",
    mode: "lines",
    name: `${name}, 95 % interval`,
    x: [...limits, ...back].map(({ bits }) => bits),
    y: [...limits.map(({ high }) => high), ...back.map(({ low }) => low)]
      .map((share) => number(100 * share)),
    fill: "toself",
    fillcolor: translucent(colour(i), 0.16),
    line: { width: 0, color: colour(i) },
    hoverinfo: "skip",
  } as unknown as Trace];
}

/** Names at the right, each as near as there is room to the height of its line's end. */
function names(
  named: readonly { readonly text: string; readonly accuracy: number; readonly colour: string }[],
  [low, high]: readonly [number, number],
): Partial<Annotation>[] {
  const placed = named.map(({ text, accuracy, colour }) => ({
    ...{ text, colour },
    at: PLOT.height * (100 * accuracy - low) / (high - low),
  }));
  return namesAtRight(placed, { height: PLOT.height, gap: 18 });
}

function number(value: number): number {
  return Number(value.toPrecision(6));
}
