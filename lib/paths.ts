/**
 * Paths as the person at the terminal means them.
 *
 * @module
 */

import { join, relative, resolve } from "node:path";
import { UsageError, UserError } from "./error.ts";

/** The root of the checkout: the folder of deno.json. */
export const CHECKOUT: string = join(import.meta.dirname!, "..");

/** The compact copy of CREMA-D's votes, which comes with the checkout. */
export const BUNDLED_VOTES: string = join(CHECKOUT, "data", "crema-d", "votes.csv");

/** What a residual network of exp:deep says of FER2013's test images; comes with the checkout. */
export const BUNDLED_PROBABILITIES: string = join(
  CHECKOUT,
  ...["data", "face-network", "probabilities.csv"],
);

/** Images with voices, which come with the checkout. */
export const BUNDLED_PAIRS: string = join(CHECKOUT, "data", "face-voice", "pairs.csv");

/** From where and for whom {@linkcode userPath} reads a path; a test puts in its own. */
export interface UserPathOptions {
  /** Where the person stands. */
  readonly cwd?: string;
  /** The person's home folder. */
  readonly home?: string;
}

/**
 * The absolute path that somebody means by a path on a command line or in an environment variable.
 *
 * A relative one starts where they stand. That is not the working directory of a task: `deno task`
 * runs everything in the folder of deno.json, and tells in `INIT_CWD` where it was called. `~` and
 * `~/...` are the home folder, since no shell expands them in `--data=~/x` or in quotes.
 *
 * @throws {UserError} Where the path starts with `~` and there is no `HOME`, or is no UTF-8.
 * @throws {UsageError} For an address on the web: nothing is downloaded.
 */
export function userPath(path: string, options: UserPathOptions = {}): string {
  if (/^(https?|ftp):\/\//i.test(path)) {
    throw new UsageError(
      `${path}: Is an address: download what it names, and give the file's path`,
    );
  }
  if (path === "~" || path.startsWith("~/")) {
    const home = options.home ?? allowedEnv("HOME");
    if (!home) throw new UserError(`Cannot tell what ~ is in ${path}: set HOME, or write it out`);
    return resolve(join(home, path.slice(1)));
  }
  const whole = resolve(options.cwd ?? (allowedEnv("INIT_CWD") || Deno.cwd()), path);
  if (isNoUtf8(whole)) throw new UserError(`${path}: ${NO_UTF8}`);
  return whole;
}

/** What is wrong with a name that {@linkcode isNoUtf8}. */
export const NO_UTF8 = "Its name is not UTF-8, and cannot be opened: rename it";

/**
 * Whether a path that was read, on a command line or in a folder, is of a name that is not UTF-8: what
 * stands in place of its bytes then leads nowhere.
 */
export function isNoUtf8(path: string): boolean {
  if (!path.includes("\ufffd")) return false;
  try {
    Deno.lstatSync(path);
    return false;
  } catch {
    return true;
  }
}

/** A variable, where this task may read it: to ask for one that it may not would be a prompt. */
function allowedEnv(variable: string): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable });
  return state === "granted" ? Deno.env.get(variable) : undefined;
}

/**
 * A path as the person would type it where they stand, where that is shorter than the whole path.
 *
 * @param path An absolute path.
 */
export function shownPath(path: string, options: UserPathOptions = {}): string {
  const near = relative(userPath(".", options), path) || ".";
  return near.length < path.length ? near : path;
}
