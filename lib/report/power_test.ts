import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import { planText } from "../command/power.ts";
import { sampleSource, sampleVariant } from "./_sample.ts";
import { writeSample } from "./_sample_folder.ts";
import { buildReportFacts, type VariantSource } from "./build.ts";
import { readSubjects } from "./compare.ts";
import { planSeeds } from "./power.ts";

const seeds = [1, 2, 3];

async function planOf(
  variants: readonly VariantSource[],
  differences: readonly number[] = [1, 30],
) {
  const folder = await Deno.makeTempDir();
  try {
    const place = await writeSample(folder, "sample", variants);
    const subjects = await readSubjects(place);
    const facts = buildReportFacts(sampleSource(variants, seeds));
    return () => planSeeds(subjects, { differences, chance: 0.8, facts });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const VARIANTS = [
  sampleVariant("none", { seeds, minutes: 3 }),
  sampleVariant("dropout", { seeds, skill: 0.8, minutes: 3, configuration: { denseDropout: 0.5 } }),
  sampleVariant("both", { seeds, skill: 0.6, minutes: 3, configuration: { denseDropout: 0.2 } }),
];

Deno.test("planSeeds() takes the spread of all pairs together, and Holm's correction over all", async () => {
  const plan = (await planOf(VARIANTS))();
  strictEqual(plan.baseline, "none");
  deepStrictEqual(plan.variants, ["dropout", "both"]);
  deepStrictEqual([plan.seeds, plan.freedom, plan.comparisons, plan.images], [3, 4, 2, 140]);
  ok(plan.spreadInterval.low < plan.spread && plan.spread < plan.spreadInterval.high);
  const [small, large] = plan.needs;
  strictEqual(small!.seeds, null);
  ok(large!.seeds! >= large!.seedsLow! && large!.seeds! <= large!.seedsHigh!);
  ok(large!.power > small!.power);
  // Every variant has three of the seeds already; a run takes 3 minutes and 20 seconds of scoring.
  const missing = 3 * Math.max(0, large!.seeds! - 3);
  ok(Math.abs(large!.minutes! - missing * (3 + 1 / 3)) < 1e-9, `${large!.minutes}`);
  const text = planText(plan);
  match(text, /^2 comparisons with none, 3 seeds, 140 images\.\n/);
  match(text, /\n +1 +never +never to never +\d+ % +–\n +30 +\d+ /);
  ok(text.split("\n").every((line) => line.length <= 80), text);
});

Deno.test("planSeeds() needs two seeds and two variants", async () => {
  const one = await planOf([sampleVariant("none"), sampleVariant("dropout", { skill: 0.8 })]);
  throws(one, /report\.json: No variant has two seeds .* with none .*: run .* with --seeds 3$/);
  throws(await planOf([sampleVariant("none", { seeds })]), /Has one variant, and so no difference/);
});
