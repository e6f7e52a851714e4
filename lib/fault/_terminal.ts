/**
 * A command at a pseudo-terminal, as a person runs it: what they see, and what comes of the keys they
 * press. A pipe shows no question that Deno asks, and passes on no Ctrl-C.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { stripVTControlCharacters } from "node:util";
import { beforeLeaving } from "../interruption.ts";

/** Something that the person does. */
export interface Press {
  /** Once the terminal has shown this (a regular expression of Python's). */
  readonly when: string;
  /** Seconds after that (0). */
  readonly after?: number;
  /** What is typed; `"\x03"` is Ctrl-C. */
  readonly keys?: string;
  /** Instead of typing: a signal to the command alone, such as `SIGTERM`. */
  readonly signal?: string;
  /** Instead of typing: the terminal's window is closed. */
  readonly close?: boolean;
}

/** How a command is run at a terminal. */
export interface TerminalOptions {
  /** The folder that the person stands in (the checkout). */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** What is done, one after the other. */
  readonly presses?: readonly Press[];
  /** Seconds after which the command hangs, and is killed (120). */
  readonly seconds?: number;
}

/** What was seen. */
export interface Seen {
  /** As a shell has it. */
  readonly code: number;
  readonly hung: boolean;
  /** All that was written to the terminal, without what moves the cursor and changes colours. */
  readonly said: string;
  /** How many presses never came, since what they wait for was not shown. */
  readonly unpressed: number;
}

/** The key combination. */
export const CTRL_C = "\x03";

/** What Deno, or anything else, asks at a terminal. */
export const QUESTION = /\[y\/n|requests? \S+ access|Allow\?/;

/**
 * Runs a command at a pseudo-terminal of 30 rows and 100 columns to its end. Needs python3.
 *
 * @param command The program and its arguments.
 */
export async function runAtTerminal(
  command: readonly string[],
  { cwd = CHECKOUT, env = {}, presses = [], seconds = 120 }: TerminalOptions = {},
): Promise<Seen> {
  const child = new Deno.Command("python3", {
    args: [new URL("./terminal.py", import.meta.url).pathname],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  using _ = beforeLeaving(() => child.kill("SIGKILL"));
  const request = {
    ...{ command, cwd, seconds, rows: 30, columns: 100 },
    // As at a person's prompt: a test process has its own.
    env: { INIT_CWD: cwd, FER_LAB_TRACE: "0", ...env },
    presses: presses.map((press) => ({ after: 0, keys: "", signal: "", close: false, ...press })),
  };
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(request)));
  await writer.close();
  const { stdout } = await child.output();
  const seen: Seen = JSON.parse(new TextDecoder().decode(stdout));
  return { ...seen, said: stripVTControlCharacters(seen.said) };
}
