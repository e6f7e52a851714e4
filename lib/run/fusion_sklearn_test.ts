/** `exp:fusion` held against another library: scikit-learn on the same folds, NumPy on the same votes. */

import { ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { fusion } from "../../experiments/fusion.ts";
import { type Clip, parseVotes, VOTE_CLASSES } from "../dataset/crema_d.ts";
import { foldsByGroup } from "../dataset/folds.ts";
import { BUNDLED_VOTES, CHECKOUT } from "../paths.ts";
import { readReport } from "../report/files.ts";
import {
  FOLDS,
  NUMPY_MEAN,
  NUMPY_PRODUCTS,
  NUMPY_WITHOUT_HABITS,
  SKLEARN_FUSION,
} from "./_fusion_sklearn.ts";

const clips = parseVotes(await Deno.readTextFile(BUNDLED_VOTES), "votes.csv");
const EMOTIONS = ["ANG", "DIS", "FEA", "HAP", "SAD", "NEU"];

/** Voice and face of a clip, each in the order of the classes. */
const modalitiesOf = ({ votes }: Clip) => [votes.slice(0, 6), votes.slice(6, 12)];
const shares = (votes: readonly number[]) => {
  const sum = votes.reduce((a, b) => a + b);
  return votes.map((count) => count / sum);
};

/** The accuracy in % of the class with the highest sum over voice and face, the first of equals. */
function poolAccuracy(evidence: (votes: readonly number[], modality: number) => number[]): number {
  const right = clips.filter((clip) => {
    const [voice, face] = modalitiesOf(clip).map(evidence);
    const sums = voice!.map((value, c) => value + face![c]!);
    return EMOTIONS[sums.indexOf(Math.max(...sums))] === clip.name.split("_")[2];
  });
  return 100 * right.length / clips.length;
}

function near(actual: number, expected: number, within: number): void {
  ok(Math.abs(actual - expected) <= within, `${actual} is not within ${within} of ${expected}`);
}

Deno.test("The folds that scikit-learn was given are ours", () => {
  const actors = [...new Set(clips.map(({ name }) => name.slice(0, 4)))].sort();
  strictEqual(foldsByGroup(actors, 5, 0).join(""), FOLDS);
});

Deno.test("The committed softmax regressions are within half a point of scikit-learn's", async () => {
  const { variants } = await readReport(join(CHECKOUT, "reports/crema-d/fusion/report.json"));
  for (const [name, expected] of Object.entries(SKLEARN_FUSION)) {
    const { test } = variants.find((variant) => variant.name === name)!;
    near(100 * test.accuracy.mean, expected, 0.5);
  }
  const mean = variants.find(({ name }) => name === "mean")!;
  near(100 * mean.test.accuracy.mean, NUMPY_MEAN, 0.1);
});

Deno.test("Pools of votes have the accuracies that NumPy finds, and the report tells them", () => {
  near(poolAccuracy((votes) => shares(votes)), NUMPY_MEAN, 0.3);
  // Where two classes have the same product, rounding decides which is the first of equals.
  const product = (more: number) =>
    poolAccuracy((votes) => votes.map((count) => Math.log(count + more)));
  for (const [more, expected] of NUMPY_PRODUCTS) near(product(more), expected, 0.3);
  const means = [0, 1].map((m) =>
    VOTE_CLASSES.map((_, c) =>
      clips.reduce((sum, clip) => sum + shares(modalitiesOf(clip)[m]!)[c]!, 0) / clips.length
    )
  );
  const withoutHabits = poolAccuracy((votes, m) =>
    votes.map((count, c) => Math.log(count + 0.01) - Math.log(means[m]![c]!))
  );
  near(withoutHabits, NUMPY_WITHOUT_HABITS, 0.1);
  const told = fusion.notes.join(" ");
  const products = NUMPY_PRODUCTS.map(([, accuracy]) => accuracy);
  const weighted = Math.max(...NUMPY_PRODUCTS.map(([, , best]) => best));
  const numbers = [
    ...[Math.min(...products), Math.max(...products), weighted, NUMPY_WITHOUT_HABITS],
    ...Object.values(SKLEARN_FUSION),
  ];
  for (const number of numbers) ok(told.includes(number.toFixed(1)), `${number}: ${told}`);
});
