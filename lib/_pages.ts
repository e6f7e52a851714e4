/** What is committed to be read, for tests. */

import { gitText } from "./git.ts";
import { CHECKOUT } from "./paths.ts";

/**
 * The committed files of that kind, relative to the checkout.
 *
 * @param patterns As git takes them, such as `*.md`.
 */
export async function committedPages(...patterns: readonly string[]): Promise<string[]> {
  const listed = await gitText(CHECKOUT, ["ls-files", "-z", ...patterns]);
  return listed.split("\0").filter((path) => path !== "");
}
