import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { sampleSource, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { buildReport } from "../report/build.ts";
import { readReport } from "../report/files.ts";
import { besideText, placeReport, planDifference } from "./place.ts";
import { planOf, readPlan, type ReportPlan, writePlan } from "./plan_file.ts";

const variants = [
  sampleVariant("none", { seeds: [1, 2] }),
  sampleVariant("dense", { seeds: [1, 2], configuration: { denseDropout: 0.5 } }),
];

const source = sampleSource(variants, [1, 2]);

/** The plan of the report that is made of the variants. */
const PLAN: ReportPlan = planOf({
  ...buildReport(source, { resamples: 10 }),
  experiment: { ...source.experiment, name: "dropout" },
});

async function withReport(body: (results: string, folder: string) => Promise<void>) {
  const results = await Deno.makeTempDir();
  try {
    await body(results, await writeSample(results, "dropout", variants));
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** A plan with other settings of one variant. */
function changed(name: string, changes: Record<string, unknown>): ReportPlan {
  return {
    ...PLAN,
    variants: PLAN.variants.map((variant) =>
      variant.name === name
        ? { ...variant, configuration: { ...variant.configuration, ...changes } }
        : variant
    ),
  };
}

Deno.test("A report goes where no other is, or in the place of one of its own plan", async () => {
  await withReport(async (results, folder) => {
    deepStrictEqual(await placeReport(results, PLAN), { folder });
    const first = { ...PLAN, experiment: { ...PLAN.experiment, name: "baseline" } };
    deepStrictEqual(await placeReport(results, first), { folder: join(results, "baseline") });
    // Fuller ones: a seed more, a variant more.
    deepStrictEqual(await placeReport(results, { ...PLAN, seeds: [1, 2, 3] }), { folder });
    const further = { ...PLAN.variants[0]!, name: "other" };
    const more = { ...PLAN, variants: [...PLAN.variants, further] };
    deepStrictEqual(await placeReport(results, more), { folder });
  });
});

Deno.test("A report of another plan, or of a part of it, goes beside and says why", async () => {
  await withReport(async (results, folder) => {
    const report = planOf(await readReport(join(folder, "report.json")));
    const cases: [ReportPlan, RegExp][] = [
      [changed("none", { epochs: 3 }), /^epochs=4 in none$/],
      [changed("dense", { denseDropout: 0.25 }), /^denseDropout=0\.5 in dense$/],
      [{ ...PLAN, seeds: [1] }, /^seed 2 too$/],
      [{ ...PLAN, seeds: [7] }, /^seeds 1 and 2 too$/],
      [{ ...PLAN, variants: PLAN.variants.slice(0, 1) }, /^the variant dense too$/],
      [{ ...PLAN, data: "0".repeat(64) }, /^other data$/],
    ];
    for (const [plan, reason] of cases) {
      match(planDifference(report, plan) ?? "none", reason);
      const place = await placeReport(results, plan);
      strictEqual(place.folder, join(results, "dropout-2"));
      strictEqual(place.beside?.folder, folder);
      match(
        besideText(place)!,
        /^The report in .* stays: it has .*\. This one goes beside it: .*-2$/,
      );
    }
  });
});

Deno.test("Further plans are counted on, and each comes back to its own folder", async () => {
  await withReport(async (results) => {
    const short = changed("none", { epochs: 3 });
    const third = variants.map((variant) => ({ ...variant, name: `${variant.name}-x` }));
    await writeSample(results, "dropout-2", third);
    const path = join(results, "dropout-2", "report.json");
    // What stands there is a report of this experiment, whatever its folder's name.
    const report = JSON.parse(await Deno.readTextFile(path));
    report.experiment.name = "dropout";
    await Deno.writeTextFile(path, JSON.stringify(report));
    strictEqual((await placeReport(results, short)).folder, join(results, "dropout-3"));
    const own = {
      ...PLAN,
      variants: PLAN.variants.map((one) => ({ ...one, name: `${one.name}-x` })),
    };
    strictEqual((await placeReport(results, own)).folder, join(results, "dropout-2"));
  });
});

Deno.test("A plan alone holds a report's place, from before its first run is done", async () => {
  const results = await Deno.makeTempDir();
  try {
    const folder = join(results, "dropout");
    await writePlan(folder, PLAN);
    deepStrictEqual(await readPlan(folder), { kind: "fer-lab/plan", version: 1, ...PLAN });
    deepStrictEqual(await placeReport(results, PLAN), { folder });
    const short = changed("none", { epochs: 3 });
    strictEqual((await placeReport(results, short)).folder, join(results, "dropout-2"));
    for (const text of ["{", "{}", JSON.stringify({ ...PLAN, kind: "fer-lab/plan", version: 9 })]) {
      await Deno.writeTextFile(join(folder, "plan.json"), text);
      await rejects(readPlan(folder), /plan\.json: /);
    }
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});

Deno.test("A report that cannot be read is not written over", async () => {
  await withReport(async (results, folder) => {
    await Deno.writeTextFile(join(folder, "report.json"), "{");
    const place = await placeReport(results, PLAN);
    strictEqual(place.folder, join(results, "dropout-2"));
    ok(besideText(place)!.includes("a report that cannot be read"));
  });
});

Deno.test("A folder outside those that may be written to is refused with those that may", async () => {
  const code = `import { expectWritable } from ${JSON.stringify(import.meta.resolve("./place.ts"))};
    await expectWritable("/scratch/me").catch(({ message }) => console.log(message));
    await expectWritable(Deno.cwd() + "/reports/own/x");`;
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "try.ts"), code);
    const { stdout, success } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-prompt",
        "--config=deno.json",
        "--allow-read",
        "--allow-write=reports",
      ]
        .concat(join(folder, "try.ts")),
      cwd: join(import.meta.dirname!, "..", ".."),
    }).output();
    ok(success);
    const line = new TextDecoder().decode(stdout);
    match(line, /^--out \/scratch\/me: This task may write only to .* reports and \.cache/);
    match(line, /ln -s \/scratch\/me reports\/own\/me, then --out reports\/own\/me/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A plan keeps its contrasts on disk, and one without is none of theirs", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const contrasts = [{ variant: "dense", against: "none" }];
    await writePlan(folder, { ...PLAN, contrasts });
    deepStrictEqual((await readPlan(folder))?.contrasts, contrasts);
    strictEqual(planDifference({ ...PLAN, contrasts }, PLAN), undefined);
    await Deno.writeTextFile(
      join(folder, "plan.json"),
      JSON.stringify({ kind: "fer-lab/plan", version: 1, ...PLAN, contrasts: [{ variant: 1 }] }),
    );
    await rejects(readPlan(folder), /plan\.json: Is no plan of a report/);
    // Of two variants beside the baseline; with that each is compared without a contrast.
    const between = [{ variant: "longer", against: "dense" }];
    const three = sampleSource([...variants, sampleVariant("longer", { seeds: [1, 2] })], [1, 2]);
    const report = buildReport({ ...three, contrasts: between }, { resamples: 10 });
    deepStrictEqual(planOf(report).contrasts, between);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
