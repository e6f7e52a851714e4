import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { type Repository, withRepository } from "./_repository.ts";
import { leftOutOf, makePatch, MOST_PATCH, patchSize } from "./patch.ts";

/** The patch of a repository as it stands. */
const patchOf = ({ folder }: Repository) =>
  makePatch(folder, { temporary: join(folder, ".cache", "patch") });

Deno.test("The patch on its commit gives the same files again, and asking for it changes nothing", () =>
  withRepository(async (repository) => {
    const { folder, git, write, files } = repository;
    strictEqual(await patchOf(repository), "");
    await write({
      "experiments/one.ts": "one\r\n2\nthree",
      "lib/a.ts": null,
      'lib/odd näme "1".ts': "odder\n",
      "lib/staged.ts": "staged\n",
      "lib/new room/c ü.ts": "\ufeffnew\n",
      "experiments/empty.json": "",
      "deno.json": "{ }\n",
    });
    await git("add", "lib/staged.ts", "deno.json");
    await write({ "lib/staged.ts": "staged, and edited\n" });
    await Deno.chmod(join(folder, "lib/b.ts"), 0o755);
    const before = [await git("status", "--porcelain"), await git("count-objects")];
    const patch = await patchOf(repository);
    deepStrictEqual([await git("status", "--porcelain"), await git("count-objects")], before);
    deepStrictEqual(patchSize(patch), { files: 8, added: 7, removed: 6 });

    const expected = await files();
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeTextFile(file, patch);
      await git("reset", "--quiet", "--hard");
      await git("clean", "--quiet", "--force", "-d");
      await git("apply", "--whitespace=nowarn", file);
    } finally {
      await Deno.remove(file);
    }
    deepStrictEqual(await files(), expected);
    ok(((await Deno.stat(join(folder, "lib/b.ts"))).mode! & 0o100) !== 0);
    strictEqual(await patchOf(repository), patch);
  }));

Deno.test("Data, what is binary or large, and what is no source never come into a patch", () =>
  withRepository(async (repository) => {
    const { write, git } = repository;
    await write({
      "data/votes.csv": "3,4\n",
      "models/net.bin": new Uint8Array([0, 9]),
      "lib/a.ts": new Uint8Array([0xe4, 10]),
      "lib/b.ts": "b\n".repeat(MOST_PATCH.file / 2),
      "lib/huge.json": "1\n".repeat(MOST_PATCH.whole / 2 + 1),
      "lib/face.png": "an image",
      "lib/ignored.ts.tmp": "x",
      "private.ts": "of nobody's concern",
      "fer2013.csv": "emotion,pixels,Usage\n",
      "reports/report.md": "new\n",
    });
    const patch = await patchOf(repository);
    const blob = await git("hash-object", "data/votes.csv");
    deepStrictEqual(leftOutOf(patch).map((line) => line.replace(/ [0-9a-f]{40}$/, "")), [
      "Left out: data/votes.csv (data), git blob",
      "Left out: lib/a.ts (binary or large), git blob",
      "Left out: lib/b.ts (large), git blob",
      "Left out: lib/huge.json (binary or large), git blob",
      "Left out: models/net.bin (binary or large), git blob",
    ]);
    match(patch, new RegExp(`votes.csv.* ${blob}\n`));
    ok(!/3,4|nobody|emotion|image|diff/.test(patch), patch);
    // Another content is another patch.
    await write({ "models/net.bin": new Uint8Array([0, 8]) });
    ok(await patchOf(repository) !== patch);
  }));

Deno.test("Files that many patches have room for, but not all, are left out at its end", () =>
  withRepository(async (repository) => {
    const names = ["1", "2", "3", "4", "5", "6"];
    const each = "x\n".repeat(MOST_PATCH.file / 3 - 100);
    await repository.write(Object.fromEntries(names.map((name) => [`lib/${name}.ts`, each])));
    const patch = await patchOf(repository);
    ok(patch.length < MOST_PATCH.whole + 1000);
    match(leftOutOf(patch).join(), /^Left out: lib\/6\.ts \(large\), git blob [0-9a-f]{40}$/);
    strictEqual(patchSize(patch).files, 6);
  }));

Deno.test("Within a merge, and where somebody's git prints otherwise, the patch is the same", () =>
  withRepository(async (repository) => {
    const { git, write, commit } = repository;
    await git("checkout", "--quiet", "-b", "other");
    await write({ "lib/a.ts": "theirs\n" });
    await commit();
    await git("checkout", "--quiet", "-");
    await write({ "lib/a.ts": "ours\n" });
    await commit();
    await git("merge", "other").catch(() => {});
    match(await patchOf(repository), /^\+<<<<<<< HEAD\n ours\n\+=======\n\+theirs\n/m);
    await git("reset", "--quiet", "--hard");
    await write({ "lib/a.ts": "mine\n" });
    const plain = await patchOf(repository);
    for (const name of ["diff.noprefix", "color.ui", "diff.mnemonicPrefix"]) {
      await git("config", name, name === "color.ui" ? "always" : "true");
    }
    strictEqual(await patchOf(repository), plain);
  }));
