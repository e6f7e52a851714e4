/**
 * A finished run as what it is for: a trained network.
 *
 * @module
 */

import type { Configuration } from "../configuration.ts";
import { buildNetwork } from "../model/build_network.ts";
import { makePredictor, type PredictOptions } from "../model/predictor.ts";
import type { RunRecord } from "../report/record.ts";
import type { SampleForm, SampleValues } from "../sample.ts";
import type { Execution } from "../tensorflow/executor.ts";
import type * as tf from "../tensorflow/tf.ts";
import { setWeights } from "../training/train.ts";
import { readTrained, type Trained } from "./trained.ts";

/** A trained network. */
export interface Network extends Disposable {
  /** What it was trained with, and how it scored. */
  readonly record: RunRecord;
  readonly configuration: Configuration;
  /** Of the samples that it is given. */
  readonly sample: SampleForm;
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
  return await networkOf(await readTrained(place), options);
}

/** Makes what predicts of a trained network; see {@linkcode openNetwork}. */
export async function networkOf(
  { record, configuration, data, input, weights }: Trained,
  options: { readonly execution?: Execution } = {},
): Promise<Network> {
  const model = buildNetwork(configuration, { seed: record.seed, form: input });
  try {
    const predictor = makePredictor(model, {
      sample: data.sample,
      execution: options.execution ?? record.build.execution,
      mirror: configuration.mirrorPrediction,
      crops: configuration.cropPrediction,
    });
    await setWeights(predictor, weights);
    return {
      record,
      configuration,
      sample: data.sample,
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
