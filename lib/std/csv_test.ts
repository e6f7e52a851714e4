import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { CSV_SOURCE, parseCsv, stringifyCsv } from "./csv.ts";

/** Each row: what is shown, the text, and the rows it holds. */
const READ: [string, string, string[][]][] = [
  ["nothing", "", []],
  ["blank lines only", "\n\n", []],
  ["rows", "a,b\n1,2\n", [["a", "b"], ["1", "2"]]],
  ["a last line without line feed", "a,b\n1,2", [["a", "b"], ["1", "2"]]],
  ["carriage returns with line feeds", "a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]],
  ["carriage returns alone", "a,b\r1,2\r", [["a", "b"], ["1", "2"]]],
  ["blank lines between", "a\n\n\nb\n", [["a"], ["b"]]],
  ["a byte-order mark", "\ufeffa,b\n", [["a", "b"]]],
  ["a byte-order mark before a quotation mark", '\ufeff"a",b\n', [["a", "b"]]],
  ["empty fields", ",\na,,c\n", [["", ""], ["a", "", "c"]]],
  ["spaces kept", " a , b\n", [[" a ", " b"]]],
  ["a line of spaces", "a\n  \n", [["a"], ["  "]]],
  ["quoted fields", '"a","b c"\n', [["a", "b c"]]],
  ["a quoted empty field", '"",a\n', [["", "a"]]],
  ["a quoted comma", '"a,b",c\n', [["a,b", "c"]]],
  ["doubled quotation marks", '"a ""b""",c\n', [['a "b"', "c"]]],
  ["a quoted line feed", '"a\nb",c\nd,e\n', [["a\nb", "c"], ["d", "e"]]],
  ["a quoted carriage return is a line feed", '"a\r\nb",c\r\n', [["a\nb", "c"]]],
  ["rows of unequal length", "a\nb,c\n", [["a"], ["b", "c"]]],
  ["numbers stay text", "007,1e3,-0\n", [["007", "1e3", "-0"]]],
  ["no comments", "#a,b\n", [["#a", "b"]]],
  ["Unicode", "é,表情,😀\n", [["é", "表情", "😀"]]],
];

/** Each row: what is shown, the rows, and the text they are written as. */
const WRITTEN: [string, string[][], string][] = [
  ["nothing", [], ""],
  ["rows", [["a", "b"], ["1", "2"]], "a,b\n1,2\n"],
  ["a comma", [["a,b", "c"]], '"a,b",c\n'],
  ["a quotation mark", [['a "b"']], '"a ""b"""\n'],
  ["a line feed", [["a\nb", "c"]], '"a\nb",c\n'],
  ["empty fields", [["", ""], ["a", ""]], ",\na,\n"],
  ["spaces", [[" a ", "b c"]], " a ,b c\n"],
  ["what a spreadsheet takes for a formula", [["=1+1", "-1", "@a"]], "=1+1,-1,@a\n"],
  ["words and numbers", [["null", "true", "0.1"]], "null,true,0.1\n"],
  ["rows of unequal length", [["a"], ["b", "c"]], "a\nb,c\n"],
];

Deno.test(`parseCsv() from ${CSV_SOURCE} reads`, async (t) => {
  for (const [name, text, rows] of READ) {
    await t.step(name, () => deepStrictEqual(parseCsv(text), rows));
  }
});

Deno.test(`stringifyCsv() from ${CSV_SOURCE} writes`, async (t) => {
  for (const [name, rows, text] of WRITTEN) {
    await t.step(name, () => strictEqual(stringifyCsv(rows), text));
  }
});

Deno.test(`parseCsv() from ${CSV_SOURCE} refuses misplaced quotation marks`, async (t) => {
  for (const text of ['a"b\n', '"a"b\n', '"a', '"a\n', 'a\n "b"\n', '"a" ,b\n', '"']) {
    await t.step(JSON.stringify(text), () => {
      throws(() => parseCsv(text), {
        name: "SyntaxError",
        message: "A quotation mark of the CSV is missing or misplaced",
      });
    });
  }
});

Deno.test("parseCsv() with columns leaves the first row out", () => {
  deepStrictEqual(parseCsv("a,b\n1,2\n", { columns: ["a", "b"] }), [["1", "2"]]);
});

Deno.test("parseCsv() with columns names the row that is wrong", () => {
  const columns = ["a", "b"];
  throws(() => parseCsv("", { columns }), /^SyntaxError: Row 1: .* a, b, not nothing$/);
  throws(() => parseCsv("b,a\n", { columns }), /^SyntaxError: Row 1: .* a, b, not b, a$/);
  throws(() => parseCsv("a,b\n1,2\n3\n", { columns }), /^SyntaxError: Row 3: 2 fields .* not 1$/);
});

Deno.test("stringifyCsv() refuses rows that could not be read again", () => {
  throws(() => stringifyCsv([["a"], []]), /Row 2: a row needs/);
  throws(() => stringifyCsv([[""]]), /Row 1: a row needs/);
  throws(() => stringifyCsv([["a", "b\r"]]), /Row 1: a field may not/);
});

Deno.test(`parseCsv() from ${CSV_SOURCE} reads any rows that stringifyCsv() wrote`, () => {
  const unit = fc.constantFrom(..."ab ,\"\n\t#='é😀;");
  const row = fc.array(fc.string({ unit, maxLength: 6 }), { minLength: 1, maxLength: 4 })
    .filter((fields) => fields.length > 1 || fields[0] !== "");
  fc.assert(fc.property(fc.array(row), (rows) => {
    deepStrictEqual(parseCsv(stringifyCsv(rows)), rows);
  }));
});
