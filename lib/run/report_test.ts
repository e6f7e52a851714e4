import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { generateFaces } from "../dataset/synthetic.ts";
import { exists } from "../file.ts";
import { sampleSource, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { buildReport } from "../report/build.ts";
import { readReport, readReportFacts } from "../report/files.ts";
import { renderReport } from "../report/markdown.ts";
import { cleanMask, keepCopies } from "./clean_images.ts";
import { planOf, writePlan } from "./plan_file.ts";
import { writeReportOf } from "./report.ts";

const FACES = generateFaces({ seed: 1, training: 70, publicTest: 35, privateTest: 35 });

/** Two variants with three seeds each, their runs on disk, and what the report of them is. */
async function withRuns(body: (folder: string, results: string) => Promise<void>) {
  const results = await Deno.makeTempDir();
  try {
    const seeds = [1, 2, 3];
    const variants = [
      sampleVariant("none", { seeds }),
      sampleVariant("dropout", { seeds, skill: 0.8 }),
    ];
    const folder = await writeSample(results, "sample", variants);
    const { data } = planOf(buildReport(sampleSource(variants, seeds), { resamples: 10 }));
    const copies = { kind: "fer-lab/copies", version: 1, data, copied: [] };
    await Deno.writeTextFile(join(results, "copies.json"), JSON.stringify(copies));
    await body(folder, results);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
}

/** The folder of a run of the second variant. */
const runOf = async (folder: string, seed: number) => {
  const { variants } = await readReport(join(folder, "report.json"));
  return join(folder, variants[1]!.runs.find((run) => run.seed === seed)!.folder);
};

Deno.test("A report is made of its plan and the finished runs, and says what is missing", async () => {
  await withRuns(async (folder) => {
    await writePlan(folder, planOf(await readReport(join(folder, "report.json"))));
    ok(await writeReportOf(folder));
    const whole = await readReport(join(folder, "report.json"));
    strictEqual(whole.status, "complete");
    deepStrictEqual(whole.variants.map(({ runs }) => runs.length), [3, 3]);

    const missing = await runOf(folder, 2);
    const record = await Deno.readTextFile(join(missing, "record.json"));
    await Deno.remove(join(missing, "record.json"));
    ok(await writeReportOf(folder));
    const part = await readReport(join(folder, "report.json"));
    strictEqual(part.status, "interrupted");
    deepStrictEqual(part.variants[1]!.runs.map(({ seed }) => seed), [1, 3]);
    match(await Deno.readTextFile(join(folder, "report.md")), /Not run: dropout with seed 2\./);

    // Done meanwhile, by whomever: the same report as at first.
    await Deno.writeTextFile(join(missing, "record.json"), record);
    ok(await writeReportOf(folder));
    deepStrictEqual(await readReport(join(folder, "report.json")), whole);
    ok(
      (await Deno.readTextFile(join(folder, "report.md"))).startsWith(
        renderReport(whole).slice(0, 500),
      ),
    );
  });
});

Deno.test("A damaged run is left out with its reason; with no run at all there is no report", async () => {
  await withRuns(async (folder, results) => {
    await writePlan(folder, planOf(await readReport(join(folder, "report.json"))));
    const damaged = await runOf(folder, 3);
    await Deno.writeTextFile(join(damaged, "record.json"), "{");
    const { error } = console;
    const said: string[] = [];
    console.error = (line: string) => void said.push(line);
    try {
      ok(await writeReportOf(folder));
    } finally {
      console.error = error;
    }
    match(said.join(), /Left out of the report: .*seed-3\/record\.json: Not JSON/);
    await Deno.remove(join(results, "runs"), { recursive: true });
    strictEqual(await writeReportOf(folder), false);
    const empty = join(results, "empty");
    await rejects(writeReportOf(empty), /empty: Has neither a report nor the plan of one/);
    strictEqual(await exists(empty), false, "a folder was made, or a lock left in it");
  });
});

Deno.test("A report counts the experiment's other runs that PublicTest has scored", async () => {
  await withRuns(async (folder, results) => {
    const plan = planOf(await readReport(join(folder, "report.json")));
    const [first, second] = plan.variants;
    const other = { ...plan, variants: [{ ...second!, name: "none" }] };
    await writePlan(folder, { ...plan, variants: [first!] });
    await writePlan(join(results, "sample-2"), other);
    // Neither is of the same experiment on the same data.
    await writePlan(join(results, "sample-3"), { ...other, data: "0".repeat(64) });
    await writePlan(join(results, "another"), {
      ...other,
      experiment: { ...plan.experiment, name: "another" },
    });
    // Not begun: nothing was scored.
    await Deno.remove(join(await runOf(folder, 2), "record.json"));
    ok(await writeReportOf(folder));
    const { tries } = await readReportFacts(join(folder, "report.run.json"));
    deepStrictEqual(tries?.map(({ variant, seed }) => [variant, seed]).sort(), [
      ["sample-2#none", 1],
      ["sample-2#none", 3],
    ]);
    ok(tries.every(({ scored, publicTest }) => scored && publicTest > 0));
    match(
      await Deno.readTextFile(join(folder, "report.md")),
      /\n\*\*Tried besides\.\*\* 2 further/,
    );

    // In the report itself, they are no others.
    await writePlan(folder, plan);
    ok(await writeReportOf(folder));
    strictEqual((await readReportFacts(join(folder, "report.run.json"))).tries, undefined);
  });
});

Deno.test("Which test images are copies is kept once, and refused for other data", async () => {
  const results = await Deno.makeTempDir();
  try {
    const { ids } = FACES.splits.PrivateTest;
    const twice = {
      ...FACES,
      splits: { ...FACES.splits, PublicTest: FACES.splits.PrivateTest },
    };
    await keepCopies(results, twice);
    deepStrictEqual(await cleanMask(results, FACES.digest, ids), new Uint8Array(ids.length));
    await rejects(cleanMask(results, "0".repeat(64), ids), /copies\.json: Is of other data/);
    await Deno.writeTextFile(join(results, "copies.json"), "{}");
    await rejects(cleanMask(results, FACES.digest, ids), /copies\.json: Is damaged/);
  } finally {
    await Deno.remove(results, { recursive: true });
  }
});
