/**
 * The command line of a task, declared once: from the declaration come its values, its messages and
 * its `--help`, alike for all tasks.
 *
 * Imports no package, so that `deno task setup`, which brings the packages, can use it too; others read
 * their command line with `readCommandLine()` of `command_line.ts`.
 *
 * @module
 */

import { UsageError } from "./error.ts";
import { userPath } from "./paths.ts";
import type { ParseArgsOptions, ParsedArgs } from "./std/parse_args.ts";
import { wrap } from "./text.ts";
import { parseWhole, wholeText } from "./whole.ts";

/** A flag; made by {@linkcode flag}, {@linkcode text}, {@linkcode texts}, {@linkcode path} or {@linkcode whole}. */
export interface Flag {
  /** What its value is; a flag without one is there or not. */
  readonly kind: "flag" | "text" | "texts" | "path" | "whole";
  /** What it does, for `--help`. */
  readonly meaning: string;
  /** What stands for the value in `--help`, such as `FILE`. */
  readonly value?: string;
  /** What holds without it, in words; `--help` puts it in brackets. */
  readonly otherwise?: string | undefined;
  /** The least and the most of a whole number. */
  readonly range?: readonly [number, number];
}

/** A flag that is there or not. */
export function flag(meaning: string) {
  return { kind: "flag", meaning } as const;
}

/**
 * A flag with any text that is not empty.
 *
 * @param value What stands for it in `--help`.
 * @param meaning What it does.
 * @param otherwise What holds without it, in words.
 */
export function text(value: string, meaning: string, otherwise?: string) {
  return { kind: "text", value, meaning, otherwise } as const;
}

/** A flag that may be given several times; see {@linkcode text}. */
export function texts(value: string, meaning: string) {
  return { kind: "texts", value, meaning } as const;
}

/** A flag with a path, as the person means it where they stand; see {@linkcode text}. */
export function path(value: string, meaning: string, otherwise?: string) {
  return { kind: "path", value, meaning, otherwise } as const;
}

/** A flag with a whole number in a range, from 1 unless told otherwise; see {@linkcode text}. */
export function whole(
  value: string,
  meaning: string,
  { otherwise, range = [1, Number.MAX_SAFE_INTEGER] }: {
    readonly otherwise?: string;
    readonly range?: readonly [number, number];
  } = {},
) {
  return { kind: "whole", value, meaning, otherwise, range } as const;
}

/** What a task's command line can be. `--help` (`-h`) is added to every one. */
export interface Command {
  /** As in `deno task <name>`. */
  readonly name: string;
  /** What it does, in a sentence or two. */
  readonly summary: string;
  /** What follows the name in the line "Usage" (default `[flags]`). */
  readonly usage?: string;
  /** By their names. */
  readonly flags: Readonly<Record<string, Flag>>;
  /** Words that are no flags; without it none is taken. */
  readonly words?: {
    readonly name: string;
    readonly meaning: string;
    readonly least: number;
    readonly most: number;
    /** What to do where there are fewer or more, such as `Name one report`. */
    readonly request: string;
  };
  /** Flags of which one goes without the others. */
  readonly exclusive?: readonly (readonly string[])[];
  /** What to say of an argument that is not taken, where something better can be said. */
  readonly hint?: (argument: string) => string | undefined;
  /** Further tables of `--help`: what is written, and what it means. */
  readonly sections?: readonly {
    readonly title: string;
    readonly rows: readonly (readonly [string, string])[];
  }[];
  readonly examples?: readonly string[];
  /** Paragraphs at the end of `--help`. */
  readonly notes?: readonly string[];
}

type ValueOf<F> = F extends { readonly kind: "whole" } ? number | undefined
  : F extends { readonly kind: "texts" } ? readonly string[]
  : F extends { readonly kind: "text" | "path" } ? string | undefined
  : boolean;

/** The value of each flag by its name. */
export type FlagValues<C extends Command> = {
  readonly [Name in keyof C["flags"]]: ValueOf<C["flags"][Name]>;
};

/** A command line that was understood. */
export interface CommandLine<C extends Command> {
  /** Print {@linkcode commandHelp} and stop: nothing else was read. */
  readonly help: boolean;
  readonly flags: FlagValues<C>;
  /** The words that are no flags. */
  readonly words: readonly string[];
}

/** Which flags `parseArgs()` has to look for. */
export function parseOptions({ flags }: Command): Required<ParseArgsOptions> {
  const names = (...kinds: Flag["kind"][]) =>
    Object.keys(flags).filter((name) => kinds.includes(flags[name]!.kind));
  return {
    boolean: [...names("flag"), "help"],
    string: names("text", "path", "whole"),
    collect: names("texts"),
    alias: { h: "help", ..."quiet" in flags ? { q: "quiet" } : {} },
  };
}

/**
 * Checks what a command line says against what the command takes.
 *
 * @param command What it takes.
 * @param parsed What it says.
 * @param options `nearest`: finds the flag that somebody may have meant.
 * @throws {UsageError} For what is not taken, a value that is missing or out of its range, or flags that
 * exclude each other.
 */
export function checkCommandLine<const C extends Command>(
  command: C,
  parsed: ParsedArgs,
  { nearest = () => undefined }: {
    readonly nearest?: (name: string, names: readonly string[]) => string | undefined;
  } = {},
): CommandLine<C> {
  const help = parsed.boolean["help"] === true;
  const given: ParsedArgs = help
    ? { boolean: {}, string: {}, collect: {}, rest: [], unknown: [] }
    : parsed;
  if (!help) refuse(command, given, nearest);
  const flags = Object.fromEntries(
    Object.entries(command.flags).map(([name, flag]) => [name, valueOf(name, flag, given)]),
  ) as FlagValues<C>;
  return { help, flags, words: given.rest };
}

function refuse(
  { flags, words, exclusive = [], hint = () => undefined }: Command,
  { boolean, string, rest, unknown }: ParsedArgs,
  nearest: (name: string, names: readonly string[]) => string | undefined,
): void {
  const [odd] = unknown;
  if (odd !== undefined) {
    const name = odd.replace(/^-+/, "").replace(/=[^]*$/, "");
    const meant = nearest(name, ["help", ...Object.keys(flags)]);
    const advice = meant === undefined ? hint(odd) : `did you mean "--${meant}"?`;
    throw new UsageError(`Unknown flag "${odd}": ${advice ?? "--help lists them"}`);
  }
  if (words === undefined && rest.length > 0) {
    throw new UsageError(`Unexpected "${rest[0]}": ${hint(rest[0]!) ?? "--help lists the flags"}`);
  }
  for (const names of exclusive) {
    const [a, b] = names.filter((name) => boolean[name] || name in string);
    if (b !== undefined) {
      throw new UsageError(`--${a} and --${b} contradict each other: leave one of them out`);
    }
  }
  if (words !== undefined && (rest.length < words.least || rest.length > words.most)) {
    throw new UsageError(`${words.request}: see --help`);
  }
}

function valueOf(
  name: string,
  flag: Flag,
  { boolean, string, collect }: ParsedArgs,
): boolean | string | number | readonly string[] | undefined {
  if (flag.kind === "flag") return boolean[name] ?? false;
  if (flag.kind === "texts") return collect[name] ?? [];
  const written = string[name];
  if (written === undefined) return undefined;
  if (written.trim() === "") {
    throw new UsageError(`--${name} needs a value: --${name} ${flag.value}`);
  }
  if (flag.kind === "path") return userPath(written);
  if (flag.kind === "text") return written;
  const [least, most] = flag.range ?? [1, Number.MAX_SAFE_INTEGER];
  const value = parseWhole(written, least, most);
  if (value === undefined) {
    throw new UsageError(`--${name} must be ${wholeText(least, most)}, not "${written}"`);
  }
  return value;
}

/** How wide `--help` is at the most. */
const COLUMNS = 100;

/**
 * A command's `--help`.
 *
 * @param command What it takes.
 */
export function commandHelp(command: Command): string {
  const { name, summary, usage = "[flags]", words, sections = [], examples = [] } = command;
  const flags = Object.entries<Flag>({ ...command.flags, help: flag("Print this") });
  const section = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `${title}:`, ...lines.map((line) => `  ${line}`)];
  return [
    ...summary.split("\n").flatMap((line) => wrap(line, COLUMNS)),
    "",
    ...hanging(`Usage: deno task ${name} `, usage),
    ...words ? ["", ...table([[words.name, words.meaning]]).map((line) => `  ${line}`)] : [],
    ...section("Flags", table(flags.map(([name, one]) => [flagText(name, one), meaningText(one)]))),
    ...sections.flatMap(({ title, rows }) => section(title, table(rows))),
    ...section(examples.length === 1 ? "Example" : "Examples", examples),
    ...(command.notes ?? []).flatMap((note) => ["", ...wrap(note, COLUMNS)]),
  ].join("\n");
}

function flagText(name: string, { value }: Flag): string {
  return value === undefined ? `--${name}` : `--${name} ${value}`;
}

function meaningText({ meaning, otherwise }: Flag): string {
  return otherwise === undefined ? meaning : `${meaning} (${otherwise})`;
}

/** Lines of a text, all but the first as far from the left as its first word. */
function hanging(start: string, text: string): string[] {
  return wrap(text, COLUMNS - start.length)
    .map((line, i) => (i === 0 ? start : " ".repeat(start.length)) + line);
}

/** Two columns, the second wrapped. */
function table(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.min(46, Math.max(0, ...rows.map(([left]) => left.length)));
  return rows.flatMap(([left, right]) => {
    const lines = wrap(right, COLUMNS - width - 4);
    const below = left.length > width;
    return [
      ...below ? [left] : [],
      ...lines.map((line, i) => `${(i > 0 || below ? "" : left).padEnd(width)}  ${line}`.trimEnd()),
    ];
  });
}
