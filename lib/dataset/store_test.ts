import { deepStrictEqual as assertEquals } from "node:assert/strict";
import { join } from "node:path";
import { inFolder, pattern } from "./_sample.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import type { Dataset } from "./dataset.ts";
import { readStore, storePath, writeStore } from "./store.ts";

function sample(): Dataset {
  const builder = new DatasetBuilder({ skipBad: true });
  builder.add("Training", 0, pattern(1));
  builder.add("Training", 3, pattern(2));
  builder.add("PrivateTest", 6, pattern(3));
  builder.bad("x.csv, row 9", "Is odd");
  const splits = builder.finish();
  return {
    name: "sample",
    synthetic: false,
    description: "A sample",
    digest: datasetDigest(splits),
    split: "official",
    splits,
    skipped: builder.skipped,
  };
}

Deno.test("readStore() gives what writeStore() wrote, and nothing where there is nothing", async () => {
  await inFolder(async (folder) => {
    const path = storePath(folder, "a");
    assertEquals(await readStore(path), undefined);
    await writeStore(path, sample());
    assertEquals(await readStore(path), sample());
  });
});

Deno.test("storePath() differs with the key", () => {
  const keys = [{ seed: 0 }, { seed: 1 }, { seed: 0, source: ["a", 1] }];
  assertEquals(new Set(keys.map((key) => storePath("x", key))).size, 3);
});

Deno.test("writeStore() removes what was not used for longest, and what was left half-written", async () => {
  await inFolder(async (folder) => {
    const paths = ["a", "b", "c"].map((key) => storePath(folder, key));
    const leftover = join(folder, "x.dataset.tmp-1");
    await Deno.writeTextFile(leftover, "half");
    await Deno.utime(leftover, 0, 0);
    await writeStore(paths[0]!, sample());
    await writeStore(paths[1]!, sample());
    await Deno.utime(paths[0]!, 1000, 1000);
    await Deno.utime(paths[1]!, 2000, 2000);
    await readStore(paths[0]!); // now a was used last
    const { size } = await Deno.stat(paths[0]!);
    await writeStore(paths[2]!, sample(), { keptBytes: 2 * size });
    const names = [...Deno.readDirSync(folder)].map((entry) => join(folder, entry.name));
    assertEquals(names.sort(), [paths[0]!, paths[2]!].sort());
  });
});
