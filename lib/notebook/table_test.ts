import { equal, match, throws } from "node:assert/strict";
import { isTable, tableBundle } from "./table.ts";

const TABLE = {
  caption: "p < 0.05 & more",
  columns: [{ title: "Name" }, { title: "%", align: "right" as const }],
  rows: [["<b>", "62.08"]],
};

Deno.test("tableBundle() writes HTML whose text is text, and numbers to the right", () => {
  const html = tableBundle(TABLE)["text/html"];
  match(html, /<b>p &lt; 0\.05 &amp; more<\/b>/);
  match(html, /<td align="left"[^>]*>&lt;b&gt;<\/td><td align="right"[^>]*>62\.08<\/td>/);
});

Deno.test("tableBundle() writes a table for front ends without HTML", () => {
  equal(
    tableBundle(TABLE)["text/plain"],
    "p < 0.05 & more\n\nName      %\n----  -----\n<b>   62.08",
  );
});

Deno.test("tableBundle() refuses a row with a cell too few", () => {
  throws(() => tableBundle({ ...TABLE, rows: [["only"]] }), RangeError);
});

Deno.test("isTable() tells tables from figures", () => {
  equal(isTable(TABLE), true);
  equal(isTable({ data: [], layout: { width: 1, height: 1 } }), false);
});
