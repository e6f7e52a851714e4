import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "./error.ts";
import { exists, explainWriting, isFolder, removeLeftovers, writeFileWhole } from "./file.ts";

const names = async (folder: string) =>
  (await Array.fromAsync(Deno.readDir(folder))).map((entry) => entry.name);

Deno.test("writeFileWhole() writes text and bytes, makes folders, and leaves nothing beside", async () => {
  const folder = join(await Deno.makeTempDir(), "a", "b");
  await writeFileWhole(join(folder, "text"), "é\n");
  strictEqual(await Deno.readTextFile(join(folder, "text")), "é\n");
  await writeFileWhole(join(folder, "text"), new Uint8Array([0, 255]));
  deepStrictEqual(await Deno.readFile(join(folder, "text")), new Uint8Array([0, 255]));
  deepStrictEqual(await names(folder), ["text"]);
});

Deno.test("writeFileWhole() keeps writes at the same time apart", async () => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "file");
  const contents = Array.from({ length: 8 }, (_, i) => String(i).repeat(100_000 + i));
  await Promise.all(contents.map((content) => writeFileWhole(path, content)));
  ok(contents.includes(await Deno.readTextFile(path)));
  deepStrictEqual(await names(folder), ["file"]);
});

Deno.test("writeFileWhole() that fails leaves what was there and nothing beside", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.mkdir(join(folder, "taken", "inside"), { recursive: true });
  await rejects(writeFileWhole(join(folder, "taken"), "x"));
  deepStrictEqual(await names(folder), ["taken"]);
});

Deno.test("exists() sees files and folders", async () => {
  const folder = await Deno.makeTempDir();
  strictEqual(await exists(folder), true);
  strictEqual(await exists(join(folder, "nothing")), false);
});

Deno.test("exists() finds nothing at paths that can be none", async () => {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "file");
  await Deno.writeTextFile(file, "");
  await Deno.symlink(join(folder, "round"), join(folder, "round"));
  for (const path of ["", join(file, "in it"), join(folder, "round"), `${folder}/a\0b`]) {
    strictEqual(await exists(path), false, path);
    strictEqual(await isFolder(path), false, path);
  }
  strictEqual(await exists(join(folder, "long".repeat(2000))), false);
});

Deno.test("isFolder() tells a folder from a file", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "file"), "");
  strictEqual(await isFolder(folder), true);
  strictEqual(await isFolder(join(folder, "file")), false);
});

Deno.test("A place that cannot be written to is a UserError in one line, with what to do", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${folder}/file`, "");
    await rejects(writeFileWhole(`${folder}/file/below`, "x"), (error: Error) => {
      ok(error instanceof UserError);
      match(error.message, /^\S+\/below: Cannot be written \(.+\): make the folder writable, or /);
      return true;
    });
    const full = Object.assign(new Error("No space left on device (os error 28)"), {
      code: "ENOSPC",
    });
    match((explainWriting(full, "a/b") as Error).message, /^a\/b: Cannot be .* the disk is full: /);
    const other = new Error("something else");
    strictEqual(explainWriting(other, "a/b"), other);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("removeLeftovers() removes what a killed process left, and nothing else", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await removeLeftovers(`${folder}/missing`);
    for (const name of ["a.json.tmp-12-3", "a.json", "a.tmp", "b.tmp-1-2.md"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    await removeLeftovers(folder, { olderThan: 3_600_000 });
    strictEqual([...Deno.readDirSync(folder)].length, 4);
    await removeLeftovers(folder);
    deepStrictEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      ["a.json", "a.tmp", "b.tmp-1-2.md"],
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("A folder that the task may not write to is refused; one that it may make need not be there", async () => {
  const folder = await Deno.makeTempDir();
  const code = `import { expectFolderPlace } from ${
    JSON.stringify(import.meta.resolve("./file.ts"))
  };
    await expectFolderPlace("${folder}/other").catch(({ message }) => console.log(message));
    await expectFolderPlace("${folder}/own/results");`;
  try {
    await Deno.writeTextFile(`${folder}/main.ts`, code);
    const { success, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-q",
        "--no-check",
        "--allow-read",
        `--allow-write=${folder}/own`,
        `${folder}/main.ts`,
      ],
      stderr: "inherit",
    }).output();
    ok(success);
    match(new TextDecoder().decode(stdout), /\/other: This task may not write there; .*\n$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
