/**
 * Networks with random weights, for tests.
 *
 * @module
 */

import { BASELINE, type Configuration } from "../configuration.ts";
import { formOf, recordedForm } from "../dataset/form.ts";
import { FACE } from "../emotion.ts";
import { networkWeights } from "../model/families.ts";
import { sampleRecord } from "../report/_sample.ts";
import type { RunRecord } from "../report/record.ts";
import type { Trained } from "../run/trained.ts";
import { type SampleForm, sampleSize } from "../sample.ts";
import { randomStream } from "../seed.ts";
import { networkForm } from "../training/modalities.ts";
import { weightsDigest } from "../training/weights.ts";

/** What networks may be like; together they have layers of every kind. */
export const NETWORKS: Readonly<Record<string, Partial<Configuration>>> = {
  "the report's chain, mirrored": { filters: [4, 6], denseUnits: 8, mirrorPrediction: true },
  "batch normalisation and dropout": {
    filters: [4],
    denseUnits: 8,
    batchNorm: "all",
    convDropout: 0.1,
    denseDropout: 0.4,
  },
  "residual blocks, strides, squeeze-and-excitation and ten views": {
    network: "resnet(1)",
    filters: [4, 6, 8],
    batchNorm: true,
    head: "average",
    downsampling: "strided",
    squeezeExcitation: 2,
    // An odd side, so that "same" padding is uneven.
    augment: "flip|crop(41)",
    cropPrediction: "five",
    mirrorPrediction: true,
  },
  "dense layers alone": { network: "mlp(2)", denseUnits: 8, batchNorm: "all" },
};

/** A trained network with random weights; its digests are in its record. */
export function randomTrained(
  changes: Partial<Configuration>,
  { classes = formOf({}).classes, sample = FACE }: {
    readonly classes?: readonly string[];
    readonly sample?: SampleForm;
  } = {},
): Trained {
  const configuration = { ...BASELINE, ...changes };
  const data = { classes, sample };
  const input = networkForm(data, configuration);
  const stream = randomStream(1, "random weights");
  const weights = networkWeights(configuration, input).map(({ name, shape }) => {
    const size = sampleSize({ shape });
    const limit = Math.sqrt(6 / (size / shape.at(-1)! + shape.at(-1)!));
    const draw = shape.length > 1
      ? () => limit * (2 * stream.uniform() - 1)
      // As variances are.
      : () => 0.2 + stream.uniform();
    return { name, shape, values: Float32Array.from({ length: size }, draw) };
  });
  const made = sampleRecord({ configuration: changes, dataset: recordedForm(data) });
  const record: RunRecord = {
    ...made,
    best: { ...made.best, weights: weightsDigest(weights) },
    model: { ...made.model, parameters: weights.reduce((sum, w) => sum + w.values.length, 0) },
  };
  return { record, configuration, data, input, weights };
}

/** Samples of bytes as a network's data has them: noise. */
export function randomSamples({ data: { sample } }: Trained, count: number): Uint8Array {
  const stream = randomStream(1, "random samples");
  return Uint8Array.from({ length: count * sampleSize(sample) }, () => stream.integer(0, 256));
}
