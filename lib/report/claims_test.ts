import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { sampleSource, sampleVariant, withoutClass } from "./_sample.ts";
import { buildReport } from "./build.ts";
import { type Claim, CURED_GAP, originalClaims } from "./claims.ts";
import type { ExperimentReport, VariantReport } from "./record.ts";

/** A report as an experiment of that name would have it. */
function report(name: string, variants: Parameters<typeof sampleSource>[0]): ExperimentReport {
  const source = sampleSource(variants, [1, 2, 3]);
  return buildReport({ ...source, experiment: { ...source.experiment, name } });
}

const seeds = [1, 2, 3];
const BASELINE = report("baseline", [sampleVariant("baseline", { skill: 0.6, seeds })]);
const DROPOUT = report("dropout", [
  sampleVariant("none", { skill: 0.6, seeds }),
  sampleVariant("half", { skill: 0.8, seeds, configuration: { denseDropout: 0.5 } }),
]);
const AUGMENTATION = report("augmentation", [
  sampleVariant("none", { skill: 0.5, seeds, configuration: { balanceClasses: [] } }),
  sampleVariant("balanced", { skill: 0.9, seeds }),
]);

/** The claim that begins so. */
function claim(claims: readonly Claim[], start: string): Claim {
  const found = claims.find(({ claim }) => claim.startsWith(start));
  ok(found, start);
  return found;
}

/** A variant with other last scores. */
function withGap(variant: VariantReport, gap: number): VariantReport {
  return {
    ...variant,
    runs: variant.runs.map((run) => ({
      ...run,
      last: { ...run.last, trainingAccuracy: run.last.test.accuracy + gap },
    })),
  };
}

Deno.test("A claim is checked where its experiment was run, and left out elsewhere", () => {
  deepStrictEqual(originalClaims([]), []);
  strictEqual(originalClaims([BASELINE]).length, 5);
  strictEqual(originalClaims([DROPOUT]).length, 1);
  strictEqual(originalClaims([BASELINE, DROPOUT, AUGMENTATION]).length, 8);
});

Deno.test("Nothing is claimed of a class without images", () => {
  const absent = report("baseline", [
    withoutClass(sampleVariant("baseline", { seeds }), "disgust"),
  ]);
  deepStrictEqual(
    originalClaims([absent]).map(({ claim }) => claim.split(" ")[0]),
    ["62.08", "Over", "Fear", "Angry"],
  );
});

Deno.test("The accuracy is held against 62.08 % with its interval", () => {
  const answer = (mean: number, low: number, high: number) => {
    const [variant] = BASELINE.variants;
    const accuracy = { mean, low, high, over: "seeds" as const };
    const changed = { ...variant!, test: { ...variant!.test, accuracy } };
    return claim(originalClaims([{ ...BASELINE, variants: [changed] }]), "62.08 %").answer;
  };
  strictEqual(answer(0.55, 0.54, 0.56), "**not reached**");
  strictEqual(answer(0.62, 0.61, 0.63), "within the interval");
  strictEqual(answer(0.65, 0.63, 0.67), "**surpassed**");
});

Deno.test("Overfitting is cured, narrowed or neither, by the gap after the last epoch", () => {
  const answer = (none: number, half: number) => {
    const [first, second] = DROPOUT.variants;
    const variants = [withGap(first!, none), withGap(second!, half)];
    return claim(originalClaims([{ ...DROPOUT, variants }]), "Dropout").answer;
  };
  strictEqual(answer(0.4, CURED_GAP - 0.01), "**yes**, `half`");
  strictEqual(answer(0.4, CURED_GAP + 0.01), "**narrowed, not cured**, by `half`");
  strictEqual(answer(0.4, 0.41), "**no**");
});

Deno.test("A smaller gap at the price of accuracy is no cure, with one seed either", () => {
  for (const seeds of [[1, 2, 3], [1]]) {
    const worse = report("dropout", [
      sampleVariant("none", { skill: 0.8, seeds }),
      sampleVariant("half", { skill: 0.2, seeds, configuration: { denseDropout: 0.5 } }),
    ]);
    const [first, second] = worse.variants;
    const { verdict, models } = second!.comparison!.test;
    strictEqual(models ?? verdict, "worse");
    const variants = [withGap(first!, 0.4), withGap(second!, 0)];
    strictEqual(
      claim(originalClaims([{ ...worse, variants }]), "Dropout").answer,
      "**no**, `half` only by recognising less",
    );
  }
});

Deno.test("Balancing is answered for each class that was increased", () => {
  const claims = originalClaims([AUGMENTATION]);
  deepStrictEqual(claims.map(({ claim }) => claim), [
    "Augmented copies help disgust",
    "Augmented copies help surprise",
  ]);
  match(claims[0]!.found, /^Recall of disgust \+\d/);
});

Deno.test("A confusion counts as the class's own where no other is more frequent", () => {
  const answers = (fearRow: readonly number[]) => {
    const [variant] = BASELINE.variants;
    const confusion = variant!.test.confusion.map((row, i) => i === 2 ? fearRow : row);
    const changed = { ...variant!, test: { ...variant!.test, confusion } };
    return claim(originalClaims([{ ...BASELINE, variants: [changed] }]), "Fear is");
  };
  // angry, disgust, fear, happy, sad, surprise, neutral
  const sad = answers([2, 0, 10, 0, 6, 2, 0]);
  strictEqual(sad.answer, "**yes**");
  match(sad.found, /^30\.0 % of the fear images are taken for sad, more than for any other/);
  const surprise = answers([2, 0, 10, 0, 2, 6, 0]);
  strictEqual(surprise.answer, "**more often with surprise**");
  match(surprise.found, /^10\.0 % .*; for surprise 30\.0 %$/);
});
