import { deepStrictEqual, match, ok, strictEqual, throws } from "node:assert/strict";
import fc from "fast-check";
import { readCommandLine } from "./command_line.ts";
import { UsageError } from "./error.ts";
import {
  checkCommandLine,
  type Command,
  commandHelp,
  flag,
  path,
  text,
  texts,
  whole,
} from "./flags.ts";

const COMMAND = {
  name: "bake",
  summary: "Bakes.",
  usage: "CAKE [...] [flags]",
  words: {
    name: "CAKE",
    meaning: "What to bake",
    least: 1,
    most: 2,
    request: "Name one cake or two",
  },
  flags: {
    degrees: whole("N", "How hot", { range: [20, 250] }),
    minutes: whole("N", "How long", { otherwise: "40" }),
    out: path("FILE", "Where it goes"),
    add: texts("WHAT", "May be repeated"),
    name: text("NAME", "Written on it"),
    cold: flag("Let it cool"),
    quiet: flag("Print errors only"),
  },
  exclusive: [["degrees", "cold"]],
  hint: (argument) => argument.startsWith("--oven") ? "there is but one oven" : undefined,
} as const satisfies Command;

const read = (...args: string[]) => readCommandLine(args, COMMAND);

Deno.test("readCommandLine() gives every flag its value", () => {
  const { help, flags, words } = read(
    ...["pie", "--degrees", "180", "--out=/x/y", "--add", "nuts", "--add=", "-q"],
  );
  strictEqual(help, false);
  deepStrictEqual(words, ["pie"]);
  deepStrictEqual(flags, {
    degrees: 180,
    minutes: undefined,
    out: "/x/y",
    add: ["nuts", ""],
    name: undefined,
    cold: false,
    quiet: true,
  });
  const degrees: number | undefined = flags.degrees;
  const added: readonly string[] = flags.add;
  deepStrictEqual([degrees, added.length], [180, 2]);
});

Deno.test("readCommandLine() reads paths from where the person stands", () => {
  const before = Deno.env.get("INIT_CWD");
  Deno.env.set("INIT_CWD", "/somewhere");
  try {
    strictEqual(read("pie", "--out", "../x").flags.out, "/x");
  } finally {
    if (before === undefined) Deno.env.delete("INIT_CWD");
    else Deno.env.set("INIT_CWD", before);
  }
});

Deno.test("readCommandLine() says what is wrong, alike for every command", async (t) => {
  const cases: [string[], RegExp][] = [
    [["pie", "--degree", "3"], /^Unknown flag "--degree": did you mean "--degrees"\?$/],
    [["pie", "--hlep"], /^Unknown flag "--hlep": did you mean "--help"\?$/],
    [["pie", "--xylophone=3"], /^Unknown flag "--xylophone=3": --help lists them$/],
    [["pie", "--oven-number=3"], /^Unknown flag "--oven-number=3": there is but one oven$/],
    [["--degrees", "3"], /^Name one cake or two: see --help$/],
    [["a", "b", "c"], /^Name one cake or two: see --help$/],
    [["pie", "--degrees", "19"], /^--degrees must be a whole number from 20 to 250, not "19"$/],
    [["pie", "--degrees", "2e2"], /not "2e2"$/],
    [["pie", "--minutes", "0"], /^--minutes must be a whole number from 1, not "0"$/],
    [["pie", "--minutes"], /^--minutes needs a value: --minutes N$/],
    [["pie", "--out="], /^--out needs a value: --out FILE$/],
    [["pie", "--name", " "], /^--name needs a value: --name NAME$/],
    [["pie", "--cold", "--degrees", "99"], /^--degrees and --cold contradict each other: leave/],
  ];
  for (const [args, message] of cases) {
    await t.step(JSON.stringify(args), () => {
      throws(() => read(...args), (error: unknown) => {
        ok(error instanceof UsageError);
        match(error.message, message);
        return true;
      });
    });
  }
});

Deno.test("readCommandLine() refuses words where none is taken, with what the command knows better", () => {
  const { words: _, ...plain } = COMMAND;
  throws(() => readCommandLine(["pie"], plain), /Unexpected "pie": --help lists the flags$/);
  const hinted = { ...plain, hint: (word: string) => `the cake is a ${word}` };
  throws(() => readCommandLine(["pie"], hinted), /Unexpected "pie": the cake is a pie$/);
});

Deno.test("readCommandLine() lets --help win over anything else", () => {
  const { help, flags } = read("--degrees", "0", "-h", "--xylophone");
  deepStrictEqual([help, flags.degrees, flags.add], [true, undefined, []]);
});

Deno.test("checkCommandLine() does without the library that finds the nearest name", () => {
  const parsed = { boolean: {}, string: {}, collect: {}, rest: [], unknown: ["--degree"] };
  throws(() => checkCommandLine(COMMAND, parsed), /Unknown flag "--degree": --help lists them$/);
});

Deno.test("readCommandLine() gives values of the kinds that are declared, or throws a UsageError", () => {
  const known = fc.constantFrom(
    ...[
      "pie",
      "--degrees",
      "180",
      "--minutes=3",
      "--out",
      "x",
      "--add=y",
      "--name",
      "--cold",
      "-q",
    ],
  );
  const argument = fc.oneof(known, known, fc.string(), fc.string().map((text) => `--${text}`));
  let understood = 0;
  fc.assert(
    fc.property(fc.array(argument, { maxLength: 6 }), (args) => {
      try {
        const { help, flags, words } = read(...args);
        understood++;
        ok(help || words.length === 1 || words.length === 2);
        ok(flags.degrees === undefined || flags.degrees >= 20 && flags.degrees <= 250);
        ok(flags.out === undefined || flags.out.startsWith("/"));
        deepStrictEqual([typeof flags.cold, typeof flags.quiet], ["boolean", "boolean"]);
      } catch (error) {
        ok(error instanceof UsageError, String(error));
      }
    }),
    { seed: 1, numRuns: 500 },
  );
  ok(understood > 20, `only ${understood} of 500 were understood`);
});

Deno.test("commandHelp() shows everything that is declared, within 100 columns", () => {
  const words = fc.stringMatching(/^([a-z]{1,12} ){0,30}[a-z]{1,12}$/);
  fc.assert(fc.property(words, words, words, (summary, meaning, note) => {
    const help = commandHelp({
      name: "bake",
      summary,
      flags: { long: text("X", meaning, "none") },
      sections: [{ title: "Sizes", rows: [["small", meaning]] }, { title: "None", rows: [] }],
      notes: [note],
    });
    for (const line of help.split("\n")) ok(line.length <= 100, line);
    const flat = help.replaceAll(/\s+/g, " ");
    for (
      const part of [summary, `--long X ${meaning} (none)`, `small ${meaning}`, note, "--help"]
    ) {
      ok(flat.includes(part), part);
    }
    ok(!help.includes("None:"));
  }));
  match(
    commandHelp(COMMAND),
    /^Bakes\.\n\nUsage: deno task bake CAKE \[\.\.\.\] \[flags\]\n\n {2}CAKE /,
  );
});
