import { rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BUNDLED_PAIRS, BUNDLED_PROBABILITIES } from "../paths.ts";
import { testInFolder } from "./_in_folder.ts";
import { main } from "./pairs.ts";

testInFolder("pairs makes the file that comes along, to the byte", async (folder) => {
  const out = join(folder, "new", "pairs.csv");
  await main(["--out", out]);
  strictEqual(await Deno.readTextFile(out), await Deno.readTextFile(BUNDLED_PAIRS));
});

testInFolder(
  "pairs refuses files that are not what they should be, and writes none",
  async (folder) => {
    const out = ["--out", join(folder, "pairs.csv")];
    await rejects(
      main(["--probabilities", BUNDLED_PAIRS, ...out]),
      /pairs\.csv, row 1: Has not the columns split, image, label and p_<class>/,
    );
    await rejects(
      main(["--votes", BUNDLED_PROBABILITIES, ...out]),
      /probabilities\.csv: Has not the columns clip, voice_<emotion>, .*: deno task votes makes/,
    );
    await rejects(main(["--out", folder]), /: Is a folder: name a file$/);
    strictEqual([...Deno.readDirSync(folder)].length, 0);
  },
);
