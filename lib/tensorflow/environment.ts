/**
 * What must hold before tfjs-node is loaded; imported for its effects, ahead of it.
 *
 * @module
 */

import { statSync } from "node:fs";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import util from "node:util";
import { UserError } from "../error.ts";
import { ADDON, TFJS_NODE } from "./place.ts";
import { NAPI_VERSION } from "./platform.ts";
import { withoutStderr } from "./quiet_load.ts";

// tfjs-node 4.22 calls two functions that node:util no longer has.
const legacy = util as unknown as Record<string, unknown>;
legacy.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
legacy.isArray ??= Array.isArray;

// The library reads these once, as it loads. oneDNN is off by default on CPUs without AVX512-VNNI,
// and 1.3 times slower there.
setUnlessSet("TF_ENABLE_ONEDNN_OPTS", "1");
const quiet = setUnlessSet("TF_CPP_MIN_LOG_LEVEL", "2") >= "2";

/** The number of threads TensorFlow computes with: `FER_LAB_THREADS`, or one for each processor. */
export const THREADS: number = threads();
// Stated even where it is the default: the number of threads changes the last bits of a result.
Deno.env.set("TF_NUM_INTRAOP_THREADS", String(THREADS));
Deno.env.set("TF_NUM_INTEROP_THREADS", String(THREADS));

loadAddon(join(TFJS_NODE, "lib", `napi-v${NAPI_VERSION}`, ADDON));

/** Loads the addon, which tfjs-node will then find loaded. */
function loadAddon(addon: string): void {
  if (!statSync(addon, { throwIfNoEntry: false })?.isFile()) {
    throw new UserError("Native TensorFlow is not set up here: run deno task setup");
  }
  const load = () => createRequire(import.meta.url)(addon);
  try {
    if (quiet) withoutStderr(load);
    else load();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(
      `Native TensorFlow does not load (${reason}): run deno task setup --force`,
      { cause: error },
    );
  }
}

function threads(): number {
  const wanted = Deno.env.get("FER_LAB_THREADS");
  if (!wanted) return cpus().length;
  const number = Number(wanted);
  if (Number.isInteger(number) && number >= 1 && number <= 1024) return number;
  throw new UserError(`FER_LAB_THREADS must be a whole number from 1 to 1024: ${wanted}`);
}

/** Sets an environment variable that the user has not set; returns what holds. */
function setUnlessSet(name: string, value: string): string {
  const own = Deno.env.get(name);
  if (own === undefined) Deno.env.set(name, value);
  return own ?? value;
}
