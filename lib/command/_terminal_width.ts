/**
 * How wide tables may be.
 *
 * @module
 */

/** Where no terminal tells. */
const ELSEWHERE = 100;

/** Characters in a line of the terminal, or of a file where there is none. */
export function terminalWidth(): number {
  try {
    // Some terminals do not tell, and have 0.
    return Deno.consoleSize().columns || ELSEWHERE;
  } catch {
    return ELSEWHERE; // Not a terminal.
  }
}
