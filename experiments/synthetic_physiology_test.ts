import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { readReport, REPORT_FILES } from "../lib/report/files.ts";
import { main } from "../lib/run/command.ts";
import { readTrained } from "../lib/run/trained.ts";
import { syntheticPhysiology } from "./synthetic_physiology.ts";

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
