/**
 * Tests of what is not on every machine: where it is missing they are skipped, and their line says why.
 *
 * @module
 */

import { join } from "node:path";
import { exists } from "./file.ts";
import { CHECKOUT } from "./paths.ts";

/**
 * Registers a test that needs something.
 *
 * @param missing What is not there, and how it is had; `undefined` where all is there. It stands in the
 *   test's line, since `deno test --quiet` shows nothing that a file prints.
 */
export function testWith(
  missing: string | undefined,
  name: string,
  fn: (test: Deno.TestContext) => void | Promise<void>,
): void {
  if (missing === undefined) Deno.test(name, fn);
  else Deno.test({ name: `${name} (skipped: ${missing})`, ignore: true, fn });
}

/** FER2013 with its official split, for tests; it does not come with the checkout. */
export const FER2013 = Deno.env.get("FER_LAB_DATA") ??
  join(CHECKOUT, "..", "shared", "data", "fer2013.zip");

/** For {@linkcode testWith}: `undefined` where FER2013 is there. */
export const withoutFer2013 = await exists(FER2013)
  ? undefined
  : "no FER2013; set FER_LAB_DATA to its file";
