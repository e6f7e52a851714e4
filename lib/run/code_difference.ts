/**
 * The difference between the code of two runs: between the commit of each with its patch on it.
 *
 * @module
 */

import { join } from "node:path";
import type { CheckoutState } from "../checkout.ts";
import { shortCommit } from "../digest.ts";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { type GitScratch, gitText, makeScratch, runGit } from "../git.ts";
import { CODE_PATHS, leftOutOf, patchSize, patchSizeText, PLAIN_DIFF } from "../patch.ts";
import { shownPath } from "../paths.ts";
import { patchTrouble, readFacts, readText, RUN_FILES } from "../report/files.ts";

/** The code that a run was made with. */
export interface RunCode {
  /** What the run is called in messages. */
  readonly name: string;
  readonly git: NonNullable<CheckoutState>;
  /** What was not committed; null where all was. */
  readonly patch: string | null;
}

/**
 * Reads which code a run was made with.
 *
 * @param folder The run's.
 * @param name What it is called in messages.
 * @throws {UserError} Where that is not known, or its patch is missing or another file.
 */
export async function readRunCode(folder: string, name: string): Promise<RunCode> {
  const file = join(folder, RUN_FILES.facts);
  if (!await exists(file)) {
    throw new UserError(`${name}: Its code is told by ${RUN_FILES.facts}, once it is done`);
  }
  const { git } = await readFacts(file);
  if (!git) throw new UserError(`${name}: Was made outside git: its code is not known`);
  const trouble = await patchTrouble(folder);
  if (trouble?.missing) {
    throw new UserError(
      `${name}: ${trouble.text}: copy it to ${
        shownPath(folder)
      } from where the run came from; runs ` +
        "from before patches were kept have none",
    );
  }
  if (trouble) throw new UserError(`${name}: ${trouble.text}`);
  const patch = git.patch === null ? null : await readText(join(folder, RUN_FILES.patch));
  return { name, git, patch };
}

/** Which code a run was made with, in a line, and what of it is in no patch. */
export function codeText({ name, git, patch }: RunCode): string {
  return [
    `${name}: commit ${shortCommit(git.commit)}${
      patch === null ? "" : `, ${patchSizeText(patchSize(patch))}`
    }${git.edited ? "; edited meanwhile: not all of it may have been this" : ""}`,
    ...leftOutOf(patch ?? "").map((line) => `  ${line}`),
  ].join("\n");
}

/** What a difference is made in. */
export interface DifferenceOptions {
  /** A folder of the repository. */
  readonly checkout: string;
  /** A folder to make, and to remove again: the repository stays as it is. */
  readonly temporary: string;
  /** Characters in a line of the list of files (default 80). */
  readonly width?: number;
}

/**
 * The difference between two runs' code, or what one had uncommitted: a list of files, and the lines.
 *
 * @param codes The one, or both.
 * @returns Nothing where they are the same.
 * @throws {UserError} Where there is no git, or a commit is not in the repository.
 */
export async function codeDifference(
  codes: readonly [RunCode, RunCode?],
  { checkout, temporary, width = 80 }: DifferenceOptions,
): Promise<string> {
  const [from, to = from] = codes;
  for (const { git, name } of [from, to]) await expectCommit(git.commit, { name, checkout });
  const scratch = await makeScratch(checkout, temporary);
  try {
    const trees = [
      await treeOf(codes.length === 1 ? { ...from, patch: null } : from, { checkout, scratch }),
      await treeOf(to, { checkout, scratch }),
    ];
    return await gitText(checkout, [
      ...["diff-tree", ...PLAIN_DIFF, `--stat=${width}`, ...trees, "--", ...CODE_PATHS],
    ], { env: scratch.env });
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

async function expectCommit(
  commit: string,
  { name, checkout }: { readonly name: string; readonly checkout: string },
): Promise<void> {
  const found = await runGit(checkout, ["cat-file", "-e", `${commit}^{commit}`]);
  if (found?.success) return;
  if (!found) throw new UserError("There is no git in PATH, and the difference is git's to say");
  throw new UserError(
    `${name}: Its commit ${shortCommit(commit)} is not in the repository of ${
      shownPath(checkout)
    }: git fetch may bring it`,
  );
}

/** What git knows the files by that a run's code is made of. */
async function treeOf(
  { name, git: { commit }, patch }: RunCode,
  { checkout, scratch }: { readonly checkout: string; readonly scratch: GitScratch },
): Promise<string> {
  if (patch === null || !/^diff --git /m.test(patch)) return commit;
  const { env } = scratch;
  await gitText(checkout, ["read-tree", commit], { env });
  const applied = await runGit(checkout, ["apply", "--cached", "--whitespace=nowarn", "-"], {
    env,
    input: patch,
  });
  if (!applied?.success) {
    const [reason = ""] = applied?.stderr.split("\n") ?? [];
    throw new UserError(
      `${name}: ${RUN_FILES.patch} does not go on its commit ${shortCommit(commit)}: ${reason}`,
    );
  }
  return (await gitText(checkout, ["write-tree"], { env })).trim();
}

/** Lines of a difference for a terminal: coloured as git has them, and with nothing that steers it. */
export function terminalDifference(text: string, { color }: { readonly color: boolean }): string {
  return text.split("\n").map((line) => {
    // deno-lint-ignore no-control-regex
    const plain = line.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
      const code = character.charCodeAt(0);
      return code < 128 ? `^${String.fromCharCode(code ^ 64)}` : "?";
    });
    const style = color && COLORS.find(([start]) => line.startsWith(start))?.[1];
    return style ? `\x1b[${style}m${plain}\x1b[0m` : plain;
  }).join("\n");
}

/** How lines begin, and as what they are shown: bold, cyan, green and red. */
const COLORS = [
  ...["diff --git", "index ", "--- ", "+++ "].map((start) => [start, 1] as const),
  ...[["@@", 36], ["+", 32], ["-", 31]] as const,
];
