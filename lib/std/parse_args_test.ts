import { deepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import {
  PARSE_ARGS_SOURCE,
  parseArgs,
  type ParseArgsOptions,
  type ParsedArgs,
} from "./parse_args.ts";

const OPTIONS: ParseArgsOptions = {
  boolean: ["help", "quiet"],
  string: ["data", "epochs"],
  collect: ["set"],
  alias: { h: "help", q: "quiet", d: "data" },
};

/** Each row: what is shown, the arguments, and what differs from an empty command line's result. */
const CASES: [string, string[], Partial<ParsedArgs>][] = [
  ["nothing", [], {}],
  ["a boolean flag", ["--quiet"], { boolean: { help: false, quiet: true } }],
  ["a boolean flag set to false", ["--quiet=false"], {}],
  ["a boolean flag set to true", ["--quiet=true"], { boolean: { help: false, quiet: true } }],
  ["a boolean flag given twice", ["--quiet", "--quiet"], {
    boolean: { help: false, quiet: true },
  }],
  ["a boolean flag before a word", ["--quiet", "true"], {
    boolean: { help: false, quiet: true },
    rest: ["true"],
  }],
  ["a short name", ["-h"], { boolean: { help: true, quiet: false } }],
  ["short names together", ["-hq"], { boolean: { help: true, quiet: true } }],
  ["a short name with a value", ["-d", "x.csv"], { string: { data: "x.csv" } }],
  ["a value after a space", ["--data", "x.csv"], { string: { data: "x.csv" } }],
  ["a value after =", ["--data=x.csv"], { string: { data: "x.csv" } }],
  ["a value with =", ["--data=a=b"], { string: { data: "a=b" } }],
  ["a value with spaces and line feeds", ["--data", "a b\nc"], { string: { data: "a b\nc" } }],
  ["a number stays text", ["--epochs", "007"], { string: { epochs: "007" } }],
  ["a large number stays text", ["--epochs=1e9"], { string: { epochs: "1e9" } }],
  ["a negative number as value", ["--epochs", "-3"], { string: { epochs: "-3" } }],
  ["the words true and false as values", ["--data", "true", "--epochs=false"], {
    string: { data: "true", epochs: "false" },
  }],
  ["no value at the end", ["--data"], { string: { data: "" } }],
  ["no value before a flag", ["--data", "--quiet"], {
    boolean: { help: false, quiet: true },
    string: { data: "" },
  }],
  ["an empty value", ["--data="], { string: { data: "" } }],
  ["an empty argument as value", ["--data", ""], { string: { data: "" } }],
  ["a string flag given twice", ["--data", "a", "--data", "b"], { string: { data: "b" } }],
  ["one collected value", ["--set", "a=1"], { collect: { set: ["a=1"] } }],
  ["collected values in order", ["--set", "a=1", "--set=b=2", "--set", "a=3"], {
    collect: { set: ["a=1", "b=2", "a=3"] },
  }],
  ["an empty collected value first", ["--set=", "--set=a"], { collect: { set: ["", "a"] } }],
  ["a path with dots", ["--data", "../a.b/c.zip"], { string: { data: "../a.b/c.zip" } }],
  ["words", ["one", "2", "-"], { rest: ["one", "2", "-"] }],
  ["words that look like numbers", ["007", "1e3"], { rest: ["007", "1e3"] }],
  ["what follows --", ["--quiet", "--", "--help", "-x", "3"], {
    boolean: { help: false, quiet: true },
    rest: ["--help", "-x", "3"],
  }],
  ["an unknown flag", ["--epoch=3"], { unknown: ["--epoch=3"] }],
  ["an unknown flag before a word", ["--epoch", "3"], { unknown: ["--epoch"], rest: ["3"] }],
  ["an unknown short flag", ["-x"], { unknown: ["-x"] }],
  ["an unknown short flag among known ones", ["-hxq"], { unknown: ["-hxq"] }],
  ["the library's own name for words is unknown", ["-_", "--_=1"], { unknown: ["-_", "--_=1"] }],
  ["a short name before a word", ["-q", "true"], {
    boolean: { help: false, quiet: true },
    rest: ["true"],
  }],
  ["a negated flag is unknown", ["--no-quiet"], { unknown: ["--no-quiet"] }],
  ["a dotted flag is unknown", ["--data.a=1"], { unknown: ["--data.a=1"] }],
  ["a prototype's name is unknown", ["--__proto__=1", "--constructor", "--toString"], {
    unknown: ["--__proto__=1", "--constructor", "--toString"],
  }],
  ["Unicode", ["--data", "数据/😀.csv"], { string: { data: "数据/😀.csv" } }],
];

const NOTHING: ParsedArgs = {
  boolean: { help: false, quiet: false },
  string: {},
  collect: { set: [] },
  rest: [],
  unknown: [],
};

Deno.test(`parseArgs() from ${PARSE_ARGS_SOURCE} reads a command line`, async (t) => {
  for (const [name, args, expected] of CASES) {
    await t.step(name, () => {
      deepStrictEqual(parseArgs(args, OPTIONS), { ...NOTHING, ...expected });
    });
  }
});

Deno.test(`parseArgs() from ${PARSE_ARGS_SOURCE} gives back any values`, () => {
  const value = fc.string({ unit: "grapheme" }).filter((text) => !text.startsWith("--"));
  fc.assert(fc.property(fc.array(value), value, fc.boolean(), (values, data, spaced) => {
    const write = (name: string, text: string) =>
      spaced ? [`--${name}`, text] : [`--${name}=${text}`];
    const args = [...values.flatMap((text) => write("set", text)), ...write("data", data)];
    deepStrictEqual(parseArgs(args, OPTIONS), {
      ...NOTHING,
      string: { data },
      collect: { set: values },
    });
  }));
});

Deno.test(`parseArgs() from ${PARSE_ARGS_SOURCE} never throws`, () => {
  const argument = fc.oneof(
    fc.string(),
    fc.constantFrom("--", "-", "--data", "--set", "-d", "-hqd", "--quiet=", "-h=1", "-=", "--="),
    fc.string().map((text) => `-${text}`),
    fc.string().map((text) => `--${text}`),
  );
  fc.assert(fc.property(fc.array(argument), (args) => {
    const { boolean, string, collect } = parseArgs(args, OPTIONS);
    deepStrictEqual(Object.keys(boolean), ["help", "quiet"]);
    for (const text of [...Object.values(string), ...collect["set"]!]) {
      deepStrictEqual(typeof text, "string");
    }
  }));
});
