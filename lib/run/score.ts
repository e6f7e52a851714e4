/**
 * What weights are worth, on every split.
 *
 * @module
 */

import type { Dataset, Split, SplitName } from "../dataset/dataset.ts";
import { Interrupted } from "../error.ts";
import {
  conditionScores,
  groupConditions,
  type GroupedConditions,
} from "../evaluation/condition.ts";
import {
  confusionMatrix,
  evaluate,
  type Evaluation,
  predictedClasses,
} from "../evaluation/metrics.ts";
import { roundProbabilities } from "../evaluation/predictions.ts";
import type { Predictor } from "../model/predictor.ts";
import type { ConditionScores, EpochRecord, Scores } from "../report/record.ts";
import { selectRows } from "../sample.ts";
import type { NamedTensor } from "../training/checkpoint.ts";
import { isAveraged } from "../training/epoch.ts";
import { setWeights } from "../training/train.ts";
import { weightsDigest } from "../training/weights.ts";

/** What one set of weights is worth. */
export interface Scored {
  readonly scores: Scores;
  /** Of PrivateTest; shape [samples, classes]. */
  readonly probabilities: Float64Array;
  /** Of PublicTest, likewise. */
  readonly validation: Float64Array;
}

/** What weights are worth under the data set's conditions. */
export interface ConditionResults {
  readonly scores: readonly ConditionScores[];
  /** Right predictions by group, where groups are known. */
  readonly grouped?: GroupedConditions;
}

/**
 * Scores sets of weights on all splits, telling how far that is; throws
 * {@linkcode Interrupted} where the signal is aborted.
 */
export function makeScorer(
  predictor: Predictor,
  dataset: Dataset,
  clean: Uint32Array,
  { signal, onBatch }: {
    readonly signal: AbortSignal;
    readonly onBatch: (done: number, split: string) => void;
  },
) {
  let before = 0;
  const probabilitiesOf = async (
    name: string,
    { samples, length }: Split,
  ): Promise<Float64Array> => {
    const probabilities = await predictor.predict(samples, {
      onBatch: (done) => {
        onBatch(before + done, name);
        if (signal.aborted) throw new Interrupted();
      },
    });
    before += length;
    // As the predictions file has them, so that every score can be computed again from it.
    return roundProbabilities(probabilities);
  };
  const onSplit = (name: SplitName) => probabilitiesOf(name, dataset.splits[name]);
  const scored = (name: SplitName, probabilities: Float64Array): Evaluation =>
    evaluate(dataset.splits[name].labels, probabilities, dataset.classes);
  return {
    /** Probabilities of images held out of Training, with the weights that were scored last. */
    predictHeldOut: (heldOut: Split): Promise<Float64Array> => probabilitiesOf("held out", heldOut),
    /** Under the data set's conditions, with the weights that were scored last. */
    scoreConditions: async (): Promise<ConditionResults> => {
      const scores: ConditionScores[] = [];
      const all: { name: string; predicted: Uint8Array }[] = [];
      const { labels, groups } = dataset.splits.PrivateTest;
      const { classes, conditions = [] } = dataset;
      for (const { name, samples } of conditions) {
        const predicted = predictedClasses(await predictor.predict(samples), classes.length);
        if (signal.aborted) throw new Interrupted();
        const confusion = confusionMatrix(labels, predicted, classes.length);
        scores.push(conditionScores(name, confusion, classes));
        all.push({ name, predicted });
      }
      if (!groups || all.length === 0) return { scores };
      return { scores, grouped: groupConditions(groups, labels, all) };
    },
    score: async (epoch: EpochRecord, weights: readonly NamedTensor[]): Promise<Scored> => {
      await setWeights(predictor, weights);
      const probabilities = await onSplit("PrivateTest");
      const training = scored("Training", await onSplit("Training"));
      const validation = await onSplit("PublicTest");
      const scores: Scores = {
        epoch: epoch.epoch,
        ...isAveraged(epoch) ? { averaged: true } as const : {},
        weights: weightsDigest(weights),
        training,
        validation: scored("PublicTest", validation),
        test: scored("PrivateTest", probabilities),
        cleanTest: evaluate(
          selectRows(dataset.splits.PrivateTest.labels, clean, 1),
          selectRows(probabilities, clean, dataset.classes.length),
          dataset.classes,
        ),
      };
      return { scores, probabilities, validation };
    },
  };
}
