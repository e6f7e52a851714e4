/**
 * Figures by class: precision, recall and F1; how many samples of each.
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
  grouped,
  INK,
  label,
  percentage,
  TEXT,
  textColour,
  type Trace,
  wordsOf,
} from "./figure.ts";
import { EMOTIONS } from "../emotion.ts";

/** The scores of one class, shares from 0 to 1, null where there is none; an `Evaluation`'s classes fit. */
export interface ClassBar {
  readonly emotion: string;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  /** Images of the class. */
  readonly support: number;
}

/**
 * Precision, recall and F1 of each class as bars, in percent.
 *
 * @param classes In the order of the figure.
 * @param options Data set, title and note.
 */
export function perClassBars(classes: readonly ClassBar[], options: FigureOptions): Figure {
  const scores = [
    { name: "Precision", of: (c: ClassBar) => c.precision, colour: COLOURS[0] },
    { name: "Recall", of: (c: ClassBar) => c.recall, colour: COLOURS[4] },
    { name: "F1", of: (c: ClassBar) => c.f1, colour: COLOURS[2] },
  ];
  const names = classes.map((c) => `${escapeText(c.emotion)}<br>(${grouped(c.support)})`);
  const data = scores.map(({ name, of, colour }) => ({
    type: "bar",
    name,
    x: classes.map((_, i) => i),
    // No bar, and a dash where it would stand, is not a bar of height 0.
    y: classes.map((c) => number(100 * (of(c) ?? 0))),
    marker: { color: colour },
    text: classes.map((c) => shown(of(c), (share) => (100 * share).toFixed(0))),
    textposition: "outside",
    textangle: 0,
    textfont: { size: TEXT.small, color: INK },
    cliponaxis: false,
    hovertemplate: classes.map((c) =>
      `${escapeText(c.emotion)}: ${name} ${shown(of(c), percentage)}<extra></extra>`
    ),
  } as unknown as Trace));
  return {
    data,
    layout: {
      ...baseLayout("Precision, recall and F1 by class", options, {
        width: 900,
        height: 440,
        margin: { t: 104, b: 84 },
      }),
      barmode: "group",
      bargap: 0.24,
      bargroupgap: 0.06,
      annotations: keys(scores),
      xaxis: {
        ...AXIS,
        showgrid: false,
        ticks: "",
        tickmode: "array",
        tickvals: classes.map((_, i) => i),
        ticktext: names,
        range: [-0.55, classes.length - 0.45],
        title: {
          ...axisTitle(`True ${wordsOf(options).class} (${wordsOf(options).samples})`),
          standoff: 10,
        },
      },
      yaxis: {
        ...AXIS,
        range: [0, 100],
        nticks: 6,
        title: { ...axisTitle("Score (%)"), standoff: 10 },
      },
    } as unknown as Figure["layout"],
  };
}

/** How many samples of each class; a missing class counts nothing. */
export type Counts = Readonly<Record<string, number>>;

/**
 * How many samples of each class the splits hold, a panel per split, with a reference's own
 * numbers (what a report printed) as marks where there are any.
 *
 * @param splits By name, in the order of the panels.
 * @param options Data set, title and note; `reference`: its name, and its counts by split.
 */
export function classCounts(
  splits: Readonly<Record<string, Counts>>,
  options: FigureOptions & {
    /** The classes' names in order; FER2013's seven where left out. */
    readonly classes?: readonly string[];
    readonly reference?: {
      readonly name: string;
      readonly splits: Readonly<Record<string, Counts>>;
    };
  },
): Figure {
  const names = Object.keys(splits);
  const { reference, classes = EMOTIONS } = options;
  const words = wordsOf(options);
  const width = 960;
  const gap = 0.05;
  const panel = (1 - gap * (names.length - 1)) / names.length;
  const data: Trace[] = [];
  const layout = baseLayout(`${capital(words.samples)} of each ${words.class}`, options, {
    width,
    height: 420,
    margin: { t: 112, b: 62, l: 96, r: 40 },
  }) as Figure["layout"] & Record<string, unknown>;
  const annotations: Partial<Annotation>[] = [];
  names.forEach((name, column) => {
    const counts = classes.map((emotion) => splits[name]![emotion] ?? 0);
    const printed = classes.map((emotion) => reference?.splits[name]?.[emotion] ?? null);
    const suffix = column === 0 ? "" : String(column + 1);
    const total = counts.reduce((a, b) => a + b, 0);
    const largest = Math.max(1, ...counts, ...printed.map((count) => count ?? 0));
    data.push(
      ...countTraces({ name, counts, printed, classes, suffix, reference: reference?.name }),
    );
    const left = column * (panel + gap);
    layout[`xaxis${suffix}`] = {
      ...AXIS,
      domain: [left, left + panel],
      anchor: `y${suffix}`,
      // Room for the number behind the longest bar.
      range: [0, largest * (printed.some((count) => count !== null) ? 1.55 : 1.3)],
      nticks: 4,
      tickformat: ",d",
      title: { ...axisTitle(capital(words.samples)), standoff: 8 },
    };
    layout[`yaxis${suffix}`] = {
      ...AXIS,
      anchor: `x${suffix}`,
      showgrid: false,
      ticks: "",
      range: [classes.length - 0.5, -0.5],
      tickmode: "array",
      tickvals: classes.map((_, i) => i),
      ticktext: classes.map(escapeText),
      showticklabels: column === 0,
      ticklabelstandoff: 4,
    };
    annotations.push(label(`<b>${escapeText(name)}</b> ${grouped(total)}`, {
      xref: "paper",
      yref: "paper",
      x: left,
      y: 1,
      xanchor: "left",
      yanchor: "bottom",
      yshift: 4,
    }));
  });
  if (reference) {
    annotations.push(label(`line and number in brackets: ${escapeText(reference.name)}`, {
      xref: "paper",
      yref: "paper",
      x: 1,
      y: 1,
      xanchor: "right",
      yanchor: "bottom",
      yshift: 30,
      font: { size: TEXT.small, color: textColour(COLOURS[1]) },
    }));
  }
  return { data, layout: { ...layout, annotations } };
}

/** A split's bars, and a line across each whose number is printed elsewhere. */
function countTraces({ name, counts, printed, classes, suffix, reference }: {
  readonly name: string;
  readonly counts: readonly number[];
  /** What the reference prints, by class; null where it prints nothing. */
  readonly printed: readonly (number | null)[];
  readonly classes: readonly string[];
  /** Of the axes. */
  readonly suffix: string;
  /** The reference's name. */
  readonly reference: string | undefined;
}): Trace[] {
  const bars = {
    type: "bar",
    orientation: "h",
    name,
    x: counts,
    y: classes.map((_, i) => i),
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    marker: { color: COLOURS[5] },
    text: counts.map((count, i) => {
      const other = printed[i];
      return other === null || other === count || other === undefined
        ? `\u2002${grouped(count)}`
        : `\u2002${grouped(count)} (${grouped(other)})`;
    }),
    textposition: "outside",
    textfont: { size: TEXT.small, color: INK },
    cliponaxis: false,
    hovertemplate: classes.map((emotion, i) =>
      `${escapeText(name)}, ${escapeText(emotion)}: ${grouped(counts[i]!)}<extra></extra>`
    ),
  } as unknown as Trace;
  const marked = classes.flatMap((_, i) => printed[i] === null ? [] : [i]);
  if (marked.length === 0) return [bars];
  return [bars, {
    type: "scatter",
    mode: "markers",
    name: reference!,
    x: marked.map((i) => printed[i]!),
    y: marked,
    xaxis: `x${suffix}`,
    yaxis: `y${suffix}`,
    marker: { symbol: "line-ns", size: 18, line: { color: COLOURS[1], width: 2.5 } },
    hovertemplate: marked.map((i) =>
      `${escapeText(reference!)}, ${escapeText(classes[i]!)}: ${
        grouped(printed[i]!)
      }<extra></extra>`
    ),
  } as unknown as Trace];
}

function shown(share: number | null, write: (share: number) => string): string {
  return share === null ? "–" : write(share);
}

/** The series' names in their colours, side by side above the plot. */
function keys(series: readonly { name: string; colour: string }[]) {
  return series.map(({ name, colour }, i) =>
    label(`<span style="color:${colour}">■</span> ${name}`, {
      xref: "paper",
      yref: "paper",
      x: 0,
      y: 1,
      xanchor: "left",
      yanchor: "bottom",
      xshift: i * 100,
      yshift: 10,
    })
  );
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function number(value: number): number {
  return Number(value.toPrecision(5));
}
