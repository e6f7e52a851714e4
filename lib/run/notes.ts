/**
 * A note and tags that a person puts on a run: in a file of their own, so that the record stays what
 * it is.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, removeIfThere, writeFileWhole } from "../file.ts";
import { readJson } from "../report/files.ts";

/** What a person has put on a run. */
export interface RunNotes {
  readonly note: string | undefined;
  /** In the order of the alphabet. */
  readonly tags: readonly string[];
}

const FILE = "notes.json";
const KIND = { kind: "fer-lab/run-notes", version: 1 } as const;

/** Whether a text can be a tag: one word, so that it can be filtered by and listed with others. */
export function isTag(text: unknown): text is string {
  return typeof text === "string" && /^[\p{L}\p{N}][\p{L}\p{N}._-]{0,63}$/u.test(text);
}

/**
 * Reads what was put on a run.
 *
 * @param folder The run's.
 * @throws {UserError} Where the file is not what was written.
 */
export async function readNotes(folder: string): Promise<RunNotes> {
  const file = join(folder, FILE);
  if (!await exists(file)) return { note: undefined, tags: [] };
  const { kind, version, note, tags } = (await readJson(file) ?? {}) as Record<string, unknown>;
  const isNote = note === undefined || typeof note === "string" && !/\p{Cc}/u.test(note);
  if (kind === KIND.kind && version === KIND.version && isNote && Array.isArray(tags)) {
    if (tags.every(isTag)) return { note: note as string | undefined, tags };
  }
  throw new UserError(`${file}: Holds no note and tags of ours: mend or remove it`);
}

/**
 * Writes what is put on a run, in place of what was; the file is removed where that is nothing.
 *
 * @param folder The run's.
 * @param notes Tags in any order.
 */
export async function writeNotes(folder: string, { note, tags }: RunNotes): Promise<void> {
  const file = join(folder, FILE);
  if (note === undefined && tags.length === 0) {
    await removeIfThere(file);
    return;
  }
  const content = {
    ...KIND,
    ...note === undefined ? {} : { note },
    tags: [...new Set(tags)].sort(),
  };
  await writeFileWhole(file, JSON.stringify(content, null, 2) + "\n");
}
