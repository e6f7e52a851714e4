import { rejects, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { BUNDLED_PROBABILITIES, CHECKOUT } from "../paths.ts";
import { RUN_FILES } from "../report/files.ts";
import { BOXED_MODEL } from "../run/find_network.ts";
import { testInFolder } from "./_in_folder.ts";
import { main } from "./probabilities.ts";

const REPORT = join(CHECKOUT, "reports", "fer2013", "deep");

testInFolder("probabilities makes the file that comes along, to the byte", async (folder) => {
  const out = join(folder, "new", "file.csv");
  await main([`${REPORT}#residual-whole`, "--out", out]);
  strictEqual(await Deno.readTextFile(out), await Deno.readTextFile(BUNDLED_PROBABILITIES));
});

testInFolder(
  "probabilities refuses a run that says nothing of PublicTest, and what is no run",
  async (folder) => {
    const out = ["--out", join(folder, "file.csv")];
    const old = join(folder, "run");
    const run = join(REPORT, "..", "runs", "7774326cd58a9ec4", "seed-1");
    await Deno.mkdir(old);
    for (const file of [RUN_FILES.record, RUN_FILES.facts, RUN_FILES.predictions]) {
      await Deno.copyFile(join(run, file), join(old, file));
    }
    await rejects(
      main([old, ...out]),
      /validation\.csv: Not here: what goes on from a network is chosen by .* train it again with/,
    );
    await rejects(
      main([BOXED_MODEL, ...out]),
      /Is a model file and has no predictions: name a run/,
    );
    await rejects(main([join(folder, "none"), ...out]), /No such run, report or model file/);
    strictEqual([...Deno.readDirSync(folder)].length, 1);
  },
);
