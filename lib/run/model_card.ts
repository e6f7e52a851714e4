/**
 * The model card of a network that lies in a run's folder or a model file.
 *
 * @module
 */

import { join } from "node:path";
import { formOf } from "../dataset/form.ts";
import { UserError } from "../error.ts";
import { exists, isFile } from "../file.ts";
import { shownPath } from "../paths.ts";
import { modelCard } from "../report/card.ts";
import { readFacts, readText, RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import { readRecordedPredictions } from "../report/recorded_predictions.ts";

/** The card of a finished run, from its record and predictions. */
export async function runCard(folder: string, record: RunRecord, name: string): Promise<string> {
  const predictions = await readRecordedPredictions(folder, {
    digest: record.predictions,
    classes: formOf(record.dataset).classes,
  });
  const facts = join(folder, RUN_FILES.facts);
  const command = await exists(facts) ? (await readFacts(facts)).command : undefined;
  return modelCard(record, { name, predictions, command });
}

/**
 * The card of a network: a run's is made from its record and predictions, a model file's lies beside it.
 *
 * @param place As `readTrained` takes it.
 * @throws {UserError} Where it cannot be had, or a model file's is another network's.
 */
export async function cardOf(place: string, record: RunRecord): Promise<string> {
  if (!await isFile(place)) return await runCard(place, record, record.dataset.name);
  const file = place.replace(/\.safetensors$/, "") + ".md";
  if (!await exists(file)) {
    throw new UserError(
      `${shownPath(file)}: Not here: the model card belongs beside ${
        shownPath(place)
      }; take both from where it came from, ` +
        "or name the run's folder",
    );
  }
  const card = await readText(file);
  if (!card.includes(record.best.weights)) {
    throw new UserError(
      `${
        shownPath(file)
      }: The card of another network: the weights' SHA-256, ${record.best.weights}, is not in it`,
    );
  }
  return card;
}
