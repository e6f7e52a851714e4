/**
 * The terminal that a command prints to.
 *
 * @module
 */

/** Where no terminal tells. */
const ELSEWHERE = 100;

/** Its columns; 100 where the output is no terminal. */
export function terminalWidth(): number {
  try {
    // Some terminals do not tell, and have 0.
    return Deno.consoleSize().columns || ELSEWHERE;
  } catch {
    return ELSEWHERE;
  }
}

/**
 * Whether a line can be drawn over: at a terminal, unless it says of itself that it cannot
 * (`TERM=dumb`, as in Emacs's shell).
 *
 * @param stream Standard output or error.
 */
export function canRedraw(stream: { isTerminal(): boolean }): boolean {
  return stream.isTerminal() && !isDumb();
}

function isDumb(): boolean {
  try {
    return Deno.env.get("TERM") === "dumb";
  } catch {
    // A task that may not ask draws nothing but its last line.
    return false;
  }
}
