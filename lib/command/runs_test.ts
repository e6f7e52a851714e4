import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { UsageError } from "../error.ts";

import { exists } from "../file.ts";
import { CHECKOUT } from "../paths.ts";
import { sampleFacts, sampleRecord } from "../report/_sample.ts";
import { writeFactsAndPatch, writeRecord } from "../report/files.ts";
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

Deno.test("The runs that the README and --help name as examples are committed", async () => {
  const help = await runs("--help");
  const page = await Deno.readTextFile(join(CHECKOUT, "README.md"));
  const named = [...`${help}\n${page}`.matchAll(/(?<![\w/])([\da-f]{7})\/(\d+)\b/g)];
  ok(named.length >= 6, `only ${named.length} are named`);
  const committed = join(CHECKOUT, "reports", "fer2013", "runs");
  const digests = [...Deno.readDirSync(committed)].map(({ name }) => name);
  const missing: string[] = [];
  for (const [name, digest, seed] of named) {
    const whole = digests.find((each) => each.startsWith(digest!)) ?? "none";
    if (!await exists(join(committed, whole, `seed-${seed}`))) missing.push(name);
  }
  deepStrictEqual(missing, []);
});

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
    /^0123456\/4 {2}epoch 0 of \?, 12,345 bytes:\n {2}.*seed-4\nDeleted 1 interrupted run, 12,345/,
  );
  ok(!await exists(join(folder, RUN)) && await exists(join(folder, "runs")));
  match(await runs(folder, "--prune"), /nothing to delete/);
});

testInFolder(
  "--diff names runs, and says what keeps it from telling a difference",
  async (folder) => {
    const [one, two] = [4, 5].map((seed) =>
      join(folder, "runs", "0123456789abcdef", `seed-${seed}`)
    ) as [string, string];
    const commit = "c".repeat(40);
    for (const [place, patch] of [[one, null], [two, "diff --git a/x b/x\n"]] as const) {
      await Deno.mkdir(place, { recursive: true });
      const git = { commit, patch: patch && sha256(patch) };
      await writeFactsAndPatch(place, { ...sampleFacts(), git }, patch);
      await writeRecord(join(place, "record.json"), sampleRecord());
    }
    await rejects(runs("--diff"), /takes two runs, or one/);
    await rejects(runs("--diff", one, one, one), UsageError);
    await rejects(runs("--diff", one, "--json"), UsageError);
    await rejects(
      runs("--diff", folder),
      /Names 2 runs, not all of the same code: .* 0123456\/4 or /,
    );
    await rejects(
      runs("--diff", one, two),
      /seed-4: Its commit cccccccccccc is not in the repository/,
    );
    const { runs: [clean, dirty] } = JSON.parse(await runs(folder, "--json", "--sort", "seed"));
    deepStrictEqual([clean.commit, clean.patch, dirty.patch?.length], [commit, null, 64]);
    const table = await runs(folder, "--sort", "seed");
    match(table, /dirty:\s+with\s+uncommitted\s+changes/);
    match(await runs(folder, "--where", "dirty=yes"), /0123456\/5[^]*\n1 run: /);
    match(await runs(folder, "--md", "--where", "dirty=no"), /0123456\/4.*`ccccccc` +\|/);
  },
);
