import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { EMOTIONS } from "../emotion.ts";
import { evaluatePredictions } from "../evaluation/metrics.ts";
import {
  LABELS,
  sampleRecord,
  sampleSource,
  sampleVariant,
  TEST_IMAGES,
  withoutClass,
} from "./_sample.ts";
import { buildReport as build, buildReportFacts, groupReport, type ReportSource } from "./build.ts";
import { chosenVariant } from "./summary.ts";
import { formatChecked, validateReport } from "./validate.ts";

const buildReport = (source: ReportSource) => build(source, { resamples: 200 });
const seeds = [1, 2, 3];

function twoVariants(): ReportSource {
  return sampleSource([
    sampleVariant("none", { seeds, minutes: 3 }),
    sampleVariant("dropout", { seeds, skill: 0.8, configuration: { denseDropout: 0.5 } }),
  ], seeds);
}

Deno.test("buildReport() makes a report that follows its schema, twice the same bytes", () => {
  const text = () =>
    formatChecked("fer-lab/report", buildReport(twoVariants()), { file: "r.json" });
  equal(text(), text());
});

Deno.test("buildReport() does not look at the runs' times and hosts", () => {
  const source = twoVariants();
  const slower = {
    ...source,
    variants: source.variants.map((variant) => ({
      ...variant,
      runs: variant.runs.map((run) => ({
        ...run,
        facts: { ...run.facts, host: "elsewhere", trainingSeconds: 9999 },
      })),
    })),
  };
  deepEqual(buildReport(slower), buildReport(source));
  ok(!JSON.stringify(buildReport(slower)).includes("elsewhere"));
});

Deno.test("buildReport() compares with the first variant and names what was changed", () => {
  const { baseline, variants } = buildReport(twoVariants());
  equal(baseline, "none");
  equal(variants[0]!.comparison, null);
  deepEqual(variants[0]!.changes, []);
  deepEqual(variants[1]!.changes, [{ name: "denseDropout", baseline: 0, value: 0.5 }]);
  const { test, cleanTest, recalls, seeds: common } = variants[1]!.comparison!;
  equal(test.verdict, "better");
  ok(
    Math.abs(
      test.difference -
        (variants[1]!.test.accuracy.mean - variants[0]!.test.accuracy.mean),
    ) < 1e-12,
  );
  ok(
    Math.abs(
      cleanTest.difference -
        (variants[1]!.cleanTest.accuracy.mean - variants[0]!.cleanTest.accuracy.mean),
    ) < 1e-12,
  );
  ok(
    Math.abs(
      recalls[3]!.difference -
        (variants[1]!.test.classes[3]!.recall!.mean - variants[0]!.test.classes[3]!.recall!.mean),
    ) < 1e-12,
  );
  deepEqual(common, seeds);
  equal(test.mcnemar.length, 3);
});

Deno.test("buildReport() says nothing of a method from one seed", () => {
  const source = sampleSource([
    sampleVariant("none", { skill: 0.2 }),
    sampleVariant("dropout", { skill: 0.9 }),
  ]);
  const { test } = buildReport(source).variants[1]!.comparison!;
  equal(test.verdict, "not distinguishable");
  equal(test.models, "better");
  equal(test.overSeeds, null);
});

Deno.test("buildReport() is interrupted where a run was stopped, a seed or a variant is missing", () => {
  const status = (source: ReportSource) => buildReport(source).status;
  equal(status(sampleSource([sampleVariant("none")])), "complete");
  equal(status(sampleSource([sampleVariant("none")], [1, 2])), "interrupted");
  equal(status(sampleSource([sampleVariant("none", { status: "interrupted" })])), "interrupted");
  equal(
    status(sampleSource([sampleVariant("none"), sampleVariant("late", { seeds: [] })])),
    "interrupted",
  );
});

Deno.test("buildReport() refuses runs of different data, and no run at all", () => {
  const other = sampleVariant("other", { dataset: { digest: "e".repeat(64) } });
  throws(() => buildReport(sampleSource([sampleVariant("none"), other])), /different data/);
  throws(() => buildReport(sampleSource([])), /No run of "sample"/);
});

Deno.test("buildReport() averages the history over the runs that reached the epoch", () => {
  const [short, long] = [
    sampleVariant("none", { epochs: 2 }),
    sampleVariant("none", { seeds: [2] }),
  ];
  const variant = { ...short, runs: [...short.runs, ...long.runs] };
  const { history } = buildReport(sampleSource([variant], [1, 2])).variants[0]!;
  deepEqual(history.map(({ runs }) => runs), [2, 2, 1, 1]);
  const epochs = [1, 2].map((seed) => sampleRecord({ seed }).epochs[0]!.validationAccuracy);
  equal(history[0]!.validationAccuracy, (epochs[0]! + epochs[1]!) / 2);
});

Deno.test("buildReport() has null for a class without images, and follows its schema", () => {
  const variants = twoVariants().variants;
  for (const predicted of [false, true]) {
    const source = sampleSource(
      variants.map((variant) => withoutClass(variant, "neutral", { predicted })),
      seeds,
    );
    const report = buildReport(source);
    const text = formatChecked("fer-lab/report", report, { file: "report.json" });
    deepEqual(validateReport(JSON.parse(text), { file: "report.json" }), JSON.parse(text));
    for (const { record } of source.variants.flatMap(({ runs }) => runs)) {
      formatChecked("fer-lab/run-record", record, { file: "record.json" });
      equal(record.best.test.perClass[6]!.recall, null);
    }
    const { classes, macroRecall } = report.variants[0]!.test;
    equal(classes[6]!.recall, null);
    deepEqual([classes[6]!.precision, classes[6]!.f1], predicted ? [0, 0] : [null, null]);
    const found = classes.slice(0, 6).map(({ recall }) => recall!.mean);
    const mean = found.reduce((a, b) => a + b) / (predicted ? 7 : 6);
    ok(Math.abs(macroRecall.mean - mean) < 1e-12);
    deepEqual(
      report.variants[1]!.comparison!.recalls.map(({ name }) => name),
      EMOTIONS.slice(0, 6),
    );
  }
});

Deno.test("buildReport() scores a record of before, with 0 for an absent class, as one of today", () => {
  const [today] = [withoutClass(sampleVariant("none"), "neutral")];
  const before = structuredClone(today) as unknown as {
    runs: { record: { best: { test: Record<string, unknown>; cleanTest: unknown } } }[];
  };
  const { test } = before.runs[0]!.record.best;
  test.macro = { precision: 0.4, recall: 0.4, f1: 0.4 };
  (test.perClass as Record<string, unknown>[])[6] = {
    emotion: "neutral",
    support: 0,
    predicted: 0,
    precision: 0,
    recall: 0,
    f1: 0,
  };
  const source = sampleSource([before as unknown as typeof today]);
  formatChecked("fer-lab/run-record", source.variants[0]!.runs[0]!.record, { file: "record.json" });
  deepEqual(buildReport(source), buildReport(sampleSource([today])));
});

Deno.test("buildReportFacts() keeps who took how long", () => {
  const facts = buildReportFacts(twoVariants());
  formatChecked("fer-lab/report-facts", facts, { file: "report.run.json" });
  deepEqual(facts.runs.map(({ variant, seed }) => `${variant} ${seed}`).slice(2, 4), [
    "none 3",
    "dropout 1",
  ]);
  equal(facts.runs[0]!.facts.trainingSeconds, 180);
});

Deno.test("groupReport() gives one run Wilson's interval, and several runs Student's", () => {
  const predicted = LABELS.map((label, i) => i % 2 === 0 ? label : (label + 1) % 7);
  const evaluation = evaluatePredictions(LABELS, predicted, EMOTIONS);
  const one = groupReport([evaluation]);
  equal(one.images, TEST_IMAGES);
  equal(one.accuracy.mean, 0.5);
  // statsmodels: proportion_confint(70, 140, method="wilson")
  ok(Math.abs(one.accuracy.low! - 0.41824) < 1e-4 && Math.abs(one.accuracy.high! - 0.58176) < 1e-4);
  equal(one.accuracy.over, "images");
  ok(one.macroF1.low! < one.macroF1.mean && one.macroF1.mean < one.macroF1.high!);

  const two = groupReport([evaluation, evaluatePredictions(LABELS, LABELS, EMOTIONS)]);
  deepEqual(two.accuracy, { mean: 0.75, low: 0, high: 1, over: "seeds" });
  equal(two.confusion[0]![0], evaluation.confusion[0]![0]! + 20);
});

Deno.test("buildReport() compares the two variants of a contrast, with Holm's correction over all", () => {
  const source = sampleSource([
    sampleVariant("none", { seeds }),
    sampleVariant("both", { seeds, skill: 0.8, configuration: { denseDropout: 0.5 } }),
    sampleVariant("both-longer", { seeds, skill: 0.8, configuration: { denseDropout: 0.25 } }),
  ], seeds);
  const contrasts = [{ variant: "both-longer", against: "both" }];
  const report = buildReport({ ...source, contrasts });
  const { variant, against, seeds: common, test } = report.contrasts![0]!;
  deepEqual([variant, against, common], ["both-longer", "both", seeds]);
  const accuracy = (i: number) => report.variants[i]!.test.accuracy.mean;
  ok(Math.abs(test.difference - (accuracy(2) - accuracy(1))) < 1e-12);
  const alone = buildReport(source).variants[1]!.comparison!.test;
  const family = report.variants[1]!.comparison!.test;
  deepEqual([family.p, family.difference], [alone.p, alone.difference]);
  ok(family.adjustedP > alone.adjustedP, "one comparison more is corrected for");
  equal(report.variants[2]!.comparison!.test.mcnemar.length, seeds.length);
  formatChecked("fer-lab/report", report, { file: "r.json" });
  // Of a variant without a run there is nothing to compare.
  const [none, both] = source.variants;
  equal("contrasts" in buildReport({ ...source, variants: [none!, both!], contrasts }), false);
  // Of these alone the contrast is the comparison with the baseline, and is corrected for once.
  const two = buildReport({ ...source, variants: source.variants.slice(1), contrasts });
  equal("contrasts" in two, false);
  const { p, adjustedP } = two.variants[1]!.comparison!.test;
  equal(adjustedP, p);
  const renamed = { ...report, contrasts: [{ ...report.contrasts![0]!, against: "nobody" }] };
  throws(() => validateReport(renamed, { file: "r.json" }), /r\.json: \/contrasts\/0 must have/);
});

Deno.test("A control is compared like the others, and never chosen", () => {
  const source = sampleSource([
    sampleVariant("none", { seeds }),
    sampleVariant("dropout", { seeds, skill: 0.7 }),
    { ...sampleVariant("told the labels", { seeds, skill: 0.95 }), control: true },
  ], seeds);
  const better = (place: number) => ({
    ...source.variants[place]!,
    runs: source.variants[place]!.runs.map((run) => {
      const { best } = run.record;
      const validation = { ...best.validation, accuracy: 0.8 + place / 10 };
      return { ...run, record: { ...run.record, best: { ...best, validation } } };
    }),
  });
  const report = buildReport({ ...source, variants: [source.variants[0]!, better(1), better(2)] });
  equal(report.variants[2]!.control, true);
  equal(report.variants[2]!.comparison!.test.verdict, "better");
  equal(chosenVariant(report).name, "dropout");
  formatChecked("fer-lab/report", report, { file: "r.json" });
  // Where there is nothing else, it is what there is.
  const alone = buildReport({ ...source, variants: [better(2)] });
  equal(chosenVariant(alone).name, "told the labels");
});
