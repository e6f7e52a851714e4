import { deepEqual, equal, match, throws } from "node:assert/strict";
import { markdownTable, terminalTable } from "./table.ts";
import { splitWord, splitWords, wrap } from "../text.ts";
import { count, list, percentEstimate, points, pValue } from "./text.ts";

const columns = [{ title: "Name" }, { title: "N", align: "right" }] as const;

Deno.test("markdownTable() pads, aligns and escapes pipes once", () => {
  equal(
    markdownTable(columns, [["a|b", "1"], ["c\\|d", "20"]]),
    "| Name |   N |\n| ---- | --: |\n| a\\|b |   1 |\n| c\\|d |  20 |\n",
  );
});

Deno.test("markdownTable() and terminalTable() refuse a row with another number of cells", () => {
  throws(() => markdownTable(columns, [["a"]]), /1 cells for 2 columns/);
  throws(() => terminalTable(columns, [["a", "1", "2"]]), /3 cells for 2 columns/);
});

Deno.test("terminalTable() stays within its width by breaking text, never numbers", () => {
  const text = terminalTable(columns, [["twenty characters or some more", "1,234"]], { width: 22 });
  equal(
    text,
    "Name                 N\n---------------  -----\ntwenty           1,234\ncharacters or\nsome more\n",
  );
});

Deno.test("terminalTable() breaks a word only where no other cell can give way", () => {
  const columns = [{ title: "Name" }, { title: "Verdict" }];
  const row = ["dense-0.5 and no more than that", "not distinguishable"];
  const text = terminalTable(columns, [row], { width: 30 });
  equal(
    text,
    "Name           Verdict\n-------------  ---------------\ndense-0.5 and  not\nno more than   distinguishable\n" +
      "that\n",
  );
  // Twelve characters a column are the least: then words are broken.
  match(terminalTable(columns, [row], { width: 26 }), /distinguisha\n/);
});

Deno.test("terminalTable() breaks names at hyphens and numbers' titles at spaces before it breaks a word", () => {
  const columns = [
    { title: "Variant" },
    { title: "Clean images", align: "right" },
    { title: "Verdict" },
  ] as const;
  const row = ["conv-0.25-dense-0.5", "+1.18", "not distinguishable"];
  equal(
    terminalTable(columns, [row], { width: 37 }),
    [
      "Variant        Clean  Verdict",
      "              images",
      "------------  ------  ---------------",
      "conv-0.25-     +1.18  not",
      "dense-0.5             distinguishable\n",
    ].join("\n"),
  );
  // Where spaces between words are enough, names and titles stay whole.
  match(
    terminalTable(columns, [row], { width: 50 }),
    /^Variant {14}Clean images {2}Verdict\n.*\nconv-0\.25-dense-0\.5 {9}\+1\.18 {2}not\n/,
  );
});

Deno.test("terminalTable() leaves a dispensable column out before it breaks a word", () => {
  const columns = [
    { title: "Name" },
    { title: "P", align: "right", dispensable: true },
    { title: "Verdict" },
  ] as const;
  const row = ["dropout-0.25", "1,234,567", "not distinguishable"];
  match(terminalTable(columns, [row], { width: 42 }), /1,234,567 {2}not\n/);
  const narrow = terminalTable(columns, [row], { width: 38 });
  match(narrow, /^Name {10}Verdict\n/);
  match(narrow, /dropout-0\.25 {2}not distinguishable\n/);
});

Deno.test("wrap() breaks at spaces, and within a word, at its joints, only where it alone is too long", () => {
  deepEqual(wrap("one two three", 7), ["one two", "three"]);
  deepEqual(wrap("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
  deepEqual(wrap("", 5), [""]);
  deepEqual(wrap("ab c", 0), ["a", "b", "c"]);
  deepEqual(wrap("ab c", -2), ["a", "b", "c"]);
  deepEqual(wrap("PublicTest 25.0 %, best", 15), ["PublicTest", "25.0 %, best"]);
  deepEqual(wrap("residual-crop, seed 1", 12), ["residual-", "crop, seed 1"]);
  deepEqual(splitWords("at 62 % of all"), ["at", "62 %", "of", "all"]);
  deepEqual(splitWord("reports/fer2013/no-crop"), ["reports/", "fer2013/", "no-", "crop"]);
  deepEqual(splitWord("--all"), ["--all"]);
  deepEqual(wrap("reports/fer2013/deep", 16), ["reports/fer2013/", "deep"]);
  deepEqual(wrap("--something", 5), ["--som", "ethin", "g"]);
});

Deno.test("numbers read alike in every report", () => {
  equal(points(0.0123), "+1.23");
  equal(points(-0.00001), "0.00");
  equal(points(-0.5, 1), "-50.0");
  equal(pValue(0.0004), "< 0.001");
  equal(count(28709), "28,709");
  equal(count(999), "999");
  equal(list(["a", "b", "c"]), "a, b and c");
  const estimate = { mean: 0.6208, low: 0.6048, high: 0.6365, over: "images" } as const;
  equal(percentEstimate(estimate), "62.08 [60.5, 63.6]");
  equal(percentEstimate({ ...estimate, low: null, high: null, over: "nothing" }), "62.08");
});
