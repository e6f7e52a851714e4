import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { sampleSource, sampleVariant } from "./_sample.ts";
import { buildReport } from "./build.ts";
import { writeSample } from "./_sample_folder.ts";
import { renderOverview, variantsTable } from "./overview.ts";
import { overviewText, readEntries, writeOverview } from "./overview_file.ts";

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

Deno.test("The committed overview is what its reports and findings give", async () => {
  const reports = join(CHECKOUT, "reports");
  strictEqual(await overviewText(reports), await Deno.readTextFile(join(reports, "README.md")));
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

Deno.test("Somebody's own results stand beside the committed ones on the same data, told apart", () => {
  const report = (name: string) => ({
    ...buildReport(sampleSource([sampleVariant("none")]), { resamples: 10 }),
    experiment: { ...sampleSource([]).experiment, name },
  });
  const page = renderOverview([
    { report: report("baseline"), link: "fer2013/baseline-2/report.md" },
    { report: report("baseline"), link: "../fer2013/baseline/report.md", committed: true },
  ]);
  ok(page.includes("[baseline-2](fer2013/baseline-2/report.md) "), page);
  ok(page.includes("[baseline](../fer2013/baseline/report.md) *(committed)*"), page);
  ok(page.includes("These are your own runs."), page);
});

Deno.test("Two data sets of one name have their digests in the overview's headings", () => {
  const on = (digest: string) => {
    const report = buildReport(sampleSource([sampleVariant("none")]), { resamples: 10 });
    return { ...report, dataset: { ...report.dataset, name: "archive", digest } };
  };
  const page = renderOverview([
    { report: on("a".repeat(64)), link: "archive-aaaaaaaa/baseline/report.md" },
    { report: on("b".repeat(64)), link: "archive-bbbbbbbb/baseline/report.md" },
  ]);
  ok(page.includes("## archive (data aaaaaaaa)\n"), page);
  ok(page.includes("## archive (data bbbbbbbb)\n"), page);
});
