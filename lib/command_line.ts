/**
 * Reads the command line of a task.
 *
 * @module
 */

import { checkCommandLine, type Command, type CommandLine, parseOptions } from "./flags.ts";
import { nearest } from "./nearest.ts";
import { parseArgs } from "./std/parse_args.ts";

/**
 * What a command line says.
 *
 * @param args Usually `Deno.args`.
 * @param command What the task takes.
 * @throws {UsageError} For anything that cannot be understood; says what was expected.
 */
export function readCommandLine<const C extends Command>(
  args: readonly string[],
  command: C,
): CommandLine<C> {
  return checkCommandLine(command, parseArgs(args, parseOptions(command)), { nearest });
}
