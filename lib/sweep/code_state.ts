/**
 * Whether the code is still what it was: a sweep starts processes for hours, and each loads the code that
 * is there at that moment, while `run.json` tells of the commit that was found when the sweep began.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT } from "../paths.ts";

/** What a run's process loads. */
const LOADED = ["deno.json", "deno.lock", "experiments", "lib"];

/**
 * A text that is another one after any of the files that a run loads has changed.
 *
 * @param checkout The folder of deno.json.
 */
export async function codeState(checkout: string = CHECKOUT): Promise<string> {
  const files: string[] = [];
  const walk = async (path: string) => {
    const { isDirectory, size, mtime } = await Deno.stat(join(checkout, path));
    if (!isDirectory) {
      if (!path.endsWith("_test.ts")) files.push(`${path} ${size} ${mtime?.getTime()}`);
      return;
    }
    for await (const { name } of Deno.readDir(join(checkout, path))) await walk(`${path}/${name}`);
  };
  for (const path of LOADED) await walk(path);
  return files.sort().join("\n");
}
