/**
 * Errors that are meant for the person at the terminal, and the one place that turns them into an
 * exit code.
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

/**
 * Runs a command's main function and exits with its code: what the function returns (0 when nothing),
 * a {@linkcode UserError}'s own code, 130 for {@linkcode Interrupted}, 1 for anything unforeseen.
 * Prints one line for an error; the stack trace only where `FER_LAB_TRACE=1` asks for it.
 *
 * @param main What the command does; a returned number becomes the exit code.
 */
export async function runMain(main: () => Promise<number | void>): Promise<never> {
  try {
    Deno.exit(await main() ?? 0);
  } catch (error) {
    if (error instanceof Interrupted) {
      if (error.message) console.error(error.message);
      Deno.exit(130);
    }
    const denied = error instanceof Deno.errors.NotCapable;
    const known = error instanceof UserError || denied;
    const message = error instanceof Error ? error.message : String(error);
    console.error(`Error: ${denied ? explainDenial(message) : message}`);
    if (wantsTrace()) console.error(error);
    else if (!known) {
      console.error(
        "This was not foreseen: set FER_LAB_TRACE=1 to see where it happened, and please report it",
      );
    }
    Deno.exit(error instanceof UserError ? error.exitCode : 1);
  }
}

/**
 * Deno's "Requires write access to "/x", run again with the --allow-write flag" for someone who ran a
 * task, and so gave no flags.
 */
function explainDenial(message: string): string {
  const [access, flag = "the permission it names"] = message.split(/, run again with the | flag$/);
  return `${access}, which this task does not have (see its permissions in deno.json): keep to the ` +
    `folders it may use, or run its file yourself with deno run ${flag}`;
}

function wantsTrace(): boolean {
  try {
    return Deno.env.get("FER_LAB_TRACE") === "1";
  } catch {
    return false;
  }
}
