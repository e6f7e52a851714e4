/**
 * Where the native TensorFlow libraries are that tfjs-node has loaded.
 *
 * @module
 */

import { join } from "node:path";
import { TFJS_NODE } from "./place.ts";

/**
 * A shared library of the provisioned folder: `cc` holds the C API, `framework` what all parts share.
 */
export function nativeLibrary(part: "cc" | "framework"): string {
  const ending = Deno.build.os === "darwin" ? ".2.dylib" : ".so.2";
  return join(TFJS_NODE, "deps", "lib", `libtensorflow_${part}${ending}`);
}
