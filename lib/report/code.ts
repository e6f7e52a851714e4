/**
 * Which code compared runs were made with, as far as lies beside their records. No git is asked: what
 * changed between two commits is for `deno task runs --diff` to show.
 *
 * @module
 */

import { join } from "node:path";
import { shortCommit, shortDigest } from "../digest.ts";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { patchSize, patchSizeText } from "../patch.ts";
import { shownPath } from "../paths.ts";
import { patchTrouble, readFacts, readText, RUN_FILES } from "./files.ts";
import { COMMITTED_RESULTS } from "./folders.ts";
import type { ComparedSubject, ComparisonReport } from "./record.ts";
import { list, plural } from "./text.ts";

/** The states of the code that a subject's runs were made with. */
export type SubjectCode = NonNullable<ComparedSubject["code"]>;

/**
 * Reads which code runs were made with, each state once; those that do not tell are left out.
 *
 * @param runs Each with its folder.
 */
export async function readCode(
  runs: readonly { readonly seed: number; readonly folder: string }[],
): Promise<SubjectCode> {
  const states = new Map<string, SubjectCode[number]>();
  for (const { seed, folder } of runs) {
    const git = await gitOf(folder);
    if (!git) continue;
    const key = stateKey(git);
    const before = states.get(key);
    if (before) states.set(key, { ...before, seeds: [...before.seeds, seed] });
    else {
      const size = git.patch === null ? undefined : await sizeOf(folder);
      states.set(key, { run: folder, seeds: [seed], ...git, ...size ? { changed: size } : {} });
    }
  }
  return [...states.values()];
}

async function gitOf(folder: string) {
  const file = join(folder, RUN_FILES.facts);
  try {
    return await exists(file) ? (await readFacts(file)).git : null;
  } catch (error) {
    // What is wrong with it keeps no results from being compared.
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** How large a run's patch is; nothing where it is missing, or another file than run.json is of. */
async function sizeOf(folder: string) {
  if (await patchTrouble(folder)) return undefined;
  return patchSize(await readText(join(folder, RUN_FILES.patch)));
}

function stateKey({ commit, patch, edited }: Omit<SubjectCode[number], "run" | "seeds">): string {
  return `${commit} ${patch} ${edited ?? false}`;
}

/** What is said of a subject's code, and the command that shows what differs. */
export interface CodeNote {
  readonly text: string;
  readonly command?: string;
}

/** Says of each subject whether it is by the first one's code, and how to see what differs. */
export function codeNotes({ subjects }: ComparisonReport): CodeNote[] {
  const [first, ...others] = subjects as [ComparedSubject, ...ComparedSubject[]];
  const keys = ({ code = [] }: ComparedSubject) => code.map(stateKey).sort().join();
  if (keys(first) !== "" && others.every((other) => keys(other) === keys(first))) {
    return [{ text: `Code: the same, ${statesText(first.code!)}` }];
  }
  return others.map((other) => {
    const unknown = [first, other].filter(({ code = [] }) => code.length === 0);
    if (unknown.length > 0) {
      const names = list(unknown.map(({ name }) => name));
      return { text: `Code of ${names}: not known, no ${RUN_FILES.facts} there tells of a commit` };
    }
    if (keys(other) === keys(first)) return { text: `Code of ${other.name}: the same` };
    return {
      text: `Code of ${other.name}: other, ${betweenText(first.code!, other.code!)}`,
      command: differenceCommand(first, other),
    };
  });
}

function betweenText(from: SubjectCode, to: SubjectCode): string {
  const plain = [...from, ...to].every(({ patch, edited }) => patch === null && !edited);
  if (plain && from.length === 1 && to.length === 1) {
    return `commit ${shortCommit(from[0]!.commit)}..${shortCommit(to[0]!.commit)}`;
  }
  return `from ${statesText(from)} to ${statesText(to)}`;
}

function statesText(code: SubjectCode): string {
  return list(code.map(({ commit, patch, changed, edited, seeds }) => {
    const dirty = changed
      ? ` with ${patchSizeText(changed)}`
      : ` with uncommitted changes that are not kept`;
    return `commit ${shortCommit(commit)}${patch === null ? "" : dirty}${
      edited ? ", edited meanwhile" : ""
    }${code.length > 1 ? ` (${plural(seeds.length, "seed")})` : ""}`;
  }));
}

/** The command that shows how the code of two runs differs. */
function differenceCommand(first: ComparedSubject, other: ComparedSubject): string {
  const [from] = first.code!;
  const to = other.code!.find((state) => stateKey(state) !== stateKey(from!)) ?? other.code![0];
  const word = ({ digest }: ComparedSubject, { run, seeds }: SubjectCode[number]) =>
    // Of one name there may be two, here and where they were copied from.
    first.digest !== other.digest && run.startsWith(join(COMMITTED_RESULTS, "/"))
      ? `${shortDigest(digest)}/${seeds[0]}`
      : shownPath(run);
  return `deno task runs --diff ${word(first, from!)} ${word(other, to!)}`;
}
