/**
 * A run's histograms on disk: a line for each epoch that has some, in a file that is written whole.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists, removeIfThere, writeFileWhole } from "../file.ts";
import { readText } from "../report/files.ts";
import { type EpochHistograms, isEpochHistograms } from "../training/histogram.ts";
import { HISTOGRAMS_FILE } from "./state.ts";

/**
 * Reads the histograms of a run, the first epoch's first.
 *
 * @param folder The run's.
 * @returns Nothing where none were kept.
 * @throws {UserError} Where the file is not what was written.
 */
export async function readHistograms(folder: string): Promise<EpochHistograms[]> {
  const file = join(folder, HISTOGRAMS_FILE);
  if (!await exists(file)) return [];
  const text = (await readText(file)).trim();
  const epochs: EpochHistograms[] = [];
  for (const [i, line] of text === "" ? [] : text.split("\n").entries()) {
    const json = parsed(line);
    if (!isEpochHistograms(json) || json.epoch <= (epochs.at(-1)?.epoch ?? 0)) {
      throw new UserError(`${file}: Line ${i + 1} is not what was written: delete the file`);
    }
    epochs.push(json);
  }
  return epochs;
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/**
 * Goes on with a run's histograms: drops those of epochs that are going to be trained once more, or for
 * the first time.
 *
 * @param folder The run's.
 * @param options `after`: finished epochs; `label`: what lines about the run begin with.
 * @returns What writes an epoch's histograms to the end of those before it.
 */
export async function continueHistograms(
  folder: string,
  { after, label }: { readonly after: number; readonly label: string },
): Promise<(histograms: EpochHistograms) => Promise<void>> {
  const before = await readHistograms(folder).catch((error) => {
    if (!(error instanceof UserError)) throw error;
    console.error(`${label}: ${error.message.replace(/: delete the file$/, "")}: it begins anew`);
    return undefined;
  });
  const kept = before?.filter(({ epoch }) => epoch <= after) ?? [];
  const write = () =>
    writeFileWhole(
      join(folder, HISTOGRAMS_FILE),
      kept.map((epoch) => JSON.stringify(epoch) + "\n").join(""),
    );
  if (kept.length === 0) await removeIfThere(join(folder, HISTOGRAMS_FILE));
  else if (kept.length < before!.length) await write();
  return async (histograms) => {
    kept.push(histograms);
    await write();
  };
}
