import { rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { readReport } from "../report/files.ts";
import { findNetwork } from "./find_network.ts";

Deno.test("findNetwork() takes of several seeds the one that PublicTest chooses", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const [variant] = [sampleVariant("none", { seeds: [1, 2, 3] })];
    const runs = variant.runs.map((run, i) => {
      const { best } = run.record;
      const validation = { ...best.validation, accuracy: [0.5, 0.7, 0.6][i]! };
      return { ...run, record: { ...run.record, best: { ...best, validation } } };
    });
    const place = await writeSample(folder, "sample", [{ ...variant, runs }]);
    const second = (await readReport(join(place, "report.json"))).variants[0]!.runs[1]!;
    strictEqual(second.seed, 2);
    for (const named of [place, `${place}#none`, join(place, "report.json")]) {
      strictEqual(await findNetwork(named), join(place, second.folder));
    }
    await rejects(findNetwork(`${place}#all`), /No variant "all": it has none/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
