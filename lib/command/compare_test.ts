import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { UsageError, UserError } from "../error.ts";
import { codeNotes } from "../report/code.ts";
import { compareSubjects, readSubjects } from "../report/compare.ts";
import { readJson, readReport, writeFactsAndPatch } from "../report/files.ts";
import { sampleFacts, type SampleOptions, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { testInFolder as test } from "./_in_folder.ts";
import { main } from "./compare.ts";

/** Runs the command and gives its exit code and what it printed. */
async function compare(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { log, error } = console;
  const [out, err]: [string[], string[]] = [[], []];
  console.log = (...parts: unknown[]) => out.push(parts.join(" "));
  console.error = (...parts: unknown[]) => err.push(parts.join(" "));
  try {
    const code = await main(args);
    return { code, out: out.join("\n"), err: err.join("\n") };
  } finally {
    console.log = log;
    console.error = error;
  }
}

const seeds = [1, 2, 3];
const none = (options: SampleOptions = {}) => sampleVariant("none", { seeds, ...options });
const better = (options: SampleOptions = {}) =>
  sampleVariant("dropout", {
    seeds,
    skill: 0.8,
    configuration: { denseDropout: 0.5, schedule: "cosine(0.1, 5)" },
    ...options,
  });

test("compare says what is to be known of the data before any number", async (folder) => {
  const dataset = { caveat: "Made-up pairs of strangers. An upper <bound>." };
  const report = await writeSample(folder, "fusion", [none({ dataset }), better({ dataset })]);
  const [md, json] = ["c.md", "c.json"].map((name) => join(folder, name)) as [string, string];
  const { out } = await compare(report, "--md", md, "--json", json);
  match(
    out,
    /^2 configurations on .*\n\nMade-up pairs of strangers\. An upper <bound>\.\n\nScores/,
  );
  const text = await Deno.readTextFile(md);
  match(text, /\n\n\*\*Made-up pairs of strangers\.\*\* An upper &lt;bound&gt;\.\n\n## Scores/);
  const comparison = await readJson(json) as { dataset: { caveat: string } };
  equal(comparison.dataset.caveat, dataset.caveat);
});

test("compare prints scores, tests and only what differs, within 100 columns", async (folder) => {
  const a = await writeSample(folder, "baseline", [none()]);
  const b = await writeSample(folder, "dropout", [none(), better()]);
  const { code, out } = await compare(a, b);
  equal(code, 0);
  ok(out.split("\n").every((line) => line.length <= 100), out);
  match(out, /2 configurations on fer2013, scored on the same 140 images/);
  match(out, /dropout: dropout +1, 2, 3 +82\.38 \[74\.2, 90\.6\]/);
  match(out, /\+23\.10 \[\+6\.0, \+40\.1\]/);
  match(out, /denseDropout +0 +0\.5/);
  ok(!out.includes("labelSmoothing"));
  match(out, /dropout: dropout: better: \+23\.1 points/);
});

test("compare shows a later hyper-parameter where one of the runs has another value", async (folder) => {
  const deep = (network: string) => better({ configuration: { network } });
  const place = await writeSample(folder, "a", [none(), deep("vgg(2)")]);
  const json = join(folder, "c.json");
  const { code, out } = await compare(place, "--json", json);
  equal(code, 0);
  match(out, /network +chain +vgg\(2\)/);
  match(out, /Parameters +MMAC/);
  ok(!(await compare(await writeSample(folder, "b", [none(), better()]))).out.includes("MMAC"));
  const { subjects } = await readJson(json) as { subjects: { configuration: object }[] };
  deepEqual(subjects.map(({ configuration }) => "network" in configuration), [false, true]);
});

test("compare takes a report's file, one of its variants, a run and a folder of runs", async (folder) => {
  const place = await writeSample(folder, "dropout", [none(), better()]);
  const [run] = [...Deno.readDirSync(join(folder, "runs"))];
  const runs = join(folder, "runs", run!.name);
  // One after the other: what is printed is caught by taking the place of the console.
  const byFile = await compare(join(place, "report.json#none"), `${place}#dropout`);
  const byFolder = await compare(`${place}#none`, `${place}#dropout`);
  equal(byFile.out, byFolder.out);
  const { out } = await compare(runs, join(runs, "seed-1"), join(runs, "seed-2", "record.json"));
  match(out, /3 configurations/);
  match(out, /all the same/);
});

test("compare writes Markdown, and JSON that follows its schema", async (folder) => {
  const place = await writeSample(folder, "dropout", [none(), better()]);
  const [md, json] = [join(folder, "out", "c.md"), join(folder, "out", "c.json")];
  equal((await compare(place, "--md", md, "--json", json)).code, 0);
  match(
    await Deno.readTextFile(md),
    /\| schedule +\| `plateau\(0\.5, 5, 0\.0001\)` \| `cosine\(0\.1, 5\)` \|/,
  );
  const { kind, subjects } = await readJson(json) as { kind: string; subjects: { name: string }[] };
  equal(kind, "fer-lab/comparison");
  deepEqual(subjects.map(({ name }) => name), ["dropout: none", "dropout: dropout"]);
});

test("compare says whether the code is the same, and the command that shows the difference", async (folder) => {
  const variants = ["none", "dropout"].map((name, i) =>
    sampleVariant(name, { seeds: [1], skill: 0.5 + i / 4, configuration: { denseDropout: i / 2 } })
  );
  const place = await writeSample(folder, "a", variants);
  /** Without what takes long. */
  const noted = async () =>
    codeNotes(compareSubjects(await readSubjects(place), { resamples: 20 }))[0]!.text;
  equal(await noted(), "Code: the same, commit cccccccccccc");
  const [first, second] = ["none", "dropout"].map((variant) => `${place}#${variant}`);
  const report = await readReport(join(place, "report.json"));
  const [run, other] = report.variants.map(({ runs }) => join(place, runs[0]!.folder));
  const patch = "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1,2 @@\n-a\n+b\n+c\n";
  const state = { commit: "d".repeat(40), patch: sha256(patch) };
  await writeFactsAndPatch(other!, { ...sampleFacts(), git: state }, patch);
  const [md, json] = [join(folder, "c.md"), join(folder, "c.json")];
  const { out } = await compare(first!, second!, "--md", md, "--json", json);
  match(
    out.replaceAll(/\n {2}(?!deno)/g, " "),
    new RegExp(
      "Code of a: dropout: other, from commit cccccccccccc to commit dddddddddddd with uncommitted " +
        "changes to 1 file \\(\\+2 -1\\); it is shown by\n  deno task runs --diff \\S+ \\S+seed-1\n",
    ),
  );
  match(await Deno.readTextFile(md), /^- Code of a: dropout: other, .* `deno task runs --diff /m);
  const { subjects } = await readJson(json) as { subjects: { code: unknown[] }[] };
  deepEqual(subjects.map(({ code }) => code), [
    [{ run, seeds: [1], commit: "c".repeat(40), patch: null }],
    [{ run: other, seeds: [1], ...state, changed: { files: 1, added: 2, removed: 1 } }],
  ]);
  await Deno.remove(join(other!, "patch.diff"));
  match(await noted(), /uncommitted changes that are not kept/);
  await writeFactsAndPatch(other!, { ...sampleFacts(), git: { ...state, patch: null } }, null);
  match(await noted(), /other, commit cccccccccccc\.\.dddddddddddd$/);
  await writeFactsAndPatch(other!, { ...sampleFacts(), git: null }, null);
  match(await noted(), /^Code of a: dropout: not known, no run\.json/);
});

test("compare --fail-if-worse exits with 1 for a worse one, 0 for a better one", async (folder) => {
  const place = await writeSample(folder, "dropout", [none(), better()]);
  equal((await compare(`${place}#none`, `${place}#dropout`, "--fail-if-worse")).code, 0);
  const { code, err } = await compare(`${place}#dropout`, `${place}#none`, "--fail-if-worse");
  equal(code, 1);
  equal(err, "Worse than dropout: dropout: dropout: none");
  equal((await compare(`${place}#dropout`, `${place}#none`)).code, 0);
});

test("compare --fail-if-worse with one seed goes by the trained networks", async (folder) => {
  const one = { seeds: [1] };
  const place = await writeSample(folder, "x", [
    none({ ...one, skill: 0.9 }),
    better({ ...one, skill: 0.1 }),
  ]);
  const { code, out } = await compare(place, "--fail-if-worse");
  equal(code, 1);
  match(out, /not distinguishable/);
  match(out, /this\s+network:\s+worse/);
});

test("compare --fail-if-worse fails where predictions are missing; without it, it says so", async (folder) => {
  const a = await writeSample(folder, "a", [none()]);
  const b = await writeSample(folder, "b", [better()]);
  await Deno.rename(join(folder, "runs"), join(folder, "gone"));
  const { code, out } = await compare(a, b);
  equal(code, 0);
  match(out, /b: not tested: no predictions\.csv beside the records of a/);
  await rejects(compare(a, b, "--fail-if-worse"), /Cannot tell whether b is worse: no predictions/);
});

test("compare refuses other data and other test images with the reason", async (folder) => {
  const a = await writeSample(folder, "a", [none()]);
  const data = { name: "synthetic", synthetic: true, digest: "e".repeat(64) };
  const b = await writeSample(join(folder, "synthetic"), "b", [better({ dataset: data })]);
  await rejects(compare(a, b), (error: Error) => {
    ok(error instanceof UserError && error.exitCode === 1);
    match(
      error.message,
      /^Different data: a \(.*\) was run on fer2013 d{12}, b \(.*\) on synthetic e{12}/,
    );
    return true;
  });
  const shuffled = better();
  const images = shuffled.runs.map((run) => ({
    ...run,
    predictions: { ...run.predictions, images: run.predictions.images.toReversed() },
  }));
  const c = await writeSample(folder, "c", [{ ...shuffled, runs: images }]);
  await rejects(
    compare(a, c),
    /^UserError: Different test images: a .*row 2 is image 0000000000000000 in one/,
  );
});

test("compare refuses predictions that are not the record's", async (folder) => {
  const place = await writeSample(folder, "a", [none(), better()]);
  const [run] = [...Deno.readDirSync(join(folder, "runs"))];
  const file = join(folder, "runs", run!.name, "seed-1", "predictions.csv");
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).replace("angry", "sad"));
  await rejects(
    compare(place),
    /predictions\.csv: Not the file .*: train it again with deno task exp:sample --fresh, or take/,
  );
});

test("compare says where the same runs are given twice", async (folder) => {
  const a = await writeSample(folder, "a", [none()]);
  const { code, out } = await compare(a, a);
  equal(code, 0);
  match(out, /^The same runs \([0-9a-f]{16}\): nothing differs$/);
});

test("compare refuses a wrong command line with exit code 2", async (folder) => {
  const a = await writeSample(folder, "a", [none()]);
  const usage = async (message: RegExp, ...args: string[]) =>
    await rejects(compare(...args), (error) => {
      ok(error instanceof UsageError, String(error));
      match(error.message, message);
      return true;
    });
  await usage(/Name two or more/);
  await usage(/Unknown flag "--worse"/, a, a, "--worse");
  await usage(/--md needs a value: --md FILE/, a, a, "--md");
  await usage(/holds a single run or variant/, a);
});

test("compare names what is missing or damaged", async (folder) => {
  const a = await writeSample(folder, "a", [none(), better()]);
  const message = async (text: string, ...args: string[]) =>
    await rejects(compare(...args), (error: Error) => {
      ok(error instanceof UserError && error.message.includes(text), error.message);
      return true;
    });
  await message("nowhere: No such file or folder", a, "nowhere");
  await message("Neither report.json nor record.json in this folder", a, folder);
  await message('No variant "x": it has none, dropout', `${a}#x`, a);
  const file = join(a, "report.json");
  await Deno.writeTextFile(file, (await Deno.readTextFile(file)).slice(0, 100));
  await message(`${file}: Not JSON`, a, a);
});

test("compare --help prints how to use it", async () => {
  const { code, out } = await compare("--help");
  equal(code, 0);
  match(out, /Usage: deno task compare A B/);
  ok(out.split("\n").every((line) => line.length <= 100));
});

test("compare tells reports of equal names apart by their folders", async (folder) => {
  const other = (digest: string) => sampleVariant("none", { seeds, skill: 0.6, digest });
  const a = await writeSample(join(folder, "a", "zoo"), "dropout", [none(), better()]);
  const b = await writeSample(join(folder, "b", "zoo"), "dropout", [
    other("b".repeat(16)),
    better(),
  ]);
  const { out } = await compare(a, b);
  ok(out.includes("dropout: none (a/zoo/dropout)"), out);
  ok(out.includes("dropout: none (b/zoo/dropout)"), out);
  ok(out.includes("dropout: dropout "), "of equal runs one is left, and needs no folder");
});

test("compare refuses a file that cannot be written before it compares", async (folder) => {
  const place = await writeSample(folder, "x", [none(), better()]);
  const { log } = console;
  const said: string[] = [];
  console.log = (line: string) => said.push(line);
  try {
    const [file, same] = [join(folder, "same"), `${folder}/x/../same`];
    await rejects(main([place, "--md", file, "--json", same]), {
      exitCode: 2,
      message: "--md and --json name the same file: give each its own",
    });
    for (const flag of ["--md", "--json"]) {
      await rejects(main([place, flag, folder]), /: Is a folder: name a file$/);
    }
  } finally {
    console.log = log;
  }
  deepEqual(said, []);
});
