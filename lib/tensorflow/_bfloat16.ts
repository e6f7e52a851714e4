/**
 * Tests that need a CPU with instructions for bfloat16.
 *
 * @module
 */

import { bfloat16Trouble } from "./precision.ts";

const trouble = await bfloat16Trouble();

/**
 * Whether bfloat16 cannot be had here, which is printed: for a test's `ignore`.
 *
 * @param what Is then not tested.
 */
export function withoutBfloat16(what: string): boolean {
  if (trouble !== undefined) console.warn(`${what} is not tested here: ${trouble}`);
  return trouble !== undefined;
}
