/**
 * Calibration: does a model that is 70 % sure hit 70 % of the time?
 *
 * @module
 */

import {
  AXIS,
  axisTitle,
  baseLayout,
  COLOURS,
  type Figure,
  type FigureOptions,
  grouped,
  INK,
  label,
  MUTED,
  percentage,
  TEXT,
  type Trace,
  wordsOf,
} from "./figure.ts";

/** The predictions whose confidence (the largest probability) lies in one interval. */
export interface CalibrationBin {
  /** Bounds of the confidence, shares from 0 to 1. */
  readonly low: number;
  readonly high: number;
  /** Mean confidence of the images in it. */
  readonly confidence: number;
  /** Share of them that is right. */
  readonly accuracy: number;
  readonly count: number;
}

/**
 * A reliability diagram (DeGroot and Fienberg 1983; Guo et al. 2017): accuracy by confidence beside
 * the diagonal of a calibrated model, with the number of images in each bin below. The note gives
 * the expected calibration error, the mean distance from the diagonal weighted by images.
 *
 * @param bins In ascending order; empty ones have no mark.
 * @param options Data set, title and note.
 */
export function reliabilityDiagram(
  bins: readonly CalibrationBin[],
  options: FigureOptions,
): Figure {
  const { samples } = wordsOf(options);
  const filled = bins.filter((bin) => bin.count > 0);
  const images = filled.reduce((sum, bin) => sum + bin.count, 0);
  const error = images === 0 ? 0 : filled.reduce(
    (sum, bin) => sum + bin.count / images * Math.abs(bin.accuracy - bin.confidence),
    0,
  );
  const note = `expected calibration error ${points(error)} percentage points`;
  const data: Trace[] = [
    {
      type: "scatter",
      mode: "lines",
      name: "calibrated",
      x: [0, 100],
      y: [0, 100],
      line: { color: MUTED, width: 1.4, dash: "dash" },
      hoverinfo: "skip",
    } as Trace,
    {
      type: "scatter",
      mode: "lines+markers",
      name: "model",
      x: filled.map((bin) => number(100 * bin.confidence)),
      y: filled.map((bin) => number(100 * bin.accuracy)),
      line: { color: COLOURS[0], width: 2 },
      marker: { color: COLOURS[0], size: 9 },
      cliponaxis: false,
      hovertemplate: filled.map((bin) =>
        `confidence ${percentage(bin.confidence)}, accuracy ${percentage(bin.accuracy)}, ` +
        `${grouped(bin.count)} ${samples}<extra></extra>`
      ),
    } as unknown as Trace,
    {
      type: "bar",
      name: samples,
      x: bins.map((bin) => number(50 * (bin.low + bin.high))),
      y: bins.map((bin) => bin.count),
      width: bins.map((bin) => number(92 * (bin.high - bin.low))),
      xaxis: "x",
      yaxis: "y2",
      marker: { color: COLOURS[5] },
      text: bins.map((bin) => bin.count > 0 ? grouped(bin.count) : ""),
      textposition: "outside",
      textangle: 0,
      textfont: { size: TEXT.small - 1, color: INK },
      cliponaxis: false,
      hovertemplate: `%{y} ${samples}<extra></extra>`,
    } as unknown as Trace,
  ];
  const text = { size: TEXT.small + 1, color: MUTED };
  return {
    data,
    layout: {
      ...baseLayout("Calibration", {
        ...options,
        note: options.note ? `${options.note} · ${note}` : note,
      }, { width: 620, height: 620, margin: { t: 84, b: 62, l: 84, r: 32 } }),
      annotations: [
        label("over the line: too careful", {
          x: 4,
          y: 96,
          xanchor: "left",
          yanchor: "top",
          font: text,
        }),
        label("under the line: too sure", {
          x: 98,
          y: 5,
          xanchor: "right",
          yanchor: "bottom",
          font: text,
        }),
      ],
      xaxis: {
        ...AXIS,
        anchor: "y2",
        range: [0, 100],
        title: { ...axisTitle("Confidence (%)"), standoff: 8 },
      },
      yaxis: {
        ...AXIS,
        anchor: "x",
        domain: [0.27, 1],
        range: [0, 100],
        title: { ...axisTitle("Accuracy (%)"), standoff: 8 },
      },
      yaxis2: {
        ...AXIS,
        anchor: "x",
        domain: [0, 0.19],
        range: [0, Math.max(1, ...bins.map((bin) => bin.count)) * 1.2],
        nticks: 4,
        tickformat: ",d",
        title: { ...axisTitle(samples.charAt(0).toUpperCase() + samples.slice(1)), standoff: 8 },
      },
    } as unknown as Figure["layout"],
  };
}

function points(share: number): string {
  return (100 * share).toFixed(1);
}

function number(value: number): number {
  return Number(value.toPrecision(5));
}
