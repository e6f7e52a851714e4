import { deepEqual, doesNotMatch, equal, match, ok } from "node:assert/strict";
import { reportFigures } from "../figure/report_figures.ts";
import { SYNTHETIC_PHYSIOLOGY } from "../sample.ts";
import { sampleSource, sampleVariant } from "./_sample.ts";
import { buildReport } from "./build.ts";
import { renderReport } from "./markdown.ts";
import type { Verdict } from "./record.ts";
import { dialledSeries, startsToMatter } from "./synthetic_channel.ts";

const CHANNEL = SYNTHETIC_PHYSIOLOGY.name;

/** A variant with the channel, and the face unless told otherwise. */
const dialled = (syntheticBits: number, skill: number, changes = {}) =>
  sampleVariant(`synthetic-${syntheticBits}${JSON.stringify(changes)}`, {
    skill,
    configuration: { modalities: ["face", CHANNEL], syntheticBits, ...changes },
  });

const FACE = sampleVariant("face", { skill: 0.3, configuration: { modalities: ["face"] } });

const REPORT = buildReport(
  sampleSource([
    FACE,
    dialled(1, 0.95),
    dialled(0, 0.3),
    dialled(0.25, 0.7),
    dialled(0.25, 0.3, { modalities: [CHANNEL] }),
    dialled(1, 0.6, { modalities: [CHANNEL] }),
    dialled(1, 0.3, { shuffleModality: CHANNEL }),
  ]),
  { resamples: 50 },
);

Deno.test("A report with the synthetic channel says so before anything else, and in every figure", () => {
  const text = renderReport(REPORT);
  match(text.slice(0, text.indexOf("**Question.**")), /\*\*Synthetic, not measured\.\*\*/);
  for (const { figure } of reportFigures(REPORT)) {
    match(JSON.stringify(figure.layout.title), /synthetic physiological channel/);
  }
  const without = buildReport(sampleSource([FACE]), { resamples: 50 });
  doesNotMatch(renderReport(without), /synthetic physiological|## By bits/);
  ok(reportFigures(without).every(({ file }) => !file.includes("bits")));
});

Deno.test("dialledSeries() puts variants together that differ in the dial alone, from the fewest bits up", () => {
  deepEqual(
    dialledSeries(REPORT).map(({ name, points }) => [name, points.map(({ bits }) => bits)]),
    [
      ["face and synthetic physiological channel", [0, 0.25, 1]],
      ["synthetic physiological channel alone", [0.25, 1]],
    ],
  );
});

Deno.test("The section by bits has each variant's row, and the figure marks where the channel starts to matter", () => {
  const text = renderReport(REPORT);
  match(text, /\*\*It starts to matter at 0\.25 bits\*\*, with \+\d/);
  match(text, /; 0 bits, [+-]?\d.* points .*, cannot be told from none yet/);
  match(
    text,
    /!\[Accuracy against the bits of the synthetic channel\]\(figures\/synthetic-bits\.svg\)/,
  );
  match(text, /^\| +0\.25 \|.*better/m);
  const { figure } = reportFigures(REPORT).find(({ file }) => file.includes("bits"))!;
  const texts = figure.layout.annotations!.map(({ text }) => text!);
  ok(texts.includes("better from 0.25 bits on"), `${texts}`);
  ok(texts.some((text) => /^face alone [\d.]+ %$/.test(text)), `${texts}`);
});

Deno.test("startsToMatter() wants all larger dials better, too, and may find none", () => {
  const series = (...verdicts: Verdict[]) => ({
    ...dialledSeries(REPORT)[0]!,
    points: verdicts.map((verdict, bits) => ({
      bits,
      variant: { comparison: { test: { verdict } } },
    })),
  } as unknown as Parameters<typeof startsToMatter>[0]);
  const start = (...verdicts: Verdict[]) => startsToMatter(series(...verdicts))?.first.bits;
  equal(start("not distinguishable", "better", "better"), 1);
  equal(start("better", "not distinguishable", "better"), 2);
  equal(start("better", "better"), 0);
  equal(start("better", "worse"), undefined);
  equal(startsToMatter(series("better", "better"))?.before, undefined);
});
