/**
 * Learning curves: loss, accuracy and learning rate by epoch.
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
  grouped,
  INK,
  label,
  MUTED,
  type Shape,
  spread,
  TEXT,
  textColour,
  type Trace,
  translucent,
} from "./figure.ts";
import { rateAxis, rateText } from "./_rate_axis.ts";
import { textWidth } from "./_text_size.ts";

/** What is drawn of an epoch; the epochs of a run's record and of a report's history fit. */
export interface CurvePoint {
  /** From 1. */
  readonly epoch: number;
  readonly learningRate: number;
  /** Mean cross-entropy in nats. */
  readonly trainingLoss: number;
  readonly validationLoss: number;
  /** Shares from 0 to 1. */
  readonly trainingAccuracy: number;
  readonly validationAccuracy: number;
}

/** The curves of one variant: one run per seed. */
export interface Curves {
  readonly name: string;
  readonly runs: readonly CurveRun[];
}

/** The curve of one run; a run's record fits. */
export interface CurveRun {
  readonly epochs: readonly CurvePoint[];
  /** The epoch whose weights were kept, marked in the figure. */
  readonly bestEpoch?: number;
}

type Measure = Exclude<keyof CurvePoint, "epoch">;

/** The figure's width, and the least width of a panel: long labels widen the figure instead. */
const WIDTH = 980;
const LEAST_PANEL = 300;
const HEIGHT = 520;
const TOP = 96;
const BOTTOM = 62;
const LEFT = 92;
/** Between the panels' right ends and the next thing: room for labels at the line ends. */
const LABEL_GAP = 6;
const LINE_GAP = 16;

/**
 * Loss and accuracy in training and validation by epoch, with the learning rate below. One variant:
 * training dashed, validation solid, the best epoch marked. Several: a colour each. Several seeds:
 * the mean, with the range over the seeds as a band around the validation curve.
 *
 * @param variants At least one; a variant without a finished epoch is left out.
 * @param options Data set, title and note; `selection`: what validation is on (default PublicTest).
 */
export function learningCurves(
  variants: readonly Curves[],
  options: FigureOptions & { readonly selection?: string },
): Figure {
  const drawn = variants
    .map((variant, i) => ({ ...variant, index: i, mean: meanRun(variant.runs) }))
    .filter((variant) => variant.mean.length > 0);
  const single = variants.length === 1;
  // Of every run: where some stopped early, others have their best epoch after the mean's end.
  const lastEpoch = Math.max(
    1,
    ...drawn.flatMap(({ runs }) => runs.flatMap(({ epochs }) => epochs.at(-1)?.epoch ?? [])),
  );
  const endLabels = single ? ["validation", "training"] : drawn.map((variant) => variant.name);
  const room = LABEL_GAP + 10 +
    Math.max(60, ...endLabels.map((text) => textWidth(text, TEXT.small + 1) * 1.08));
  // Both panels have their labels at the right.
  const between = room + 70;
  const panelWidth = Math.max(LEAST_PANEL, (WIDTH - LEFT - between - room) / 2);
  const inner = Math.round(2 * panelWidth + between);
  const panel = panelWidth / inner;
  const columns = [[0, panel], [1 - panel, 1]] as const;
  const plotHeight = HEIGHT - TOP - BOTTOM;
  const rows = { curves: [0.27, 1], rate: [0, 0.17] } as const;

  const data: Trace[] = [];
  const shapes: Partial<Shape>[] = [];
  const annotations: Partial<Annotation>[] = [];
  const measures = [
    { title: "Loss (nats)", training: "trainingLoss", validation: "validationLoss", scale: 1 },
    {
      title: "Accuracy (%)",
      training: "trainingAccuracy",
      validation: "validationAccuracy",
      scale: 100,
    },
  ] as const;
  const layout = baseLayout("Learning curves", options, {
    width: LEFT + inner + Math.ceil(room),
    height: HEIGHT,
    margin: { t: TOP, b: BOTTOM, l: LEFT, r: Math.ceil(room) },
  }) as Figure["layout"] & Record<string, unknown>;

  measures.forEach(({ title, training, validation, scale }, column) => {
    const x = axisName("x", column + 1);
    const y = axisName("y", column + 1);
    const everyValue = drawn.flatMap(({ runs }) =>
      runs.flatMap((run) => run.epochs.flatMap((e) => [e[training], e[validation]]))
    ).filter(Number.isFinite).map((value) => value * scale);
    const [low, high] = scale === 1
      ? [0, Math.max(0.1, ...everyValue) * 1.05]
      : paddedRange(everyValue, 0, 100);
    const domain = columns[column]!;
    layout[`xaxis${suffix(column + 1)}`] = {
      ...AXIS,
      domain: [...domain],
      anchor: y,
      range: [0.5, lastEpoch + 0.5],
      showgrid: false,
      showticklabels: false,
      ticks: "",
    };
    layout[`yaxis${suffix(column + 1)}`] = {
      ...AXIS,
      domain: [...rows.curves],
      anchor: x,
      range: [low, high],
      nticks: 7,
      title: { ...axisTitle(title), standoff: 8 },
    };

    data.push(...curveTraces(drawn, { training, validation, scale, single, x, y }));
    annotations.push(...lineLabels(drawn, {
      ...{ training, validation, scale, single, y, low: low!, high: high! },
      edge: domain[1],
      pixels: plotHeight * (rows.curves[1] - rows.curves[0]),
    }));
    markBestEpochs(drawn, { single, validation, scale, x, y, data, shapes, annotations });
  });

  addRates(drawn, { layout, data, columns, rows, lastEpoch, single });
  if (!single) {
    const key = [`solid: validation (${options.selection ?? "PublicTest"})`, "dashed: training"];
    if (drawn.some(({ runs }) => runs.some((run) => run.bestEpoch !== undefined))) {
      key.push("circles: best epoch of each run");
    }
    annotations.push(
      label(key.join(" · "), {
        xref: "paper",
        yref: "paper",
        x: 1,
        y: 1,
        xanchor: "right",
        yanchor: "bottom",
        yshift: 6,
        font: { size: TEXT.small, color: MUTED },
      }),
    );
  }
  return { data, layout: { ...layout, shapes, annotations } };
}

/** What the parts of the figure below share. */
interface DrawnVariant extends Curves {
  readonly index: number;
  readonly mean: readonly CurvePoint[];
}

/** What a panel shows: which of an epoch's numbers, in what unit, on which axes. */
interface Panel {
  readonly training: Measure;
  readonly validation: Measure;
  readonly scale: number;
  readonly single: boolean;
  readonly y: string;
}

/** The lines of a panel: training dashed, validation solid, with a band over the runs. */
function curveTraces(
  drawn: readonly DrawnVariant[],
  { training, validation, scale, single, x, y }: Panel & { readonly x: string },
): Trace[] {
  const data: Trace[] = [];
  for (const { runs, mean, index, name } of drawn) {
    const line = colour(index);
    if (runs.length > 1) data.push(...band(runs, validation, scale, line, x, y));
    const hover = (kind: string) =>
      `${escapeText(name)}, ${kind}<br>epoch %{x}: %{y:.4~g}<extra></extra>`;
    data.push(
      {
        type: "scatter",
        mode: mean.length === 1 ? "markers" : "lines",
        name: `${name}, training`,
        x: mean.map((e) => e.epoch),
        y: mean.map((e) => rounded(e[training] * scale)),
        xaxis: x,
        yaxis: y,
        line: { color: single ? colour(1) : line, width: single ? 2 : 1.3, dash: "dash" },
        opacity: single ? 1 : 0.65,
        hovertemplate: hover("training"),
      } as Trace,
      {
        type: "scatter",
        mode: mean.length === 1 ? "markers" : "lines",
        name: `${name}, validation`,
        x: mean.map((e) => e.epoch),
        y: mean.map((e) => rounded(e[validation] * scale)),
        xaxis: x,
        yaxis: y,
        line: { color: line, width: 2.4 },
        hovertemplate: hover("validation"),
      } as Trace,
    );
  }
  return data;
}

/** Labels at the lines' ends, moved apart where they would lie on each other. */
function lineLabels(
  drawn: readonly DrawnVariant[],
  { training, validation, scale, single, y, low, high, edge, pixels }: Panel & {
    /** The values at the bottom and at the top. */
    readonly low: number;
    readonly high: number;
    /** The right edge of the panel, as a share of the figure's width. */
    readonly edge: number;
    /** How high the panel is. */
    readonly pixels: number;
  },
): Partial<Annotation>[] {
  const ends = drawn.flatMap(({ mean, index, name }) => {
    const end = mean.at(-1)!;
    return single
      ? [
        { text: "validation", value: end[validation] * scale, colour: colour(index) },
        { text: "training", value: end[training] * scale, colour: colour(1) },
      ]
      : [{ text: escapeText(name), value: end[validation] * scale, colour: colour(index) }];
  }).filter((end) => Number.isFinite(end.value));
  const wanted = ends.map((end) => (end.value - low) / (high - low) * pixels);
  return spread(wanted, LINE_GAP).map((placed, i) => {
    const end = ends[i]!;
    return label(end.text, {
      xref: "paper",
      x: edge,
      xanchor: "left",
      xshift: LABEL_GAP,
      yref: y as "y",
      y: rounded(end.value),
      yanchor: "middle",
      yshift: Math.round(placed - wanted[i]!),
      font: { size: TEXT.small + 1, color: textColour(end.colour) },
    });
  });
}

/** A dotted line through both panels for one run; a dot at each mean's own epoch for several. */
function markBestEpochs(
  drawn: readonly DrawnVariant[],
  { single, validation, scale, x, y, data, shapes, annotations }: {
    single: boolean;
    validation: Measure;
    scale: number;
    x: string;
    y: string;
    data: Trace[];
    shapes: Partial<Shape>[];
    annotations: Partial<Annotation>[];
  },
): void {
  for (const { runs, index, name } of drawn) {
    const marks = runs.flatMap((run) => {
      const point = run.epochs.find((e) => e.epoch === run.bestEpoch);
      return point ? [point] : [];
    });
    if (marks.length === 0) continue;
    data.push({
      type: "scatter",
      mode: "markers",
      name: `${name}, best epoch`,
      x: marks.map((e) => e.epoch),
      y: marks.map((e) => rounded(e[validation] * scale)),
      xaxis: x,
      yaxis: y,
      marker: {
        color: "#FFFFFF",
        size: single ? 9 : 7,
        line: { color: colour(index), width: 2 },
      },
      hovertemplate: `${escapeText(name)}, best epoch %{x}: %{y:.4~g}<extra></extra>`,
    } as Trace);
    if (!single || marks.length > 1) continue;
    const best = marks[0]!;
    shapes.push({
      type: "line",
      xref: x as "x",
      yref: `${y} domain` as "y",
      x0: best.epoch,
      x1: best.epoch,
      y0: 0,
      y1: 1,
      line: { color: MUTED, width: 1, dash: "dot" },
      layer: "below",
    });
    annotations.push(label(`best epoch ${best.epoch}`, {
      xref: x as "x",
      yref: `${y} domain` as "y",
      x: best.epoch,
      y: 1,
      xanchor: "center",
      yanchor: "bottom",
      font: { size: TEXT.small, color: MUTED },
    }));
  }
}

/** The learning rate as steps in a strip under each panel, on a logarithmic scale. */
function addRates(
  drawn: readonly DrawnVariant[],
  { layout, data, columns, rows, lastEpoch, single }: {
    layout: Record<string, unknown>;
    data: Trace[];
    columns: readonly (readonly [number, number])[];
    rows: { readonly rate: readonly [number, number] };
    lastEpoch: number;
    single: boolean;
  },
): void {
  const axis = rateAxis(
    drawn.flatMap(({ runs }) => runs.flatMap((run) => run.epochs.map((e) => e.learningRate))),
    { height: (HEIGHT - TOP - BOTTOM) * (rows.rate[1] - rows.rate[0]) },
  );
  columns.forEach((domain, column) => {
    const number = column + 3;
    const x = axisName("x", number);
    const y = axisName("y", number);
    layout[`xaxis${suffix(number)}`] = {
      ...AXIS,
      domain: [...domain],
      anchor: y,
      matches: axisName("x", column + 1),
      range: [0.5, lastEpoch + 0.5],
      showgrid: false,
      title: { ...axisTitle("Epoch"), standoff: 8 },
      ...epochTicks(lastEpoch),
    };
    layout[`yaxis${suffix(number)}`] = {
      ...AXIS,
      domain: [...rows.rate],
      anchor: x,
      type: "log",
      range: [...axis.range],
      ...axis.ticks,
      title: { text: "Rate", font: { size: TEXT.body, color: INK }, standoff: 8 },
    };
    // Where all have the same rates one neutral line says so.
    const shared = drawn.every(({ runs }) =>
      runs.every((run) => sameRates(run, drawn[0]!.runs[0]!))
    );
    for (const { runs, index, name } of shared ? drawn.slice(0, 1) : drawn) {
      for (const run of shared ? runs.slice(0, 1) : runs) {
        data.push({
          type: "scatter",
          mode: run.epochs.length === 1 ? "markers" : "lines",
          name: shared ? "learning rate" : `${name}, learning rate`,
          x: run.epochs.map((e) => e.epoch),
          y: run.epochs.map((e) => axis.at(e.learningRate)),
          xaxis: x,
          yaxis: y,
          line: {
            color: single || shared ? INK : colour(index),
            width: runs.length > 1 && !shared ? 1.2 : 1.6,
            shape: "hvh",
          },
          hovertemplate: run.epochs.map((e) =>
            `${shared ? "" : escapeText(name) + "<br>"}epoch ${e.epoch}: rate ` +
            `${rateText(e.learningRate)}<extra></extra>`
          ),
        } as unknown as Trace);
      }
    }
  });
}

function sameRates(a: CurveRun, b: CurveRun): boolean {
  return a.epochs.length === b.epochs.length &&
    a.epochs.every((epoch, i) => epoch.learningRate === b.epochs[i]!.learningRate);
}

/** Epoch 1 and round epochs. */
export function epochTicks(
  last: number,
): { tickmode: "array"; tickvals: number[]; ticktext: string[] } {
  const step = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((s) => last / s <= 9) ?? 1000;
  const tickvals = [1];
  for (let epoch = step; epoch <= last; epoch += step) if (epoch > 1) tickvals.push(epoch);
  if (step >= 5 && tickvals[1]! - 1 < step * 0.6) tickvals.splice(1, 1);
  return { tickmode: "array", tickvals, ticktext: tickvals.map(grouped) };
}

/** The range over the runs at each epoch as a filled band. */
function band(
  runs: readonly CurveRun[],
  measure: Measure,
  scale: number,
  line: string,
  x: string,
  y: string,
): Trace[] {
  const lengths = runs.map((run) => run.epochs.length).filter((length) => length > 0);
  const length = Math.min(...lengths);
  const points = Array.from({ length }, (_, i) => {
    const values = runs.filter((run) => run.epochs.length > 0)
      .map((run) => run.epochs[i]![measure] * scale);
    return {
      epoch: runs.find((run) => run.epochs.length > 0)!.epochs[i]!.epoch,
      low: Math.min(...values),
      high: Math.max(...values),
    };
  });
  const back = points.toReversed();
  return [{
    type: "scatter",
    mode: "lines",
    name: "range over the seeds",
    x: [...points.map((p) => p.epoch), ...back.map((p) => p.epoch)],
    y: [...points.map((p) => rounded(p.high)), ...back.map((p) => rounded(p.low))],
    xaxis: x,
    yaxis: y,
    fill: "toself",
    fillcolor: translucent(line, 0.16),
    line: { width: 0, color: line },
    hoverinfo: "skip",
  } as unknown as Trace];
}

/** The mean of the runs, over the epochs that all of them have. */
function meanRun(runs: readonly CurveRun[]): CurvePoint[] {
  const begun = runs.filter((run) => run.epochs.length > 0);
  if (begun.length === 0) return [];
  const length = Math.min(...begun.map((run) => run.epochs.length));
  return Array.from({ length }, (_, i) => {
    const mean = (measure: Measure) =>
      begun.reduce((sum, run) => sum + run.epochs[i]![measure], 0) / begun.length;
    return {
      epoch: begun[0]!.epochs[i]!.epoch,
      learningRate: mean("learningRate"),
      trainingLoss: mean("trainingLoss"),
      validationLoss: mean("validationLoss"),
      trainingAccuracy: mean("trainingAccuracy"),
      validationAccuracy: mean("validationAccuracy"),
    };
  });
}

function paddedRange(values: readonly number[], floor: number, ceiling: number): [number, number] {
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (!(high >= low)) return [floor, ceiling];
  const pad = Math.max(1, (high - low) * 0.06);
  return [Math.max(floor, low - pad), Math.min(ceiling, high + pad)];
}

/** Five digits are more than a figure shows. */
function rounded(value: number): number {
  return Number(value.toPrecision(5));
}

function suffix(number: number): string {
  return number === 1 ? "" : String(number);
}

function axisName(letter: "x" | "y", number: number): string {
  return letter + suffix(number);
}
