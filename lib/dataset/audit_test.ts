import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { FER2013, testWith, withoutFer2013 } from "../_skip.ts";
import { flat, pattern, SAMPLE } from "./_sample.ts";
import { auditDataset, classCounts, cleanTestIndices, trainingWithoutCopies } from "./audit.ts";
import { BARS, VOTES } from "./_made_up.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import type { Dataset, SplitName } from "./dataset.ts";
import { FER2013_FORM } from "./form.ts";
import { loadDataset } from "./load.ts";

function datasetOf(images: readonly [SplitName, number, Uint8Array][]): Dataset {
  const builder = new DatasetBuilder();
  for (const [split, label, pixels] of images) builder.add(split, label, pixels);
  const splits = builder.finish();
  return {
    name: "sample",
    synthetic: false,
    description: "A sample",
    ...FER2013_FORM,
    digest: datasetDigest(splits),
    split: "official",
    splits,
    skipped: [],
  };
}

// Copies: 4 (happy) and 4 (sad) in Training; 1 in Training and PublicTest; 7 in both tests.
const sample = datasetOf(
  SAMPLE.map(({ usage, label, n }) => [usage as SplitName, label, pattern(n)]),
);

Deno.test("auditDataset() counts copies within and across splits", () => {
  const audit = auditDataset(sample);
  assertEquals([audit.images, audit.distinct, audit.redundant], [10, 7, 3]);
  assertEquals(audit.redundantWithin, { Training: 1, PublicTest: 0, PrivateTest: 0 });
  assertEquals(audit.copies, {
    privateTestInTraining: 0,
    privateTestInPublicTest: 1,
    privateTestInEither: 1,
    publicTestInTraining: 1,
    trainingInOthers: 1,
  });
  assertEquals(audit.cleanPrivateTest, 1);
});

Deno.test("auditDataset() lists copies with different labels", () => {
  const { groups, images, list } = auditDataset(sample).conflicts;
  assertEquals([groups, images], [3, 6]);
  const labels = list.map(({ members }) => members.map((m) => `${m.split} ${m.label}`).join());
  assertEquals(labels.sort(), [
    "PublicTest happy,PrivateTest surprise",
    "Training angry,PublicTest sad",
    "Training happy,Training sad",
  ]);
});

Deno.test("auditDataset() finds black, blank and near-blank images", () => {
  const audit = auditDataset(datasetOf([
    ["Training", 0, flat(0)],
    ["Training", 0, flat(200)],
    ["PublicTest", 0, flat(100).fill(110, 0, 1152)],
    ["PrivateTest", 0, flat(100).fill(120, 0, 1152)],
  ]));
  assertEquals(audit.black, { Training: 1, PublicTest: 0, PrivateTest: 0 });
  assertEquals(audit.blank, { Training: 2, PublicTest: 0, PrivateTest: 0 });
  assertEquals(audit.nearBlank, { Training: 0, PublicTest: 1, PrivateTest: 0 });
  assertEquals(audit.lowestDeviation, 5);
});

Deno.test("cleanTestIndices() and trainingWithoutCopies() leave no copy in the other splits", () => {
  const { Training, PublicTest, PrivateTest } = sample.splits;
  const clean = [...cleanTestIndices(sample)].map((i) => PrivateTest.ids[i]!);
  assertEquals(clean.some((id) => Training.ids.includes(id) || PublicTest.ids.includes(id)), false);
  const kept = [...trainingWithoutCopies(sample)].map((i) => Training.ids[i]!);
  assertEquals([clean.length, kept.length], [1, 5]);
  assertEquals(kept.some((id) => PublicTest.ids.includes(id)), false);
});

Deno.test("classCounts() counts every class, also those without images", () => {
  assertEquals(classCounts(sample.splits.Training.labels, sample.classes), {
    angry: 1,
    disgust: 0,
    fear: 1,
    happy: 2,
    sad: 1,
    surprise: 0,
    neutral: 1,
  });
});

testWith(
  withoutFer2013,
  "auditDataset() finds in FER2013 what was measured independently",
  async () => {
    const audit = auditDataset(await loadDataset(FER2013));
    assertEquals([audit.distinct, audit.redundant], [34_034, 1_853]);
    assertEquals([audit.copies.privateTestInTraining, audit.copies.privateTestInEither], [
      288,
      314,
    ]);
    assertEquals([audit.cleanPrivateTest, audit.copies.publicTestInTraining], [3_275, 280]);
    assertEquals([audit.conflicts.groups, audit.conflicts.images], [57, 160]);
    assertEquals(audit.black, { Training: 11, PublicTest: 1, PrivateTest: 0 });
    assertEquals(audit.counts.Training.happy, 7_215);
  },
);

Deno.test("auditDataset() counts the classes of any data, and looks for blank ones among images only", () => {
  const { counts, lowestDeviation } = auditDataset(BARS);
  assertEquals(counts.PublicTest, { "happy": 12, "calm": 12, "tense <&|*>": 12 });
  assertEquals(lowestDeviation > 20, true);
  const audit = auditDataset(VOTES);
  assertEquals([audit.images, audit.distinct, audit.nearBlankIds.length], [340, 340, 0]);
  assertEquals(audit.blank, { Training: 0, PublicTest: 0, PrivateTest: 0 });
});
