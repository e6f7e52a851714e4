import { strictEqual } from "node:assert/strict";
import { endOfRun } from "./patience.ts";

const history = (...accuracies: number[]) =>
  accuracies.map((validationAccuracy) => ({ validationAccuracy }));

Deno.test("Without patience a run is over after its last epoch", () => {
  const length = { epochs: 3, patience: 0 };
  strictEqual(endOfRun([], length), undefined);
  strictEqual(endOfRun(history(0.5, 0.4), length), undefined);
  strictEqual(endOfRun(history(0.5, 0.4, 0.3), length), 3);
  strictEqual(endOfRun(history(0.5, 0.4, 0.3, 0.2), length), 3);
});

Deno.test("A run is over after `patience` epochs without a better one, as in Keras", () => {
  // keras.callbacks.EarlyStopping(monitor="val_accuracy", mode="max", patience=p) on these values.
  const cases: [patience: number, accuracies: number[], end: number | undefined][] = [
    [1, [0.5], undefined],
    [1, [0.5, 0.5], 2],
    [1, [0.5, 0.6, 0.6], 3],
    [2, [0.5, 0.4], undefined],
    [2, [0.5, 0.4, 0.4], 3],
    // What is only as good as the best is no better, and a rise below the best neither.
    [2, [0.5, 0.4, 0.5], 3],
    [2, [0.5, 0.4, 0.45], 3],
    [2, [0.5, 0.4, 0.6, 0.5], undefined],
    [2, [0.5, 0.4, 0.6, 0.5, 0.5], 5],
    [2, [0.5, 0.4, 0.3, 0.9], 3],
    [9, [0, 0, 0, 0, 0, 0, 0, 0, 0], undefined],
    [9, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 10],
  ];
  for (const [patience, accuracies, end] of cases) {
    strictEqual(endOfRun(history(...accuracies), { epochs: 20, patience }), end, `${accuracies}`);
  }
  strictEqual(endOfRun(history(0.1, 0.2, 0.3), { epochs: 3, patience: 2 }), 3);
});
