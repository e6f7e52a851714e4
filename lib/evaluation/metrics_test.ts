import assert from "node:assert/strict";
import fc from "fast-check";
import { EMOTIONS } from "../emotion.ts";
import { UserError } from "../error.ts";
import { assertClose, labelsAndPredictions, labelsAndProbabilities } from "./_cases.ts";
import {
  confusionMatrix,
  crossEntropy,
  evaluate,
  evaluatePredictions,
  predictedClasses,
} from "./metrics.ts";

// Expected numbers: scikit-learn 1.9.1, precision_recall_fscore_support(zero_division=0) with average
// None (labels=range(7)), "macro" and "weighted", accuracy_score, confusion_matrix and log_loss.

/** The scores of the classes, of which all are known. */
function known(scores: readonly (number | null)[]): number[] {
  return scores.map((score) => {
    assert.ok(score !== null);
    return score;
  });
}

Deno.test("evaluatePredictions() agrees with scikit-learn where all classes occur", () => {
  const { labels, predicted } = labelsAndPredictions();
  const scores = evaluatePredictions(labels, predicted, EMOTIONS);
  assert.equal(scores.images, 200);
  assert.equal(scores.correct, 133);
  assert.equal(scores.accuracy, 0.665);
  assertClose(Object.values(scores.weighted), [0.6784018750993167, 0.665, 0.6676800260671228]);
  assertClose(
    Object.values(scores.macro),
    [0.6753083505061893, 0.6672876756066412, 0.6672421551175721],
  );
  assertClose(known(scores.perClass.map((c) => c.precision)), [
    0.72,
    0.6206896551724138,
    0.6206896551724138,
    0.6774193548387096,
    0.5142857142857142,
    0.7407407407407407,
    0.8333333333333334,
  ]);
  assertClose(known(scores.perClass.map((c) => c.recall)), [
    0.6,
    0.6206896551724138,
    0.72,
    0.65625,
    0.6666666666666666,
    0.7407407407407407,
    0.6666666666666666,
  ]);
  assertClose(known(scores.perClass.map((c) => c.f1)), [
    0.6545454545454545,
    0.6206896551724138,
    0.6666666666666666,
    0.6666666666666666,
    0.5806451612903226,
    0.7407407407407407,
    0.7407407407407407,
  ]);
  assert.deepEqual(scores.perClass.map((c) => c.support), [30, 29, 25, 32, 27, 27, 30]);
  assert.deepEqual(scores.confusion, [
    [18, 1, 1, 2, 5, 1, 2],
    [1, 18, 0, 2, 5, 2, 1],
    [1, 1, 18, 2, 1, 2, 0],
    [2, 3, 2, 21, 2, 1, 1],
    [2, 0, 3, 3, 18, 1, 0],
    [0, 3, 3, 0, 1, 20, 0],
    [1, 3, 2, 1, 3, 0, 20],
  ]);
});

Deno.test("evaluatePredictions() agrees with scikit-learn on absent and never predicted classes", () => {
  // Disgust is predicted but absent, fear present but never predicted, surprise neither.
  const all = labelsAndPredictions();
  const labels = all.labels.map((label) => label === 1 ? 0 : label === 5 ? 6 : label);
  const predicted = all.predicted.map((label) => label === 2 ? 4 : label === 5 ? 3 : label);
  const scores = evaluatePredictions(labels, predicted, EMOTIONS);
  assert.equal(scores.accuracy, 0.41);
  assertClose(Object.values(scores.weighted), [0.5666865301724138, 0.41, 0.4147230362230362]);
  assertClose(
    Object.values(scores.macro),
    [0.3834614463601533, 0.35636481151088645, 0.316105910550355],
  );
  assert.deepEqual(
    scores.perClass.map((c) => c.precision),
    [0.76, 0, 0, 22 / 58, 0.328125, null, 20 / 24],
  );
  assert.deepEqual(
    scores.perClass.map((c) => c.recall),
    [19 / 59, null, 0, 0.6875, 21 / 27, null, 20 / 57],
  );
  assert.deepEqual(
    scores.perClass.map((c) => c.f1),
    [38 / 84, 0, 0, 44 / 90, 42 / 91, null, 40 / 81],
  );
  assert.deepEqual(scores.perClass.map((c) => c.support), [59, 0, 25, 32, 27, 0, 57]);
  assert.deepEqual(scores.perClass.map((c) => c.predicted), [25, 29, 0, 58, 64, 0, 24]);
});

Deno.test("macro averages are scikit-learn's where a class is absent, predicted or not", () => {
  const { labels, predicted } = labelsAndPredictions();
  const macroOf = (kept: (label: number, predicted: number) => boolean) => {
    const indices = [...labels.keys()].filter((i) => kept(labels[i]!, predicted[i]!));
    return Object.values(
      evaluatePredictions(
        Uint8Array.from(indices, (i) => labels[i]!),
        Uint8Array.from(indices, (i) => predicted[i]!),
        EMOTIONS,
      ).macro,
    );
  };
  assertClose(
    macroOf((label, guess) => label !== 6 && guess !== 6),
    [0.6853691832858498, 0.6817568413267338, 0.6817861456186917],
  );
  assertClose(
    macroOf((label) => label !== 6),
    [0.5874592999592999, 0.5720495803685459, 0.5774070572320983],
  );
});

Deno.test("a network that is right about all classes there are has macro averages of 1", () => {
  fc.assert(fc.property(fc.array(fc.nat(6), { minLength: 1 }), (labels) => {
    const { macro } = evaluatePredictions(
      Uint8Array.from(labels),
      Uint8Array.from(labels),
      EMOTIONS,
    );
    assertClose(Object.values(macro), [1, 1, 1]);
  }));
  // One of six classes found, all taken for it: a sixth, not a seventh.
  const six = Uint8Array.of(0, 1, 2, 3, 4, 5);
  assertClose([evaluatePredictions(six, six.map(() => 3), EMOTIONS).macro.recall], [1 / 6]);
});

Deno.test("evaluate() takes the most probable class and scikit-learn's log loss", () => {
  const { labels, probabilities } = labelsAndProbabilities();
  assert.deepEqual(
    Array.from(predictedClasses(probabilities, 7)),
    [3, 2, 6, 2, 0, 3, 5, 2, 0, 2, 5, 3, 4, 5, 3, 4, 1, 4, 0, 3],
  );
  const scores = evaluate(labels, probabilities, EMOTIONS);
  assertClose([scores.loss], [2.5885868655254742]);
  assert.deepEqual(
    { ...scores, loss: 0 },
    evaluatePredictions(labels, predictedClasses(probabilities, 7), EMOTIONS),
  );
});

Deno.test("predictedClasses() takes the first of equally probable classes", () => {
  const probabilities = Float32Array.of(0.1, 0.3, 0.3, 0.3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  assert.deepEqual(Array.from(predictedClasses(probabilities, 7)), [1, 0]);
});

Deno.test("predictedClasses() names the sample whose output is not a number", () => {
  const probabilities = new Float32Array(14).fill(1 / 7);
  probabilities[12] = NaN;
  assert.throws(() => predictedClasses(probabilities, 7), (error) => {
    return error instanceof UserError && /sample 1 .* diverged/.test(error.message);
  });
});

Deno.test("crossEntropy() holds probabilities of 0 and 1 off the ends as Keras does", () => {
  const sure = Float32Array.of(1, 0, 0, 0, 0, 0, 0);
  assertClose([crossEntropy(Uint8Array.of(3), sure, 7)], [-Math.log(1e-7)]);
  assertClose([crossEntropy(Uint8Array.of(0), sure, 7)], [-Math.log(1 - 1e-7)]);
});

Deno.test("evaluate() gives zeros, and no NaN, for no images", () => {
  const scores = evaluate(new Uint8Array(0), new Float32Array(0), EMOTIONS);
  assert.deepEqual(scores.weighted, { precision: 0, recall: 0, f1: 0 });
  assert.deepEqual(scores.macro, { precision: 0, recall: 0, f1: 0 });
  assert.ok(scores.perClass.every((c) => c.precision === null && c.recall === null));
  assert.deepEqual([scores.images, scores.accuracy, scores.loss], [0, 0, 0]);
});

Deno.test("evaluate() refuses shapes and labels that do not fit", () => {
  assert.throws(() => evaluate(new Uint8Array(2), new Float32Array(7), EMOTIONS), RangeError);
  assert.throws(() => evaluate(new Uint8Array(1), new Float32Array(8), EMOTIONS), RangeError);
  assert.throws(() => confusionMatrix(Uint8Array.of(7), Uint8Array.of(0), 7), RangeError);
  assert.throws(() => confusionMatrix(Uint8Array.of(0), Uint8Array.of(7), 7), RangeError);
  assert.throws(() => confusionMatrix(Uint8Array.of(0), Uint8Array.of(0, 1), 7), RangeError);
});

const images = fc.array(fc.tuple(fc.nat(6), fc.nat(6)), { minLength: 1, maxLength: 60 });

function scoresOf(pairs: readonly (readonly [number, number])[]) {
  return evaluatePredictions(
    Uint8Array.from(pairs, ([label]) => label),
    Uint8Array.from(pairs, ([, predicted]) => predicted),
    EMOTIONS,
  );
}

Deno.test("accuracy is the trace over the sum of the confusion matrix, and the weighted recall", () => {
  fc.assert(fc.property(images, (pairs) => {
    const scores = scoresOf(pairs);
    const trace = scores.confusion.reduce((sum, row, c) => sum + row[c]!, 0);
    assert.equal(scores.confusion.flat().reduce((sum, count) => sum + count, 0), pairs.length);
    assert.equal(scores.accuracy, trace / pairs.length);
    assertClose([scores.weighted.recall], [scores.accuracy]);
  }));
});

Deno.test("F1 is the harmonic mean of precision and recall, and all scores are from 0 to 1", () => {
  fc.assert(fc.property(images, (pairs) => {
    const scores = scoresOf(pairs);
    for (const { precision, recall, f1 } of scores.perClass) {
      if (precision === null || recall === null) continue;
      const sum = precision + recall;
      assertClose([f1!], [sum === 0 ? 0 : 2 * precision * recall / sum]);
    }
    for (const { precision, recall, f1 } of [...scores.perClass, scores.macro, scores.weighted]) {
      for (const score of [precision, recall, f1]) {
        assert.ok(score === null || (score >= 0 && score <= 1 + 1e-12));
      }
    }
  }));
});

Deno.test("the order of the images changes nothing", () => {
  fc.assert(fc.property(images, (pairs) => {
    assert.deepEqual(scoresOf(pairs.toReversed()), scoresOf(pairs));
  }));
});

Deno.test("exchanging labels and predictions exchanges precision and recall", () => {
  fc.assert(fc.property(images, (pairs) => {
    const there = scoresOf(pairs);
    const back = scoresOf(pairs.map(([label, predicted]) => [predicted, label] as const));
    assert.equal(back.macro.precision, there.macro.recall);
    assert.equal(back.macro.recall, there.macro.precision);
    assert.equal(back.macro.f1, there.macro.f1);
  }));
});

Deno.test("evaluate() scores any number of classes, by their names", () => {
  const labels = Uint8Array.of(0, 0, 0, 1, 1, 2);
  const rows = [[0.6, 0.3, 0.1], [0.5, 0.4, 0.1], [0.2, 0.7, 0.1], [0.1, 0.8, 0.1], [0.9, 0.1, 0]];
  const probabilities = Float64Array.from([...rows, [0.2, 0.2, 0.6]].flat());
  const scores = evaluate(labels, probabilities, ["happy", "calm", "tense"]);
  // scikit-learn's definitions by hand.
  assert.deepEqual(scores.confusion, [[2, 1, 0], [1, 1, 0], [0, 0, 1]]);
  assert.deepEqual(scores.perClass.map(({ emotion }) => emotion), ["happy", "calm", "tense"]);
  assertClose(known(scores.perClass.map(({ recall }) => recall)), [2 / 3, 1 / 2, 1]);
  assertClose([scores.macro.precision], [(2 / 3 + 1 / 2 + 1) / 3]);
  assertClose(
    [scores.loss],
    [-Math.log(0.6 * 0.5 * 0.2 * 0.8 * 0.1 * 0.6) / 6],
  );
  assert.throws(
    () => evaluate(Uint8Array.of(3), Float64Array.of(0, 0, 1), ["a", "b", "c"]),
    RangeError,
  );
});
