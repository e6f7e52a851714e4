/**
 * Brightness and contrast of the classes as a figure.
 *
 * @module
 */

import type { DataForm, Split } from "../dataset/dataset.ts";
import {
  AXIS,
  axisTitle,
  baseLayout,
  COLOURS,
  type Figure,
  type FigureOptions,
  label,
  TEXT,
  textColour,
  type Trace,
} from "../figure/figure.ts";
import { sampleSize } from "../sample.ts";

/** The tenth, fifth and ninth tenth of what was measured. */
export interface Spread {
  readonly low: number;
  readonly middle: number;
  readonly high: number;
}

/** Mean and standard deviation of an image's gray values, over the images of a class. */
export interface Tones {
  readonly mean: Spread;
  readonly deviation: Spread;
}

/**
 * Measures the gray values of each class.
 *
 * @returns By label number; null for a class without an image.
 */
export function classTones(
  { samples, labels, length }: Split,
  { classes, sample }: DataForm,
): (Tones | null)[] {
  const pixels = sampleSize(sample);
  const means = classes.map((): number[] => []);
  const deviations = classes.map((): number[] => []);
  for (let i = 0; i < length; i++) {
    let sum = 0;
    let squares = 0;
    for (let at = i * pixels; at < (i + 1) * pixels; at++) {
      sum += samples[at]!;
      squares += samples[at]! ** 2;
    }
    const mean = sum / pixels;
    means[labels[i]!]!.push(mean);
    deviations[labels[i]!]!.push(Math.sqrt(Math.max(0, squares / pixels - mean ** 2)));
  }
  return classes.map((_, label) =>
    means[label]!.length === 0
      ? null
      : { mean: tenths(means[label]!), deviation: tenths(deviations[label]!) }
  );
}

function tenths(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  return { low: at(0.1), middle: at(0.5), high: at(0.9) };
}

/**
 * Median brightness and contrast of each class, with the range from the tenth to the ninth tenth of
 * its images.
 *
 * @param split Which images.
 * @param form Of the data.
 * @param options Data set, title and note.
 */
export function contrastFigure(split: Split, form: DataForm, options: FigureOptions): Figure {
  const measured = classTones(split, form).flatMap((tones, i) =>
    tones === null ? [] : [{ name: form.classes[i]!, tones }]
  );
  const series = [
    {
      name: "brightness (mean)",
      of: (t: Tones) => t.mean,
      colour: COLOURS[0],
      symbol: "circle",
      side: -0.14,
    },
    {
      name: "contrast (standard deviation)",
      of: (t: Tones) => t.deviation,
      colour: COLOURS[1],
      symbol: "diamond",
      side: 0.14,
    },
  ] as const;
  const spreads = series.map(({ of }) => measured.map(({ tones }) => of(tones)));
  return {
    data: series.map(({ name, colour, symbol, side }, s) => ({
      type: "scatter",
      mode: "markers",
      name,
      x: measured.map((_, i) => i + side),
      y: spreads[s]!.map(({ middle }) => round(middle)),
      error_y: {
        type: "data",
        symmetric: false,
        array: spreads[s]!.map(({ middle, high }) => round(high - middle)),
        arrayminus: spreads[s]!.map(({ middle, low }) => round(middle - low)),
        color: colour,
        thickness: 2,
        width: 5,
      },
      marker: { color: colour, symbol, size: 10 },
      hovertemplate: measured.map(({ name: emotion }, i) => {
        const { low, middle, high } = spreads[s]![i]!;
        return `${emotion}, ${name}: ${round(middle)} (${round(low)} to ${round(high)})` +
          "<extra></extra>";
      }),
    } as unknown as Trace)),
    layout: {
      ...baseLayout("Brightness and contrast of each class", {
        ...options,
        note: [options.note, "median image, and the range of the middle 80 %"].filter(Boolean)
          .join(" · "),
      }, { width: 860, height: 440, margin: { t: 112 } }),
      annotations: series.map(({ name, colour, symbol }, s) =>
        label(`${symbol === "circle" ? "●" : "◆"} ${name}`, {
          xref: "paper",
          yref: "paper",
          x: s * 0.24,
          y: 1,
          xanchor: "left",
          yanchor: "bottom",
          yshift: 8,
          font: { size: TEXT.small + 1, color: textColour(colour) },
        })
      ),
      xaxis: {
        ...AXIS,
        showgrid: false,
        tickmode: "array",
        tickvals: measured.map((_, i) => i),
        ticktext: measured.map(({ name }) => name),
        range: [-0.5, measured.length - 0.5],
        title: { ...axisTitle("Emotion"), standoff: 10 },
      },
      yaxis: {
        ...AXIS,
        range: [0, 255],
        title: { ...axisTitle("Gray value (0 to 255)"), standoff: 10 },
      },
    } as unknown as Figure["layout"],
  };
}

function round(value: number): number {
  return Number(value.toFixed(1));
}
