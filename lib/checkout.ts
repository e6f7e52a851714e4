/**
 * Which version of the code runs: the commit, and what is not committed.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "./cache.ts";
import { sha256 } from "./digest.ts";
import { UserError } from "./error.ts";
import { writeFileWhole } from "./file.ts";
import type { CheckoutState } from "./schema/run.ts";

const STATE_FILE = join(CHECKOUT_CACHE, "checkout.json");

/** Code and settings; results do not make a checkout dirty. */
const PATHS = [".", ":!reports", ":!notebooks", ":!benchmarks/results"];

/**
 * Asks git and keeps the answer, for experiments, which may start no program. Every task calls it
 * through `deno task setup` right before.
 *
 * @param options `git`: runs git and gives its output, or nothing where it fails; `file`: where the
 *   answer is kept.
 */
export async function noteCheckoutState(
  { git = runGit, file = STATE_FILE }: {
    git?: (args: readonly string[]) => Promise<string | undefined>;
    file?: string;
  } = {},
): Promise<void> {
  const [commit, patch, status] = await Promise.all([
    git(["rev-parse", "HEAD"]),
    git(["diff", "HEAD", "--binary", "--", ...PATHS]),
    git(["status", "--porcelain", "--", ...PATHS]),
  ]);
  const state: CheckoutState = !commit ? null : {
    commit: commit.trim(),
    patch: status ? sha256(`${patch}${status}`) : null,
  };
  const text = JSON.stringify(state) + "\n";
  if (text !== await Deno.readTextFile(file).catch(() => "")) await writeFileWhole(file, text);
}

/**
 * What {@linkcode noteCheckoutState} found last; null where it was never asked.
 *
 * @throws {UserError} Where its file cannot be understood.
 */
export async function readCheckoutState(file: string = STATE_FILE): Promise<CheckoutState> {
  let state: unknown;
  try {
    state = JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new UserError(`Cannot read ${file}: run deno task setup`, { cause: error });
  }
  // It goes into run.json, and is to be found wrong before a run and not after.
  if (isCheckoutState(state)) return state;
  throw new UserError(`${file}: Does not tell of a commit: run deno task setup`);
}

function isCheckoutState(json: unknown): json is CheckoutState {
  if (json === null) return true;
  const { commit, patch, ...others } = json as Record<string, unknown>;
  return typeof commit === "string" && /^[0-9a-f]{40,64}$/.test(commit) &&
    (patch === null || (typeof patch === "string" && /^[0-9a-f]{64}$/.test(patch))) &&
    Object.keys(others).length === 0;
}

async function runGit(args: readonly string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", join(CHECKOUT_CACHE, ".."), ...args],
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
