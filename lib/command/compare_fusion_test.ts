/** `deno task compare` on the committed cross-validation: the same path as for images. */

import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { CHECKOUT } from "../paths.ts";
import { readJson, readReport } from "../report/files.ts";
import { testInFolder as test } from "./_in_folder.ts";
import { main } from "./compare.ts";

const REPORT = join(CHECKOUT, "reports/crema-d/fusion");

test("compare of two fusion variants tests what their report does, over actors", async (folder) => {
  const json = join(folder, "c.json");
  const { log } = console;
  const out: string[] = [];
  console.log = (...parts: unknown[]) => out.push(parts.join(" "));
  try {
    strictEqual(await main([`${REPORT}#late`, `${REPORT}#early`, "--json", json]), 0);
  } finally {
    console.log = log;
  }
  match(out.join("\n"), /network +mlp\(0\) +mlp\(1\)/);
  match(out.join("\n"), /over 91 actors/);
  ok(!/clean/i.test(out.join("\n")), "no clip has a copy, and scores are said twice");
  const { subjects } = await readJson(json) as {
    subjects: { effect: { difference: number; interval: object } | null }[];
  };
  const { contrasts } = await readReport(join(REPORT, "report.json"));
  const planned = contrasts!.find((each) => each.variant === "early")!;
  const { difference, interval } = subjects[1]!.effect!;
  ok(Math.abs(difference - planned.test.difference) < 1e-12);
  deepStrictEqual(interval, planned.test.interval);
});
