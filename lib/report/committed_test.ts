import { ok, strictEqual } from "node:assert/strict";
import { dirname, join } from "node:path";
import { committedFiles } from "./_committed.ts";
import {
  formatRecord,
  readJson,
  readRecord,
  readReport,
  readReportFacts,
  REPORT_FILES,
  RUN_FILES,
} from "./files.ts";
import { renderReport } from "./markdown.ts";
import { formatChecked, kindOf } from "./validate.ts";

Deno.test("Every committed record is written again to the same bytes", async () => {
  const files = committedFiles(RUN_FILES.record);
  ok(files.length >= 66, `only ${files.length} were found`);
  for (const file of files) {
    ok(formatRecord(await readRecord(file)) === await Deno.readTextFile(file), file);
  }
});

Deno.test("Every committed report, its facts and those of runs are written again to the same bytes", async () => {
  const files = [REPORT_FILES.report, REPORT_FILES.facts, RUN_FILES.facts].flatMap(committedFiles);
  ok(files.length >= 11 + 11 + 66, `only ${files.length} were found`);
  for (const file of files) {
    const json = await readJson(file);
    ok(formatChecked(kindOf(json)!, json, { file }) === await Deno.readTextFile(file), file);
  }
});

Deno.test("Every committed report is rendered again to the same Markdown", async () => {
  const files = committedFiles(REPORT_FILES.report);
  ok(files.length >= 11, `only ${files.length} were found`);
  for (const file of files) {
    const folder = dirname(file);
    const facts = await readReportFacts(join(folder, REPORT_FILES.facts));
    strictEqual(
      renderReport(await readReport(file), facts),
      await Deno.readTextFile(join(folder, REPORT_FILES.markdown)),
    );
  }
});
