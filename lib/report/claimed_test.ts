import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { classScores, type Evaluation } from "../evaluation/metrics.ts";
import { EMOTIONS } from "../emotion.ts";
import type { RunRecord } from "./record.ts";
import { claimReport, differenceInterval } from "./claimed.ts";

/** So many of each class, of which so many are right; the others are taken for the next class. */
function evaluation(images: number, right: number): Evaluation {
  const confusion = EMOTIONS.map((_, i) =>
    EMOTIONS.map((_, j) => j === i ? right : j === (i + 1) % EMOTIONS.length ? images - right : 0)
  );
  const [all, correct] = [images * EMOTIONS.length, right * EMOTIONS.length];
  const scores = classScores(confusion, EMOTIONS);
  return { images: all, correct, accuracy: correct / all, loss: 1, ...scores, confusion };
}

/** A run that claims and is worth so many of 100 right. */
function run(claimed: number, test: number): RunRecord {
  return {
    best: { test: evaluation(100, test) },
    claimed: { scores: evaluation(100, claimed), copies: 7, unrelated: evaluation(50, 25) },
  } as unknown as RunRecord;
}

Deno.test("differenceInterval() is Newcombe's of his example: 56 of 70 less 48 of 80", () => {
  const { low, high } = differenceInterval({ correct: 56, images: 70 }, {
    correct: 48,
    images: 80,
  });
  strictEqual(low.toFixed(4), "0.0524");
  strictEqual(high.toFixed(4), "0.3339");
});

Deno.test("claimReport() gives one seed intervals over images, several over seeds", () => {
  const one = claimReport([run(60, 55)])!;
  strictEqual(one.accuracy.mean, 0.6);
  strictEqual(one.optimism.over, "images");
  ok(Math.abs(one.optimism.mean - 0.05) < 1e-12);
  ok(one.optimism.low! < 0.05 && one.optimism.high! > 0.05);
  deepStrictEqual([one.images, one.copies, one.related], [700, 7, 350]);
  strictEqual(one.unrelated!.mean, 0.5);
  ok(one.classes.every(({ optimism }) => Math.abs(optimism!.mean - 0.05) < 1e-12));
  const three = claimReport([run(60, 55), run(62, 55), run(61, 56)])!;
  strictEqual(three.optimism.over, "seeds");
  ok(three.optimism.low! > 0);
});

Deno.test("claimReport() has nothing of runs that split nothing", () => {
  const { claimed: _, ...plain } = run(60, 55);
  strictEqual(claimReport([plain as RunRecord]), undefined);
});
