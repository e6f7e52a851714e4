/**
 * Learning-rate schedules as values that print and hash: `plateau(0.5, 5)`, `cosine(2)`.
 *
 * A schedule is a pure function of where the run is and of the validation losses so far, so a
 * resumed run needs nothing but its history to go on as if it had never stopped.
 *
 * @module
 */

import { formatCall, parseCall, type Signature } from "../expression.ts";

/** The schedules, for `parseCall`. */
export const SCHEDULES: readonly Signature[] = [
  { name: "constant", parameters: [] },
  {
    name: "step",
    parameters: [
      { name: "every", minimum: 1, maximum: 10_000, whole: true },
      { name: "factor", minimum: 0, maximum: 1 },
    ],
  },
  {
    name: "stages",
    parameters: [
      { name: "count", minimum: 1, maximum: 10_000, whole: true },
      { name: "factor", minimum: 0, maximum: 1 },
    ],
  },
  { name: "exponential", parameters: [{ name: "decayPerEpoch", minimum: 0, maximum: 1 }] },
  { name: "exponential-to", parameters: [{ name: "endFactor", minimum: 0, maximum: 1 }] },
  {
    name: "cosine",
    parameters: [{ name: "warmupEpochs", default: 0, minimum: 0, maximum: 10_000 }],
  },
  {
    name: "plateau",
    parameters: [
      { name: "factor", minimum: 0, maximum: 1 },
      { name: "patience", minimum: 0, maximum: 10_000, whole: true },
      { name: "minDelta", default: 1e-4, minimum: 0, maximum: 100 },
    ],
  },
  {
    name: "one-cycle",
    parameters: [
      { name: "maxFactor", minimum: 1, maximum: 10_000 },
      { name: "riseShare", default: 0.3, minimum: 0, maximum: 1 },
      { name: "finalDivisor", default: 1e4, minimum: 1, maximum: 1e9 },
    ],
  },
];

/** Where a run is. */
export interface SchedulePoint {
  /** Steps done in the whole run: 0 before the first. */
  readonly step: number;
  readonly stepsPerEpoch: number;
  /** Epochs of the whole run, as configured. */
  readonly epochs: number;
  /** The configured learning rate. */
  readonly base: number;
  /** The finished epochs in order; what comes after the epoch of `step` is not looked at. */
  readonly history: readonly { readonly validationLoss: number }[];
}

/** A learning rate for every step. */
export interface Schedule {
  /** The canonical text, defaults written out. */
  readonly text: string;
  /** The learning rate of step `at.step`. */
  rate(at: SchedulePoint): number;
}

/**
 * Reads a schedule.
 *
 * - `constant`: the base rate.
 * - `step(every, factor)`: times `factor` after every so many epochs (PyTorch's StepLR).
 * - `stages(count, factor)`: the run in so many stages of equal length, in whole epochs; times `factor`
 *   from each to the next. `step` for runs of any length.
 * - `exponential(decayPerEpoch)`: that factor per epoch, smoothly step by step (Keras's
 *   ExponentialDecay with an epoch as its decay steps).
 * - `exponential-to(endFactor)`: smoothly by one factor per step down to `endFactor` times the base
 *   rate at the end of the run. `exponential` for runs of any length.
 * - `cosine(warmupEpochs)`: linearly up to the base rate (Goyal et al. 2017), then half a cosine down
 *   to 0 at the end of the run (Loshchilov and Hutter 2017; Keras's CosineDecay).
 * - `plateau(factor, patience, minDelta)`: times `factor` when the validation loss has not fallen by
 *   more than `minDelta` under its best for `patience` epochs (Keras's ReduceLROnPlateau, no cooldown).
 * - `one-cycle(maxFactor, riseShare, finalDivisor)`: from the base rate up to `maxFactor` times it in
 *   that share of the steps, then down to the base rate over `finalDivisor`, both as half a cosine
 *   (Smith and Topin 2018; PyTorch's OneCycleLR with max_lr = base x maxFactor, div_factor =
 *   maxFactor; the momentum stays).
 *
 * @param text One call, such as `plateau(0.5, 5)`.
 * @throws {SyntaxError} For an unknown schedule or a number out of range.
 */
export function parseSchedule(text: string): Schedule {
  const call = parseCall(text, SCHEDULES);
  return { text: formatCall(call), rate: (at) => at.base * factor(call.name, call.args, at) };
}

/** The multiple of the base rate. */
function factor(name: string, args: readonly number[], at: SchedulePoint): number {
  const [a = NaN, b = NaN, c = NaN] = args;
  const epoch = Math.floor(at.step / at.stepsPerEpoch);
  switch (name) {
    case "constant":
      return 1;
    case "step":
      return b ** Math.floor(epoch / a);
    case "stages":
      return b ** Math.floor(epoch * a / at.epochs);
    case "exponential":
      return a ** (at.step / at.stepsPerEpoch);
    case "exponential-to":
      return a ** (at.step / (at.epochs * at.stepsPerEpoch));
    case "cosine":
      return cosine(at.step, at.epochs * at.stepsPerEpoch, Math.round(a * at.stepsPerEpoch));
    case "plateau":
      return a ** reductions(at.history.slice(0, epoch), b, c);
    case "one-cycle":
      return oneCycle(at.step, at.epochs * at.stepsPerEpoch, a, b, c);
    default:
      throw new RangeError(`No such schedule: ${name}`);
  }
}

/** The warm-up's first step already has a rate over 0: a step at 0 would teach nothing. */
function cosine(step: number, steps: number, warmup: number): number {
  if (step < warmup) return (step + 1) / warmup;
  const share = Math.min((step - warmup) / Math.max(steps - warmup, 1), 1);
  return halfCosine(1, 0, share);
}

/** How often ReduceLROnPlateau would have lowered the rate after these epochs. */
function reductions(
  history: SchedulePoint["history"],
  patience: number,
  minDelta: number,
): number {
  let best = Infinity;
  let waited = 0;
  let count = 0;
  for (const { validationLoss } of history) {
    if (validationLoss < best - minDelta) {
      best = validationLoss;
      waited = 0;
    } else if (++waited >= patience) {
      count++;
      waited = 0;
    }
  }
  return count;
}

function oneCycle(
  step: number,
  steps: number,
  top: number,
  riseShare: number,
  finalDivisor: number,
): number {
  const last = steps - 1;
  const peak = riseShare * steps - 1;
  if (step < peak) return halfCosine(1, top, step / peak);
  // Where the whole run is the rise, the peak is the last step and there is nothing after it.
  if (peak >= last) return top;
  return halfCosine(top, 1 / finalDivisor, Math.min((step - peak) / (last - peak), 1));
}

/** From one value to another along half a cosine. */
function halfCosine(from: number, to: number, share: number): number {
  return to + (from - to) * (1 + Math.cos(Math.PI * share)) / 2;
}
