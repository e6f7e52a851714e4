/**
 * The logarithmic axis of learning rates, on which every rate has a place.
 *
 * @module
 */

/** Further down a rate is drawn at the bottom: cosine schedules end at 0, and would flatten the rest. */
const DECADES = 4;

/** Room above and below the rates, in decades. */
const PADDING = 0.2;

/** Ticks nearer to each other than this many pixels are thinned out. */
const TICK_GAP = 18;

/** A logarithmic axis and where rates lie on it. */
export interface RateAxis {
  /** As Plotly takes it: powers of ten. */
  readonly range: readonly [number, number];
  readonly ticks: {
    readonly tickmode: "array";
    readonly tickvals: readonly number[];
    readonly ticktext: readonly string[];
  };
  /** The rate at which to draw a rate: itself, or the lowest of the axis. */
  at(rate: number): number;
  /** Where a rate is drawn, from 0 at the bottom to 1 at the top. */
  share(rate: number): number;
}

/**
 * The axis for rates: from the least to the greatest over at most four decades. Where a rate lies
 * further down, or is 0, the lowest tick says so.
 *
 * @param rates All rates that will be drawn.
 * @param height The axis's length in pixels.
 */
export function rateAxis(rates: readonly number[], { height }: { height: number }): RateAxis {
  const high = Math.max(...rates.filter((rate) => rate > 0 && Number.isFinite(rate)));
  // Without any rate above 0 there is one tick, and all lie on it.
  const top = high > 0 ? high : 1;
  const floor = top / 10 ** DECADES;
  const least = Math.min(top, ...rates.filter(Number.isFinite));
  const low = Math.max(least, floor);
  const range = [Math.log10(low) - PADDING, Math.log10(top) + PADDING] as const;
  const at = (rate: number) => Number.isNaN(rate) ? rate : Math.max(rate, low);
  return {
    range,
    ticks: rateTicks({ low, high: top, clamped: least < floor, height }),
    at,
    share: (rate) => (Math.log10(at(rate)) - range[0]) / (range[1] - range[0]),
  };
}

/** Powers of ten where there are two or more, else the ends. */
function rateTicks(
  { low, high, clamped, height }: { low: number; high: number; clamped: boolean; height: number },
): RateAxis["ticks"] {
  const from = Math.ceil(Math.log10(low) - PADDING);
  const to = Math.floor(Math.log10(high) + PADDING);
  const gap = TICK_GAP * (Math.log10(high / low) + 2 * PADDING) / height;
  const every = Math.ceil(gap);
  const powers = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => to - i)
    .filter((_, i) => i % every === 0);
  // Number("1e-3") is exact where 10 ** -3 is not.
  const values = powers.length >= 2
    ? powers.map((power) => Number(`1e${power}`))
    : low < high
    ? [high, low]
    : [high];
  if (!clamped) {
    const tickvals = values.reverse();
    return { tickmode: "array", tickvals, ticktext: tickvals.map(rateText) };
  }
  const tickvals = [low, ...values.filter((value) => Math.log10(value / low) >= gap).reverse()];
  return {
    tickmode: "array",
    tickvals,
    ticktext: tickvals.map((value) => `${value === low ? "\u2264 " : ""}${rateText(value)}`),
  };
}

/** A rate as people write it: `0.001`, `5e-5`. */
export function rateText(rate: number): string {
  const written = Number(rate.toPrecision(2));
  return written >= 1e-4 || written === 0
    ? String(written)
    : written.toExponential().replace("e-", "e\u2212");
}
