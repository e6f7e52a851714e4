/**
 * The folder of an export: made whole beside what is there, then put in its place.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { UserError } from "../error.ts";
import { beforeLeaving } from "../interruption.ts";
import { exists, explainWriting, isFolder, syncFolder, writeFileWhole } from "../file.ts";
import { shownPath } from "../paths.ts";
import { readText } from "../report/files.ts";
import { type ExportFiles, FORMATS } from "./formats.ts";

/** The model card's name, as Hugging Face has it. */
export const CARD_FILE = "README.md";

/** What an export is called while it is made. */
const STAGE = /^\.export-\d+$/;

const OWN: readonly string[] = [CARD_FILE, ...Object.values(FORMATS).map(({ entry }) => entry)];

/**
 * Refuses a folder that an export may not go to, before anything is made.
 *
 * @throws {UserError} Where it is no folder, or holds what no export has written.
 */
export async function expectExportFolder(folder: string): Promise<void> {
  if (!await exists(folder)) return;
  if (!await isFolder(folder)) {
    throw new UserError(`${shownPath(folder)}: Is a file: --out names a folder`);
  }
  for await (const { name } of Deno.readDir(folder)) {
    const own = name === CARD_FILE ? await isCard(join(folder, name)) : OWN.includes(name);
    if (own || STAGE.test(name)) continue;
    throw new UserError(
      `${
        shownPath(folder)
      }: Holds ${name}, which is no export's: name another folder with --out, which need not ` +
        "be there yet",
    );
  }
}

/** A README may be anybody's. */
async function isCard(file: string): Promise<boolean> {
  return /^---\n[^]*^library_name: fer-lab$/m.test(await readText(file));
}

/**
 * Writes an export's files; an earlier export in the folder goes, so that what is there is one network's.
 * Whatever fails while they are made leaves the folder as it was.
 *
 * @param folder Checked by {@linkcode expectExportFolder}; made where it is not there.
 * @param files Contents by their paths in it.
 * @param options `check`: looks at the folder that they lie in before they go to their place; what it
 *   throws keeps them from it.
 * @throws {UserError} Where the disk is full or the place cannot be written to.
 */
export async function writeExport(
  folder: string,
  files: ExportFiles,
  { check }: { readonly check?: ((stage: string) => Promise<void>) | undefined } = {},
): Promise<void> {
  const isNew = !await exists(folder);
  const stage = join(folder, `.export-${Deno.pid}`);
  using _ = beforeLeaving(() => {
    try {
      Deno.removeSync(stage, { recursive: true });
      // Not where it holds something.
      if (isNew) Deno.removeSync(folder);
    } catch {
      // It is not there yet, or no longer.
    }
  });
  try {
    for (const [path, content] of Object.entries(files)) {
      await writeFileWhole(join(stage, path), content);
    }
    await check?.(stage);
    for await (const { name } of Deno.readDir(folder)) {
      if (join(folder, name) !== stage) await Deno.remove(join(folder, name), { recursive: true });
    }
    for await (const { name } of Deno.readDir(stage)) {
      await Deno.rename(join(stage, name), join(folder, name));
    }
  } catch (error) {
    throw explainWriting(error, folder);
  } finally {
    await Deno.remove(stage, { recursive: true }).catch(() => {});
    // Not where it holds something.
    if (isNew) await Deno.remove(folder).catch(() => {});
  }
  await syncFolder(folder);
  await syncFolder(dirname(folder));
}
