import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { EMOTIONS } from "../emotion.ts";
import { BUNDLED_PROBABILITIES } from "../paths.ts";
import { SPLITS } from "./dataset.ts";
import { FACE_NETWORK_DIGEST } from "./face_network.ts";
import { datasetFolder } from "./folder.ts";
import { loadDataset } from "./load.ts";

Deno.test("The bundled probabilities are a data set of FER2013's classes, none of PrivateTest's images elsewhere", async () => {
  const dataset = await loadDataset(BUNDLED_PROBABILITIES);
  strictEqual(dataset.digest, FACE_NETWORK_DIGEST);
  strictEqual(datasetFolder(dataset), "face-network");
  deepStrictEqual(dataset.classes, EMOTIONS);
  const { Training, PublicTest, PrivateTest } = dataset.splits;
  strictEqual(PrivateTest.length, 3589);
  const share = PublicTest.length / (Training.length + PublicTest.length);
  ok(Math.abs(share - 0.2) < 0.01, `${share}`);
  const tested = new Set(PrivateTest.ids);
  for (const split of [Training, PublicTest]) {
    ok(split.ids.every((id) => !tested.has(id)));
    strictEqual(split.samples.length, EMOTIONS.length * split.length);
  }
  ok(SPLITS.every((name) => dataset.splits[name].samples.every((p) => p >= 0 && p <= 1)));
  // As the committed run has it: 67.01 %.
  const right = PrivateTest.labels.filter((label, i) => {
    const row = PrivateTest.samples.subarray(7 * i, 7 * i + 7);
    return row.indexOf(Math.max(...row)) === label;
  }).length;
  strictEqual(right, 2405);
});
