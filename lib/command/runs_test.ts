import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { UsageError } from "../error.ts";
import { exists } from "../file.ts";
import { testInFolder } from "./_in_folder.ts";
import { main } from "./runs.ts";

/** What the command prints. */
async function runs(...args: string[]): Promise<string> {
  const { log } = console;
  const lines: string[] = [];
  console.log = (...parts: unknown[]) => lines.push(parts.join(" "));
  try {
    await main(args);
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

const RUN = join("runs", "0123456789abcdef", "seed-4");

testInFolder(
  "A note and tags are put on a run and taken off, and found by --where",
  async (folder) => {
    await Deno.mkdir(join(folder, RUN), { recursive: true });
    match(await runs(folder, "--note", " two\n words ", "--tag", "a", "--tag", "b"), /0123456\/4/);
    await runs(folder, "--untag", "a");
    const { runs: [run] } = JSON.parse(await runs(folder, "--json", "--where", "tag=b"));
    deepStrictEqual([run.note, run.tags, run.state], ["two words", ["b"], "interrupted"]);
    strictEqual(await runs(folder, "--where", "tag=a"), "No runs");
    await runs(folder, "--remove-note", "--untag", "b");
    strictEqual(await exists(join(folder, RUN, "notes.json")), false);
    await rejects(runs(folder, "--tag", "two words"), UsageError);
    await rejects(runs("--tag", "a"), /Name the runs/);
  },
);

testInFolder("--prune says the bytes, and deletes what is interrupted", async (folder) => {
  await Deno.mkdir(join(folder, RUN), { recursive: true });
  await Deno.writeFile(join(folder, RUN, "checkpoint.safetensors"), new Uint8Array(12_345));
  await rejects(runs("--yes"), UsageError);
  const said = await runs(folder, "--prune", "--yes");
  match(
    said,
    /^0123456\/4 {2}epoch 0 of \?, 12,345 bytes: .*seed-4\nDeleted 1 interrupted run, 12,345/,
  );
  ok(!await exists(join(folder, RUN)) && await exists(join(folder, "runs")));
  match(await runs(folder, "--prune"), /nothing to delete/);
});
