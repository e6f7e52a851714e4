import { match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { type Repository, withRepository } from "../_repository.ts";
import { sha256 } from "../digest.ts";
import { makePatch } from "../patch.ts";
import { sampleFacts } from "../report/_sample.ts";
import { RUN_FILES, writeFactsAndPatch } from "../report/files.ts";
import { codeDifference, codeText, readRunCode, terminalDifference } from "./code_difference.ts";

/** Writes what is kept of a run that is made with a repository as it stands, and reads its code. */
async function run({ folder, git }: Repository, name: string) {
  const place = join(folder, ".cache", name);
  const patch = await makePatch(folder, { temporary: join(folder, ".cache", "patch") });
  const state = {
    commit: await git("rev-parse", "HEAD"),
    patch: patch === "" ? null : sha256(patch),
  };
  await Deno.mkdir(place, { recursive: true });
  await writeFactsAndPatch(place, { ...sampleFacts(), git: state }, patch || null);
  return { place, code: await readRunCode(place, name) };
}

Deno.test("The difference of two runs' code is that of their files, whatever was committed", () =>
  withRepository(async (repository) => {
    const { folder, git, write, commit } = repository;
    const options = { checkout: folder, temporary: join(folder, ".cache", "difference") };
    const first = await run(repository, "first");
    await write({ "lib/a.ts": "a\nmore\n", "lib/new.ts": "new\n", "models/net.bin": "text" });
    const dirty = await run(repository, "dirty");
    await write({ "reports/report.md": "none of the code\n" });
    await commit();
    const committed = await run(repository, "committed");
    await write({ "lib/a.ts": "a\n" });
    const both = await run(repository, "both");
    await git("checkout", "--quiet", "--force", "HEAD");
    const objects = await git("count-objects");

    const difference = await codeDifference([first.code, dirty.code], options);
    match(difference, /lib\/a\.ts *\| *1 \+\n lib\/new\.ts *\| *1 \+\n 2 files changed/);
    match(difference, /^@@ -1 \+1,2 @@\n a\n\+more\n/m);
    // What is binary is in no patch, and in the commit.
    match(codeText(dirty.code), /changes to 3 files \(\+2 -0\)\n {2}Left out: models\/net\.bin/);
    match(
      await codeDifference([dirty.code, committed.code], options),
      /^ models\/net\.bin \| Bin 3 -> 4 bytes\n 1 file changed/m,
    );
    match(await codeDifference([dirty.code, both.code], options), /^-more$/m);
    strictEqual(await codeDifference([dirty.code, dirty.code], options), "");
    match(await codeDifference([both.code], options), /^ lib\/a\.ts \| 1 -$/m);
    strictEqual(await codeDifference([first.code], options), "");
    strictEqual(await git("count-objects"), objects);
    strictEqual(await git("status", "--porcelain"), "");
  }));

Deno.test("Code that is not known, not there or not what was kept is told in one line", () =>
  withRepository(async (repository) => {
    const { folder, write } = repository;
    const options = { checkout: folder, temporary: join(folder, ".cache", "difference") };
    await write({ "lib/a.ts": "edited\n" });
    const { place, code } = await run(repository, "one");
    const refused = (promise: Promise<unknown>, message: RegExp) =>
      rejects(promise, (error: Error) => {
        match(error.message, message);
        return error.name === "UserError" && !error.message.includes("\n");
      });
    const gone = { ...code, git: { ...code.git, commit: "c".repeat(40) } };
    await refused(codeDifference([code, gone], options), /^one: Its commit cccccccccccc is not in/);
    const other = { ...code, patch: code.patch!.replace("-a\n", "-other\n") };
    await refused(codeDifference([other], options), /^one: patch\.diff does not go on its commit/);
    await Deno.writeTextFile(join(place, RUN_FILES.patch), "");
    await refused(readRunCode(place, "one"), /^one: \S+patch\.diff is not the file/);
    await Deno.remove(join(place, RUN_FILES.patch));
    await refused(readRunCode(place, "one"), /^one: patch\.diff is missing, .*copy it to/);
    await writeFactsAndPatch(place, { ...sampleFacts(), git: null }, null);
    await refused(readRunCode(place, "one"), /^one: Was made outside git/);
    await refused(readRunCode(folder, "one"), /^one: Its code is told by run\.json/);
  }));

Deno.test("A difference steers no terminal", () => {
  const text = "diff --git a/x b/x\n+\x1b[2Jgone\r\n-\x9b1m\ttab\n same";
  const shown = terminalDifference(text, { color: false });
  strictEqual(shown, "diff --git a/x b/x\n+^[[2Jgone^M\n-?1m\ttab\n same");
  const colored = terminalDifference(text, { color: true });
  ok(colored.includes("\x1b[32m+^[[2Jgone^M\x1b[0m\n") && colored.endsWith("\n same"));
});
