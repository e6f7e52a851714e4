import { deepEqual, equal, rejects } from "node:assert/strict";
import { join } from "node:path";
import { exists } from "../file.ts";
import { sampleFacts, sampleRecord } from "./_sample.ts";
import { readFacts, readRecord, readText, writeFacts, writeRecord } from "./files.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeRecord() writes what readRecord() reads, twice the same bytes", async () => {
  await inFolder(async (folder) => {
    const [a, b] = [join(folder, "a", "record.json"), join(folder, "b", "record.json")];
    await writeRecord(a, sampleRecord());
    await writeRecord(b, await readRecord(a));
    equal(await Deno.readTextFile(a), await Deno.readTextFile(b));
    deepEqual(await readRecord(b), sampleRecord());
  });
});

Deno.test("writeRecord() leaves no file where the record is broken", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "record.json");
    await rejects(writeRecord(path, { ...sampleRecord(), seed: 1.5 }), /\/seed must be integer/);
    equal(await exists(path), false);
  });
});

Deno.test("writeFacts() writes what readFacts() reads", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "run.json");
    await writeFacts(path, sampleFacts());
    deepEqual(await readFacts(path), sampleFacts());
  });
});

Deno.test("readRecord() says in a line of any path that it cannot be read", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "record.json");
    await rejects(readRecord(folder), { name: "UserError", message: /: Cannot be read: Is a dir/ });
    await Deno.writeTextFile(path, "{}");
    for (const none of [join(path, "in it"), `${path}\0`, join(folder, "long".repeat(2000))]) {
      await rejects(readRecord(none), { name: "UserError", message: /: No such file$/ });
    }
  });
});

Deno.test("readRecord() does not read a file of a size that no record has", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "record.json");
    await Deno.writeTextFile(path, "{");
    await Deno.truncate(path, 3e9);
    await rejects(readRecord(path), { name: "UserError", message: /: Is larger than .*20 MB/ });
    await rejects(readText(path), { name: "UserError", message: /: Is larger than .*200 MB/ });
    if (Deno.build.os !== "windows") await rejects(readRecord("/dev/zero"), /: Is larger than /);
  });
});

Deno.test("readRecord() names the file that is missing, no JSON or half a file", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "record.json");
    await rejects(readRecord(path), { name: "UserError", message: `${path}: No such file` });
    await Deno.writeTextFile(path, '{"kind": "fer-lab/run-rec');
    await rejects(readRecord(path), /record\.json: Not JSON: /);
    await Deno.writeTextFile(path, "");
    await rejects(readRecord(path), /record\.json: Not JSON: /);
  });
});
