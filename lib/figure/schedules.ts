/**
 * Learning-rate schedules by epoch.
 *
 * @module
 */

import {
  AXIS,
  axisTitle,
  baseLayout,
  colour,
  escapeText,
  type Figure,
  type FigureOptions,
  namesAtRight,
  TEXT,
  textColour,
  type Trace,
} from "./figure.ts";
import { epochTicks } from "./learning_curves.ts";
import { rateAxis, rateText } from "./_rate_axis.ts";
import { textWidth } from "./_text_size.ts";

/** A schedule and the rate of each epoch, the first first. */
export interface ScheduleRates {
  readonly name: string;
  readonly rates: readonly number[];
}

/**
 * The learning rate of each schedule by epoch, on a logarithmic scale.
 *
 * @param schedules At least one, with at least one epoch.
 * @param options Data set, title and note.
 */
export function schedulePlot(schedules: readonly ScheduleRates[], options: FigureOptions): Figure {
  const epochs = Math.max(...schedules.map((schedule) => schedule.rates.length));
  const room = 26 +
    Math.ceil(Math.max(...schedules.map((s) => textWidth(s.name, TEXT.small + 1))) * 1.08);
  const margin = { t: 80, b: 62, l: 92, r: room };
  const [plotWidth, plotHeight] = [560, 330];
  const axis = rateAxis(schedules.flatMap(({ rates }) => rates), { height: plotHeight });
  const dashes = ["solid", "dash", "dot", "dashdot", "longdash"];
  const data = schedules.map(({ name, rates }, i) => ({
    type: "scatter",
    mode: rates.length === 1 ? "markers" : "lines",
    name,
    x: rates.map((_, epoch) => epoch + 1),
    y: rates.map(axis.at),
    line: { color: colour(i), width: 2.4, dash: dashes[i % dashes.length], shape: "hvh" },
    hovertemplate: rates.map((rate, epoch) =>
      `${escapeText(name)}<br>epoch ${epoch + 1}: ${rateText(rate)}<extra></extra>`
    ),
  } as unknown as Trace));
  const named = schedules.map(({ name, rates }, i) => ({
    text: escapeText(name),
    at: axis.share(rates.at(-1)!) * plotHeight,
    colour: textColour(colour(i)),
  }));
  const annotations = namesAtRight(named, { height: plotHeight, gap: 17 });
  return {
    data,
    layout: {
      ...baseLayout("Learning-rate schedules", options, {
        width: margin.l + plotWidth + margin.r,
        height: margin.t + plotHeight + margin.b,
        margin,
      }),
      annotations,
      xaxis: {
        ...AXIS,
        range: [0.5, epochs + 0.5],
        showgrid: false,
        ...epochTicks(epochs),
        title: { ...axisTitle("Epoch"), standoff: 8 },
      },
      yaxis: {
        ...AXIS,
        type: "log",
        range: [...axis.range],
        ...axis.ticks,
        title: { ...axisTitle("Learning rate"), standoff: 8 },
      },
    } as unknown as Figure["layout"],
  };
}
