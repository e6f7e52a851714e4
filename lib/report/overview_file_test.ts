import { deepStrictEqual, ok } from "node:assert/strict";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { CHECKOUT } from "../tensorflow/place.ts";
import { sampleVariant } from "./_sample.ts";
import { writeSample } from "./_sample_folder.ts";
import { variantsTable } from "./overview.ts";
import { readEntries, writeOverview } from "./overview_file.ts";

Deno.test("README.md shows the main table of the committed reports on FER2013", async () => {
  const entries = await readEntries(join(CHECKOUT, "reports"), "fer2013", {
    onBad: (error) => {
      throw error;
    },
  });
  ok(entries.length > 0);
  const expected = variantsTable(entries, { main: true, folder: "reports/" });
  // The formatter pads a table by the width of what is seen.
  const plain = (text: string) => text.replace(/ +/g, " ").replace(/-+/g, "-");
  const page = await Deno.readTextFile(join(CHECKOUT, "README.md"));
  ok(plain(page).includes(plain(expected)), `README.md needs this table:\n\n${expected}`);
});

Deno.test("A report that cannot be read is left out of the overview, and findings are taken in", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const dataset = join(folder, "fer2013");
    await writeSample(dataset, "dropout", [sampleVariant("none", { seeds: [1, 2] })]);
    await Deno.mkdir(join(dataset, "bad"));
    await Deno.writeTextFile(join(dataset, "bad", "report.json"), "{");
    await Deno.writeTextFile(join(dataset, "findings.md"), "\nWhat we **found**.\n");
    const bad: string[] = [];
    const entries = await readEntries(folder, "fer2013", {
      onBad: (error) => bad.push(error instanceof UserError ? error.message : "?"),
    });
    deepStrictEqual(entries.map(({ link }) => link), ["fer2013/dropout/report.md"]);
    ok(bad.length === 1 && bad[0]!.includes("report.json"), bad.join());
    const { error } = console;
    try {
      console.error = () => {};
      await writeOverview(folder);
    } finally {
      console.error = error;
    }
    const page = await Deno.readTextFile(join(folder, "README.md"));
    ok(page.includes("### What was learned\n\nWhat we **found**.\n\n"), page);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
