/**
 * Errors that are meant for the person at the terminal.
 *
 * @module
 */

/**
 * Something the user can mend. Its message is one line that says what is wrong, where (file, row),
 * and what to do; it is printed without a stack trace.
 */
export class UserError extends Error {
  override name = "UserError";
  /** 1 for a run that failed, 2 for a command line that could not be understood. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(oneLine(message), options.cause === undefined ? {} : { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/**
 * Quoted pieces of files and command lines may hold line feeds or what a terminal takes for commands.
 */
function oneLine(message: string): string {
  // What is wrong stands at the start, what to do at the end, and what was quoted between them.
  const short = message.length <= LONGEST_LINE
    ? message
    : `${message.slice(0, LONGEST_LINE - 350)} ... ${message.slice(-300)}`;
  return short.replace(/[^\S\n]*[\p{Cc}\u2028\u2029]+\s*/gu, " ").trim();
}

/** Characters of a message; a damaged file can bring a quoted piece of any length. */
const LONGEST_LINE = 1000;

/** A command line that could not be understood (exit code 2). */
export class UsageError extends UserError {
  override name = "UsageError";

  constructor(message: string) {
    super(message, { exitCode: 2 });
  }
}

/** Stopped by the person, with what was done so far written down (exit code 130, as shells have it). */
export class Interrupted extends Error {
  override name = "Interrupted";
}
