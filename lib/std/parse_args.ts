/**
 * A command line to flags: `@std/cli` from jsr where that is in use, else minimist, the npm library
 * that `@std/cli` was made after; see `source.ts`. Both are asked only for what they do alike, so that
 * one table of cases (`parse_args_test.ts`) holds for both.
 *
 * @module
 */

import { JSR_MODULES, loadStd, type StdSource } from "./source.ts";

/** Which flags there are. Every flag of a command must be in one of the three lists. */
export interface ParseArgsOptions {
  /** Flags without a value: `--quiet`, `--quiet=false`. */
  readonly boolean?: readonly string[];
  /** Flags with a value, `--data x` or `--data=x`; given twice, the last counts. */
  readonly string?: readonly string[];
  /** Flags with a value that may be given several times, all of which count. */
  readonly collect?: readonly string[];
  /** Short names: `{ h: "help" }` makes `-h` mean `--help`. */
  readonly alias?: Readonly<Record<string, string>>;
}

/** What a command line says. */
export interface ParsedArgs {
  /** Every boolean flag by its long name, false where not given. */
  readonly boolean: Readonly<Record<string, boolean>>;
  /** The string flags that were given, by their long names; without a value the text is empty. */
  readonly string: Readonly<Record<string, string>>;
  /** Every collected flag with its values in order, an empty list where not given. */
  readonly collect: Readonly<Record<string, readonly string[]>>;
  /** What is no flag, in order, with all that follows `--`. */
  readonly rest: readonly string[];
  /** Flags that are not in the options, as they were written (`--epoch=3`), in order. */
  readonly unknown: readonly string[];
}

/** What is used of either library. */
type Parser = (args: string[], options: {
  boolean: string[];
  string: string[];
  collect: string[];
}) => Record<string, unknown> & { _: unknown[] };

const loaded = await loadStd<Parser>(
  async () => (await import(`${JSR_MODULES.parseArgs}`)).parseArgs as Parser,
  async () => (await import("minimist")).default as unknown as Parser,
);

/** Which library is in use. */
export const PARSE_ARGS_SOURCE: StdSource = loaded.source;

/**
 * Parses a command line. Never throws; what is wrong with it is for the caller to say.
 *
 * A flag with a value takes the next argument even if that begins with a single dash (`--epochs -3`),
 * but not if it begins with two. `--` ends the flags.
 *
 * @param args Usually `Deno.args`.
 * @param options Which flags there are.
 */
export function parseArgs(args: readonly string[], options: ParseArgsOptions): ParsedArgs {
  const boolean = [...options.boolean ?? []];
  const collect = [...options.collect ?? []];
  const string = [...options.string ?? []];
  const valued = [...string, ...collect];
  const names = new Set([...boolean, ...valued]);
  const alias = new Map(Object.entries(options.alias ?? {}));
  const unknown = new Set<string>();

  const end = args.indexOf("--");
  const flags = end < 0 ? args : args.slice(0, end);
  const after = end < 0 ? [] : args.slice(end + 1);

  const parsed = loaded.module(settle(flags, { names, valued: new Set(valued), alias, unknown }), {
    boolean,
    string: [...valued, "_"],
    // minimist collects every flag that is given twice: asked to, @std/cli does so as well.
    collect: valued,
  });
  const values = (name: string): string[] => {
    const value = Object.hasOwn(parsed, name) ? parsed[name] : undefined;
    return value === undefined ? [] : [value].flat().map(String);
  };
  const given = string.filter((name) => values(name).length > 0);
  return {
    boolean: Object.fromEntries(boolean.map((name) => [name, values(name).at(-1) === "true"])),
    string: Object.fromEntries(given.map((name) => [name, values(name).at(-1)!])),
    collect: Object.fromEntries(collect.map((name) => [name, values(name)])),
    rest: [...parsed._.map(String), ...after],
    unknown: [...unknown],
  };
}

/**
 * Writes the arguments so that both libraries read them alike: every flag as `--name=value`, and
 * unknown ones taken out (minimist takes `--no-x` for the contrary of any x, dots for nested objects).
 */
function settle(args: readonly string[], { names, valued, alias, unknown }: {
  readonly names: ReadonlySet<string>;
  readonly valued: ReadonlySet<string>;
  readonly alias: ReadonlyMap<string, string>;
  readonly unknown: Set<string>;
}): string[] {
  const left = [...args];
  const settled: string[] = [];
  while (left.length > 0) {
    const argument = left.shift()!;
    const [, name, value] = /^--([^=]*)(=[^]*)?$/.exec(argument) ?? [];
    if (name === undefined) {
      if (!/^-./s.test(argument)) settled.push(argument);
      else {
        const long = [...argument.slice(1)].map((letter) => alias.get(letter));
        if (long.includes(undefined)) unknown.add(argument);
        else left.unshift(...long.map((name) => `--${name}`));
      }
    } else if (!names.has(name)) {
      unknown.add(argument);
    } else if (!valued.has(name)) {
      // With "=", so that neither takes a following "true" or "false" for the flag's value.
      settled.push(`--${name}=${value !== "=false"}`);
    } else if (value !== undefined) {
      settled.push(argument);
    } else {
      const taken = left.length > 0 && !left[0]!.startsWith("--") ? left.shift() : "";
      settled.push(`--${name}=${taken}`);
    }
  }
  return settled;
}
