/**
 * The predictions that a record was made with: held against its digest, and refused in one way wherever
 * they are read.
 *
 * @module
 */

import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists } from "../file.ts";
import { shownPath } from "../paths.ts";
import { readFacts, readText, RUN_FILES } from "./files.ts";

/**
 * Reads a run's predictions on PrivateTest.
 *
 * @param folder The run's.
 * @param options `digest`: SHA-256 of the file, as the record has it; `classes`: of the data.
 * @throws {UserError} Where they are not there, or not those of the record, with how to come by them.
 */
export async function readRecordedPredictions(
  folder: string,
  { digest, classes }: { readonly digest: string; readonly classes: readonly string[] },
): Promise<ReturnType<typeof parsePredictions>> {
  const file = join(folder, RUN_FILES.predictions);
  const text = await readText(file);
  if (sha256(text) !== digest) throw await notOfRecord(folder, file);
  return parsePredictions(text, classes, { file });
}

/** What to throw where a file in a run's folder is not the one that its record was made with. */
export async function notOfRecord(folder: string, file: string): Promise<UserError> {
  return new UserError(
    `${shownPath(file)}: Not the file that its record was made with: ${await remedyFor(
      folder,
    )}, or ` +
      "take the file from where the record came from",
  );
}

/** How to come by a run's files anew. */
export async function remedyFor(folder: string): Promise<string> {
  const facts = join(folder, RUN_FILES.facts);
  if (!await exists(facts)) return "run the experiment again";
  const { command } = await readFacts(facts);
  return `train it again with ${command}${/ --fresh\b/.test(command) ? "" : " --fresh"}`;
}
