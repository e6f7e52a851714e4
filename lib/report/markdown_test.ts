import { deepEqual, equal, match, ok } from "node:assert/strict";
import { EMOTIONS } from "../emotion.ts";
import { reportFigures } from "../figure/report_figures.ts";
import { evaluatePredictions } from "../evaluation/metrics.ts";
import { sampleSource, sampleVariant, TEST_IMAGES, withoutClass } from "./_sample.ts";
import { buildReport as build, buildReportFacts, type ReportSource } from "./build.ts";
import { renderReport } from "./markdown.ts";
import { renderOverview } from "./overview.ts";
import type { Scores } from "./record.ts";

const buildReport = (source: ReportSource) => build(source, { resamples: 200 });
const seeds = [1, 2, 3];
const SINGLE = sampleSource([sampleVariant("baseline")]);
const SEVERAL = sampleSource([
  sampleVariant("none", { seeds }),
  sampleVariant("dense 0.5", { seeds, skill: 0.8, configuration: { denseDropout: 0.5 } }),
  sampleVariant("a_b|c", { seeds, skill: 0.52, configuration: { schedule: "constant" } }),
], seeds);

function render(source: ReportSource): string {
  return renderReport(buildReport(source), buildReportFacts(source));
}

const single = render(SINGLE);
const several = render(SEVERAL);

/** The cells of a table's row, escaped pipes kept. */
function cells(row: string): string[] {
  return row.trim().slice(1, -1).split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function checkTables(markdown: string): void {
  const lines = markdown.split("\n");
  let tables = 0;
  lines.forEach((line, i) => {
    if (!/^\| -/.test(line)) return;
    tables++;
    equal(lines[i - 2], "", `an empty line stands before the table at line ${i}`);
    const columns = cells(line).length;
    for (let row = i - 1; lines[row]?.startsWith("|"); row++) {
      equal(cells(lines[row]!).length, columns, `line ${row + 1}: ${lines[row]}`);
    }
  });
  ok(tables > 0);
}

function inOrder(text: string, ...parts: string[]): void {
  let from = 0;
  for (const part of parts) {
    const at = text.indexOf(part, from);
    ok(at >= 0, `"${part}" is missing, or stands before what it should follow`);
    from = at;
  }
}

Deno.test("renderReport() writes tables whose rows have as many cells as their heads", () => {
  checkTables(single);
  checkTables(several);
});

Deno.test("renderReport() puts the numbers that a reader wants first, first", () => {
  inOrder(
    single,
    "# Does a sample help?",
    "**Question.**",
    "**Hypothesis.**",
    "## Result",
    "of the 140 PrivateTest images",
    "of the 120 that have no copy",
    "original report's 62.08 %",
    "| Original report |",
    "Recall, weighted",
    "62.08 |",
    "_Accuracy of majority class_",
    "## Per class",
    "## Confusions",
    "figures/confusion-baseline.svg",
    "## Overfitting",
    "figures/curves.svg",
    "## Data",
    "## What was run",
    "<details><summary>Every hyper-parameter",
    "deno task exp:sample --seeds 1",
  );
});

Deno.test("renderReport() gives the record's numbers", () => {
  const { test, cleanTest } = buildReport(SINGLE).variants[0]!;
  ok(single.includes(`**${(100 * test.accuracy.mean).toFixed(2)} %** [`));
  ok(single.includes(`**${(100 * cleanTest.accuracy.mean).toFixed(2)} %** [`));
  const happy = single.split("\n").find((line) => line.startsWith("| happy "))!;
  const { precision, recall, f1 } = test.classes[3]!;
  deepEqual(cells(happy).slice(0, 3), ["happy", "20", (100 * precision!).toFixed(1)]);
  ok(cells(happy)[3]!.startsWith((100 * recall!.mean).toFixed(1)));
  equal(cells(happy)[4], (100 * f1!).toFixed(1));
});

Deno.test("renderReport() says what one seed cannot tell, and nothing of it for several", () => {
  match(single, /What one seed cannot tell/);
  ok(!several.includes("cannot tell"));
  match(several, /Means over 3 seeds \(1, 2, 3\)/);
});

Deno.test("renderReport() says of single networks which is better, and of which that is said", () => {
  const text = render(sampleSource([
    sampleVariant("none", { skill: 0.2 }),
    sampleVariant("dropout", { skill: 0.9, configuration: { denseDropout: 0.5 } }),
  ]));
  inOrder(
    text,
    "Of these networks, one seed each, on PrivateTest **dropout** is better than `none`: a finding",
    "- **dropout: not distinguishable.** One seed cannot tell",
  );
});

Deno.test("renderReport() says of an interrupted experiment what several seeds say and what one", () => {
  const stopped = render(sampleSource([
    sampleVariant("none", { seeds, skill: 0.2 }),
    sampleVariant("dropout", { seeds, skill: 0.9, configuration: { denseDropout: 0.5 } }),
    sampleVariant("less", { skill: 0.9, configuration: { denseDropout: 0.25 } }),
  ], seeds));
  inOrder(
    stopped,
    "On PrivateTest **dropout** is better than `none`. Of these networks, one seed each, on " +
      "PrivateTest **less** is better than `none`: a finding about them",
    "Means over 3 seeds (1, 2, 3), or those of them that a variant has been run with. In brackets",
    "intervals over seeds (Student's t), which say",
    "; where there is one seed, over images (Wilson's",
  );
  ok(render(sampleSource([sampleVariant("none")], seeds)).includes("**One seed (1).**"));
});

Deno.test("renderReport() says in words which variant is better and why", () => {
  inOrder(
    several,
    "**dense 0.5** is better than `none`",
    "**a\\_b\\|c** is not distinguishable from `none`",
    "| Variant",
    "- **dense 0.5: better.** +",
    "McNemar per seed",
    "## Per class",
    "Difference of recall from `none`",
    "What changed from `none` to **dense 0.5**",
    "Learning rate by epoch",
    "`denseDropout=0.5`",
  );
});

Deno.test("renderReport() shows a later hyper-parameter only where a variant has another value", () => {
  const rows = (text: string) =>
    text.split("\n").filter((line) => line.startsWith("| network")).map(cells);
  deepEqual([rows(single), rows(several)], [[], []]);
  const variants = [
    sampleVariant("chain"),
    sampleVariant("deep", { configuration: { network: "vgg(2)" } }),
  ];
  const text = render(sampleSource(variants));
  deepEqual(rows(text), [["network", "`chain`", "**`vgg(2)`**"]]);
  match(text, /\| deep +\| The deep one +\| `network=vgg\(2\)` +\|/);
  // In all variants: as what differs from the original report.
  const all = render(sampleSource(
    ["one", "two"].map((name) => sampleVariant(name, { configuration: { network: "vgg(3)" } })),
  ));
  deepEqual(rows(all), [
    ["network", "`chain`", "`vgg(3)`"],
    ["network", "`vgg(3)`", "`vgg(3)`"],
  ]);
});

Deno.test("renderReport() has what networks cost, beside their accuracy where they cost differently", () => {
  match(single, /683,527 parameters, 22\.5 million multiply-adds\. Multiply-adds \(MMAC/);
  const table = (text: string) => text.split("\n").filter((line) => /MMAC +\|/.test(line)).length;
  deepEqual([table(single), table(several)], [0, 0]);
  const text = render(sampleSource([
    sampleVariant("chain"),
    sampleVariant("deep", { configuration: { network: "vgg(2)" } }),
  ]));
  equal(table(text), 1);
  const costs = text.split("\n").map(cells).flatMap((row) =>
    ["chain", "deep", "**chain**", "**deep**"].includes(row[0]!) && row.length > 9
      ? [row.slice(9, 11)]
      : []
  );
  deepEqual(costs, [["683,527", "22.5"], ["877,287", "86.2"]]);
});

Deno.test("renderReport() shows the changed hyper-parameters, and all others only in details", () => {
  const visible = single.replace(/<details>[\s\S]*?<\/details>/g, "");
  match(visible, /\| epochs +\| `71` +\| `4` +\|/);
  ok(!visible.includes("labelSmoothing"));
  ok(single.includes("labelSmoothing"));
});

Deno.test("renderReport() begins with what is to be known of the data, its first sentence bold", () => {
  const caveat = "Made-up pairs of strangers. Nobody's <face> and voice belong together.";
  const text = render(sampleSource([sampleVariant("baseline", { dataset: { caveat } })]));
  inOrder(
    text,
    "> [!IMPORTANT]\n> **Made-up pairs of strangers.** Nobody's &lt;face&gt; and voice belong together.",
    "**Question.**",
  );
});

Deno.test("Every figure of a report says what is to be known of the data, by its first sentence", () => {
  const dataset = {
    caveat: "Made-up pairs of strangers. Nobody's face and voice belong together.",
  };
  const variants = [sampleVariant("face", { dataset }), sampleVariant("both", { dataset })];
  const figures = reportFigures(build(sampleSource(variants), { resamples: 50 }));
  for (const { figure } of figures) {
    match(JSON.stringify(figure.layout.title), /seed 1 · made-up pairs of strangers</);
  }
});

Deno.test("renderReport() says synthetic and does not compare with the original report", () => {
  const synthetic = render(sampleSource([
    sampleVariant("baseline", {
      dataset: { name: "synthetic", synthetic: true, split: "generated" },
    }),
  ]));
  inOrder(synthetic, "> [!IMPORTANT]\n> **Synthetic faces, not FER2013.**", "**Question.**");
  ok(!synthetic.includes("62.08"));
  ok(!single.includes("ynthetic faces,"));
});

/** Two variants that stop early, each seed in an epoch of its own, and one that does not. */
function stoppedEarly(): ReportSource {
  const run = (name: string, epochs: number, seed: number, patience = 2) =>
    sampleVariant(name, { seeds: [seed], epochs, configuration: { epochs: 10, patience } });
  const three = run("early", 3, 1);
  const five = run("early", 5, 2);
  return sampleSource([
    { ...three, runs: [...three.runs, ...five.runs] },
    run("whole", 10, 1),
    run("patient", 10, 1, 0),
  ], [1, 2]);
}

Deno.test("renderReport() says of runs that stopped early after how many epochs, and of how many", () => {
  const source = stoppedEarly();
  const text = render(source);
  match(text, /Training, where `patience` says so, stopped after 2 epochs without a better valid/);
  match(text, /\| early +\| +1 \|.*\| +3 of 10 \| +1 \|/);
  match(text, /\| early +\| +2 \|.*\| +5 of 10 \| +3 \|/);
  match(text, /\| whole +\| +1 \|.*\| +10 \| +8 \|/);
  ok(!render(sampleSource([sampleVariant("baseline")])).includes("stopped after"));
  const alone = sampleSource([source.variants[0]!], [1, 2]);
  match(render(alone), /Training stopped after 2 epochs without/);
});

Deno.test("renderReport() says how often the weights' moving average was the better", () => {
  const plain = sampleVariant("plain", { seeds: [1, 2] });
  const averaging = sampleVariant("ema", { seeds: [1, 2], configuration: { ema: 0.999 } });
  const [first, second] = averaging.runs;
  const averaged = {
    ...first!,
    record: { ...first!.record, best: { ...first!.record.best, averaged: true } as const },
  };
  const variant = { ...averaging, runs: [averaged, second!] };
  const text = render(sampleSource([plain, variant], [1, 2]));
  match(text, /Where `ema` says so, after each epoch PublicTest chose .* average in 1 of 2 runs\./);
  match(text, /\| ema +\| +1 \|.*\| +\d+, averaged \|/);
  match(text, /\| ema +\| +2 \|.*\| +\d+ \|/);
  match(render(sampleSource([variant], [1, 2])), / After each epoch PublicTest chose between/);
  ok(!render(sampleSource([plain], [1, 2])).includes("moving average"));
});

Deno.test("renderReport() says where training mixed images, and what its curves are then of", () => {
  const plain = sampleVariant("plain", { seeds: [1, 2] });
  const mixing = sampleVariant("mixing", { seeds: [1, 2], configuration: { mixup: 0.2 } });
  match(
    render(sampleSource([plain, mixing], [1, 2])),
    /Where `mixup` says so, training mixed samples by two .* of which there is more\./,
  );
  match(render(sampleSource([mixing], [1, 2])), / Training mixed samples by two /);
  ok(!render(sampleSource([plain], [1, 2])).includes("mixed"));
});

Deno.test("renderOverview() says of runs that stopped early between which epochs", () => {
  const report = buildReport(stoppedEarly());
  const text = renderOverview([{ report, link: "fer2013/a/report.md" }]);
  match(text, /\| early +\| +3 to 5 of 10 \|/);
  match(text, /\| whole +\| +10 \|/);
});

Deno.test("Learning curves of runs of different lengths end where the first of them does", () => {
  const report = buildReport(stoppedEarly());
  deepEqual(report.variants.map(({ history }) => history.map(({ runs }) => runs)), [
    [2, 2, 2, 1, 1],
    new Array(10).fill(1),
    new Array(10).fill(1),
  ]);
  const { figure } = reportFigures(report).find(({ file }) => file.includes("curves"))!;
  const lines = figure.data as unknown as { name: string; x: number[] }[];
  const longest = (name: string) =>
    Math.max(...lines.filter((line) => line.name.startsWith(name)).map(({ x }) => x.length));
  deepEqual([longest("early"), longest("whole")], [3, 10]);
});

Deno.test("renderReport() calls no split official but FER2013's", () => {
  const own = render(sampleSource([
    sampleVariant("baseline", { dataset: { name: "archive", split: "own" } }),
  ]));
  ok(own.includes("The split is the data's own."));
  ok(!own.includes("The split is the official one."));
  ok(single.includes("The split is the official one."));
});

Deno.test("renderReport() says on top that it was interrupted, and where", () => {
  const stopped = render(
    sampleSource([sampleVariant("baseline", { status: "interrupted" })], [1, 2]),
  );
  inOrder(
    stopped,
    "> [!WARNING]\n> **Interrupted",
    "baseline with seed 1 after 4 epochs",
    "Not run: baseline with seed 2",
    "**Question.**",
  );
});

Deno.test("renderReport() shows skipped rows as they are, without being read as Markdown", () => {
  const skipped = [{ where: "fer2013.csv, row 17", reason: "<b>2303</b> | pixels *" }];
  const text = render(sampleSource([sampleVariant("baseline", { dataset: { skipped } })]));
  ok(text.includes("**1 bad row skipped**"));
  ok(text.includes("- `fer2013.csv, row 17`: &lt;b&gt;2303&lt;/b&gt; \\| pixels \\*"));
});

Deno.test("renderReport() has dashes for a class without images, and says what averages do", () => {
  for (const predicted of [false, true]) {
    const text = render(sampleSource(
      SEVERAL.variants.map((variant) => withoutClass(variant, "neutral", { predicted })),
      seeds,
    ));
    checkTables(text);
    const rows = text.split("\n").filter((line) => line.startsWith("| neutral "))
      .map((row) => cells(row).slice(1, 5));
    deepEqual(rows[0], predicted ? ["0", "0.0", "–", "0.0"] : ["0", "–", "–", "–"]);
    ok(text.includes(
      "PrivateTest has no image of neutral. As in scikit-learn, macro averages leave out a class " +
        "that neither labels nor predictions have" +
        (predicted ? "; where a run takes images for neutral, it counts with 0." : ".\n"),
    ));
    const heads = text.split("\n").findIndex((line) => /^\| Variant +\| +angry \|/.test(line));
    equal(cells(text.split("\n")[heads + 2]!)[7], "–");
    match(text, /Holm's correction over the six classes/);
  }
  for (const text of [single, several]) ok(!text.includes("scikit-learn"));
  match(several, /Holm's correction over the seven classes/);
});

Deno.test("renderReport() reads reports of before, with 0 for an absent class, alike", () => {
  const report = buildReport(sampleSource([withoutClass(sampleVariant("none"), "neutral")]));
  const before = structuredClone(report) as unknown as {
    variants: { test: { classes: Record<string, unknown>[] } }[];
  };
  Object.assign(before.variants[0]!.test.classes[6]!, {
    precision: 0,
    recall: { mean: 0, low: null, high: null, over: "nothing" },
    f1: 0,
  });
  equal(renderReport(before as unknown as typeof report), renderReport(report));
});

/** The sample with other clean images: all of them, or none. */
function withClean(clean: 0 | 1): ReportSource {
  const none = evaluatePredictions(new Uint8Array(), new Uint8Array(), EMOTIONS);
  const cleanTestImages = clean * TEST_IMAGES;
  const scored = (scores: Scores): Scores => ({
    ...scores,
    cleanTest: clean === 1 ? scores.test : none,
  });
  const source = sampleSource(
    SEVERAL.variants.map((variant) => ({
      ...variant,
      runs: variant.runs.map(({ record, ...run }) => ({
        ...run,
        record: {
          ...record,
          dataset: { ...record.dataset, cleanTestImages },
          best: { ...record.best, ...scored(record.best) },
          last: { ...record.last, ...scored(record.last) },
        },
      })),
    })),
    seeds,
  );
  return { ...source, clean: new Uint8Array(TEST_IMAGES).fill(clean) };
}

Deno.test("Where no image has a copy, the scores of all are not said again as those of the clean ones", () => {
  const source = withClean(1);
  const report = buildReport(source);
  const overview = renderOverview([{ report, link: "fer2013/sample/report.md" }]);
  for (const text of [render(source), overview]) {
    checkTables(text);
    deepEqual(text.match(/^.*clean.*$/gim), null);
  }
  match(overview, /140 test images, none of them with a copy in Training or PublicTest\./);
  match(render(source), /None of PrivateTest's images has a pixel-identical copy in Training/);
  const one = render({ ...source, variants: source.variants.slice(0, 1) });
  match(one, /are recognised; none has a copy in Training or PublicTest\./);
  checkTables(one);
  // Where some have one, both are said.
  match(several, /Clean images %.*\n[^]*clean images the same[^]*120 have no pixel-identical copy/);
});

Deno.test("renderReport() shows no score of no images", () => {
  const without = withClean(0);
  const text = render(without);
  checkTables(text);
  ok(!/On the clean images/.test(text));
  const cell = (start: string) =>
    cells(text.split("\n").find((line) => line.startsWith(start))!)[2];
  deepEqual(["| none ", "| **Accuracy**", "| F1, macro"].map(cell), ["–", "–", "–"]);
  const single = render({ ...without, variants: without.variants.slice(0, 1) });
  match(single, /are recognised; each has a copy in Training or PublicTest\./);
});

Deno.test("renderReport() without facts leaves out minutes, commits and CPU", () => {
  const text = renderReport(buildReport(SINGLE));
  ok(!text.includes("Minutes") && !text.includes("Some CPU"));
  ok(single.includes("Minutes") && single.includes("commit `cccccccccccc`"));
});

Deno.test("renderReport() links to the figures that are drawn, and to no other", () => {
  for (const [source, markdown] of [[SINGLE, single], [SEVERAL, several]] as const) {
    const linked = [...markdown.matchAll(/!\[[^\]]*\]\((figures\/[^)]+)\)/g)].map(([, file]) =>
      file
    );
    const drawn = reportFigures(buildReport(source)).map(({ file }) => file);
    deepEqual(linked.sort(), drawn.sort());
  }
});

Deno.test("renderReport() draws accuracy against multiply-adds where there are many different ones", () => {
  const { contrasts: _, ...report } = buildReport(SEVERAL);
  const [first, second] = report.variants;
  const wider = (filters: number) => ({
    ...second!,
    name: `${filters} filters`,
    configuration: { ...second!.configuration, filters: [filters] },
  });
  const networks = (...widths: number[]) => ({
    ...report,
    variants: [first!, ...widths.map(wider)],
  });
  ok(!renderReport(networks(8, 16)).includes("costs.svg"));
  const many = networks(8, 16, 24);
  inOrder(renderReport(many), "| Variant", "](figures/costs.svg)", "## Per class");
  const { figure } = reportFigures(many).find(({ file }) => file === "figures/costs.svg")!;
  equal(figure.data.filter((trace) => "mode" in trace && trace.mode === "markers").length, 4);
});

Deno.test("renderOverview() has every variant of every report, real data first", () => {
  const synthetic = sampleSource([
    sampleVariant("made up", {
      dataset: { name: "synthetic", synthetic: true, digest: "e".repeat(64) },
    }),
  ]);
  const text = renderOverview([
    { report: buildReport(synthetic), link: "synthetic/sample/report.md" },
    { report: buildReport(SEVERAL), link: "fer2013/sample/report.md" },
  ]);
  checkTables(text);
  inOrder(
    text,
    "## FER2013",
    "_original report_",
    "[sample](fer2013/sample/report.md)",
    "dense 0.5",
    "**better**",
    "Highest mean accuracy on PublicTest: **dense 0.5** of sample",
    "## Synthetic faces",
    "[sample](synthetic/sample/report.md)",
  );
  match(renderOverview([]), /No report yet/);
});

Deno.test("renderOverview() tells what was learned and the report's claims before every variant", () => {
  const { experiment, ...rest } = SINGLE;
  const report = buildReport({ ...rest, experiment: { ...experiment, name: "baseline" } });
  const text = renderOverview(
    [{ report, facts: buildReportFacts(SINGLE), link: "fer2013/baseline/report.md" }],
    { findings: new Map([["fer2013", "Dropout **helps**."]]) },
  );
  checkTables(text);
  inOrder(
    text,
    "## FER2013",
    "### What was learned\n\nDropout **helps**.",
    "### Beside the original report",
    "| Accuracy ",
    " 62.08 |",
    "### Its claims, checked",
    "Fear is confused with sad",
    "### Every variant",
    " 13 |",
    "Minutes of 1 run in all: 13.",
  );
  const elsewhere = new Map([["synthetic", "Nothing."]]);
  const without = renderOverview([{ report, link: "fer2013/baseline/report.md" }], {
    findings: elsewhere,
  });
  ok(!without.includes("What was learned") && !without.includes("in all"));
});

Deno.test("renderReport() tells of planned contrasts in the answer, a table and the tests behind", () => {
  const text = render({ ...SEVERAL, contrasts: [{ variant: "a_b|c", against: "dense 0.5" }] });
  checkTables(text);
  inOrder(
    text,
    "**dense 0.5** is better than `none`",
    "**a\\_b\\|c** is not distinguishable from `dense 0.5`",
    "Planned contrasts, with another variant than `none`:",
    "| a\\_b\\|c | dense 0.5 | `denseDropout=0`, `schedule=constant` |",
    "- **a\\_b\\|c against dense 0.5: not distinguishable.**",
    "Where not said otherwise against `none`",
  );
  ok(!several.includes("Planned contrasts"));
});

Deno.test("renderReport() says which runs are of another kind of CPU", () => {
  const [none, other] = SEVERAL.variants;
  const elsewhere = {
    ...other!,
    runs: other!.runs.map((run) => ({
      ...run,
      record: { ...run.record, build: { ...run.record.build, cpu: "neon" } },
    })),
  };
  const text = render({ ...SEVERAL, variants: [none!, elsewhere] });
  inOrder(
    text,
    "**Build.** Not all runs are of one: none: TensorFlow 2.21.0",
    "avx512_vnni, 2 threads, each step one traced graph; dense 0.5: TensorFlow 2.21.0",
    "neon, 2 threads, each step one traced graph. Between them",
  );
  ok(!several.includes("Not all runs"));
});
