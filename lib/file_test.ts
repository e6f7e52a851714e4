import { deepStrictEqual, ok, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { exists, writeFileWhole } from "./file.ts";

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
