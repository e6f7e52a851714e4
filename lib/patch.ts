/**
 * The patch of a checkout: what is not committed, as `git apply` takes it on the commit.
 *
 * Of tracked files it holds every change, of others the source that a run may load. It is text of bounded
 * size, for it is kept beside every run that it is of: files that are none, or too large, and data are
 * left out whole, and named at its beginning with what git knows their content by. Results are no part of
 * it, nor is what .gitignore excludes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { LOADED } from "./code_state.ts";
import { gitOutput, makeScratch } from "./git.ts";
import { plural } from "./text.ts";

/** Code and settings; results do not make a checkout dirty. */
export const CODE_PATHS: readonly string[] = [
  ...[".", ":!reports", ":!notebooks", ":!benchmarks/results"],
];

/** Where data lie; theirs is a digest of their own, and no image is to come into a patch. */
const DATA = "data/";

/** Of a file that is not tracked: that it is source. */
const SOURCE = /\.([cm]?[jt]s|[jt]sx|jsonc?|py|html|css)$/;

/** The most bytes of a patch, and of it those of one file. */
export const MOST_PATCH = { whole: 1_000_000, file: 200_000 } as const;

/** A difference as git's plumbing has it: what somebody's settings of git do not change. */
export const PLAIN_DIFF: readonly string[] = [
  ...["-p", "--full-index", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color"],
  ...["--ignore-submodules", "--src-prefix=a/", "--dst-prefix=b/"],
];

/**
 * The patch of a checkout; empty where all is committed. Neither the index nor the repository is changed.
 *
 * @param checkout The folder of deno.json, in a repository with a commit.
 * @param options `temporary`: a folder to make, and to remove again.
 * @throws {UserError} With what git complains of.
 */
export async function makePatch(
  checkout: string,
  { temporary }: { readonly temporary: string },
): Promise<string> {
  const { env, index, prefix } = await makeScratch(checkout, temporary);
  const git = (args: readonly string[], input?: string) =>
    gitOutput(checkout, args, { env, ...input === undefined ? {} : { input } });
  const list = async (...args: string[]) =>
    new TextDecoder().decode(await git(["ls-files", "-z", ...args])).split("\0").filter(Boolean);
  try {
    await copyIfThere(index, env.GIT_INDEX_FILE!);
    // Within a merge a file is there in several versions, and has no difference.
    if ((await list("--unmerged")).length > 0) await git(["read-tree", "HEAD"]);
    // Or files with nothing but another time would count as changed.
    await git(["update-index", "-q", "--refresh"]);
    const untracked = (await list("--others", "--exclude-standard", "--", ...LOADED))
      .filter((path) => SOURCE.test(path));
    if (untracked.length > 0) {
      await git([
        ...["--literal-pathspecs", "add", "--intent-to-add"],
        ...["--pathspec-from-file=-", "--pathspec-file-nul"],
      ], untracked.join("\0"));
    }
    const difference = await git([
      // What is larger counts as binary, and is not printed.
      ...["-c", `core.bigFileThreshold=${MOST_PATCH.whole}`],
      ...["diff-index", ...PLAIN_DIFF, "HEAD", "--", ...CODE_PATHS],
    ]);
    return boundedPatch(difference, { data: `${prefix}${DATA}` });
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function copyIfThere(from: string, to: string): Promise<void> {
  try {
    await Deno.copyFile(from, to);
    // A file that was changed in the very moment after the index was written is told by their times.
    const { mtime } = await Deno.stat(from);
    await Deno.utime(to, mtime!, mtime!);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** What is kept of a difference: the files that are text and fit in, after the names of all others. */
function boundedPatch(difference: Uint8Array, { data }: { readonly data: string }): string {
  const leftOut: string[] = [];
  let kept = "";
  let bytes = 0;
  for (const part of partsOf(difference)) {
    const text = decode(part);
    const reason = partPath(part).startsWith(data)
      ? "data"
      : text === undefined || /^Binary files .* differ$/m.test(headOf(part))
      ? "binary or large"
      : part.length > MOST_PATCH.file || bytes + part.length > MOST_PATCH.whole
      ? "large"
      : undefined;
    if (reason === undefined) {
      kept += text;
      bytes += part.length;
    } else leftOut.push(`${LEFT_OUT}${partPath(part)} (${reason}), ${contentOf(part)}\n`);
  }
  return leftOut.join("") + kept;
}

/** How a line begins that names a file that is left out; `git apply` skips what comes before files. */
const LEFT_OUT = "Left out: ";

/** The lines of a patch that name what is left out of it. */
export function leftOutOf(patch: string): string[] {
  const [head = ""] = patch.split(/^diff --git /m, 1);
  return head.split("\n").filter((line) => line.startsWith(LEFT_OUT));
}

/** How many files a patch changes, those that are left out included, and how many lines it adds and removes. */
export interface PatchSize {
  readonly files: number;
  readonly added: number;
  readonly removed: number;
}

/** Counts what a patch changes. */
export function patchSize(patch: string): PatchSize {
  const parts = patch.split(/^(?=diff --git )/m).filter((part) => part.startsWith("diff --git "));
  const lines = parts.flatMap((part) => {
    const at = part.search(/^@@ /m);
    return at < 0 ? [] : part.slice(at).split("\n");
  });
  return {
    files: parts.length + leftOutOf(patch).length,
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

/** What a patch changes, in words: `uncommitted changes to 2 files (+3 -1)`. */
export function patchSizeText({ files, added, removed }: PatchSize): string {
  return `uncommitted changes to ${plural(files, "file")} (+${added} -${removed})`;
}

/** A difference by files, its bytes one character each. */
function partsOf(difference: Uint8Array): string[] {
  // Within a file's part every line begins with one of " +-@\" or a word of git's.
  return Buffer.from(difference).toString("latin1").split(/^(?=diff --git )/m)
    .filter((part) => part !== "");
}

function decode(part: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(Buffer.from(part, "latin1"));
  } catch {
    return undefined;
  }
}

/** What git says of a file before its lines. */
function headOf(part: string): string {
  const at = part.search(/^@@ /m);
  return at < 0 ? part : part.slice(0, at);
}

/** The path from the top of the repository, in git's quotes where it needs them. */
function partPath(part: string): string {
  const [, quoted, plain] = /^diff --git .* (?:"b\/(.*)"|b\/(.*))$/m.exec(headOf(part)) ?? [];
  return quoted ?? plain ?? "";
}

/** What git knows the content by that the file has now. */
function contentOf(part: string): string {
  const [, now = ""] = /^index [0-9a-f]+\.\.([0-9a-f]+)/m.exec(headOf(part)) ?? [];
  return /^0*$/.test(now) ? "deleted" : `git blob ${now}`;
}
