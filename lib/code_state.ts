/**
 * Whether the code is still what it was: what `run.json` tells of it was found a moment before, or hours,
 * as a sweep starts processes for hours and each loads the code that is there at that moment.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT } from "./paths.ts";

/** What a run's process loads, in the folder of deno.json. */
export const LOADED: readonly string[] = ["deno.json", "deno.lock", "experiments", "lib"];

/**
 * A text that is another one after any of the files that a run loads has changed.
 *
 * @param checkout The folder of deno.json.
 */
export function codeState(checkout: string = CHECKOUT): string {
  const files: string[] = [];
  const walk = (path: string) => {
    const { isDirectory, size, mtime } = Deno.statSync(join(checkout, path));
    if (!isDirectory) {
      if (!path.endsWith("_test.ts")) files.push(`${path} ${size} ${mtime?.getTime()}`);
      return;
    }
    for (const { name } of Deno.readDirSync(join(checkout, path))) walk(`${path}/${name}`);
  };
  LOADED.forEach(walk);
  return files.sort().join("\n");
}
