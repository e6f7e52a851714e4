/**
 * Which version of the code runs: the commit, and what is not committed.
 *
 * Git is asked by `deno task setup`, which every task runs first, since training may start no program. What
 * it found says of which state of the files it is: where that is another one when a run begins, the code
 * was edited in between, or setup was not run, and `run.json` says so instead of naming wrong code.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "./cache.ts";
import { codeState } from "./code_state.ts";
import { sha256 } from "./digest.ts";
import { UserError } from "./error.ts";
import { writeFileWhole } from "./file.ts";
import { runGit } from "./git.ts";
import { makePatch } from "./patch.ts";
import { CHECKOUT } from "./paths.ts";
import type { CheckoutState } from "./schema/run.ts";

export type { CheckoutState };

/** What is noted of a checkout; null outside git. */
type Note = {
  readonly commit: string;
  /** What is not committed; null where all is. */
  readonly patch: string | null;
  /** SHA-256 of the state of the files that a run loads. */
  readonly code: string;
} | null;

/** The code that a run is about to be made with. */
export interface Checkout {
  readonly git: CheckoutState;
  /** The text that the state's `patch` is the digest of; null where there is none. */
  readonly patch: string | null;
}

/** Where a checkout lies, and where it is noted; a test has its own. */
export interface CheckoutPlace {
  /** The folder of deno.json. */
  readonly checkout?: string;
  readonly file?: string;
}

const NOTE_FILE = join(CHECKOUT_CACHE, "checkout.json");

/** Asks git and keeps the answer, for experiments. */
export async function noteCheckout(
  { checkout = CHECKOUT, file = NOTE_FILE }: CheckoutPlace = {},
): Promise<void> {
  // First: what is edited from here on is seen to be, also where git sees it already.
  const code = sha256(codeState(checkout));
  const head = await runGit(checkout, ["rev-parse", "HEAD"]);
  let note: Note = null;
  if (head?.success) {
    const commit = new TextDecoder().decode(head.stdout).trim();
    const patch = await makePatch(checkout, { temporary: `${file}.tmp-${Deno.pid}-0` });
    note = { commit, patch: patch || null, code };
  }
  const text = JSON.stringify(note) + "\n";
  if (text !== await Deno.readTextFile(file).catch(() => "")) await writeFileWhole(file, text);
}

/**
 * What {@linkcode noteCheckout} found last; outside git where it was never asked.
 *
 * @throws {UserError} Where its file cannot be understood.
 */
export async function readCheckout(
  { checkout = CHECKOUT, file = NOTE_FILE }: CheckoutPlace = {},
): Promise<Checkout> {
  let note: unknown;
  try {
    note = JSON.parse(await Deno.readTextFile(file));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { git: null, patch: null };
    throw new UserError(`Cannot read ${file}: run deno task setup`, { cause: error });
  }
  // It goes into run.json, and is to be found wrong before a run and not after.
  if (!isNote(note)) {
    throw new UserError(`${file}: Does not tell of a commit: run deno task setup`);
  }
  if (note === null) return { git: null, patch: null };
  const { commit, patch, code } = note;
  const edited = code !== sha256(codeState(checkout));
  const git = { commit, patch: patch === null ? null : sha256(patch) };
  return { git: edited ? { ...git, edited } : git, patch };
}

function isNote(json: unknown): json is Note {
  if (json === null) return true;
  const { commit, patch, code, ...others } = json as Record<string, unknown>;
  return isCommit(commit) && (patch === null || (typeof patch === "string" && patch !== "")) &&
    typeof code === "string" && Object.keys(others).length === 0;
}

/** Whether a value can stand as `git` in run.json. */
export function isCheckoutState(json: unknown): json is CheckoutState {
  if (json === null) return true;
  const { commit, patch, edited, ...others } = (json ?? {}) as Record<string, unknown>;
  return isCommit(commit) &&
    (patch === null || (typeof patch === "string" && /^[0-9a-f]{64}$/.test(patch))) &&
    (edited === undefined || edited === true) && Object.keys(others).length === 0;
}

function isCommit(value: unknown): boolean {
  return typeof value === "string" && /^[0-9a-f]{40,64}$/.test(value);
}

/**
 * What is to be said of a run that was begun with one state of the code and goes on with another: that of
 * the end, and that it was edited.
 */
export function goneOnWith(begun: CheckoutState | undefined, now: CheckoutState): CheckoutState {
  if (!now || begun === undefined) return now;
  const same = begun !== null && begun.commit === now.commit && begun.patch === now.patch;
  return same && !begun.edited ? now : { ...now, edited: true };
}
