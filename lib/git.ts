/**
 * Git, as far as it is asked: what it prints comes back as bytes, since a file in a difference may be in
 * any encoding.
 *
 * @module
 */

import { join, resolve } from "node:path";
import { UserError } from "./error.ts";
import { writeText } from "./tensorflow/runner.ts";

/** What a call of git's is given beside its arguments. */
export interface GitOptions {
  /** Environment variables on top of the process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads on standard input. */
  readonly input?: string;
}

/** How a call of git's ended. */
export interface GitResult {
  readonly success: boolean;
  readonly stdout: Uint8Array;
  readonly stderr: string;
}

/**
 * Runs git in a folder; nothing where there is no git.
 *
 * @param folder Where it runs.
 */
export async function runGit(
  folder: string,
  args: readonly string[],
  { env = {}, input }: GitOptions = {},
): Promise<GitResult | undefined> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("git", {
      args: ["-C", folder, ...args],
      // It writes to nobody's index unasked, and says things in words that can be read here.
      env: { GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C", ...env },
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const [{ success, stdout, stderr }] = await Promise.all([
    child.output(),
    input === undefined ? undefined : writeText(child.stdin, input),
  ]);
  return { success, stdout, stderr: new TextDecoder().decode(stderr).trim() };
}

/**
 * What git prints.
 *
 * @throws {UserError} Where there is no git, or with what it complains of.
 */
export async function gitOutput(
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<Uint8Array> {
  const result = await runGit(folder, args, options);
  if (!result) throw new UserError("There is no git in PATH: install it");
  if (result.success) return result.stdout;
  const [reason = ""] = result.stderr.split("\n");
  throw new UserError(`git ${commandOf(args)} in ${folder}: ${reason || "it failed"}`);
}

/** The same as text. */
export async function gitText(
  folder: string,
  args: readonly string[],
  options: GitOptions = {},
): Promise<string> {
  return new TextDecoder().decode(await gitOutput(folder, args, options));
}

/** A place beside a repository, for an index and objects of one's own. */
export interface GitScratch {
  /** Its folder, which is to be removed in the end. */
  readonly folder: string;
  /** For git, which then reads the repository and writes here. */
  readonly env: Readonly<Record<string, string>>;
  /** The repository's index, which need not be there. */
  readonly index: string;
  /** From the top of the repository to the checkout, with a slash at its end; empty where they are one. */
  readonly prefix: string;
}

/**
 * Makes a place beside a repository, so that trees can be put together and nothing is written into it.
 *
 * @param folder Where it is to be.
 */
export async function makeScratch(checkout: string, folder: string): Promise<GitScratch> {
  const paths = await gitText(checkout, [
    ...["rev-parse", "--show-prefix", "--git-path", "index", "--git-path", "objects"],
  ]);
  const [prefix = "", index = "", objects = ""] = paths.split("\n");
  await Deno.mkdir(join(folder, "objects"), { recursive: true });
  const env = {
    GIT_INDEX_FILE: join(folder, "index"),
    GIT_OBJECT_DIRECTORY: join(folder, "objects"),
    GIT_ALTERNATE_OBJECT_DIRECTORIES: resolve(checkout, objects),
  };
  return { folder, env, index: resolve(checkout, index), prefix };
}

/** `diff` of `-c name=value diff ...`. */
function commandOf(args: readonly string[]): string {
  return args.find((arg, i) => !arg.startsWith("-") && args[i - 1] !== "-c") ?? "";
}
