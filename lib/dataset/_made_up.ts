/**
 * Data sets of made-up classes and samples, for tests.
 *
 * @module
 */

import type { SampleValues } from "../sample.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import { type DataForm, type Dataset, type SplitName, SPLITS } from "./dataset.ts";

/** What to make. */
export interface MadeUp extends DataForm {
  readonly name: string;
  readonly description: string;
  /** Samples of each class in each split. */
  readonly each: Readonly<Record<SplitName, number>>;
  /** A sample of a class. */
  readonly draw: (label: number, stream: RandomStream) => SampleValues;
  /** What the sample is trained towards, where that is more than its label. */
  readonly target?: (label: number, values: SampleValues) => readonly number[];
}

/** Makes a data set; the same at every call. */
export function makeUp({ name, description, each, draw, target, ...form }: MadeUp): Dataset {
  const { classes, sample } = form;
  const builder = new DatasetBuilder({ form: { classes, sample } });
  for (const split of SPLITS) {
    const stream = randomStream(1, "made up", name, split);
    for (let i = 0; i < each[split] * classes.length; i++) {
      const label = i % classes.length;
      const values = draw(label, stream);
      if (target) builder.addWithTarget(split, target(label, values), values);
      else builder.add(split, label, values);
    }
  }
  const splits = builder.finish();
  return {
    name,
    synthetic: true,
    description,
    classes,
    sample,
    digest: datasetDigest(splits, { classes, sample }),
    split: "generated",
    splits,
    skipped: builder.skipped,
  };
}

/** 32x32 gray images of three classes: a bright bar on noise, lying, standing or across. */
export const BARS: Dataset = makeUp({
  name: "bars",
  description: "Bars on noise",
  classes: ["happy", "calm", "tense <&|*>"],
  sample: { shape: [32, 32, 1], type: "uint8", divisor: 255 },
  each: { Training: 32, PublicTest: 12, PrivateTest: 16 },
  draw: (label, stream) => {
    const at = stream.integer(4, 24);
    return Uint8Array.from({ length: 32 * 32 }, (_, i) => {
      const [x, y] = [i % 32, Math.floor(i / 32)];
      const along = [y, x, (x + y) / 2][label]!;
      return stream.integer(0, 120) + (Math.abs(along - at) < 4 ? 120 : 0);
    });
  },
});

/** What twelve people say of something, in shares of four classes; most say what it is. */
export const VOTES: Dataset = makeUp({
  name: "votes",
  description: "Votes of three groups of people on four classes",
  classes: ["angry", "sad", "bored", "puzzled"],
  sample: { shape: [12], type: "float32", divisor: 1 },
  each: { Training: 40, PublicTest: 20, PrivateTest: 25 },
  draw: (label, stream) =>
    Float32Array.from(
      { length: 12 },
      (_, i) => stream.uniform() + (i % 4 === label ? 0.8 : 0),
    ),
  target: (label, values) =>
    [0, 1, 2, 3].map((c) => values[c]! + values[c + 4]! + values[c + 8]! + (c === label ? 3 : 0)),
});
