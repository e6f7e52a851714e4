import assert from "node:assert/strict";
import { EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
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
  const training = { samples: plain(10, 30, 100, 200), labels: Uint8Array.of(0, 0, 3, 6) };
  assert.deepEqual(
    Array.from(
      nearestClassMean(training, {
        samples: plain(0, 59, 61, 160, 255, 60),
        labels: new Uint8Array(6),
      }),
    ),
    [0, 0, 3, 6, 6, 0],
  );
});

Deno.test("commonsenseScores() names and scores all three", () => {
  const training = { samples: plain(10, 30, 100, 200), labels: Uint8Array.of(0, 0, 3, 6) };
  const test = { samples: plain(15, 110, 190, 25), labels: Uint8Array.of(0, 3, 6, 3) };
  const scores = commonsenseScores(training, test, EMOTIONS);
  assert.deepEqual(
    scores.map((score) => [score.name, score.accuracy]),
    [["majority class", 0.25], ["class prior", 0.3125], ["nearest class mean", 0.75]],
  );
  // Angry: precision 1/4, recall 1, F1 0.4; happy and neutral 0; the other classes are none.
  assertClose([scores[0]!.macroF1], [0.4 / 3]);
});

Deno.test("commonsenseScores() takes vectors and any number of classes", () => {
  const training = {
    samples: Float32Array.of(0, 0, 1, -1, 5, 5, 7, 5),
    labels: Uint8Array.of(0, 0, 1, 1),
  };
  const test = { samples: Float32Array.of(1, 1, 4, 3, 9, 9), labels: Uint8Array.of(0, 1, 1) };
  const scores = commonsenseScores(training, test, ["calm", "tense"]);
  assertClose(scores.map(({ accuracy }) => accuracy), [1 / 3, 1 / 2, 1]);
  // By hand: F1 of the first class 1/2 where all are taken for it; drawn guesses 2/5 and 4/7.
  assertClose(scores.map(({ macroF1 }) => macroF1), [1 / 4, (2 / 5 + 4 / 7) / 2, 1]);
});
