/**
 * Tests that need a CPU with instructions for bfloat16.
 *
 * @module
 */

import { bfloat16Trouble } from "./precision.ts";

/** Why bfloat16 cannot be had here, for `testWith`; `undefined` where it can. */
export const withoutBfloat16 = await bfloat16Trouble();
