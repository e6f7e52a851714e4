import assert from "node:assert/strict";
import { EMOTIONS } from "../emotion.ts";
import { assertClose, labelsAndPredictions, pairedRuns } from "./_cases.ts";
import {
  HARD_PAIRS,
  mostFrequentConfusions,
  pairDifferences,
  recallDifferences,
} from "./confusions.ts";
import { confusionMatrix } from "./metrics.ts";

const { labels, predicted } = labelsAndPredictions();
const matrix = confusionMatrix(labels, predicted, 7);

Deno.test("mostFrequentConfusions() gives counts and shares of the true class, most first", () => {
  assert.deepEqual(mostFrequentConfusions(matrix, EMOTIONS, { limit: 3 }), [
    { true: "angry", predicted: "sad", count: 5, share: 5 / 30 },
    { true: "disgust", predicted: "sad", count: 5, share: 5 / 29 },
    { true: "happy", predicted: "disgust", count: 3, share: 3 / 32 },
  ]);
});

Deno.test("mostFrequentConfusions() of a perfect model are none", () => {
  assert.deepEqual(mostFrequentConfusions(confusionMatrix(labels, labels, 7), EMOTIONS), []);
});

Deno.test("recallDifferences() compares the images of each class and judges all seven together", () => {
  const differences = recallDifferences({ ...pairedRuns(), resamples: 200 }, EMOTIONS);
  assert.deepEqual(differences.map((d) => d.of), [...EMOTIONS]);
  // numpy 2.4.6.
  assertClose(
    [differences[1]!.comparison.effect, differences[2]!.comparison.effect],
    [2.564102564102566, 3.0303030303030276],
  );
  assert.equal(differences.reduce((sum, d) => sum + d.comparison.images, 0), 400);
  assert.match(differences[0]!.verdict.reason, /over 7 comparisons/);
});

Deno.test("recallDifferences() and pairDifferences() ask nothing of classes without images", () => {
  const { baseline, variant, seed } = pairedRuns();
  // Neither sad nor neutral is left; the other classes keep what they had.
  const kept = baseline[0]!.labels.map((label, i) => label === 4 || label === 6 ? 255 : i % 255);
  const without = (runs: typeof baseline) =>
    runs.map((run) => ({
      seed: run.seed,
      labels: run.labels.filter((_, i) => kept[i] !== 255),
      predicted: run.predicted.filter((_, i) => kept[i] !== 255),
    }));
  const runs = { baseline: without(baseline), variant: without(variant), seed, resamples: 200 };
  const recalls = recallDifferences(runs, EMOTIONS);
  assert.deepEqual(
    recalls.map((d) => d.of),
    EMOTIONS.filter((emotion) => emotion !== "sad" && emotion !== "neutral"),
  );
  assert.match(recalls[0]!.verdict.reason, /over 5 comparisons/);
  const pairs = pairDifferences(runs, EMOTIONS);
  assert.deepEqual(pairs.map((d) => d.of), HARD_PAIRS.filter(([a, b]) => a + b !== "sadneutral"));
  assert.match(pairs[0]!.verdict.reason, /over 5 comparisons/);
});

Deno.test("pairDifferences() says better where two classes are mixed up less", () => {
  // 200 images of fear and sad each; the baseline swaps a third of them, the variant few.
  const truth = Uint8Array.from({ length: 400 }, (_, i) => i % 2 ? 2 : 4);
  const run = (seed: number, every: number) => ({
    seed,
    labels: truth,
    predicted: truth.map((label, i) => (i + seed) % every === 0 ? 6 - label : label),
  });
  const [fearSad, angryFear] = pairDifferences(
    {
      baseline: [1, 2, 3].map((seed) => run(seed, 3)),
      variant: [1, 2, 3].map((seed) => run(seed, 41)),
      seed: 1,
      resamples: 500,
    },
    EMOTIONS,
    [["fear", "sad"], ["angry", "fear"]],
  );
  assert.equal(fearSad!.verdict.verdict, "better");
  assert.ok(fearSad!.comparison.effect > 25);
  assert.deepEqual([angryFear!.comparison.effect, angryFear!.comparison.images], [0, 200]);
  assert.equal(angryFear!.verdict.verdict, "not distinguishable");
});

Deno.test("confusions and differences are of the classes that are given", () => {
  const classes = ["sad", "neutral", "calm"];
  assert.deepEqual(mostFrequentConfusions([[1, 0, 3], [0, 2, 0], [1, 0, 0]], classes), [
    { true: "sad", predicted: "calm", count: 3, share: 3 / 4 },
    { true: "calm", predicted: "sad", count: 1, share: 1 },
  ]);
  const truth = Uint8Array.from({ length: 60 }, (_, i) => i % 3);
  const run = (seed: number, every: number) => ({
    seed,
    labels: truth,
    predicted: truth.map((label, i) => (i + seed) % every === 0 ? (label + 1) % 3 : label),
  });
  const runs = { baseline: [run(1, 4)], variant: [run(1, 7)], seed: 1, resamples: 100 };
  assert.deepEqual(recallDifferences(runs, classes).map((d) => d.of), classes);
  // Of the hard pairs only one is of classes that these data have.
  assert.deepEqual(pairDifferences(runs, classes).map((d) => d.of), [["sad", "neutral"]]);
  assert.deepEqual(pairDifferences(runs, ["a", "b", "c"]), []);
});
