/**
 * One seed to any number of named random streams.
 *
 * Every random choice of a run (initial weights, order of images, augmentation, dropout, splits,
 * synthetic faces) draws from a stream named for it, so that one choice more in one place moves
 * nothing in another, and the same seed gives the same bytes. Seed 0 is a seed like any other.
 *
 * @example
 * ```ts
 * import { randomStream } from "./seed.ts";
 * const order = randomStream(1, "order", 3); // epoch 3
 * order.integer(0, 10); // always the same number
 * ```
 *
 * @module
 */

import { createHash } from "node:crypto";

/** A source of pseudo-random numbers; the same seed and name give the same numbers. */
export interface RandomStream {
  /** A whole number from 0 to 2^32 - 1. */
  uint32(): number;
  /** A number in [0, 1) with 53 random bits. */
  uniform(): number;
  /** A number from the normal distribution with mean 0 and standard deviation 1. */
  normal(): number;
  /** A whole number in [low, high), each equally likely. */
  integer(low: number, high: number): number;
  /** Fills an array with what as many calls of `integer(0, high)` would give, several times as fast. */
  integers(into: Uint32Array, high: number): void;
}

/**
 * The stream of a seed and a name.
 *
 * @param seed Any safe integer, 0 included.
 * @param name What the stream is for, from the general to the special ("augmentation", "balance").
 */
export function randomStream(seed: number, ...name: (string | number)[]): RandomStream {
  return new Xoshiro128(derive(seed, name));
}

/**
 * A key of two int32 for TensorFlow's stateless random ops, from a seed and a name.
 *
 * @param seed Any safe integer, 0 included.
 * @param name What the numbers are for.
 */
export function randomKey(seed: number, ...name: (string | number)[]): [number, number] {
  const words = derive(seed, name);
  return [words[0]! | 0, words[1]! | 0];
}

/**
 * Shuffles in place: Fisher and Yates's shuffle (Durstenfeld 1964), every order equally likely.
 *
 * @param values What to shuffle.
 * @param stream Where the choices come from.
 * @returns The same `values`.
 */
export function shuffle<T extends { length: number; [index: number]: unknown }>(
  values: T,
  stream: RandomStream,
): T {
  for (let i = values.length - 1; i > 0; i--) {
    const j = stream.integer(0, i + 1);
    const kept = values[i];
    values[i] = values[j];
    values[j] = kept;
  }
  return values;
}

/** 128 bits from SHA-256 of the seed and the name, unambiguous for any name (JSON). */
function derive(seed: number, name: readonly (string | number)[]): Uint32Array {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed must be a whole number: ${seed}`);
  const digest = createHash("sha256").update(JSON.stringify([seed, ...name])).digest();
  const words = new Uint32Array(4);
  for (let i = 0; i < 4; i++) words[i] = digest.readUInt32LE(4 * i);
  return words;
}

/**
 * xoshiro128** 1.1 (Blackman and Vigna, "Scrambled Linear Pseudorandom Number Generators", 2021):
 * 32-bit words, period 2^128 - 1.
 */
export class Xoshiro128 implements RandomStream {
  #a: number;
  #b: number;
  #c: number;
  #d: number;
  #spare = NaN;

  /** @param words The state: four uint32, not all zero. */
  constructor(words: ArrayLike<number>) {
    this.#a = words[0]! | 0;
    this.#b = words[1]! | 0;
    this.#c = words[2]! | 0;
    this.#d = words[3]! | 0;
  }

  uint32(): number {
    const scrambled = Math.imul(this.#b, 5);
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9);
    const shifted = this.#b << 9;
    this.#c ^= this.#a;
    this.#d ^= this.#b;
    this.#b ^= this.#c;
    this.#a ^= this.#d;
    this.#c ^= shifted;
    this.#d = (this.#d << 11) | (this.#d >>> 21);
    return result >>> 0;
  }

  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 0x4000000 + low) / 0x20000000000000;
  }

  /** Box and Muller's transform (1958): two numbers from two, the second kept for the next call. */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** Without bias: numbers past the largest multiple of the range are drawn again. */
  integer(low: number, high: number): number {
    const range = high - low;
    if (!(Number.isSafeInteger(range) && range > 0 && range <= 0x100000000)) {
      throw new RangeError(`Not a range of whole numbers: [${low}, ${high})`);
    }
    const limit = 0x100000000 - (0x100000000 % range);
    let drawn = this.uint32();
    while (drawn >= limit) drawn = this.uint32();
    return low + (drawn % range);
  }

  integers(into: Uint32Array, high: number): void {
    // Nothing is drawn from nothing, as where no image is clean.
    if (into.length === 0) return;
    if (!(Number.isSafeInteger(high) && high > 0 && high <= 0xffffffff)) {
      throw new RangeError(`Not a range of whole numbers: [0, ${high})`);
    }
    // `uint32()` and `integer()` once more, in local variables and in uint32 only: a bootstrap draws
    // tens of millions, and a call each takes eight times as long.
    const range = high >>> 0;
    const last = (0xffffffff - (0x100000000 % high)) >>> 0;
    let [a, b, c, d] = [this.#a, this.#b, this.#c, this.#d];
    for (let i = 0; i < into.length; i++) {
      let drawn: number;
      do {
        const scrambled = Math.imul(b, 5);
        drawn = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
        const shifted = b << 9;
        c ^= a;
        d ^= b;
        b ^= c;
        a ^= d;
        c ^= shifted;
        d = (d << 11) | (d >>> 21);
      } while (drawn > last);
      into[i] = drawn % range;
    }
    [this.#a, this.#b, this.#c, this.#d] = [a, b, c, d];
  }
}
