import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { sampleRecord } from "./report/_sample.ts";
import { buildDifferences, closeness, differenceText, firstDifference } from "./verification.ts";

Deno.test("firstDifference() finds nothing in equal values, whatever the order of their members", () => {
  strictEqual(
    firstDifference({ a: [1, { b: null }], c: "x" }, { c: "x", a: [1, { b: null }] }),
    undefined,
  );
});

Deno.test("firstDifference() names the place and both values", () => {
  deepStrictEqual(firstDifference({ a: [1, { b: 2 }] }, { a: [1, { b: 3 }] }), {
    path: "a[1].b",
    recorded: 2,
    again: 3,
  });
  deepStrictEqual(firstDifference({ a: [1] }, { a: [1, 2] })?.path, "a[1]");
  deepStrictEqual(firstDifference({ a: [] }, { a: {} })?.path, "a");
  deepStrictEqual(firstDifference({ a: null }, { a: {} })?.path, "a");
});

Deno.test("firstDifference() names the cause before its effects", () => {
  const before = { best: 1, epochs: [{ trainingLoss: 1 }], dataset: { digest: "a" } };
  const after = { best: 2, epochs: [{ trainingLoss: 2 }], dataset: { digest: "b" } };
  strictEqual(firstDifference(before, after)?.path, "dataset.digest");
  strictEqual(
    firstDifference(before, { ...after, dataset: before.dataset })?.path,
    "epochs[0].trainingLoss",
  );
});

Deno.test("differenceText() counts epochs from 1 and says what is missing", () => {
  strictEqual(
    differenceText({ path: "epochs[2].trainingLoss", recorded: 1.5, again: undefined }),
    "epochs[2].trainingLoss (epoch 3): 1.5 in the record, missing now",
  );
});

Deno.test("buildDifferences() looks at all but the way steps are run", () => {
  const { build } = sampleRecord();
  deepStrictEqual(buildDifferences(build, build), []);
  deepStrictEqual(
    buildDifferences(build, { ...build, threads: 99, cpu: "avx" }).map(({ path }) => path),
    ["build.cpu", "build.threads"],
  );
});

Deno.test("closeness() bounds the first epoch's loss and the accuracy at the end", () => {
  const record = sampleRecord();
  const { epochs } = record;
  const first = (trainingLoss: number) => [{ ...epochs[0]!, trainingLoss }, ...epochs.slice(1)];
  const same = closeness(record, { epochs, record });
  ok(same.within);
  deepStrictEqual(same.checks.map(({ difference }) => difference), [0, 0]);
  ok(closeness(record, { epochs: first(epochs[0]!.trainingLoss + 0.009), record }).within);
  ok(!closeness(record, { epochs: first(epochs[0]!.trainingLoss + 0.011), record }).within);

  // 95 % of a difference of two shares: 1.96 sqrt(2 p (1 - p) / n).
  const { accuracy, images } = record.best.test;
  const tolerance = same.checks[1]!.tolerance;
  ok(Math.abs(tolerance - 1.959964 * Math.sqrt(2 * accuracy * (1 - accuracy) / images)) < 1e-6);
  const moved = (by: number) => ({
    ...record,
    best: { ...record.best, test: { ...record.best.test, accuracy: accuracy + by } },
  });
  ok(closeness(record, { epochs, record: moved(0.99 * tolerance) }).within);
  ok(!closeness(record, { epochs, record: moved(-1.01 * tolerance) }).within);
});

Deno.test("closeness() looks at PublicTest where only some epochs were run", () => {
  const record = sampleRecord();
  const [epoch] = record.epochs;
  const { checks, within } = closeness(record, {
    epochs: [{ ...epoch!, validationAccuracy: epoch!.validationAccuracy + 0.5 }],
  });
  ok(!within);
  strictEqual(checks[1]!.name, "accuracy on PublicTest after epoch 1");
  strictEqual(Math.round(checks[1]!.difference * 1e9), 5e8);
});

Deno.test("closeness() names what the epoch is chosen on, and counts its images", () => {
  const plain = sampleRecord();
  const record = {
    ...sampleRecord({ configuration: { split: "before-copies(0.2, 0.1)" } }),
    claimed: {
      predictions: "c".repeat(64),
      scores: plain.best.validation,
      copies: 0,
      unrelated: plain.best.validation,
    },
  };
  const outcome = { epochs: [plain.epochs[0]!] };
  const check = closeness(record, outcome).checks[1]!;
  strictEqual(check.name, "accuracy on the validation part of Training after epoch 1");
  // Half as many images as are held out.
  const ratio = check.tolerance / closeness(plain, outcome).checks[1]!.tolerance;
  ok(Math.abs(ratio - Math.SQRT2) < 1e-9);
});
