import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { CHECKOUT } from "../lib/paths.ts";
import { readReport, REPORT_FILES } from "../lib/report/files.ts";
import { effectiveVerdict } from "../lib/report/summary.ts";
import { dialledSeries, startsToMatter } from "../lib/report/synthetic_channel.ts";
import { main } from "../lib/run/command.ts";
import { readTrained } from "../lib/run/trained.ts";
import { syntheticPhysiology } from "./synthetic_physiology.ts";

const COMMITTED = join(CHECKOUT, "reports/face-network/synthetic-physiology");

Deno.test("exp:synthetic-physiology runs on what comes along, and its networks are found again with the channel", async () => {
  const out = await Deno.makeTempDir();
  try {
    const variants = ["face", "synthetic-0.5"];
    await main(syntheticPhysiology, [
      ...[
        "--out",
        out,
        "--variants",
        String(variants),
        "--epochs",
        "1",
        "--threads",
        "1",
        "--quiet",
      ],
    ]);
    const folder = join(out, "face-network", syntheticPhysiology.name);
    const report = await readReport(join(folder, REPORT_FILES.report));
    deepStrictEqual(report.variants.map(({ name }) => name), variants);
    const [face, channel] = report.variants;
    deepStrictEqual(channel!.changes.map(({ name, value }) => [name, value]), [
      ["modalities", ["face", "synthetic-physiology"]],
      ["syntheticBits", 0.5],
    ]);
    strictEqual(face!.model.parameters, 7 * 7 + 7);
    strictEqual(channel!.model.parameters, 11 * 7 + 7);
    const { input } = await readTrained(join(folder, channel!.runs[0]!.folder));
    deepStrictEqual(input.sample.shape, [11]);
  } finally {
    await Deno.remove(out, { recursive: true });
  }
});

Deno.test("In the committed report more bits never hurt, and a signal that tells nothing adds nothing", async () => {
  const report = await readReport(join(COMMITTED, REPORT_FILES.report));
  for (const name of ["synthetic-0", "synthetic-shuffled"]) {
    const { comparison } = report.variants.find((variant) => variant.name === name)!;
    strictEqual(effectiveVerdict(comparison!.test), "not distinguishable", name);
  }
  const [fused, alone] = dialledSeries(report);
  ok(!fused!.alone && alone!.alone);
  for (const { points } of [fused!, alone!]) {
    const accuracies = points.map(({ variant }) => variant.test.accuracy.mean);
    ok(
      accuracies.every((accuracy, i) => i === 0 || accuracy > accuracies[i - 1]!),
      `${accuracies}`,
    );
  }
  for (const { bits, variant } of alone!.points) {
    const both = fused!.points.find((point) => point.bits === bits)!;
    ok(both.variant.test.accuracy.mean > variant.test.accuracy.mean);
  }
  const markdown = await Deno.readTextFile(join(COMMITTED, REPORT_FILES.markdown));
  const { first } = startsToMatter(fused!)!;
  match(markdown, new RegExp(`starts to matter at ${first.bits} bits?\\*\\*`));
});
