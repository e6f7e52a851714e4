/**
 * Rounds of timings, taken in turn, and what they say.
 *
 * @module
 */

/** What the name of a side ends in that computes in bfloat16. */
export const IN_BFLOAT16 = ", bfloat16";

/** Where the values of several rounds lie. */
export interface Spread {
  readonly min: number;
  readonly lowerQuartile: number;
  readonly median: number;
  readonly upperQuartile: number;
  readonly max: number;
}

/**
 * The quartiles of some values, by linear interpolation (Hyndman and Fan 1996, type 7, as numpy has
 * it).
 *
 * @throws {RangeError} For no values at all.
 */
export function spread(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError("The spread of no values");
  const sorted = values.toSorted((a, b) => a - b);
  const quantile = (share: number) => {
    const at = share * (sorted.length - 1);
    const below = sorted[Math.floor(at)]!;
    const above = sorted[Math.ceil(at)]!;
    return below + (above - below) * (at - Math.floor(at));
  };
  return {
    min: quantile(0),
    lowerQuartile: quantile(0.25),
    median: quantile(0.5),
    upperQuartile: quantile(0.75),
    max: quantile(1),
  };
}

/**
 * The ratio of two sides round by round: what slows the machine for a while slows both sides of a
 * round, and leaves their ratio.
 *
 * @param ours One value per round.
 * @param theirs One value per round, of the same rounds.
 */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  if (ours.length !== theirs.length) {
    throw new RangeError(`${ours.length} rounds beside ${theirs.length} cannot be paired`);
  }
  return ours.map((value, i) => value / theirs[i]!);
}

/**
 * Measures all sides once per round. Each round begins with another side, so that no side always
 * follows the same one.
 *
 * @param sides What measures one round of each, by name.
 * @param rounds How many.
 * @param options `onRound` hears how many measurements are done.
 * @returns One value per round of each side.
 */
export async function interleave<Name extends string>(
  sides: Readonly<Record<Name, () => Promise<number>>>,
  rounds: number,
  options: { readonly onRound?: (done: number) => void } = {},
): Promise<Record<Name, number[]>> {
  const names = Object.keys(sides) as Name[];
  const values = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<
    Name,
    number[]
  >;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(round + i) % names.length]!;
      values[name].push(await sides[name]());
      options.onRound?.(round * names.length + i + 1);
    }
  }
  return values;
}
