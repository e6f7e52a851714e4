/**
 * What exports are held against: samples of a run's PrivateTest with the probabilities that its
 * predictions file has of them.
 *
 * @module
 */

import { join } from "node:path";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { exists, isFile } from "../file.ts";
import { shownPath } from "../paths.ts";
import { RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import { readRecordedPredictions } from "../report/recorded_predictions.ts";
import { dataLoader } from "../run/recorded_data.ts";
import { resultsFolders } from "../run/runs.ts";
import { placeOfRun, runsIn } from "../run/state.ts";
import type { Trained } from "../run/trained.ts";
import { selectRows } from "../sample.ts";
import { presentModalities } from "../training/modalities.ts";
import type { Evidence } from "./check.ts";

/** So many samples are looked at, or all where there are fewer. */
const SAMPLES = 200;

/**
 * Loads or draws a run's data again, and chooses of PrivateTest what to look at.
 *
 * @param place The run's folder, or its model file; of such a file the predictions are looked for in the
 *   results, committed ones and others.
 * @param options For `dataLoader`; `data`: where they are.
 * @throws {UserError} Where predictions or data are not there, or not the run's.
 */
export async function gatherEvidence(
  place: string,
  { record, configuration }: Trained,
  { data, ...options }: {
    readonly data: string | undefined;
    readonly quiet: boolean;
    readonly followLinks: boolean;
    readonly votes: string | undefined;
  },
): Promise<Evidence> {
  const folder = await isFile(place) ? await runOf(place, record) : place;
  const { images, probabilities, classes } = await readRecordedPredictions(folder, {
    digest: record.predictions,
    classes: formOf(record.dataset).classes,
  });
  const dataset = await dataLoader(data, options)(record);
  if (dataset.digest !== record.dataset.digest) {
    throw new UserError(
      `${dataset.name}: Not the data of the run: their SHA-256 is ${dataset.digest}, and ` +
        `${record.dataset.digest} with --data is needed: ${record.dataset.description}`,
    );
  }
  const { samples, ids } = presentModalities(dataset, configuration, record.seed)
    .splits.PrivateTest;
  const places = evenly(images.length, SAMPLES);
  const odd = places.find((place) => ids[place] !== images[place]);
  if (odd !== undefined || ids.length !== images.length) {
    throw new UserError(
      `${shownPath(folder)}: Its predictions are of other samples than its data have`,
    );
  }
  const size = samples.length / ids.length;
  return {
    samples: selectRows(samples, places, size),
    probabilities: selectRows(probabilities, places, classes.length),
    images: places.length,
  };
}

/** So many places of a row of things, evenly over it; all where there are fewer. */
export function evenly(length: number, most: number): Uint32Array {
  const count = Math.min(length, most);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i + 0.5) * length / count));
}

/** The folder in the results that has the predictions of a model file's run. */
async function runOf(file: string, record: RunRecord): Promise<string> {
  for (const results of await resultsFolders()) {
    const folder = placeOfRun(runsIn(results), record);
    if (await exists(join(folder, RUN_FILES.predictions))) return folder;
  }
  throw new UserError(
    `${
      shownPath(file)
    }: What its network predicted is not in the results (run ${record.digest}, seed ` +
      `${record.seed}): to check, name that run's folder instead`,
  );
}
