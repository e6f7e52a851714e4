/**
 * A folder for what goes between two programs.
 *
 * @module
 */

import { beforeLeaving } from "../interruption.ts";

/**
 * Does something with an empty folder of the system's, which is gone afterwards, also where Ctrl-C cuts
 * it off.
 *
 * @param work Gets the folder; what it returns is passed on.
 */
export async function inScratch<Result>(
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await Deno.makeTempDir({ prefix: "fer-lab-" });
  using _ = beforeLeaving(() => Deno.removeSync(folder, { recursive: true }));
  try {
    return await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
