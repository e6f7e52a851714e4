import { deepStrictEqual, match, ok, strictEqual } from "node:assert/strict";
import { join } from "node:path";
import { writeSample } from "../report/_sample_folder.ts";
import { sampleVariant } from "../report/_sample.ts";
import * as costs from "./costs.ts";
import { findReport, type Results } from "./reports.ts";
import type { CaptionedTable } from "./table.ts";

const REPORTS = join(import.meta.dirname!, "..", "..", "reports");

const deep = (await findReport("deep", join(REPORTS, "fer2013")))!;

Deno.test("costs.table() has the accuracy, multiply-adds and minutes of every variant", async () => {
  const [table] = await costs.table(deep) as [CaptionedTable];
  match(table.caption, /\(AMD EPYC, 2 threads\)$/);
  deepStrictEqual(
    table.rows.map(([name, , , , adds, epochs, minutes, images]) => [
      ...[name, adds, epochs],
      ...[minutes, images],
    ]),
    [
      ["combined", "22.5", "60", "22", "1,343"],
      ["residual-crop", "69.3", "48", "45", "524"],
      ["residual-whole", "99.8", "40", "51", "388"],
      ["residual-long", "99.8", "80", "129", "303"],
    ],
  );
});

Deno.test("costs.ensemble() scores variants together, at the sum of their costs, and says what PublicTest would choose", async () => {
  const shown = await costs.ensemble(["residual-crop", "residual-whole"], { resamples: 100 })(deep);
  const [answer, members, choice, figure, classes] = shown as unknown as [
    string,
    CaptionedTable,
    string,
    { data: { name: string; x: number[] }[] },
    CaptionedTable,
  ];
  match(answer, /All 2 networks given: 67\.99 \[66\.4, 69\.5\] % of the 3,589/);
  deepStrictEqual(members.columns.map(({ title }) => title).slice(2), [
    ...["Alone", "Together", "Adds", "Without"],
  ]);
  deepStrictEqual(members.rows.map((cells) => cells[4]), ["–", "+1.92 / +0.70"]);
  match(
    choice,
    /\*\*PublicTest would not choose them together\*\*, but .*: there 66\.26 % together, 66\.45 % alone/,
  );
  const together = figure.data.filter(({ name }) => name === "together").map(({ x }) =>
    Math.round(x[0]!)
  );
  deepStrictEqual(together, [169, 95]);
  strictEqual(classes.rows.length, 7);
});

Deno.test("Costs that are not known are dashes, and an ensemble of what is not there is a sentence", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeSample(folder, "deep", [sampleVariant("a"), sampleVariant("b")]);
    const results: Results = (await findReport("deep", folder))!;
    const [table] = await costs.table(results) as [CaptionedTable];
    ok(table.rows.every(([, , , , , , ...cells]) => cells.join() === "–,–"));
    match(String(await costs.ensemble(["a", "b"])(results)), /of a on PublicTest are not there/);
    match(String(await costs.ensemble(["c", "a"])(results)), /no finished run of c/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
