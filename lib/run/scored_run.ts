/**
 * A finished run with its predictions on both splits that its network was not fitted on.
 *
 * @module
 */

import { join } from "node:path";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { evaluate, type Evaluation } from "../evaluation/metrics.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists } from "../file.ts";
import { shownPath } from "../paths.ts";
import type { EnsembleCandidate } from "../report/ensemble.ts";
import { readRecord, readText, RUN_FILES } from "../report/files.ts";
import { notOfRecord, readRecordedPredictions, remedyFor } from "../report/recorded_predictions.ts";

/** A run's record with what its network says of the images of PublicTest and PrivateTest. */
export type ScoredRun = Omit<EnsembleCandidate, "name">;

/**
 * Reads a finished run's record and both its files of predictions.
 *
 * @param folder The run's.
 * @param purpose What they are read for, for messages: `an ensemble`.
 * @param options `instead`: what else to do where predictions are missing than to train it again.
 * @throws {UserError} Where it has no predictions on PublicTest, or files are not what was written.
 */
export async function readScoredRun(
  folder: string,
  purpose: string,
  { instead = "" }: { readonly instead?: string } = {},
): Promise<ScoredRun> {
  const record = await readRecord(join(folder, RUN_FILES.record));
  const { classes } = formOf(record.dataset);
  const [, validation] = filesOf(folder);
  for (const file of filesOf(folder)) {
    if (!await exists(file)) {
      throw new UserError(
        `${
          shownPath(file)
        }: Not here: ${purpose} is chosen by predictions on PublicTest and scored by ` +
          "those on PrivateTest, which runs leave since there are ensembles: " +
          `${instead}${instead && ", or "}${await remedyFor(folder)}`,
      );
    }
  }
  const read = {
    test: await readRecordedPredictions(folder, { digest: record.predictions, classes }),
    validation: parsePredictions(await readText(validation), classes, { file: validation }),
  };
  const { labels, probabilities } = read.validation;
  if (!isSame(evaluate(labels, probabilities, classes), record.best.validation)) {
    throw await notOfRecord(folder, validation);
  }
  return { record, ...read };
}

/** Whether a run has left both its files of predictions. */
export async function isScored(folder: string): Promise<boolean> {
  const there = await Promise.all(filesOf(folder).map(exists));
  return there.every((each) => each);
}

function filesOf(folder: string): [test: string, validation: string] {
  return [join(folder, RUN_FILES.predictions), join(folder, RUN_FILES.validation)];
}

/** The last digits of a logarithm are the machine's own. */
function isSame(a: Evaluation, b: Evaluation): boolean {
  return String(a.confusion) === String(b.confusion) && Math.abs(a.loss - b.loss) < 1e-9;
}
