/**
 * What a figure is, and the one style that all figures share.
 *
 * A figure is a plain Plotly value, the type nodeplotlib takes. The same value opens in the browser
 * (`show.ts`), displays in a notebook (`display.ts`) and becomes a static picture (`svg.ts`).
 *
 * @module
 */

import type { Layout, Plot } from "nodeplotlib";
import { type DataWords, FACE_WORDS, isFaces } from "../dataset/words.ts";
import { textWidth } from "./_text_size.ts";

/** A Plotly figure: traces and layout, `width` and `height` in pixels always set. */
export interface Figure {
  readonly data: Trace[];
  readonly layout: FigureLayout;
}

/** A trace as Plotly and nodeplotlib take it. */
export type Trace = Plot;

/** A layout with its size. */
export type FigureLayout = Layout & { readonly width: number; readonly height: number };

/** A note or label in a figure. */
export type Annotation = NonNullable<Layout["annotations"]>[number];

/** A line, rectangle or path in a figure. */
export type Shape = NonNullable<Layout["shapes"]>[number];

/** Which data a figure is about: every figure says so below its title. */
export interface FigureData {
  /** The data set's name as in its record, such as `fer2013`. */
  readonly dataset: string;
  /** True for generated data; the figure then says "synthetic faces", or "data" where they are none. */
  readonly synthetic: boolean;
  /** What its samples and classes are called; faces and emotions where left out. */
  readonly words?: DataWords;
}

/** What every figure is made with. */
export interface FigureOptions extends FigureData {
  /** Instead of the figure's own title. */
  readonly title?: string;
  /** Said after the data set, below the title: "3 seeds", "clean PrivateTest". */
  readonly note?: string;
}

/**
 * The colours of series, in order: Okabe and Ito's palette ("Color Universal Design", 2008), which
 * people with any common colour blindness tell apart, without its yellow, which fades on white.
 */
export const COLOURS = [
  "#0072B2", // blue
  "#D55E00", // vermillion
  "#009E73", // bluish green
  "#CC79A7", // reddish purple
  "#E69F00", // orange
  "#56B4E9", // sky blue
  "#000000", // black
] as const;

/** The colour of series `i`; the palette starts again after its last. */
export function colour(i: number): string {
  return COLOURS[i % COLOURS.length]!;
}

/** Text, axes and reference lines. */
export const INK = "#222222";
/** What stands back: notes, intervals of no difference. */
export const MUTED = "#5A5A5A";
/** Grid lines. */
export const GRID = "#E3E3E3";
/** Sizes of text in pixels. */
export const TEXT = { title: 18, body: 14, small: 12 } as const;
/** Metric-compatible fonts first, so that text is as wide as it was measured. */
export const FONT = "Helvetica, Arial, Liberation Sans, sans-serif";

/**
 * A colour dark enough to be read as text on white (contrast of 4.5 or more for the whole palette).
 *
 * @param hex A colour as `#RRGGBB`.
 */
export function textColour(hex: string): string {
  return blend(hex, "#000000", 0.32);
}

/**
 * A colour between two.
 *
 * @param from `#RRGGBB` at share 0.
 * @param to `#RRGGBB` at share 1.
 * @param share From 0 to 1.
 */
export function blend(from: string, to: string, share: number): string {
  const mixed = [1, 3, 5].map((i) => {
    const a = parseInt(from.slice(i, i + 2), 16);
    const b = parseInt(to.slice(i, i + 2), 16);
    return Math.round(a + (b - a) * share).toString(16).padStart(2, "0");
  });
  return `#${mixed.join("")}`.toUpperCase();
}

/** `#RRGGBB` with an opacity, as Plotly takes it for fills. */
export function translucent(hex: string, opacity: number): string {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  return `rgba(${r},${g},${b},${opacity})`;
}

/** What samples and classes are called in a figure. */
export function wordsOf({ words = FACE_WORDS }: FigureData): DataWords {
  return words;
}

/** How a data set is named to people; "synthetic" always where the data are. */
export function dataLabel(data: FigureData): string {
  const { dataset, synthetic } = data;
  const name = dataset === "fer2013" ? "FER2013" : escapeText(dataset);
  if (!synthetic) return name;
  if (!isFaces(wordsOf(data))) return `Synthetic data (${name})`;
  return dataset === "synthetic" ? "Synthetic faces" : `Synthetic faces (${name})`;
}

/** Text that Plotly shows as it is, though it reads a little HTML in every text. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * The layout that all figures start from: white ground, dark text, title and data set at the top
 * left, no legend (series are labelled where they are).
 *
 * @param title The figure's own title; `options.title` overrides it.
 * @param options Data set and note.
 * @param size Width and height in pixels, and margins where they differ from the usual ones.
 */
export function baseLayout(
  title: string,
  options: FigureOptions,
  size: {
    readonly width: number;
    readonly height: number;
    readonly margin?: { t?: number; b?: number; l?: number; r?: number };
  },
): FigureLayout {
  const note = dataLabel(options) + (options.note ? ` · ${escapeText(options.note)}` : "");
  const heading = options.title ?? title;
  // A long title is set smaller rather than cut off.
  const full = textWidth(heading, TEXT.title, { bold: true });
  const shrink = Math.min(1, (size.width - 40) / full);
  return {
    width: size.width,
    height: size.height,
    margin: { t: 76, b: 62, l: 76, r: 32, ...size.margin },
    paper_bgcolor: "#FFFFFF",
    plot_bgcolor: "#FFFFFF",
    font: { family: FONT, size: TEXT.body, color: INK },
    title: {
      text: `<b>${escapeText(heading)}</b><br>` +
        `<span style="font-size:${TEXT.small + 1}px;color:${MUTED}">${note}</span>`,
      font: { family: FONT, size: Math.floor(TEXT.title * shrink), color: INK },
      x: 0,
      xref: "container",
      xanchor: "left",
      y: 1,
      yref: "container",
      yanchor: "top",
      pad: { l: 16, t: 28 },
    },
    showlegend: false,
    hovermode: "closest",
  };
}

/** An axis title. */
export function axisTitle(text: string): { text: string; font: { size: number; color: string } } {
  return { text, font: { size: TEXT.body, color: INK } };
}

/** What all axes share: a light grid, no zero line, small outside ticks. */
export const AXIS = {
  showgrid: true,
  gridcolor: GRID,
  gridwidth: 1,
  zeroline: false,
  showline: true,
  linecolor: "#8A8A8A",
  linewidth: 1,
  ticks: "outside",
  ticklen: 4,
  tickcolor: "#8A8A8A",
  tickfont: { size: TEXT.small + 1, color: INK },
  automargin: false,
  // Rather a label over the edge than a label left out.
  ticklabeloverflow: "allow",
} as const;

/** A text in a figure without an arrow. */
export function label(
  text: string,
  at: Partial<Annotation>,
): Partial<Annotation> {
  return {
    text,
    showarrow: false,
    font: { family: FONT, size: TEXT.small + 1, color: INK },
    ...at,
  };
}

/**
 * Moves labels apart that would lie on each other, each as little as possible (isotonic regression
 * of their positions by pooling adjacent violators).
 *
 * @param positions Where the labels want to be, in pixels.
 * @param gap The least distance between neighbours.
 * @returns Where they go, in the order given.
 */
export function spread(positions: readonly number[], gap: number): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]! || a - b);
  // With the gaps taken out, the labels only have to keep their order.
  const pools: { sum: number; count: number }[] = [];
  order.forEach((index, rank) => {
    pools.push({ sum: positions[index]! - rank * gap, count: 1 });
    while (pools.length > 1) {
      const last = pools.at(-1)!;
      const before = pools.at(-2)!;
      if (before.sum / before.count <= last.sum / last.count) break;
      pools.splice(-2, 2, { sum: before.sum + last.sum, count: before.count + last.count });
    }
  });
  const placed = new Array<number>(positions.length);
  let rank = 0;
  for (const pool of pools) {
    for (let i = 0; i < pool.count; i++) {
      placed[order[rank]!] = pool.sum / pool.count + rank * gap;
      rank++;
    }
  }
  return placed;
}

/** A name beside a plot. */
export interface SideName {
  /** Escaped. */
  readonly text: string;
  /** The height of what it names, in pixels above the plot's bottom. */
  readonly at: number;
  readonly colour: string;
}

/**
 * Names right of the plot, each as near as there is room to the height of what it names.
 *
 * @param options `height` of the plot, and the least distance (`gap`) of two names, in pixels.
 */
export function namesAtRight(
  named: readonly SideName[],
  { height, gap }: { readonly height: number; readonly gap: number },
): Partial<Annotation>[] {
  return spread(named.map(({ at }) => at), gap).map((placed, i) => {
    const { text, at, colour } = named[i]!;
    return label(text, {
      ...{ xref: "paper", x: 1, xanchor: "left", xshift: 8 },
      ...{ yref: "paper", y: at / height, yanchor: "middle" },
      yshift: Math.round(placed - at),
      font: { size: TEXT.small + 1, color: colour },
    });
  });
}

/** A share as a percentage: `0.6208` is `62.1 %`. */
export function percentage(share: number, digits = 1): string {
  return `${(100 * share).toFixed(digits)} %`;
}

/** A difference of shares in percentage points with its sign: `+1.8`; a true minus sign. */
export function points(difference: number, digits = 1): string {
  const text = Math.abs(100 * difference).toFixed(digits);
  if (Number(text) === 0) return text;
  return (difference < 0 ? "\u2212" : "+") + text;
}

/** A whole number with thousands separated: `28,709`. */
export function grouped(count: number): string {
  return Math.round(count).toString().replace(/\B(?=(\d{3})+$)/g, ",");
}
