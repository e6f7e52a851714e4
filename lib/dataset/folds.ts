/**
 * Cross-validation by group: every sample is tested once, by a network that has seen nobody of its group.
 *
 * @module
 */

import { randomStream, shuffle } from "../seed.ts";

/**
 * Deals groups into folds, in a drawn order, so that folds differ by one group at most.
 *
 * @param groups Of each sample, such as its actor.
 * @param folds How many, at least 3: one is PrivateTest, one PublicTest, the others Training.
 * @param seed Of the data set, not of a run: runs of all seeds are then tested alike.
 * @returns For each sample the number of its fold, from 0.
 * @throws {RangeError} For fewer groups than folds, or fewer than three folds.
 */
export function foldsByGroup(
  groups: readonly string[],
  folds: number,
  seed: number,
): Uint8Array {
  const names = [...new Set(groups)].sort();
  if (folds < 3 || names.length < folds) {
    throw new RangeError(`${names.length} groups cannot be dealt into ${folds} folds`);
  }
  const order = shuffle([...names], randomStream(seed, "folds"));
  const foldOf = new Map(order.map((name, i) => [name, i % folds]));
  return Uint8Array.from(groups, (group) => foldOf.get(group)!);
}
