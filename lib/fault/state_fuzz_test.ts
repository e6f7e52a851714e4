/**
 * Damaged files of the suite's own, seeded, in so far as no other test has them: what it notes beside
 * records and reports, its caches, its notebooks, and what `verify` reads. What holds a checksum is
 * given the right one: a checksum tells of damage, not of who wrote. See `fuzz_test.ts`.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { match, ok, strictEqual } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { benchmarkMarkdown } from "../../benchmarks/report.ts";
import { readCheckout } from "../checkout.ts";
import { LOADED } from "../code_state.ts";
import { readResults } from "../command/bench.ts";
import { differenceOnPaper, readRuns } from "../command/verify.ts";
import { dataLoader } from "../run/recorded_data.ts";
import { EMOTIONS } from "../emotion.ts";
import { DamagedCache, MAGIC, readStore, storePath, writeStore } from "../dataset/store.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { SPLITS } from "../dataset/dataset.ts";
import { UserError } from "../error.ts";
import { lockFolder } from "../lock.ts";
import { cellModule } from "../notebook/_cells.ts";
import { formatNotebook, outputTroubles, parseNotebook } from "../notebook/format.ts";
import { findReport } from "../notebook/reports.ts";
import { sampleFacts, sampleSource, sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { buildReport, buildReportFacts } from "../report/build.ts";
import { compareSubjects, readSubjects } from "../report/compare.ts";
import { readEntries } from "../report/overview_file.ts";
import { renderOverview } from "../report/overview.ts";
import { readBegun } from "../run/state.ts";
import { sampleSize } from "../sample.ts";
import { readFacts, readReportFacts, RUN_FILES, writeFacts } from "../report/files.ts";
import { renderReport } from "../report/markdown.ts";
import { formatChecked, kindOf } from "../report/validate.ts";
import { readManifest } from "../tensorflow/place.ts";
import { tensorflowBuild } from "../tensorflow/platform.ts";
import { closeness, firstDifference } from "../verification.ts";
import type { RandomStream } from "../seed.ts";
import { fuzz } from "./_fuzz.ts";
import { mutateJson, mutateText } from "./_mutate.ts";
import { filesIn } from "./output.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** JSON, mostly broken in its values, now and then in its text. */
function mutate(text: string, random: RandomStream): string {
  return (random.integer(0, 4) === 0 ? mutateText : mutateJson)(text, random);
}

const VARIANTS = [
  sampleVariant("none", { skill: 0.6, seeds: [1, 2] }),
  sampleVariant("dropout", { skill: 0.8, seeds: [1, 2], configuration: { denseDropout: 0.5 } }),
];

Deno.test("A damaged run.json is refused in one line, or can be written into a report", () =>
  inFolder(async (folder) => {
    const path = join(folder, RUN_FILES.facts);
    await fuzz("run facts", async (random) => {
      await Deno.writeTextFile(path, mutate(JSON.stringify(sampleFacts()), random));
      const facts = await readFacts(path);
      await writeFacts(path, facts);
      const variant = { ...VARIANTS[0]!, runs: [{ ...VARIANTS[0]!.runs[0]!, facts }] };
      const report = buildReportFacts(sampleSource([variant]));
      formatChecked("fer-lab/report-facts", report, { file: "report.run.json" });
    });
  }));

Deno.test("A damaged report.run.json is refused in one line, or rendered with its report", () =>
  inFolder(async (folder) => {
    const path = join(folder, "report.run.json");
    const source = sampleSource(VARIANTS, [1, 2]);
    const report = buildReport(source, { resamples: 20 });
    const whole = JSON.stringify(buildReportFacts(source));
    await fuzz("report facts", async (random) => {
      await Deno.writeTextFile(path, mutate(whole, random));
      renderReport(report, await readReportFacts(path));
    });
  }));

Deno.test("A damaged comparison does not follow its schema, or is written", () =>
  inFolder(async (folder) => {
    const place = await writeSample(folder, "dropout", VARIANTS);
    const comparison = compareSubjects(await readSubjects(place), { resamples: 20 });
    await fuzz("comparison", (random) => {
      const json = JSON.parse(mutateJson(JSON.stringify(comparison), random));
      if (kindOf(json) === undefined) throw new UserError("None of ours");
      formatChecked("fer-lab/comparison", json, { file: "comparison.json" });
    });
  }));

Deno.test("A damaged note of the checkout is refused in one line, or fits into run.json", () =>
  inFolder(async (folder) => {
    const [path, checkout] = [join(folder, "checkout.json"), join(folder, "checkout")];
    for (const each of LOADED) await Deno.mkdir(join(checkout, each), { recursive: true });
    const whole = JSON.stringify({ commit: "c".repeat(40), patch: "x", code: "d".repeat(64) });
    await fuzz("checkout", async (random) => {
      await Deno.writeTextFile(path, random.integer(0, 5) === 0 ? whole : mutate(whole, random));
      const { git } = await readCheckout({ checkout, file: path });
      await writeFacts(join(folder, RUN_FILES.facts), { ...sampleFacts(), git });
    });
  }));

Deno.test("A damaged lock of a run names its holder in one line, or nobody", () =>
  inFolder(async (folder) => {
    using _held = await lockFolder(folder, { now: new Date(0) });
    const path = join(folder, "run.lock.json");
    const whole = await Deno.readTextFile(path);
    let named = 0;
    await fuzz("lock", async (random) => {
      await Deno.writeTextFile(path, random.integer(0, 3) === 0 ? whole : mutate(whole, random));
      const refusal = await lockFolder(folder).then(() => undefined, (error) => error);
      ok(refusal instanceof UserError, String(refusal));
      match(
        refusal.message,
        /\((process \d+( on [\w.-]+)?, started .*|it has only just started)\): wait or stop/,
      );
      if (!refusal.message.includes("process")) throw refusal;
      named++;
    });
    ok(named > 0);
  }));

Deno.test("A forged cache of a data set is damaged, or a data set", () =>
  inFolder(async (folder) => {
    const faces = generateFaces({ seed: 1, training: 9, publicTest: 3, privateTest: 2 });
    const path = storePath(folder, "forged");
    await writeStore(path, faces);
    const bytes = await Deno.readFile(path);
    const start = bytes.indexOf(10, bytes.indexOf(10) + 1) + 1;
    const end = bytes.indexOf(10, start);
    const header = new TextDecoder().decode(bytes.subarray(start, end));
    await fuzz("store", async (random) => {
      const kind = random.integer(0, 6);
      const text = kind === 0 ? header : mutate(header, random);
      const rest = bytes.slice(end);
      if (kind === 1) rest[random.integer(1, rest.length)] = random.integer(0, 256);
      const content = new Uint8Array([...new TextEncoder().encode(text), ...rest]);
      const digest = createHash("sha256").update(content).digest("hex");
      await Deno.writeFile(path, new TextEncoder().encode(`${MAGIC}\n${digest}\n`));
      await Deno.writeFile(path, content, { append: true });
      const read = (await readStore(path))!;
      for (const split of SPLITS) {
        const { samples, labels, targets, ids, length } = read.splits[split];
        strictEqual(samples.length, sampleSize(read.sample) * length);
        strictEqual(targets?.length ?? 0, targets ? read.classes.length * length : 0);
        strictEqual(labels.length, length);
        strictEqual(ids.length, length);
        ok(labels.every((label) => label < read.classes.length));
      }
      match(read.name, /^[a-z0-9-]+$/);
    }, { allowed: (error) => error instanceof DamagedCache });
  }));

Deno.test("A damaged notebook is refused in one line, or written and checked", async () => {
  const whole = formatNotebook(parseNotebook(
    JSON.stringify({
      nbformat: 4,
      cells: [
        { cell_type: "markdown", id: "a", source: ["# Title\n", "text"] },
        {
          cell_type: "code",
          id: "b",
          source: 'import { x } from "../lib/x.ts";\nx;',
          outputs: [
            { output_type: "display_data", data: { "text/plain": "x" } },
            { output_type: "stream", name: "stdout" },
          ],
        },
      ],
    }),
    "a.ipynb",
  ));
  await fuzz("notebook", (random) => {
    const notebook = parseNotebook(mutate(whole, random), "a.ipynb");
    parseNotebook(formatNotebook(notebook), "a.ipynb");
    outputTroubles(notebook, { file: "a.ipynb", folders: ["/home/me"] });
    cellModule(notebook, "notebooks");
  });
});

Deno.test("A notebook finds a report wherever it is told to look, or says in one line why not", () =>
  inFolder(async (folder) => {
    const place = await writeSample(folder, "dropout", VARIANTS);
    const path = join(place, "report.json");
    const whole = await Deno.readTextFile(path);
    let found = 0;
    await fuzz("found report", async (random) => {
      await Deno.writeTextFile(path, random.integer(0, 3) === 0 ? whole : mutate(whole, random));
      const roots = [folder, place, path, join(path, "in it"), join(folder, "none"), `${place}\0`];
      const name = ["dropout", "baseline", "..", "\0", ""][random.integer(0, 5)]!;
      if (await findReport(name, roots[random.integer(0, roots.length)]!)) found++;
    });
    ok(found > 0);
  }));

Deno.test("A damaged report stands in the overview, or is left out with one line", () =>
  inFolder(async (folder) => {
    const reports = join(folder, "synthetic");
    const files = await Promise.all(["baseline", "dropout"].map(async (name) => {
      const path = join(await writeSample(reports, name, VARIANTS), "report.json");
      return { path, text: await Deno.readTextFile(path) };
    }));
    const { path, text } = files[1]!;
    await fuzz("overview", async (random) => {
      await Deno.writeTextFile(path, mutate(text, random));
      let left: UserError | undefined;
      const entries = await readEntries(folder, "synthetic", { onBad: (error) => left = error });
      renderOverview(entries);
      strictEqual(entries.length, left ? 1 : 2);
      if (left) throw left;
    }, { cases: 50 });
  }));

Deno.test("A damaged begun.json is none, or fits into run.json", () =>
  inFolder(async (folder) => {
    const { started, trainingSeconds, resumptions, git } = sampleFacts();
    const whole = JSON.stringify({ started, trainingSeconds, resumptions, git });
    await fuzz("begun", async (random) => {
      const path = join(folder, "begun.json");
      await Deno.writeTextFile(path, random.integer(0, 5) === 0 ? whole : mutate(whole, random));
      const begun = await readBegun(path);
      if (!begun) throw new UserError("None");
      await writeFacts(join(folder, RUN_FILES.facts), { ...sampleFacts(), ...begun });
    });
  }));

Deno.test("Damaged results of the benchmark are refused in one line, or rendered", () =>
  inFolder(async (folder) => {
    const results = join(CHECKOUT, "benchmarks", "results");
    const [name] = (await filesIn(results)).filter((file) => file.endsWith(".json"));
    const whole = await Deno.readTextFile(join(results, name!));
    const { machine } = JSON.parse(whole);
    const path = join(folder, "results.json");
    await fuzz("benchmark", async (random) => {
      await Deno.writeTextFile(path, mutate(whole, random));
      const read = await readResults(path, machine);
      if (read) benchmarkMarkdown(read);
    });
  }));

Deno.test("A damaged manifest of TensorFlow is none", () =>
  inFolder(async (folder) => {
    const build = tensorflowBuild();
    const file = { bytes: 1, sha256: "a".repeat(64) };
    const names = [...Object.keys(build.libraries), "tfjs_binding.node"];
    for (const name of names) await Deno.writeTextFile(join(folder, name), "x");
    const whole = JSON.stringify({
      tensorflow: "2.21.0",
      tfjsNode: "4.22.0",
      compiler: "c",
      wheelSha256: build.sha256,
      files: Object.fromEntries(names.map((name) => [name, file])),
    });
    await fuzz("manifest", async (random) => {
      const text = random.integer(0, 3) === 0 ? whole : mutate(whole, random);
      await Deno.writeTextFile(join(folder, "manifest.json"), text);
      if (await readManifest(folder, build) === undefined) throw new UserError("None");
    });
  }));

Deno.test("verify refuses a damaged report or record in one line, or compares and draws for it", () =>
  inFolder(async (folder) => {
    const place = await writeSample(folder, "dropout", [
      sampleVariant("none", { seeds: [1, 2] }),
      sampleVariant("dropout", { seeds: [1, 2], configuration: { denseDropout: 0.5 } }),
    ]);
    const runs = await readRuns(place, { variant: undefined, seed: undefined });
    strictEqual(runs.length, 4);
    strictEqual(await differenceOnPaper(runs[0]!), undefined);
    const files = [join(place, "report.json"), join(runs[0]!.folder, RUN_FILES.record)];
    const texts = await Promise.all(files.map((file) => Deno.readTextFile(file)));
    let contradictions = 0;
    await fuzz("verified", async (random) => {
      const which = random.integer(0, 2);
      await Deno.writeTextFile(files[1 - which]!, texts[1 - which]!);
      await Deno.writeTextFile(
        files[which]!,
        random.integer(0, 2) === 0
          ? mutate(texts[which]!, random)
          : JSON.stringify(edit(which, JSON.parse(texts[which]!), random)),
      );
      const path = [
        place,
        files[0]!,
        files[1]!,
        join(runs[0]!.folder, ".."),
      ][random.integer(0, 4)]!;
      const seed = [undefined, undefined, 1, 7][random.integer(0, 4)];
      for (const claim of await readRuns(path, { variant: undefined, seed })) {
        if (await differenceOnPaper(claim)) contradictions++;
        const { record } = claim;
        closeness(record, { epochs: runs[0]!.record.epochs.slice(0, record.epochs.length) });
        firstDifference(record, runs[0]!.record);
        // Only what is no number of faces: any other would be drawn here.
        const counts = SPLITS.map((split) => sum(Object.values(record.dataset.counts[split])));
        if (Math.min(...counts) > 0 && Math.max(...counts) <= 1_000_000) continue;
        const dataset = { ...record.dataset, name: "synthetic", synthetic: true };
        dataLoader(undefined, { quiet: true })({ ...record, dataset });
        ok(false, `${counts} faces are drawn`);
      }
    }, { cases: 50 });
    ok(contradictions > 0);
  }));

/** Changes a report (0) or a record (1) so that it still follows its schema. */
function edit(
  which: number,
  // deno-lint-ignore no-explicit-any
  json: any,
  random: RandomStream,
) {
  const number = [0, 1, 0.5, 5, 1e9, 1e300][random.integer(0, 6)]!;
  const text = ["", "x(", "..", "\0", "a".repeat(64), " ".repeat(100_000)][random.integer(0, 6)]!;
  const run = which === 0 ? json.variants[0].runs[0] : json;
  const changes = [
    () => run.seed = number,
    () => run.best.test.accuracy = number,
    () => run.predictions = text,
    () => which === 0 ? run.folder = text : json.epochs.length = random.integer(0, 4),
    () => (which === 0 ? json.variants[0] : json).configuration.denseUnits = number,
    () => (which === 0 ? json.variants[0] : json).configuration.schedule = text,
    () => json.dataset.counts.Training.angry = number,
    () => {
      for (const name of EMOTIONS) json.dataset.counts.PublicTest[name] = 0;
    },
  ];
  changes[random.integer(0, changes.length)]!();
  return json;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
