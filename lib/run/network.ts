/**
 * A finished run as what it is for: a trained network.
 *
 * @module
 */

import { join } from "node:path";
import { augmentedForm } from "../augmentation/pipeline.ts";
import type { Configuration } from "../configuration.ts";
import { formOf } from "../dataset/form.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, isFile } from "../file.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type PredictOptions } from "../model/predictor.ts";
import { checkConfiguration } from "../parameter.ts";
import { readFacts, readRecord, RUN_FILES } from "../report/files.ts";
import type { RunRecord } from "../report/record.ts";
import type { SampleValues } from "../sample.ts";
import type { Execution } from "../tensorflow/executor.ts";
import * as tf from "../tensorflow/tf.ts";
import { CHECKPOINT_FILES, type NamedTensor } from "../training/checkpoint.ts";
import { presentedForm } from "../training/modalities.ts";
import { setWeights } from "../training/train.ts";
import { orderWeights, readWeights, WEIGHTS_FILE, weightsDigest } from "../training/weights.ts";
import { readModelFile } from "./model_file.ts";

/** A trained network. */
export interface Network extends Disposable {
  /** What it was trained with, and how it scored. */
  readonly record: RunRecord;
  /** With the best epoch's weights. */
  readonly model: tf.LayersModel;
  /**
   * Probabilities of the classes, as the run's predictions file has them where the build and the batch
   * size are the run's; see `Predictor`.
   */
  predict(samples: SampleValues, options?: PredictOptions): Promise<Float32Array>;
}

/**
 * Opens a finished run's folder, or a model file made from one, as a trained network.
 *
 * @param place Holds `record.json` and `weights.safetensors`; or the file of `deno task model`.
 * @param options `execution`: how it predicts; as the run did unless given.
 * @throws {UserError} Where the run is not finished or of a later version, the weights are missing,
 *   damaged or not those that the record tells of.
 */
export async function openNetwork(
  place: string,
  options: { readonly execution?: Execution } = {},
): Promise<Network> {
  return await isFile(place) ? await openFile(place, options) : await openRun(place, options);
}

async function openFile(file: string, options: OpenOptions): Promise<Network> {
  const { record, tensors } = await readModelFile(file);
  return await networkOf(record, file, options, {
    weightsFile: file,
    read: (model) => Promise.resolve(orderWeights(tensors, model, file)),
    remedy: () => Promise.resolve("take the file from where it came from again"),
  });
}

async function openRun(folder: string, options: OpenOptions): Promise<Network> {
  const file = join(folder, RUN_FILES.record);
  const record = await readFinished(folder, file);
  const weightsFile = join(folder, WEIGHTS_FILE);
  if (record.dataset.folds !== undefined) {
    throw new UserError(
      `${folder}: Is a cross-validation: its ${record.dataset.folds} networks were not kept`,
    );
  }
  if (!await exists(weightsFile)) {
    throw new UserError(
      `${weightsFile}: Not here: weights do not come with a report: ${await remedy(folder)}`,
    );
  }
  return await networkOf(record, file, options, {
    weightsFile,
    read: (model) => readWeights(weightsFile, model),
    remedy: () => remedy(folder),
  });
}

interface OpenOptions {
  readonly execution?: Execution;
}

async function networkOf(
  record: RunRecord,
  file: string,
  options: OpenOptions,
  { weightsFile, read, remedy }: {
    readonly weightsFile: string;
    readonly read: (model: tf.LayersModel) => Promise<NamedTensor[]>;
    readonly remedy: () => Promise<string>;
  },
): Promise<Network> {
  const configuration = configurationOf(record, file);
  const form = presentedForm(formOf(record.dataset), configuration);
  const { classes, sample } = form;
  const model = buildNetwork(configuration, {
    seed: record.seed,
    form: { classes, sample: augmentedForm(sample, configuration.augment) },
  });
  try {
    const weights = await read(model);
    const digest = weightsDigest(weights);
    if (digest !== record.best.weights) {
      throw new UserError(
        `${weightsFile}: Not the weights of ${file}: their SHA-256 is ${digest}, not ` +
          `${record.best.weights}: ${await remedy()}`,
      );
    }
    const predictor = makePredictor(model, {
      sample,
      execution: options.execution ?? record.build.execution,
      mirror: configuration.mirrorPrediction,
      crops: configuration.cropPrediction,
    });
    await setWeights(predictor, weights);
    return {
      record,
      model,
      predict: (samples, options) => predictor.predict(samples, options),
      [Symbol.dispose]: () => {
        predictor[Symbol.dispose]();
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

async function readFinished(folder: string, file: string): Promise<RunRecord> {
  if (await exists(file)) return await readRecord(file);
  const begun = await Promise.all(CHECKPOINT_FILES.map((name) => exists(join(folder, name))));
  throw new UserError(
    begun.includes(true)
      ? `${folder}: The run is not finished: the command that began it goes on with it`
      : `${folder}: No finished run: ${RUN_FILES.record} is not there. A run lies in ` +
        "reports/<data>/runs/<digest>/seed-<n>",
  );
}

/** @throws {UserError} For settings that no run can have had. */
function configurationOf({ configuration, dataset }: RunRecord, file: string): Configuration {
  try {
    return checkConfiguration(configuration, { sample: formOf(dataset).sample });
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UserError(`${file}: /configuration: ${error.message}`, { cause: error });
  }
}

/** How to come by the weights of a run: by the command that made it, where that is known. */
async function remedy(folder: string): Promise<string> {
  const facts = await readFacts(join(folder, RUN_FILES.facts)).catch((error) => {
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const command = facts?.command ?? "its command";
  return `train it again with ${command}${/ --fresh\b/.test(command) ? "" : " --fresh"}`;
}
