import { deepStrictEqual as assertEquals, match, ok } from "node:assert/strict";
import { layoutName, layoutsOf } from "./jobs.ts";
import { benchmarkMarkdown, type BenchmarkResults, type Section, sectionText } from "./report.ts";

const about = { title: "Title", measured: "2026-01-02T03:04:05Z", versions: { deno: "2.9.6" } };

const ROUNDS: Extract<Section, { kind: "rounds" }> = {
  ...about,
  kind: "rounds",
  steps: 20,
  batchSize: 64,
  gflop: 8,
  sides: { ours: [40, 80, 50], keras: [100, 100, 100] },
  matmul: [160, 200, 160],
};

const RESULTS: BenchmarkResults = {
  kind: "fer-lab/benchmark",
  version: 1,
  machine: { platform: "linux-x86_64", cpuModel: "A CPU", features: ["avx2"], threads: 2 },
  sections: {
    plain: ROUNDS,
    start: { ...about, kind: "values", columns: ["What", "s"], rows: [["import", "1.0"]] },
  },
};

Deno.test("a section of rounds has speed, share of the peak and paired ratios", () => {
  const text = sectionText(ROUNDS);
  // 8 GFLOP in 50 ms are 160 GFLOP/s: all of the median peak of 160, four fifths of 200.
  match(text, /ours +50\.0 +45\.0-65\.0 +40\.0-80\.0 +1280 +160 +100 % +80 %/);
  match(text, /ours \/ keras +0\.50 +0\.45-0\.65 +0\.40-0\.80/);
});

Deno.test("a section of rounds has the share of the peak in the side's own precision", () => {
  const peaks = {
    float32: { products: [200, 180], convolutions: [190, 100] },
    bfloat16: { products: [300, 310], convolutions: [400, 360] },
  };
  const text = sectionText({
    ...ROUNDS,
    peaks,
    sides: { "ours": [80, 80], "ours, bfloat16": [40, 40] },
  });
  // 8 GFLOP in 80 ms are 100 GFLOP/s: half of 200; in 40 ms half of 400.
  match(text, /ours +80\.0 .* 50 %\n/);
  match(text, /ours, bfloat16 +40\.0 .* 50 %\n/);
  match(
    text.replaceAll("\n", " "),
    /200 GFLOP\/s in float32, by products .*; 400 GFLOP\/s in bfloat16, by 3x3 convol/,
  );
  ok(!sectionText(ROUNDS).includes("of the peak"));
});

Deno.test("a section of rounds has ours in bfloat16 beside every side, and float32 beside float32", () => {
  const sides = {
    "ours": [40, 80, 50],
    "ours, bfloat16": [20, 40, 30],
    "Keras": [100, 100, 100],
    "Keras, bfloat16": [60, 80, 60],
  };
  const text = sectionText({ ...ROUNDS, sides });
  const ratios = [...text.matchAll(/^(.* \/ .*?)  +\d/gm)].map(([, ratio]) => ratio);
  assertEquals(ratios, [
    "ours / Keras",
    "ours, bfloat16 / ours",
    "ours, bfloat16 / Keras",
    "ours, bfloat16 / Keras, bfloat16",
  ]);
  match(text, /ours, bfloat16 \/ ours +0\.50 +0\.50-0\.55 +0\.50-0\.60/);
});

Deno.test("a section of one side has no ratios", () => {
  ok(!sectionText({ ...ROUNDS, sides: { ours: [1] } }).includes("Ratio"));
});

Deno.test("a section of operations sums what is too short to show", () => {
  const text = sectionText({
    ...about,
    kind: "operations",
    milliseconds: 12,
    span: 10,
    types: [
      { type: "Conv2D", count: 3, milliseconds: 7.96 },
      { type: "Mul", count: 2, milliseconds: 0.04 },
    ],
  });
  match(text, /Conv2D +3 +7\.96 +99\.5 %/);
  match(text, /1 more kinds +0\.04 +0\.5 %/);
  ok(!/^For/m.test(text));
});

Deno.test("a section of operations says what they are there for, and what a batch takes to make", () => {
  const text = sectionText({
    ...about,
    kind: "operations",
    ...{ milliseconds: 12, span: 10, preparation: 1.5 },
    purposes: [{ type: "Convolution, forwards", count: 3, milliseconds: 7.96 }],
    types: [{ type: "Conv2D", count: 3, milliseconds: 7.96 }],
  });
  match(text, /To make a batch takes 1\.5 ms, while the step before runs\./);
  match(text, /^For .*\n-.*\nConvolution, forwards +3 +7\.96 +100\.0 %\n/m);
});

Deno.test("a section of settings says why one failed", () => {
  const text = sectionText({
    ...about,
    kind: "settings",
    steps: 20,
    settings: [
      { name: "a", meaning: "m", with: [1, 2], without: [2, 4] },
      { name: "b", meaning: "m", with: [], without: [], failed: "no XLA" },
    ],
  });
  match(text, /a +m +3\.0 +1\.5 +0\.500 +0\.500-0\.500/);
  match(text, /no XLA/);
});

Deno.test("benchmarkMarkdown() is one document with a heading per section", () => {
  const text = benchmarkMarkdown(RESULTS);
  assertEquals(text.match(/^## /gm)?.length, 2);
  match(text, /^# Speed on A CPU, 2 threads\n/);
  match(text, /Measured 2026-01-02T03:04:05Z with deno 2\.9\.6\./);
});

Deno.test("a section of processes side by side has what they get through, beside one process", () => {
  const layouts = { "1 x 2": [64, 32, 64], "2 x 1": [32, 32, 40] };
  const text = sectionText({
    ...about,
    kind: "jobs",
    steps: 20,
    cases: [{ title: "Training step", precision: "float32", batchSize: 64, layouts }],
  });
  match(text, /\n3 rounds of 20 steps/);
  match(text, /Training step, float32 +1 x 2 +1000 +1000-1500 +1\.00 +1\.00-1\.00/);
  // 64 / 32, 32 / 32 and 64 / 40, round by round.
  match(text, /Training step, float32 +2 x 1 +2000 +1800-2000 +1\.60 +1\.30-1\.80/);
});

Deno.test("the threads are divided by halves, and into processes of one", () => {
  const names = (threads: number) => layoutsOf(threads).map(layoutName).join(", ");
  assertEquals(names(1), "1 x 1");
  assertEquals(names(2), "1 x 2, 2 x 1");
  assertEquals(names(12), "1 x 12, 2 x 6, 4 x 3, 12 x 1");
  assertEquals(names(16), "1 x 16, 2 x 8, 4 x 4, 8 x 2, 16 x 1");
});

Deno.test("what was measured in bfloat16 stands in short before the sections", () => {
  const markdown = (sides: Readonly<Record<string, readonly number[]>>) =>
    benchmarkMarkdown({ ...RESULTS, sections: { plain: { ...ROUNDS, sides } } });
  ok(!markdown({ ours: [40] }).includes("in short"));
  const alone = markdown({ "ours": [40], "ours, bfloat16": [20] });
  match(alone, /\n\| Title +\| 20\.0 \| +400 \| +0\.50 \[0\.50-0\.50\] \| +– \| +– \|\n/);
  const all = markdown({
    "ours": [40, 40],
    "ours, bfloat16": [20, 30],
    "Keras": [100, 100],
    "Keras, tuned": [50, 50],
    "PyTorch": [30, 30],
    "Keras, bfloat16": [60, 60],
    "Keras, tuned, bfloat16": [40, 40],
    "PyTorch, bfloat16": [50, 50],
  });
  match(all, /\| 25\.0 \| +320 \| +0\.63 \[0\.56-0\.69\] \| +0\.50 \[[-.\d]+\] Keras, tuned \|/);
  match(all, /\| +0\.63 \[0\.56-0\.69\] Keras, tuned \|\n/);
});
