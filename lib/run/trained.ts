/**
 * A finished run's network as it is kept: its record, its layers and the weights of the best epoch. Loads
 * no native TensorFlow; `openNetwork` makes of it what predicts.
 *
 * @module
 */

import { join } from "node:path";
import type { Configuration } from "../configuration.ts";
import type { DataForm } from "../dataset/dataset.ts";
import { formOf } from "../dataset/form.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, isFile } from "../file.ts";
import { networkWeights } from "../model/families.ts";
import { checkConfiguration } from "../parameter.ts";
import { shownPath } from "../paths.ts";
import { readFacts, readRecord, RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import { CHECKPOINT_FILES, type NamedTensor } from "../training/checkpoint.ts";
import { networkForm, presentedForm } from "../training/modalities.ts";
import { orderWeights, readTensors, WEIGHTS_FILE, weightsDigest } from "../training/weights.ts";
import { readModelFile } from "./model_file.ts";

/** A trained network as it is kept. */
export interface Trained {
  /** What it was trained with, and how it scored. */
  readonly record: RunRecord;
  readonly configuration: Configuration;
  /** Of the data as the network gets them. */
  readonly data: DataForm;
  /** Of what the network takes, which may be cut out of the data's images. */
  readonly input: DataForm;
  /** The best epoch's, in the order of the network's tfjs model. */
  readonly weights: readonly NamedTensor[];
}

/**
 * Reads a finished run's folder, or a model file made from one.
 *
 * @param place Holds `record.json` and `weights.safetensors`; or the file of `deno task model`.
 * @throws {UserError} Where the run is not finished or of a later version, the weights are missing,
 *   damaged or not those that the record tells of.
 */
export async function readTrained(place: string): Promise<Trained> {
  if (await isFile(place)) {
    const { record, tensors } = await readModelFile(place);
    const remedy = () => Promise.resolve("take the file from where it came from again");
    return await trainedOf(record, { file: place, weightsFile: place, tensors, remedy });
  }
  const file = join(place, RUN_FILES.record);
  const record = await readFinished(place, file);
  const weightsFile = join(place, WEIGHTS_FILE);
  if (record.dataset.folds !== undefined) {
    throw new UserError(
      `${
        shownPath(place)
      }: Is a cross-validation: its ${record.dataset.folds} networks were not kept`,
    );
  }
  if (!await exists(weightsFile)) {
    throw new UserError(
      `${shownPath(weightsFile)}: Not here: weights do not come with a report: ${await remedyOf(
        place,
      )}`,
    );
  }
  const tensors = await readTensors(weightsFile, record.model.parameters);
  return await trainedOf(record, { file, weightsFile, tensors, remedy: () => remedyOf(place) });
}

async function trainedOf(
  record: RunRecord,
  { file, weightsFile, tensors, remedy }: {
    readonly file: string;
    readonly weightsFile: string;
    readonly tensors: readonly NamedTensor[];
    readonly remedy: () => Promise<string>;
  },
): Promise<Trained> {
  const configuration = configurationOf(record, file);
  const data = presentedForm(formOf(record.dataset), configuration);
  const input = networkForm(data, configuration);
  const weights = orderWeights(tensors, networkWeights(configuration, input), weightsFile);
  const digest = weightsDigest(weights);
  if (digest !== record.best.weights) {
    throw new UserError(
      `${shownPath(weightsFile)}: Not the weights of ${
        shownPath(file)
      }: their SHA-256 is ${digest}, not ` +
        `${record.best.weights}: ${await remedy()}`,
    );
  }
  return { record, configuration, data, input, weights };
}

async function readFinished(folder: string, file: string): Promise<RunRecord> {
  if (await exists(file)) return await readRecord(file);
  const begun = await Promise.all(CHECKPOINT_FILES.map((name) => exists(join(folder, name))));
  throw new UserError(
    begun.includes(true)
      ? `${shownPath(folder)}: The run is not finished: the command that began it goes on with it`
      : `${shownPath(folder)}: No finished run: ${RUN_FILES.record} is not there. A run lies in ` +
        "reports/<data>/runs/<digest>/seed-<n>",
  );
}

/** @throws {UserError} For settings that no run can have had. */
function configurationOf({ configuration, dataset }: RunRecord, file: string): Configuration {
  try {
    return checkConfiguration(configuration, { sample: formOf(dataset).sample });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UserError(`${shownPath(file)}: /configuration: ${error.message}`, { cause: error });
  }
}

/** How to come by the weights of a run: by the command that made it, where that is known. */
async function remedyOf(folder: string): Promise<string> {
  const facts = await readFacts(join(folder, RUN_FILES.facts)).catch((error) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const command = facts?.command ?? "its command";
  return `train it again with ${command}${/ --fresh\b/.test(command) ? "" : " --fresh"}`;
}
