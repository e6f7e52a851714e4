import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { BASELINE } from "../configuration.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { perSplit } from "../dataset/dataset.ts";
import { dropModalities, presentModalities } from "./modalities.ts";

/** 60 samples: votes of two modalities for two classes, which tell the class. */
function votes(): Dataset {
  const labels = Uint8Array.from({ length: 60 }, (_, i) => i % 2);
  const split = {
    labels,
    samples: Uint8Array.from([...labels].flatMap((label, i) => [i, label, 2 - label, label])),
    ids: Array.from(labels, (_, i) => `${i}`),
    length: 60,
  };
  return {
    ...{ name: "two", synthetic: true, description: "Two", digest: "0", skipped: [] },
    split: "own",
    classes: ["happy", "sad"],
    sample: {
      ...{ shape: [4], type: "uint8", divisor: 1 },
      modalities: [
        { name: "voice", length: 2, type: "votes" },
        { name: "face", length: 2, type: "votes" },
      ],
    },
    splits: perSplit(() => split),
    conditions: [{ name: "nothing", samples: new Uint8Array(240) }],
  };
}

Deno.test("presentModalities() gives the chosen modalities as values, shares or logarithms", () => {
  const present = (changes: Partial<typeof BASELINE>) => {
    const { splits, sample } = presentModalities(votes(), { ...BASELINE, ...changes }, 1);
    return { values: [...splits.Training.samples.slice(4, 8)], shape: sample.shape };
  };
  deepStrictEqual(present({}), { values: [1, 1, 1, 1], shape: [4] });
  deepStrictEqual(present({ votesAs: "shares" }).values, [0.5, 0.5, 0.5, 0.5]);
  deepStrictEqual(present({ votesAs: "logShares" }).values, [0, 0, 0, 0]);
  strictEqual(String(present({ modalities: ["face"] }).shape), "2");
  const { conditions } = presentModalities(votes(), { ...BASELINE, votesAs: "logShares" }, 1);
  ok(conditions![0]!.samples.every((value) => value === 0), "no votes say nothing");
});

Deno.test("presentModalities() takes logarithms of probabilities as they are, and features as features", () => {
  const dataset = votes();
  const [voice, face] = dataset.sample.modalities!;
  const present = (type: "probabilities" | "features", values: readonly number[]) => {
    const split = {
      ...dataset.splits.Training,
      samples: Float32Array.from({ length: 240 }, (_, i) => values[i % 4]!),
    };
    const changed: Dataset = {
      ...dataset,
      sample: {
        ...{ shape: [4], type: "float32", divisor: 1 },
        modalities: [voice!, { ...face!, type }],
      },
      splits: perSplit(() => split),
      conditions: [],
    };
    const settings = { ...BASELINE, votesAs: "logShares", modalities: ["face"] } as const;
    return [...presentModalities(changed, settings, 1).splits.Training.samples.slice(0, 2)];
  };
  deepStrictEqual(present("features", [3, 1, 0.25, 0.75]), [0.25, 0.75]);
  const half = Math.fround(Math.log(3) / 2);
  const [low, high] = present("probabilities", [3, 1, 0.25, 0.75]);
  ok(Math.abs(low! + half) < 1e-6 && Math.abs(high! - half) < 1e-6);
  const [none] = present("probabilities", [3, 1, 0, 1]);
  ok(Math.abs(none! - Math.log(1e-6) / 2) < 1e-5, "a probability of 0 does not decide alone");
  deepStrictEqual(present("probabilities", [3, 1, 0, 0]), [0, 0]);
});

Deno.test("A shuffled modality moves whole, in its class or in all, and the other one stays", () => {
  const shuffled = (shuffleWithinClass: boolean) => {
    const settings = { ...BASELINE, shuffleModality: "voice", shuffleWithinClass };
    const { samples } = presentModalities(votes(), settings, 1).splits.Training;
    return Array.from({ length: 60 }, (_, i) => [...samples.subarray(4 * i, 4 * i + 4)]);
  };
  for (const within of [true, false]) {
    const rows = shuffled(within);
    deepStrictEqual(rows.map(([voice]) => voice!).toSorted((a, b) => a - b), [...Array(60).keys()]);
    ok(rows.some(([voice], i) => voice !== i));
    strictEqual(rows.every(([voice], i) => voice! % 2 === i % 2), within);
    ok(rows.every(([voice, of]) => voice! % 2 === of), "its values stay together");
    ok(rows.every(([, , , face], i) => face === i % 2));
  }
});

Deno.test("dropModalities() leaves at least one modality, and drops as often as asked", () => {
  const { sample } = votes();
  const inputs = new Float32Array(4 * 4000).fill(1);
  dropModalities(inputs, sample, { chance: 0.3, seed: 1, epoch: 1, index: 0 });
  const rows = Array.from({ length: 4000 }, (_, i) => inputs.slice(4 * i, 4 * i + 4).join(""));
  deepStrictEqual([...new Set(rows)].sort(), ["0011", "1100", "1111"]);
  // One alone in 0.3 x 0.7, and both, of which one is kept, in 0.3 x 0.3 / 2.
  const share = rows.filter((row) => row === "0011").length / 4000;
  ok(Math.abs(share - 0.255) < 0.02, `${share}`);
});
