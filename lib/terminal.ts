/**
 * The terminal that a command prints to.
 *
 * @module
 */

/** Where no terminal tells. */
const ELSEWHERE = 100;

/**
 * Its columns.
 *
 * @param elsewhere What holds where there is no terminal (default 100).
 */
export function terminalWidth(elsewhere: number = ELSEWHERE): number {
  return consoleSize()?.columns || elsewhere;
}

/** Its rows; infinitely many where standard output goes elsewhere, as to `less` or into a file. */
export function terminalRows(): number {
  return Deno.stdout.isTerminal() ? terminalHeight(Infinity) : Infinity;
}

/**
 * Its rows, wherever standard output goes.
 *
 * @param elsewhere What holds where there is no terminal.
 */
export function terminalHeight(elsewhere: number): number {
  return consoleSize()?.rows || elsewhere;
}

/** Of whatever terminal there is; some do not tell, and have 0. */
function consoleSize(): { columns: number; rows: number } | undefined {
  try {
    return Deno.consoleSize();
  } catch {
    return undefined;
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

/** Says something on standard error in a line of its own, also where a line of progress stands. */
export function sayAside(line: string): void {
  console.error(`${canRedraw(Deno.stderr) ? "\r\x1b[2K" : ""}${line}`);
}

function isDumb(): boolean {
  try {
    return Deno.env.get("TERM") === "dumb";
  } catch {
    // A task that may not ask draws nothing but its last line.
    return false;
  }
}
