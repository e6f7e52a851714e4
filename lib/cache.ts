/**
 * Where things that can be made again are kept.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "./error.ts";
import { CHECKOUT, userPath } from "./paths.ts";

/**
 * The per-user folder for what all checkouts share (native TensorFlow): `FER_LAB_CACHE` where it is
 * set, else `fer-lab` under the system's own place for caches (XDG rules on Linux). Always absolute:
 * links and the system's loader go by it, and not every process stands in the same folder.
 *
 * @throws {UserError} Where neither `FER_LAB_CACHE` nor `HOME` is set.
 */
export function userCacheFolder(): string {
  const own = Deno.env.get("FER_LAB_CACHE");
  if (own) return userPath(own);
  const home = Deno.env.get("HOME");
  if (Deno.build.os === "darwin" && home) return join(home, "Library", "Caches", "fer-lab");
  const xdg = Deno.env.get("XDG_CACHE_HOME");
  // The XDG base directory specification has relative paths ignored.
  if (xdg?.startsWith("/")) return join(xdg, "fer-lab");
  if (home) return join(home, ".cache", "fer-lab");
  throw new UserError("No place for a cache: set FER_LAB_CACHE to a folder, or HOME");
}

/**
 * The checkout's own folder for what can be made again (decoded data sets, traced graphs), `.cache`
 * beside deno.json: inside the checkout, so that training needs no right to write anywhere else.
 */
export const CHECKOUT_CACHE: string = join(CHECKOUT, ".cache");
