/**
 * Ensembles: the mean of several networks' probabilities, and which networks to take.
 *
 * @module
 */

import { crossEntropy, predictedClasses } from "./metrics.ts";

/**
 * The mean of several networks' probabilities, of any one shape.
 *
 * @throws {RangeError} For none, or where shapes differ.
 */
export function averageProbabilities(members: readonly Float64Array[]): Float64Array {
  const [first] = members;
  if (!first || members.some(({ length }) => length !== first.length)) {
    throw new RangeError("An ensemble needs members with probabilities of the same samples");
  }
  return first.map((_, i) => members.reduce((sum, each) => sum + each[i]!, 0) / members.length);
}

/** The order in which networks join an ensemble, and how many of them are best. */
export interface Selection {
  /** Numbers of the networks: the best alone, then always the one that helps most. */
  readonly order: readonly number[];
  /** How many of them, from the first, are the best ensemble. */
  readonly best: number;
}

/**
 * Chooses networks one by one: always the one with which the mean of the probabilities is the most
 * accurate on the samples given, by the lower cross-entropy where several are; each at most once. The best
 * are those after which no more helped (forward selection, Caruana et al. 2004).
 *
 * @param members Probabilities of each network, shape [n, classes].
 * @param labels Of the samples, shape [n]: of PublicTest, never of PrivateTest.
 * @param classes How many there are.
 */
export function selectMembers(
  members: readonly Float64Array[],
  labels: Uint8Array,
  classes: number,
): Selection {
  const order: number[] = [];
  const scores: Score[] = [];
  while (order.length < members.length) {
    const candidates = members.flatMap((_, i) => order.includes(i) ? [] : [i]).map((i) => ({
      i,
      ...score([...order, i].map((place) => members[place]!), labels, classes),
    }));
    const next = candidates.reduce((best, each) => isBetter(each, best) ? each : best);
    order.push(next.i);
    scores.push(next);
  }
  const best = scores.reduce((best, each, i) => isBetter(each, scores[best]!) ? i : best, 0);
  return { order, best: best + 1 };
}

interface Score {
  readonly correct: number;
  readonly loss: number;
}

function score(members: readonly Float64Array[], labels: Uint8Array, classes: number): Score {
  const probabilities = averageProbabilities(members);
  const predicted = predictedClasses(probabilities, classes);
  return {
    correct: labels.filter((label, i) => label === predicted[i]).length,
    loss: crossEntropy(labels, probabilities, classes),
  };
}

function isBetter(a: Score, b: Score): boolean {
  return a.correct > b.correct || a.correct === b.correct && a.loss < b.loss;
}
