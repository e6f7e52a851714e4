/**
 * The terminal that a command prints to.
 *
 * @module
 */

/** Its columns; 100 where the output is no terminal. */
export function terminalWidth(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 100;
  }
}
