import { deepEqual, equal, match } from "node:assert/strict";
import { join } from "node:path";
import { sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { chooseReport, findReport, sentence } from "./reports.ts";
import type { CaptionedTable } from "./table.ts";
import * as views from "./views.ts";

/** The committed reports. */
const RESULTS = join(import.meta.dirname!, "..", "..", "reports");

Deno.test("findReport() finds a report in the folder of all, of a data set's, and its own", async () => {
  await withReports(async (root) => {
    for (const folder of [root, join(root, "synthetic"), join(root, "synthetic", "baseline")]) {
      const results = await findReport("baseline", folder);
      equal(results?.folder, join(root, "synthetic", "baseline"));
    }
  });
});

Deno.test("findReport() takes FER2013 before other data, and synthetic faces last", async () => {
  await withReports(async (root) => {
    await writeSample(join(root, "zoo"), "baseline", [sampleVariant("a", { skill: 0.6 })]);
    equal((await findReport("baseline", root))?.folder, join(root, "zoo", "baseline"));
    await writeSample(join(root, "fer2013"), "baseline", [sampleVariant("a", { skill: 0.6 })]);
    equal((await findReport("baseline", root))?.folder, join(root, "fer2013", "baseline"));
  });
});

Deno.test("chooseReport() takes the better data, of equal data one's own, and says which", async () => {
  await withReports(async (root) => {
    const own = join(root, "own");
    const choose = async () => (await chooseReport("baseline", root, own))!;
    // Nothing of one's own: as it was.
    const alone = await choose();
    equal(alone.text, sentence(alone.results));
    const write = (folder: string) =>
      writeSample(join(own, folder), "baseline", [sampleVariant("a", { skill: 0.6 })]);
    await write("synthetic");
    match(
      (await choose()).text,
      /; your own in `own\/synthetic\/baseline` \(there is also the committed one in `synthetic\/baseline`\)$/,
    );
    await writeSample(join(root, "fer2013"), "baseline", [sampleVariant("a", { skill: 0.6 })]);
    match(
      (await choose()).text,
      /; the committed one in `fer2013\/baseline` \(there is also your own in /,
    );
    await write("fer2013");
    match((await choose()).text, /; your own in `own\/fer2013\/baseline` \(/);
    await writeSample(join(own, "fer2013"), "baseline-2", [sampleVariant("b", { skill: 0.6 })]);
    match((await choose()).text, /settings: `own\/fer2013\/baseline-2` \(FER_LAB_REPORTS names/);
  });
});

Deno.test("findReport() finds nothing where there is nothing", async () => {
  await withReports(async (root) => {
    equal(await findReport("dropout", root), undefined);
    equal(await findReport("baseline", join(root, "nowhere")), undefined);
    equal(await findReport("dropout", join(root, "synthetic", "baseline")), undefined);
    const file = join(root, "synthetic", "baseline", "report.json");
    equal(await findReport("baseline", file), undefined);
    equal(await findReport("baseline", `${root}\0`), undefined);
  });
});

Deno.test("sentence() names every number of epochs where variants differ in it", async () => {
  await withReports(async (root) => {
    match(sentence((await findReport("baseline", root))!), /, 4 epochs \(preset /);
    await writeSample(root, "combination", [
      sampleVariant("a", { epochs: 60 }),
      sampleVariant("b", { epochs: 30 }),
      sampleVariant("c", { epochs: 30 }),
    ]);
    match(sentence((await findReport("combination", root))!), /, 30 and 60 epochs \(preset /);
  });
});

Deno.test("views show a report as figures and tables", async () => {
  await withReports(async (root) => {
    const results = (await findReport("baseline", root))!;
    const { headline, confusions, verdicts, convergence } = views;
    equal(headline(results).rows.length, 7);
    match(headline(results).rows[0]!.join(" "), /^Accuracy \d+\.\d\d \[/);
    equal(confusions(results).rows.length, 8);
    // Of one seed, in the words of the reports.
    const { rows } = verdicts([results]);
    equal(rows.length, 1);
    match(rows[0]!.at(-1)!, /^not distinguishable( \(this network: (better|worse)\))?$/);
    equal(convergence(results).rows.length, 2);
    const reliability = await views.reliability(results);
    equal(typeof reliability, "object");
  });
});

Deno.test("views show a report with controls and missing modalities as its Markdown does", async () => {
  const results = (await findReport("fusion", RESULTS))!;
  const markdown = await Deno.readTextFile(join(results.folder, "report.md"));
  const cells = (line: string | undefined) =>
    line?.split("|").slice(1, -1).map((cell) => cell.replaceAll("*", "").trim()) ?? [];
  const lineOf = (start: RegExp) => cells(markdown.split("\n").find((line) => start.test(line)));

  const scores = views.scores(results);
  match(scores.caption, /7,442 samples .* over the 91 actors\. PublicTest chooses late$/);
  const late = scores.rows.find(([name]) => name === "late")!;
  const [, accuracy, f1, against] = lineOf(/^\| \*\*late\*\* /);
  deepEqual(late.slice(2), [accuracy!.replaceAll(" ", "\u00a0"), f1, against!.split(" ")[0]]);

  const missing = views.conditions(results) as CaptionedTable;
  deepEqual(missing.columns.map(({ title }) => title), lineOf(/^\| Test samples /));
  deepEqual(
    missing.rows.find(([name]) => name === "no voice"),
    lineOf(/^\| no voice /).map((cell) => cell.replace(/ \[.*/, "")),
  );

  const controls = views.controls(results) as CaptionedTable;
  deepEqual(controls.rows.map(([name, , than]) => `${name} against ${than}`), [
    "raters against face",
    "raters against late",
    "within against face",
    "within against late",
    "across against face",
  ]);
  match(controls.rows.at(-1)!.join(" "), /not distinguishable$/);
  // Of no clip there is a copy elsewhere: what is clean would be said twice.
  deepEqual(views.verdicts([results]).columns.map(({ title }) => title), [
    ...["Experiment", "Variant", "Against", "Difference", "95 % interval", "p (Holm)", "Verdict"],
  ]);
  deepEqual(views.headline(results).columns.map(({ title }) => title), [
    "Score",
    "All 7,442 samples",
  ]);
});

Deno.test("views say that a report has no controls and nothing missing", async () => {
  await withReports(async (root) => {
    const results = (await findReport("baseline", root))!;
    match(String(views.conditions(results)), /^\*baseline was not tested with anything missing/);
    match(String(views.controls(results)), /^\*baseline has no controls/);
    equal(views.verdicts([results]).columns[5]!.title, "Clean images");
  });
});

Deno.test("The figure of all variants says of how many seeds they are", async () => {
  await withReports(async (root) => {
    const note = async (...experiments: string[]) => {
      const found = await Promise.all(experiments.map((name) => findReport(name, root)));
      const { title } = views.accuracies(found.map((results) => results!)).layout;
      return /<span[^>]*>(.*)<\/span>/.exec(String((title as { text: string }).text))?.[1];
    };
    const seeds = [1, 2, 3];
    await writeSample(join(root, "fer2013"), "one", [sampleVariant("a")]);
    await writeSample(join(root, "fer2013"), "three", [sampleVariant("a", { seeds })]);
    equal(await note("one"), "FER2013 · seed 1");
    equal(await note("one", "three"), "FER2013 · 1 to 3 seeds");
    equal(await note("three"), "FER2013 · 3 seeds");
  });
});

Deno.test("views of a report whose variants split nothing say that nothing is claimed", async () => {
  await withReports(async (root) => {
    const results = (await findReport("baseline", root))!;
    match(views.claims(results), /^\*baseline has no variant that splits Training anew/);
    equal(views.claimedAndTrue(results).data.length, results.report.variants.length);
  });
});

Deno.test("views show what protocols claim beside what is true", async () => {
  const results = (await findReport("protocol", join(import.meta.dirname!, "../../reports")))!;
  match(
    views.claims(results),
    /\| copies-first +\| \d+\.\d\d \[.*\n[^]*\*\*The original report's 62\.08 %/,
  );
  const names = views.claimedAndTrue(results).data.map(({ name }) => name);
  equal(names.filter((name) => /: (claimed|true)$/.test(String(name))).length >= 4, true);
});

Deno.test("views say what is missing where a run's predictions are not there", async () => {
  await withReports(async (root) => {
    const results = (await findReport("baseline", root))!;
    await Deno.remove(join(root, "synthetic", "runs"), { recursive: true });
    match(String(await views.reliability(results)), /^\*The predictions of seed \d+ are not there/);
    match(String(await views.mistakes(results)), /^\*The predictions of seed \d+ are not there/);
  });
});

async function withReports(test: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await writeSample(join(root, "synthetic"), "baseline", [
      sampleVariant("a", { skill: 0.6 }),
      sampleVariant("b", { skill: 0.7 }),
    ]);
    await test(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
