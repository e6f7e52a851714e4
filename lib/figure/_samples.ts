/**
 * Made-up results for the tests of figures.
 *
 * @module
 */

import { EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { reliabilityDiagram } from "./calibration.ts";
import { classCounts, perClassBars } from "./classes.ts";
import { confusionDifference, confusionMatrix, recallDifferences } from "./confusion.ts";
import { accuracyByCost } from "./cost.ts";
import { accuracyComparison, forestPlot } from "./effects.ts";
import { faceGrid, meanFaces } from "./faces.ts";
import type { Figure } from "./figure.ts";
import { accuracyByBits } from "./information.ts";
import { type CurveRun, learningCurves } from "./learning_curves.ts";
import { schedulePlot } from "./schedules.ts";

/** Options of a figure about generated faces. */
export const SYNTHETIC = { dataset: "synthetic", synthetic: true };

/** The longest variant name of the experiments. */
export const LONG_NAME = "convolution 0.25 with dense 0.5";

/** Counts of 3,589 images. */
export const CONFUSION = [
  [256, 4, 49, 38, 78, 12, 54],
  [14, 30, 4, 3, 3, 0, 1],
  [52, 2, 222, 25, 112, 57, 58],
  [18, 0, 17, 742, 31, 21, 50],
  [62, 2, 70, 41, 299, 11, 109],
  [9, 0, 37, 21, 8, 325, 16],
  [40, 1, 34, 50, 87, 9, 405],
];

/** A run that overfits; its validation accuracy is best in epoch 8. */
export function sampleRun(epochs: number, offset = 0): CurveRun {
  const points = Array.from({ length: epochs }, (_, i) => {
    const epoch = i + 1;
    return {
      epoch,
      learningRate: 1e-3 * 0.5 ** Math.floor(i / 6),
      trainingLoss: 1.8 * Math.exp(-epoch / 9),
      validationLoss: 1.2 + 0.02 * Math.abs(epoch - 8) - offset,
      trainingAccuracy: 1 - 0.75 * Math.exp(-epoch / 9),
      validationAccuracy: 0.6 - 0.006 * Math.abs(epoch - 8) + offset,
    };
  });
  return { epochs: points, bestEpoch: Math.min(8, epochs) };
}

/** `count` gray gradients, each another. */
export function sampleFaces(count: number): Uint8Array {
  return Uint8Array.from(
    { length: count * IMAGE_PIXELS },
    (_, i) => (i % 48) * 3 + Math.floor(i / IMAGE_PIXELS) * 7,
  );
}

const COUNTS = Object.fromEntries(EMOTIONS.map((emotion, i) => [emotion, 436 + 1100 * i]));

/** One of each kind of figure. */
export const SAMPLE_FIGURES: Readonly<Record<string, () => Figure>> = {
  "learning curves of one run": () =>
    learningCurves([{ name: "baseline", runs: [sampleRun(20)] }], { ...SYNTHETIC, note: "seed 1" }),
  "learning curves of one epoch": () =>
    learningCurves([{ name: "baseline", runs: [sampleRun(1)] }], SYNTHETIC),
  "learning curves of several variants": () =>
    learningCurves(
      ["none", "dense 0.25", "dense 0.5", LONG_NAME].map((name, i) => ({
        name,
        runs: [0, 0.01, 0.02].map((offset) => sampleRun(20, offset + i / 90)),
      })),
      { ...SYNTHETIC, note: "3 seeds" },
    ),
  "confusion matrix": () => confusionMatrix(CONFUSION, SYNTHETIC),
  "difference of confusion matrices": () =>
    confusionDifference(CONFUSION, CONFUSION.map((row) => row.toReversed()), {
      ...SYNTHETIC,
      names: ["baseline", LONG_NAME],
    }),
  "differences of recall": () =>
    recallDifferences([{ name: LONG_NAME, differences: [0.1, -0.2, 0, 0.01, 0, -0.003, 0.04] }], {
      ...SYNTHETIC,
      baseline: "none",
    }),
  "forest plot": () =>
    forestPlot([
      { name: LONG_NAME, difference: 0.018, low: 0.004, high: 0.031, verdict: "better" },
      { name: "a", difference: -0.03, low: -0.04, high: -0.02, verdict: "worse" },
      { name: "b", difference: -0.001, low: null, high: null, verdict: "not distinguishable" },
    ], SYNTHETIC),
  "comparison of accuracies": () =>
    accuracyComparison(
      [{ name: "baseline", accuracy: 0.612, low: 0.596, high: 0.628 }, {
        name: LONG_NAME,
        accuracy: 0.64,
        low: null,
        high: null,
      }],
      [{ name: "the original report", accuracy: 0.6208 }],
      SYNTHETIC,
    ),
  "accuracy against cost": () =>
    accuracyByCost(
      [
        { name: "baseline", accuracy: 0.612, low: 0.596, high: 0.628, costs: [22.5, 31] },
        { name: LONG_NAME, accuracy: 0.613, low: null, high: null, costs: [null, 60] },
      ],
      ["Million multiply-adds an image", "Minutes a run"],
      { ...SYNTHETIC, reference: { name: "the original report", accuracy: 0.6208 } },
    ),
  "accuracy against bits": () =>
    accuracyByBits(
      ["face and a second signal", LONG_NAME].map((name, i) => ({
        name,
        points: [0, 0.1, 0.5, 1, 2].map((bits) => {
          const accuracy = 0.67 - 0.4 * i + (0.1 + 0.1 * i) * bits;
          return { bits, accuracy, low: accuracy - 0.02, high: i === 0 ? accuracy + 0.02 : null };
        }),
      })),
      { ...SYNTHETIC, reference: { name: "face", accuracy: 0.67 }, start: 0.5 },
    ),
  "bars by class": () =>
    perClassBars(
      EMOTIONS.map((emotion, i) => ({
        emotion,
        precision: 0.4 + i / 10,
        recall: i / 7,
        f1: 0.5,
        support: 55 + 100 * i,
      })),
      SYNTHETIC,
    ),
  "class counts": () =>
    classCounts({ Training: COUNTS, PublicTest: COUNTS, PrivateTest: COUNTS }, {
      ...SYNTHETIC,
      reference: { name: "the original report", splits: { Training: { ...COUNTS, happy: 9999 } } },
    }),
  "schedules": () =>
    schedulePlot([
      { name: "constant", rates: new Array(20).fill(1e-3) },
      { name: "cosine(3)", rates: Array.from({ length: 20 }, (_, i) => 1e-3 * (1 - i / 19)) },
    ], SYNTHETIC),
  "reliability diagram": () =>
    reliabilityDiagram(
      Array.from({ length: 10 }, (_, i) => ({
        low: i / 10,
        high: (i + 1) / 10,
        confidence: (i + 0.5) / 10,
        accuracy: i / 11,
        count: 120 * i,
      })),
      SYNTHETIC,
    ),
  "face grid": () =>
    faceGrid(
      sampleFaces(9),
      Array.from({ length: 9 }, (_, i) => `${EMOTIONS[i % 7]}\nas surprise 9${i} %`),
      SYNTHETIC,
    ),
  "mean faces": () =>
    meanFaces(sampleFaces(14), Uint8Array.from({ length: 14 }, (_, i) => i % 7), SYNTHETIC),
};
