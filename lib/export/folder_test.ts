import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { testInFolder } from "../command/_in_folder.ts";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { writeExport } from "./folder.ts";

testInFolder("What fails its check reaches no place, and leaves what was there", async (folder) => {
  const out = join(folder, "out");
  const looked: string[] = [];
  const refuse = async (stage: string) => {
    looked.push(await Deno.readTextFile(join(stage, "tfjs", "model.json")));
    throw new UserError("Not within 1e-5");
  };
  const files = { "README.md": "# Card", "tfjs/model.json": "{}" };
  await rejects(writeExport(out, files, { check: refuse }), /Not within 1e-5/);
  strictEqual(await exists(out), false);
  await writeExport(out, { "README.md": "# Before" });
  await rejects(writeExport(out, files, { check: refuse }), /Not within 1e-5/);
  deepStrictEqual([...Deno.readDirSync(out)].map(({ name }) => name), ["README.md"]);
  strictEqual(await Deno.readTextFile(join(out, "README.md")), "# Before");
  deepStrictEqual(looked, ["{}", "{}"]);
});
