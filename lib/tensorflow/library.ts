/**
 * Where the native TensorFlow library is that tfjs-node has loaded.
 *
 * @module
 */

import { join } from "node:path";
import { TFJS_NODE } from "./place.ts";

/** The shared library with TensorFlow's C API, as the provisioned folder calls it. */
export function nativeLibrary(): string {
  const name = Deno.build.os === "darwin" ? "libtensorflow_cc.2.dylib" : "libtensorflow_cc.so.2";
  return join(TFJS_NODE, "deps", "lib", name);
}
