import { rejects, strictEqual } from "node:assert/strict";
import { join, relative } from "node:path";
import { sampleVariant } from "../report/_sample.ts";
import { writeSample } from "../report/_sample_folder.ts";
import { readReport } from "../report/files.ts";
import { findNetwork } from "./find_network.ts";
import { readTrained } from "./trained.ts";

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

Deno.test("What stands in the way of a network is told of by its path from where the person stands", async () => {
  const stand = await Deno.makeTempDir();
  const before = Deno.env.get("INIT_CWD");
  Deno.env.set("INIT_CWD", stand);
  try {
    const place = await writeSample(stand, "sample", [sampleVariant("none", { seeds: [1] })]);
    const { folder } = (await readReport(join(place, "report.json"))).variants[0]!.runs[0]!;
    const run = relative(stand, join(place, folder));
    const says = (work: Promise<unknown>, message: string) =>
      rejects(work, (error: Error) => error.message.startsWith(message));
    await says(findNetwork("sample#all"), 'sample/report.json: No variant "all"');
    await Deno.writeTextFile(join(stand, "notes.txt"), "# Not a network");
    await says(findNetwork("notes.txt#all"), 'notes.txt: No report, so no variant "all"');
    await says(readTrained(join(stand, "notes.txt")), "notes.txt: No network that can be used");
    await says(readTrained(join(stand, run)), `${run}/weights.safetensors: Not here`);
    await Deno.writeTextFile(join(stand, run, "weights.safetensors"), "# Not weights");
    await says(readTrained(join(stand, run)), `${run}/weights.safetensors: No weights that can`);
    await Deno.remove(join(stand, run, "record.json"));
    await says(readTrained(join(stand, run)), `${run}: No finished run`);
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
    await Deno.remove(stand, { recursive: true });
  }
});
