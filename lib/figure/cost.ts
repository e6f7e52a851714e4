/**
 * Accuracy against what it costs: multiply-adds and minutes side by side.
 *
 * @module
 */

import {
  type Annotation,
  AXIS,
  axisTitle,
  baseLayout,
  colour,
  COLOURS,
  escapeText,
  type Figure,
  type FigureOptions,
  MUTED,
  namesAtRight,
  percentage,
  type Shape,
  TEXT,
  textColour,
  type Trace,
} from "./figure.ts";
import { textWidth } from "./_text_size.ts";

/** What one network, or several together, recognise and cost. */
export interface CostPoint {
  readonly name: string;
  /** A share from 0 to 1, with its interval where there is one. */
  readonly accuracy: number;
  readonly low: number | null;
  readonly high: number | null;
  /** For each of the panels, in its unit; null where it is not known. */
  readonly costs: readonly (number | null)[];
}

/** A text at the right, at the height of an accuracy. */
interface Named {
  readonly name: string;
  readonly accuracy: number;
  readonly colour: string;
}

const SIZE = TEXT.small + 1;
const PANEL = { width: 330, height: 330, gap: 26 };
/** Plotly's marks, each with the character that looks like it. */
const SYMBOLS = [
  ["circle", "●"],
  ["diamond", "◆"],
  ["square", "■"],
  ["triangle-up", "▲"],
  ["cross", "✚"],
  ["star", "★"],
] as const;
const symbolOf = (p: number) => SYMBOLS[p % SYMBOLS.length]!;

/**
 * Accuracies with their 95 % intervals above what they cost, a panel for each kind of cost, from 0 up.
 *
 * @param points At least one; names stand at the right.
 * @param panels The kinds of cost, such as `Minutes a run`, in the order of `costs`; a panel without a
 * single known cost is left out.
 * @param options Data set, title and note; `reference`: an accuracy drawn as a dashed line.
 */
export function accuracyByCost(
  points: readonly CostPoint[],
  panels: readonly string[],
  options: FigureOptions & {
    readonly reference?: { readonly name: string; readonly accuracy: number };
  },
): Figure {
  const { reference } = options;
  const kinds = panels.map((title, kind) => ({ title, kind }))
    .filter(({ kind }) => points.some(({ costs }) => typeof costs[kind] === "number"));
  const named: Named[] = points.map(({ name, accuracy }, p) => ({
    // Where colours come again, the mark tells apart.
    name: points.length > COLOURS.length ? `${symbolOf(p)[1]} ${name}` : name,
    accuracy,
    colour: textColour(colour(p)),
  }));
  if (reference) {
    const percent = Number((100 * reference.accuracy).toFixed(2));
    named.push({ ...reference, name: `${reference.name} ${percent} %`, colour: MUTED });
  }
  const room = Math.ceil(Math.max(...named.map(({ name }) => textWidth(name, SIZE))) * 1.08);
  const margin = { t: 84, b: 62, l: 76, r: room + 30 };
  const plotWidth = kinds.length * PANEL.width + (kinds.length - 1) * PANEL.gap;
  const [low, high] = accuracyRange(points, reference?.accuracy);
  const domains = kinds.map((_, i) => {
    const left = i * (PANEL.width + PANEL.gap);
    return [left / plotWidth, (left + PANEL.width) / plotWidth] as const;
  });
  return {
    data: kinds.flatMap(({ kind }, i) => points.flatMap((point, p) => mark(point, { kind, i, p }))),
    layout: {
      ...baseLayout("Accuracy against its cost", options, {
        width: margin.l + plotWidth + margin.r,
        height: margin.t + PANEL.height + margin.b,
        margin,
      }),
      shapes: reference ? [referenceLine(100 * reference.accuracy)] : [],
      annotations: names(named, [low, high]),
      ...Object.fromEntries(kinds.map(({ title, kind }, i) => {
        const most = Math.max(...points.map(({ costs }) => costs[kind] ?? 0));
        return [axisName("xaxis", i), {
          ...AXIS,
          domain: domains[i],
          anchor: "y",
          range: [0, most > 0 ? 1.12 * most : 1],
          nticks: 6,
          title: { ...axisTitle(title), standoff: 10 },
        }];
      })),
      yaxis: {
        ...AXIS,
        anchor: "x",
        range: [low, high],
        nticks: 8,
        title: { ...axisTitle("Accuracy on PrivateTest (%)"), standoff: 8 },
      },
    } as unknown as Figure["layout"],
  };
}

/** In percent, with room for intervals and for what is compared with. */
function accuracyRange(
  points: readonly CostPoint[],
  reference: number | undefined,
): [number, number] {
  const all = points.flatMap((p) => [p.accuracy, p.low ?? p.accuracy, p.high ?? p.accuracy])
    .concat(reference ?? []).map((share) => 100 * share);
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const pad = Math.max(0.5, 0.08 * (most - least));
  return [Math.max(0, least - pad), Math.min(100, most + pad)];
}

/** A network's mark in one panel; none where its cost is not known. */
function mark(
  { name, accuracy, low, high, costs }: CostPoint,
  { kind, i, p }: { readonly kind: number; readonly i: number; readonly p: number },
): Trace[] {
  const cost = costs[kind];
  if (typeof cost !== "number") return [];
  return [{
    type: "scatter",
    mode: "markers",
    name,
    x: [number(cost)],
    y: [number(100 * accuracy)],
    xaxis: axisName("x", i),
    yaxis: "y",
    error_y: low === null || high === null ? { visible: false } : {
      type: "data",
      symmetric: false,
      array: [number(100 * (high - accuracy))],
      arrayminus: [number(100 * (accuracy - low))],
      color: colour(p),
      thickness: 2,
      width: 5,
    },
    marker: { color: colour(p), size: 11, symbol: symbolOf(p)[0] },
    hovertemplate: `${escapeText(name)}: ${percentage(accuracy)} at ${number(cost)}<extra></extra>`,
  } as unknown as Trace];
}

/** Names right of the last panel, each as near as there is room to its accuracy's height. */
function names(
  named: readonly Named[],
  [low, high]: readonly [number, number],
): Partial<Annotation>[] {
  const placed = named.map(({ name, accuracy, colour }) => ({
    text: escapeText(name),
    at: PANEL.height * (100 * accuracy - low) / (high - low),
    colour,
  }));
  return namesAtRight(placed, { height: PANEL.height, gap: 18 });
}

function referenceLine(at: number): Partial<Shape> {
  return {
    type: "line",
    xref: "paper",
    yref: "y",
    x0: 0,
    x1: 1,
    y0: at,
    y1: at,
    line: { color: MUTED, width: 1.4, dash: "dash" },
    // Between the grid and the marks; the types are older than the word.
    layer: "between" as "below",
  };
}

/** Plotly's name of an axis: `xaxis`, `xaxis2`. */
function axisName(letter: string, i: number): string {
  return i === 0 ? letter : `${letter}${i + 1}`;
}

function number(value: number): number {
  return Number(value.toPrecision(6));
}
