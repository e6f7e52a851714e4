/**
 * Reads the runs that an ensemble is made of: their records and predictions, and nothing else.
 *
 * @module
 */

import { dirname, isAbsolute, join } from "node:path";
import { formOf } from "../dataset/form.ts";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { evaluate, type Evaluation } from "../evaluation/metrics.ts";
import { parsePredictions } from "../evaluation/predictions.ts";
import { exists } from "../file.ts";
import { shownPath } from "../paths.ts";
import type { Subject } from "../report/compare.ts";
import type { EnsembleCandidate } from "../report/ensemble.ts";
import { readFacts, readRecord, readText, RUN_FILES } from "../report/files.ts";
import { cleanMask } from "./clean_images.ts";
import { resultsOf } from "./state.ts";

/** What an ensemble is built from. */
export interface EnsembleSource {
  readonly candidates: readonly EnsembleCandidate[];
  /** 1 for each image of PrivateTest that has no copy elsewhere, else 0. */
  readonly clean: Uint8Array;
}

/**
 * Reads the runs of reports or records.
 *
 * @param subjects As named on the command line, none twice.
 * @throws {UserError} Where a run has no predictions on PublicTest, or files are not what was written.
 */
export async function readEnsemble(subjects: readonly Subject[]): Promise<EnsembleSource> {
  const folders = subjects.flatMap(({ name, source, runs }) =>
    runs.map((run) => ({
      name: runs.length === 1 && name.endsWith(`seed ${run.seed}`)
        ? name
        : `${name}, seed ${run.seed}`,
      folder: isAbsolute(run.folder) ? run.folder : join(dirname(source), run.folder),
    }))
  );
  const candidates = await Promise.all(
    folders.map(async ({ name, folder }) => await readCandidate(name, folder)),
  );
  const { record, test } = candidates[0]!;
  const results = resultsOf(folders[0]!.folder);
  return { candidates, clean: await cleanMask(results, record.dataset.digest, test.images) };
}

async function readCandidate(name: string, folder: string): Promise<EnsembleCandidate> {
  const record = await readRecord(join(folder, RUN_FILES.record));
  const { classes } = formOf(record.dataset);
  const [test, validation] = [RUN_FILES.predictions, RUN_FILES.validation]
    .map((file) => join(folder, file)) as [string, string];
  for (const file of [test, validation]) {
    if (!await exists(file)) {
      throw new UserError(
        `${
          shownPath(file)
        }: Not here: an ensemble is chosen by predictions on PublicTest and scored by ` +
          `those on PrivateTest, which runs leave since there are ensembles: ${await remedy(
            folder,
          )}`,
      );
    }
  }
  const texts = { test: await readText(test), validation: await readText(validation) };
  const read = {
    test: parsePredictions(texts.test, classes, { file: test }),
    validation: parsePredictions(texts.validation, classes, { file: validation }),
  };
  const isOfRecord = sha256(texts.test) === record.predictions;
  const { labels, probabilities } = read.validation;
  if (!isOfRecord || !isSame(evaluate(labels, probabilities, classes), record.best.validation)) {
    throw new UserError(
      `${shownPath(isOfRecord ? validation : test)}: Not the file that its record was made with: ` +
        await remedy(folder),
    );
  }
  return { name, record, ...read };
}

/** The last digits of a logarithm are the machine's own. */
function isSame(a: Evaluation, b: Evaluation): boolean {
  return String(a.confusion) === String(b.confusion) && Math.abs(a.loss - b.loss) < 1e-9;
}

/** How to come by a run's files. */
async function remedy(folder: string): Promise<string> {
  const { command } = await readFacts(join(folder, RUN_FILES.facts));
  return `train it again with ${command}${/ --fresh\b/.test(command) ? "" : " --fresh"}`;
}
