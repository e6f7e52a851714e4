/**
 * What must hold before tfjs-node is loaded; imported for its effects, ahead of it.
 *
 * @module
 */

import { statSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import util from "node:util";
import { UserError } from "../error.ts";
import { ADDON, TFJS_NODE } from "./place.ts";
import { NAPI_VERSION } from "./platform.ts";

// tfjs-node 4.22 calls two functions that node:util no longer has.
const legacy = util as unknown as Record<string, unknown>;
legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
legacy.isArray ??= Array.isArray;

// The library reads these once, as it loads. oneDNN is off by default on CPUs without AVX512-VNNI,
// and 1.3 times slower there.
setUnlessSet("TF_ENABLE_ONEDNN_OPTS", "1");
setUnlessSet("TF_CPP_MIN_LOG_LEVEL", "3");

/** The number of threads TensorFlow computes with: `FER_LAB_THREADS`, or one for each processor. */
export const THREADS: number = threads();
// Stated even where it is the default: the number of threads changes the last bits of a result.
Deno.env.set("TF_NUM_INTRAOP_THREADS", String(THREADS));
Deno.env.set("TF_NUM_INTEROP_THREADS", String(THREADS));

if (!isProvisioned()) {
  throw new UserError("Native TensorFlow is not set up here: run deno task setup");
}

function threads(): number {
  const wanted = Deno.env.get("FER_LAB_THREADS");
  if (!wanted) return cpus().length;
  const number = Number(wanted);
  if (Number.isInteger(number) && number >= 1 && number <= 1024) return number;
  throw new UserError(`FER_LAB_THREADS must be a whole number from 1 to 1024: ${wanted}`);
}

function setUnlessSet(name: string, value: string): void {
  if (Deno.env.get(name) === undefined) Deno.env.set(name, value);
}

function isProvisioned(): boolean {
  try {
    return statSync(join(TFJS_NODE, "lib", `napi-v${NAPI_VERSION}`, ADDON)).isFile();
  } catch {
    return false;
  }
}
