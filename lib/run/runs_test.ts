import { deepStrictEqual, match, ok, rejects, strictEqual, throws } from "node:assert/strict";
import { join } from "node:path";
import { BASELINE, recordedConfiguration } from "../configuration.ts";
import { UsageError, UserError } from "../error.ts";
import { exists } from "../file.ts";
import { lockFolder } from "../lock.ts";
import { COMMITTED_RESULTS } from "../report/folders.ts";
import { parseCsv } from "../std/csv.ts";
import { findRuns, parseCondition, runName, sortRuns } from "./choose_runs.ts";
import { isTag, readNotes, writeNotes } from "./notes.ts";
import { removeInterrupted, sizeOf } from "./prune.ts";
import { changesOf, type ListedRun, listRuns } from "./runs.ts";
import { runsCsv, runsJson, runsMarkdown, runsTable } from "./runs_text.ts";

const EXAMPLE = join(COMMITTED_RESULTS, "synthetic-example");
const DONE = join(EXAMPLE, "runs", "9cd917c05a208c96", "seed-1");
const MINUTE = 60_000;

/** Of the example, read once. */
const example = await findRuns([EXAMPLE]);

/** Results with a run that is done, one under way, one interrupted, one damaged, and one in folds. */
async function withResults(body: (results: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  const results = join(root, "faces");
  try {
    const place = (digest: string, seed = 1) => join(results, "runs", digest, `seed-${seed}`);
    for (const seed of [1, 2]) {
      const folder = place("1".repeat(16), seed);
      await Deno.mkdir(folder, { recursive: true });
      for (const name of ["record.json", "run.json", ...seed === 1 ? ["history.jsonl"] : []]) {
        await Deno.copyFile(join(DONE, name), join(folder, name));
      }
      if (seed === 2) await Deno.writeTextFile(join(folder, "record.json"), "{}");
    }
    await begin(place("2".repeat(16)), { host: "elsewhere" });
    await begin(place("3".repeat(16)));
    await begin(join(place("4".repeat(16)), "folds", "5".repeat(16), "seed-1"));
    const finished = join(place("4".repeat(16)), "folds", "6".repeat(16), "seed-1");
    await Deno.mkdir(finished, { recursive: true });
    await Deno.copyFile(join(DONE, "record.json"), join(finished, "record.json"));
    // The folders of other things are none of runs.
    await Deno.mkdir(join(results, "runs", "notes"));
    await body(results);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Two epochs of ten, two minutes each, the second just over; the files are of now. */
async function begin(folder: string, { host = "" } = {}): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const configuration = recordedConfiguration({ ...BASELINE, epochs: 10, batchNorm: "all" });
  const begun = {
    ...{ started: new Date(Date.now() - 5 * MINUTE).toISOString(), trainingSeconds: 240 },
    resumptions: 0,
    run: { configuration, dataset: { name: "drawn" } },
    ...host === "" ? {} : { host },
  };
  await Deno.writeTextFile(join(folder, "begun.json"), JSON.stringify(begun));
  const epochs = [0.5, 0.4].map((validationAccuracy, i) => ({
    ...{ epoch: i + 1, learningRate: 0.1, trainingLoss: 1, trainingAccuracy: 0.5 },
    ...{ validationLoss: 1, validationAccuracy },
  }));
  const lines = epochs.map((epoch) => JSON.stringify(epoch) + "\n").join("");
  await Deno.writeTextFile(join(folder, "history.jsonl"), lines);
}

const byName = (runs: readonly ListedRun[], name: string) =>
  runs.find((run) => runName(run).startsWith(name))!;

Deno.test("Runs are told as done, running, interrupted and damaged, with what is known of each", () =>
  withResults(async (results) => {
    using _lock = await lockFolder(join(results, "runs", "3".repeat(16), "seed-1"));
    const runs = await listRuns([results]);
    deepStrictEqual(runs.map((run) => `${runName(run)} ${run.state}`), [
      ...["1111111/1 done", "1111111/2 damaged", "2222222/1 running", "3333333/1 running"],
      "4444444/1 interrupted",
    ]);
    const [done, damaged, elsewhere, running, folds] = runs;
    strictEqual(done!.epoch, done!.epochs);
    ok(done!.privateTest! > 0.3 && done!.publicTest! > 0.3 && done!.seconds! > 10);
    ok(done!.finished! > done!.started!);
    match(damaged!.trouble!, /record\.json/);
    strictEqual(elsewhere!.secondsLeft, 960);
    deepStrictEqual([running!.epoch, running!.epochs, running!.publicTest], [2, 10, 0.5]);
    ok(Math.abs(running!.secondsLeft! - 960) < 5, `${running!.secondsLeft}`);
    deepStrictEqual([running!.data, running!.privateTest], ["drawn", null]);
    deepStrictEqual([...changesOf(running!)], [["epochs", 10], ["batchNorm", "all"]]);
    deepStrictEqual([folds!.fold, folds!.epoch, folds!.secondsLeft], [2, 2, null]);
  }));

Deno.test("A run on another machine that has written nothing for long is interrupted", () =>
  withResults(async (results) => {
    const later = { now: new Date(Date.now() + 20 * MINUTE) };
    strictEqual(byName(await listRuns([results], later), "2").state, "interrupted");
  }));

Deno.test("The time that nobody was at a run does not count as its minutes when it is gone on with", () =>
  withResults(async (results) => {
    const folder = join(results, "runs", "3".repeat(16), "seed-1");
    const ago = new Date(Date.now() - 30 * MINUTE);
    for (const name of ["history.jsonl", "begun.json"]) {
      await Deno.utime(join(folder, name), ago, ago);
    }
    const facts = JSON.parse(await Deno.readTextFile(join(folder, "begun.json")));
    await Deno.writeTextFile(
      join(folder, "begun.json"),
      JSON.stringify({ ...facts, started: new Date(Date.now() - 40 * MINUTE).toISOString() }),
    );
    await Deno.utime(join(folder, "begun.json"), ago, ago);
    using _lock = await lockFolder(folder);
    const run = byName(await listRuns([results]), "3");
    deepStrictEqual([run.state, run.seconds, run.secondsLeft], ["running", 240, 960]);
    // Once it has said so, time counts again.
    await Deno.utime(join(folder, "begun.json"), new Date(), new Date(Date.now() + 1000));
    const later = { now: new Date(Date.now() + 11_000) };
    ok(Math.abs(byName(await listRuns([results], later), "3").seconds! - 250) < 2);
  }));

Deno.test("A run begun anew has no epochs of the one before it", () =>
  withResults(async (results) => {
    const file = join(results, "runs", "3".repeat(16), "seed-1", "history.jsonl");
    await Deno.utime(file, new Date(0), new Date(0));
    const run = byName(await listRuns([results]), "3");
    deepStrictEqual([run.epoch, run.publicTest], [0, null]);
  }));

Deno.test("Files that are not what was written make no list fail", () =>
  withResults(async (results) => {
    const folder = join(results, "runs", "3".repeat(16), "seed-1");
    for (const text of ["", "null", "[]", '{"run":{"configuration":{},"dataset":{"name":"x"}}}']) {
      for (const name of ["begun.json", "history.jsonl", "notes.json"]) {
        await Deno.writeTextFile(join(folder, name), text);
      }
      await Deno.mkdir(join(results, "broken"), { recursive: true });
      await Deno.writeTextFile(join(results, "broken", "plan.json"), text);
      const run = byName(await listRuns([results]), "3");
      match(run.trouble ?? "", /notes\.json/);
      ok(runsTable([run], { width: 80 }).includes("notes.json"));
    }
  }));

Deno.test("Runs are found by their names, and by the folders of runs, reports and results", async () => {
  const names = async (...words: string[]) => (await findRuns(words)).map(runName);
  strictEqual(example.length, 42);
  const report = await findRuns([join(EXAMPLE, "dropout")]);
  strictEqual(report.length, 12);
  const [first] = report;
  deepStrictEqual(await names(first!.folder), [runName(first!)]);
  deepStrictEqual(await names(runName(first!)), [runName(first!)]);
  strictEqual((await names(join(first!.folder, ".."))).length, 3);
  ok(first!.variants.some((name) => /^dropout#/.test(name)));
  await rejects(findRuns(["0000000/1"]), (error) => error instanceof UserError);
  await rejects(findRuns(["no-such-place"]), /Neither a run's name/);
});

Deno.test("Conditions choose by hyper-parameters as --set has them, and by what a run is", () => {
  const runs = example;
  const count = (...texts: string[]) =>
    runs.filter((run) => texts.map(parseCondition).every((holds) => holds(run))).length;
  strictEqual(count("batchNorm=all") + count("batchNorm!=all"), runs.length);
  ok(count("batchNorm=true") > 0);
  strictEqual(count("network=chain"), runs.length);
  strictEqual(count("experiment=dropout", "seed=1"), 4);
  strictEqual(count("variant=dropout#dense-0.5"), 3);
  strictEqual(count("state=done", "data!=synthetic"), 0);
  for (const wrong of ["batchNorm", "batchnorm=all", "batchNorm=maybe", "state=over", "=x"]) {
    throws(() => parseCondition(wrong), UsageError, wrong);
  }
  throws(() => parseCondition("batchnorm=all"), /did you mean "batchNorm"/);
});

Deno.test("Runs are sorted with the best first, and what is not known last either way", () =>
  withResults(async (results) => {
    const runs = await listRuns([results]);
    const names = (key: string, reverse = false) =>
      sortRuns(runs, key, { reverse }).map(({ publicTest }) => publicTest);
    const best = byName(runs, "1111111/1").publicTest!;
    deepStrictEqual(names("PublicTest"), [best, 0.5, 0.5, 0.5, null]);
    deepStrictEqual(names("publictest", true), [0.5, 0.5, 0.5, best, null]);
    strictEqual(sortRuns(runs, "epochs").at(-1)!.state, "damaged");
    throws(() => sortRuns(runs, "acuracy"), UsageError);
  }));

Deno.test("Without a name to sort by, runs under way come first, then one's own, then committed ones", () =>
  withResults(async (results) => {
    const runs = [...example.slice(0, 2), ...await listRuns([results])];
    const places = (reverse: boolean) =>
      sortRuns(runs, undefined, { reverse }).map(({ folder, state }) =>
        state === "running" ? "under way" : folder.startsWith(EXAMPLE) ? "committed" : "own"
      );
    const inOrder = ["under way", "own", "own", "own", "own", "committed", "committed"];
    deepStrictEqual(places(false), inOrder);
    deepStrictEqual(places(true), inOrder.toReversed());
    const newest = sortRuns(example, undefined).map(({ started }) => started!);
    deepStrictEqual(newest, newest.toSorted().reverse());
  }));

Deno.test("Of more runs than a terminal has rows for, the table has the first, and counts the others", () =>
  withResults(async (results) => {
    const own = await listRuns([results]);
    const runs = [...example, ...own];
    for (const [width, rows] of [[80, 24], [80, 60], [140, 24], [140, 45]] as const) {
      const table = runsTable(runs, { width, rows });
      const shown = runs.filter((run) => table.includes(runName(run)));
      deepStrictEqual(shown, runs.slice(0, shown.length));
      ok(table.split("\n").length <= rows, `${width} columns, ${rows} rows`);
      // No run more would have fitted.
      const others = runs.length - shown.length;
      const said = table.replace(/\s+/g, " ");
      match(said, /47 runs: 4[2-6] done/);
      match(
        said,
        new RegExp(`first ${shown.length}: --all lists the other ${others}, 5 of them your own`),
      );
      ok(runsTable(runs, { width, rows: rows + 12 }).length > table.length);
    }
    ok(!runsTable(own, { width: 80, rows: 40 }).includes("--all"));
    // However low the window is, something is shown.
    match(runsTable(example, { width: 80, rows: 4 }).replace(/\s+/g, " "), /first 3: .*other 39\./);
  }));

Deno.test("The table keeps to the terminal's width, and tells once what all have changed", () => {
  const runs = example;
  for (const width of [79, 80, 100, 140, 200]) {
    const table = runsTable(runs, { width });
    const long = table.split("\n").find((line) => line.length > width);
    strictEqual(long, undefined, `${width}`);
    for (const run of runs) ok(table.includes(runName(run)));
  }
  const two = runs.filter(({ variants }) => variants.includes("dropout#dense-0.5")).slice(0, 2);
  strictEqual(runsTable(two, { width: 80 }).match(/denseDropout=0\.5/g)?.length, 1);
  match(runsTable(two, { width: 80 }), /All with denseDropout=0\.5/);
  strictEqual(runsTable([], { width: 80 }), "No runs");
});

Deno.test("A run is named by its variant, and of many changes the first stand beside that", () => {
  const [dropout] = example.filter(({ variants }) => variants.includes("dropout#dense-0.5"));
  const many = {
    ...dropout!,
    configuration: {
      ...dropout!.configuration!,
      batchSize: 32,
      learningRate: 0.01,
      mixup: 0.2,
      ema: 0.9,
    },
  };
  for (const width of [80, 140]) {
    const text = (run: ListedRun) => runsTable([run], { width }).replace(/\s+/g, " ");
    match(text(dropout!), /dropout#dense-0\.5: denseDropout=0\.5 /);
    match(text(many), new RegExp(`${many.variants[0]}.*: (\\w+=\\S+, ){2}\\w+=\\S+ and \\d+ more`));
  }
  ok(!runsMarkdown([many]).includes("more"));
});

Deno.test("JSON, CSV and Markdown tell the same of each run", () =>
  withResults(async (results) => {
    await writeNotes(join(results, "runs", "3".repeat(16), "seed-1"), {
      ...{ note: 'a "note", | with all', tags: ["b", "a", "b"] },
    });
    const runs = await listRuns([results]);
    const json = JSON.parse(runsJson(runs)).runs;
    const [columns, ...rows] = parseCsv(runsCsv(runs));
    deepStrictEqual(columns!.toSorted(), Object.keys(json[0]).sort());
    const cell = (row: number, name: string) => rows[row]![columns!.indexOf(name)];
    json.forEach((run: Record<string, unknown>, i: number) => {
      for (const name of ["digest", "state", "PublicTest", "PrivateTest", "minutes", "note"]) {
        strictEqual(cell(i, name), `${run[name] ?? ""}`);
      }
    });
    deepStrictEqual(json[3].changes, { epochs: 10, batchNorm: "all" });
    deepStrictEqual([json[3].tags, cell(3, "tags")], [["a", "b"], "a b"]);
    const lines = runsMarkdown(runs).trimEnd().split("\n");
    strictEqual(lines.length, runs.length + 2);
    ok(lines.every((line) => line.replaceAll("\\|", "").split("|").length === 15));
  }));

Deno.test("Notes and tags are read as they were written, and gone when taken off", async () => {
  const folder = await Deno.makeTempDir();
  try {
    deepStrictEqual(await readNotes(folder), { note: undefined, tags: [] });
    await writeNotes(folder, { note: "n", tags: ["y", "x"] });
    deepStrictEqual(await readNotes(folder), { note: "n", tags: ["x", "y"] });
    await writeNotes(folder, { note: undefined, tags: [] });
    strictEqual(await exists(join(folder, "notes.json")), false);
    deepStrictEqual(["ok-1", "größer", "a b", "", "-x", "a,b"].map(isTag), [
      ...[true, true, false, false, false, false],
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("Only an interrupted run that nobody is at is removed, and its digest's folder with it", () =>
  withResults(async (results) => {
    const [done, busy] = ["1", "3"].map((digit) =>
      join(results, "runs", digit.repeat(16), "seed-1")
    );
    strictEqual(await removeInterrupted(done!), "it is done meanwhile");
    {
      using _lock = await lockFolder(busy!);
      match((await removeInterrupted(busy!))!, new RegExp(`process ${Deno.pid}`));
    }
    const files = ["begun.json", "history.jsonl", "run.lock.json"];
    const sizes = files.map((name) => Deno.statSync(join(busy!, name)).size);
    strictEqual(await sizeOf(busy!), sizes.reduce((sum, size) => sum + size));
    strictEqual(await removeInterrupted(busy!), undefined);
    strictEqual(await exists(join(busy!, "..")), false);
    ok(await exists(done!));
  }));
