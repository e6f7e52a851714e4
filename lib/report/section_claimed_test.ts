import { doesNotMatch, equal, match } from "node:assert/strict";
import { reportFigures } from "../figure/report_figures.ts";
import { sampleSource, sampleVariant } from "./_sample.ts";
import { buildReport, type VariantSource } from "./build.ts";
import { renderReport } from "./markdown.ts";
import type { ExperimentReport } from "./record.ts";
import { originalVerdict } from "./section_claimed.ts";

/** A variant that splits Training anew and claims what it has on PublicTest. */
function split(name: string, skill: number, selectOn?: "held-out"): VariantSource {
  const variant = sampleVariant(name, {
    skill,
    configuration: { split: "after-copies(0.1, 0.1)", ...selectOn ? { selectOn } : {} },
  });
  return {
    ...variant,
    runs: variant.runs.map((run) => ({
      ...run,
      record: {
        ...run.record,
        claimed: {
          scores: run.record.best.validation,
          predictions: "c".repeat(64),
          copies: 9,
          unrelated: run.record.best.cleanTest,
        },
      },
    })),
  };
}

const report = (...variants: VariantSource[]) =>
  buildReport(sampleSource(variants), { resamples: 50 });

/** A report of protocols that claim these intervals. */
function claiming(
  claims: Readonly<Record<string, readonly [number, number]>>,
  status: ExperimentReport["status"] = "complete",
): ExperimentReport {
  const variants = Object.entries(claims).map(([name, [low, high]]) => ({
    name,
    test: { accuracy: { mean: (low + high) / 2, low, high } },
  }));
  return { variants, status } as unknown as ExperimentReport;
}

Deno.test("originalVerdict() names the protocols in whose interval the report's accuracy lies", () => {
  equal(
    originalVerdict(claiming({ a: [0.5, 0.55], b: [0.6, 0.64] })),
    "The original report's 62.08 % lies inside the claimed interval of `b`: that protocol alone " +
      "would explain it.",
  );
  match(
    originalVerdict(claiming({ a: [0.6, 0.63], b: [0.6, 0.64], c: [0.62, 0.7] })),
    /inside the claimed intervals of `a`, `b` and `c`: each of these protocols alone would explain it\.$/,
  );
});

Deno.test("originalVerdict() says on which side the accuracy lies, and how far from the nearest", () => {
  equal(
    originalVerdict(claiming({ a: [0.53, 0.57], b: [0.58, 0.60] })),
    "The original report's 62.08 % lies above every claimed interval, 3.08 points above the " +
      "nearest, `b`: none of these protocols alone explains it.",
  );
  match(
    originalVerdict(claiming({ a: [0.64, 0.66], b: [0.7, 0.8] }, "interrupted")),
    /lies below every claimed interval so far, 2\.92 points below the nearest, `a`:/,
  );
  match(
    originalVerdict(claiming({ a: [0.5, 0.6], b: [0.64, 0.66] })),
    /lies inside no claimed interval, 2\.92 points below the nearest, `b`:/,
  );
});

Deno.test("renderReport() tells claimed beside true, and on what each epoch was chosen", () => {
  const several = report(
    sampleVariant("official"),
    split("leaky", 0.6),
    split("peeking", 0.6, "held-out"),
  );
  const text = renderReport(several);
  match(text, /## Claimed and true\n\n\| Protocol +\|.*\n.*\n\| official .*\| +0, the same \|/);
  match(text, /\n\| leaky +\| +\d+\.\d\d \[[\d., ]+\] \|.*\| +20 of 140 \|/);
  match(text, /\*\*The original report's 62\.08 % lies /);
  match(
    text,
    /chosen on PublicTest \(official\), on the validation part of Training \(leaky\) and on the held-out part of Training \(peeking\) by/,
  );
  match(text, /!\[Learning curves: .* on Training and what the epoch is chosen on\]/);
  match(
    JSON.stringify(reportFigures(several)[0]),
    /solid: validation \(what each epoch is chosen on\)/,
  );
});

Deno.test("renderReport() of splits alone never says that PublicTest chose the epoch", () => {
  const alone = renderReport(report(split("leaky", 0.6)));
  match(alone, /is at its best on the validation part of Training after epoch/);
  match(alone, /chosen on the validation part of Training by validation accuracy/);
  doesNotMatch(alone, /best on PublicTest|chosen on PublicTest|Training and PublicTest\]/);
});
