import assert from "node:assert/strict";
import { IMAGE_PIXELS } from "../emotion.ts";
import { assertClose, labelsAndPredictions } from "./_cases.ts";
import { classPrior, commonsenseScores, majorityClass, nearestClassMean } from "./commonsense.ts";

/** Images of one gray value each. */
function plain(...values: number[]): Uint8Array {
  const images = new Uint8Array(values.length * IMAGE_PIXELS);
  values.forEach((value, i) => images.fill(value, i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS));
  return images;
}

Deno.test("majorityClass() predicts Training's largest class, the first of equals", () => {
  assert.deepEqual(Array.from(majorityClass(Uint8Array.of(3, 3, 1), 2)), [3, 3]);
  assert.deepEqual(Array.from(majorityClass(Uint8Array.of(4, 2), 1)), [2]);
});

Deno.test("classPrior() is what drawn guesses come to", () => {
  const { labels } = labelsAndPredictions();
  const test = labels.map((label) => label === 1 ? 0 : label === 5 ? 6 : label);
  // numpy 2.4.6 and scikit-learn 1.9.1: two million guesses drawn by the labels' shares.
  const { accuracy, macroF1 } = classPrior(labels, test);
  assertClose([accuracy, macroF1], [0.146398, 0.11643106], 5e-4);
});

Deno.test("classPrior() leaves out a class that neither Training nor the test images have", () => {
  const six = Uint8Array.of(0, 1, 2, 3, 4, 5);
  assertClose(Object.values(classPrior(six, six)), [1 / 6, 1 / 6]);
  // Guessed in vain, it counts.
  const seven = Uint8Array.of(0, 1, 2, 3, 4, 5, 6);
  assertClose(Object.values(classPrior(seven, six)), [1 / 7, 6 * (2 / 13) / 7]);
});

Deno.test("classPrior() of balanced classes is one in seven", () => {
  const labels = Uint8Array.of(0, 1, 2, 3, 4, 5, 6);
  const { accuracy, macroF1 } = classPrior(labels, labels);
  assertClose([accuracy, macroF1], [1 / 7, 1 / 7]);
});

Deno.test("nearestClassMean() predicts the class of the nearest mean image", () => {
  // Means: angry 20, happy 100, neutral 200; the other classes have no images.
  const training = { images: plain(10, 30, 100, 200), labels: Uint8Array.of(0, 0, 3, 6) };
  assert.deepEqual(
    Array.from(nearestClassMean(training, plain(0, 59, 61, 160, 255, 60))),
    [0, 0, 3, 6, 6, 0],
  );
});

Deno.test("commonsenseScores() names and scores all three", () => {
  const training = { images: plain(10, 30, 100, 200), labels: Uint8Array.of(0, 0, 3, 6) };
  const test = { images: plain(15, 110, 190, 25), labels: Uint8Array.of(0, 3, 6, 3) };
  const scores = commonsenseScores(training, test);
  assert.deepEqual(
    scores.map((score) => [score.name, score.accuracy]),
    [["majority class", 0.25], ["class prior", 0.3125], ["nearest class mean", 0.75]],
  );
  // Angry: precision 1/4, recall 1, F1 0.4; happy and neutral 0; the other classes are none.
  assertClose([scores[0]!.macroF1], [0.4 / 3]);
});
