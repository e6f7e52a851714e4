/**
 * How every command begins and ends.
 *
 * @module
 */

import { Interrupted, UserError } from "./error.ts";
import { listenForInterruption } from "./interruption.ts";

/**
 * Runs a command's main function and exits with its code: what the function returns (0 when nothing),
 * a {@linkcode UserError}'s own code, 130 for {@linkcode Interrupted}, 1 for anything unforeseen.
 * Prints one line for an error; the stack trace only where `FER_LAB_TRACE=1` asks for it. Ctrl-C ends it
 * in words at any moment; see `interruption.ts`.
 *
 * @param main What the command does; a returned number becomes the exit code.
 */
export async function runMain(main: () => Promise<number | void>): Promise<never> {
  listenForInterruption();
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
