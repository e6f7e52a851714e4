import { deepStrictEqual as assertEquals, rejects } from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { inFolder, pattern } from "./_sample.ts";
import { BARS, VOTES } from "./_made_up.ts";
import { DatasetBuilder, datasetDigest } from "./builder.ts";
import { FER2013_FORM } from "./form.ts";
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
    ...FER2013_FORM,
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

Deno.test("readStore() believes no header, whatever the checksum says", async () => {
  await inFolder(async (folder) => {
    const path = storePath(folder, "a");
    await writeStore(path, sample());
    const bytes = await Deno.readFile(path);
    const [magic, , header, ...rest] = String.fromCharCode(...bytes).split("\n");
    const forge = async (text: string) => {
      const content = Uint8Array.from([text, ...rest].join("\n"), (c) => c.charCodeAt(0));
      const digest = createHash("sha256").update(content).digest("hex");
      const start = new TextEncoder().encode(`${magic}\n${digest}\n`);
      await Deno.writeFile(path, new Uint8Array([...start, ...content]));
    };
    await forge(header!);
    assertEquals(await readStore(path), sample());
    const forgeries = [
      ["{", /header is not JSON/],
      ["null", /does not tell of a data set/],
      [header!.replace('"sample"', '"../../elsewhere"'), /does not tell of a data set/],
      [header!.replace('"PrivateTest"', '"__proto__"'), /does not tell of a data set/],
      [header!.replace(/"ids":\[/, '"ids":["0123456789abcdef",'), /its sizes do not fit/],
    ] as const;
    for (const [text, message] of forgeries) {
      await forge(text);
      await rejects(readStore(path), { name: "DamagedCache", message });
    }
  });
});

Deno.test("storePath() differs with the key", () => {
  const keys = [{ seed: 0 }, { seed: 1 }, { seed: 0, source: ["a", 1] }];
  assertEquals(new Set(keys.map((key) => storePath("x", key))).size, 3);
});

Deno.test("writeStore() removes what was not used for longest, and what was left half-written", async () => {
  await inFolder(async (folder) => {
    const paths = ["a", "b", "c"].map((key) => storePath(folder, key));
    const leftover = join(folder, "x.dataset.tmp-1-1");
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

Deno.test("readStore() gives other classes, shapes, numbers and targets as they were written", async () => {
  await inFolder(async (folder) => {
    for (const dataset of [BARS, VOTES]) {
      const path = storePath(folder, dataset.name);
      await writeStore(path, dataset);
      assertEquals(await readStore(path), dataset);
    }
  });
});
