import assert from "node:assert/strict";
import { EMOTIONS } from "../emotion.ts";
import { assertClose, labelsAndProbabilities } from "./_cases.ts";
import { calibration, mostConfidentMistakes } from "./calibration.ts";
import { predictedClasses } from "./metrics.ts";

function example() {
  const { labels, probabilities } = labelsAndProbabilities();
  return {
    classes: EMOTIONS,
    labels,
    probabilities,
    predicted: predictedClasses(probabilities, 7),
  };
}

Deno.test("calibration() agrees with the formula computed by numpy", () => {
  const { expectedError, bins } = calibration(example());
  assertClose([expectedError], [0.22035393838756018]);
  assert.equal(bins.length, 15);
  assert.equal(bins.reduce((sum, bin) => sum + bin.images, 0), 20);
});

Deno.test("calibration() puts a limit into the bin below it, and 0 and 1 into the outer bins", () => {
  const probabilities = new Float64Array(3 * 7);
  probabilities.set([0.5, 1, 0].flatMap((value) => [value, 0, 0, 0, 0, 0, 0]));
  const predicted = new Uint8Array(3);
  const { expectedError, bins } = calibration(
    { classes: EMOTIONS, labels: Uint8Array.of(0, 0, 1), predicted, probabilities },
    { bins: 2 },
  );
  assert.deepEqual(bins, [
    { low: 0, high: 0.5, images: 2, accuracy: 0.5, confidence: 0.25 },
    { low: 0.5, high: 1, images: 1, accuracy: 1, confidence: 1 },
  ]);
  assertClose([expectedError], [2 / 3 * 0.25]);
});

Deno.test("mostConfidentMistakes() gives wrong predictions only, surest first", () => {
  const { labels, predicted, probabilities } = example();
  const mistakes = mostConfidentMistakes(example(), { limit: 3 });
  assert.equal(mistakes.length, 3);
  const wrong = Array.from(labels.keys()).filter((i) => labels[i] !== predicted[i]);
  const surest = Math.max(...wrong.map((i) => probabilities[i * 7 + predicted[i]!]!));
  assert.equal(mistakes[0]!.confidence, surest);
  for (const [i, mistake] of mistakes.entries()) {
    assert.notEqual(mistake.true, mistake.predicted);
    assert.ok(mistake.probabilityOfTrue <= mistake.confidence);
    if (i > 0) assert.ok(mistake.confidence <= mistakes[i - 1]!.confidence);
  }
});

Deno.test("calibration() and mostConfidentMistakes() are of the classes that are given", () => {
  const predictions = {
    classes: ["calm", "tense"],
    labels: Uint8Array.of(0, 1, 1),
    predicted: Uint8Array.of(0, 0, 1),
    probabilities: Float64Array.of(0.75, 0.25, 0.75, 0.25, 0.25, 0.75),
  };
  // Two of three right at a confidence of 3/4.
  assertClose([calibration(predictions).expectedError], [0.75 - 2 / 3]);
  assert.deepEqual(mostConfidentMistakes(predictions), [
    { index: 1, true: "tense", predicted: "calm", confidence: 0.75, probabilityOfTrue: 0.25 },
  ]);
});
