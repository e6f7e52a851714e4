/**
 * Seeded fuzzing: cases that must end soon, in a value or in a refusal of the kind that is allowed.
 *
 * @module
 */

import { ok } from "node:assert/strict";
import { UserError } from "../error.ts";
import { type RandomStream, randomStream } from "../seed.ts";

/** `FER_LAB_FUZZ=5000` asks for so many cases of everything instead of the few of a quick test. */
const ASKED = Deno.env.get("FER_LAB_FUZZ");
/** A case that takes longer hangs. */
const MOST_MILLISECONDS = 5000;
/** Resident memory that grows by more is a leak or a bomb; what other tests of the process took is not. */
const MOST_GROWTH = 2 ** 30;
/** Nobody reads a longer line. */
const LONGEST_MESSAGE = 2000;

/** How {@linkcode fuzz} judges. */
export interface FuzzOptions {
  /** Which errors refuse a case (default: a `UserError`, as the person sees it). */
  readonly allowed?: (error: unknown) => boolean;
  /** Cases of a quick test (default 150). */
  readonly cases?: number;
}

/**
 * Tries cases; each may refuse what it is given in the way that is allowed.
 *
 * @param name The cases' stream of random numbers: the same name and number give the same case.
 * @param attempt Makes one case of the stream's numbers and tries it.
 */
export async function fuzz(
  name: string,
  attempt: (random: RandomStream) => unknown,
  { allowed = isUserError, cases = 150 }: FuzzOptions = {},
): Promise<void> {
  const count = ASKED === undefined ? cases : Number(ASKED);
  let refused = 0;
  const before = Deno.memoryUsage().rss;
  for (let seed = 0; seed < count; seed++) {
    const start = performance.now();
    try {
      await attempt(randomStream(seed, "fuzz", name));
    } catch (error) {
      if (!allowed(error) || (error instanceof UserError && !isLine(error.message))) {
        throw new Error(`Case ${seed} of ${name}`, { cause: error });
      }
      refused++;
    }
    ok(performance.now() - start < MOST_MILLISECONDS, `Case ${seed} of ${name} hangs`);
  }
  const { rss } = Deno.memoryUsage();
  ok(rss - before < MOST_GROWTH, "Memory grows");
  // Were all refused or none, the mutations would test little.
  ok(refused > 0 && refused < count, `${refused} of ${count} refused`);
  if (ASKED !== undefined) {
    console.log(`${name}: ${count} cases, ${refused} refused, ${Math.round(rss / 1e6)} MB`);
  }
}

function isUserError(error: unknown): boolean {
  return error instanceof UserError;
}

/** Whether a message is one line that can be read. */
function isLine(message: string): boolean {
  return !/[\p{Cc}]/u.test(message) && message.length <= LONGEST_MESSAGE;
}
