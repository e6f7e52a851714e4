/**
 * The processes that are measured: started once, asked for rounds, idle in between.
 *
 * @module
 */

import { UserError } from "../lib/error.ts";
import { endWithUs } from "../lib/interruption.ts";
import type { Request } from "./cases.ts";
import { lines } from "./lines.ts";

/** How to start a process. */
export interface SubjectOptions {
  /** What errors call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** On top of this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Within so many milliseconds this program hears of a press that a process of it has heard of. */
const PRESS_MILLISECONDS = 2000;

/** A process that answers requests, one line of JSON each; see `cases.ts`. */
export class Subject implements AsyncDisposable {
  readonly name: string;
  readonly #child: Deno.ChildProcess;
  readonly #requests: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #answers: AsyncGenerator<string>;
  readonly #errors: Promise<string>;
  readonly #ending: Disposable;

  /** Starts the process. */
  constructor({ name, command, args, env = {} }: SubjectOptions) {
    this.name = name;
    this.#child = new Deno.Command(command, {
      args: [...args],
      env: { ...env },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#ending = endWithUs(this.#child);
    this.#requests = this.#child.stdin.getWriter();
    this.#answers = lines(this.#child.stdout);
    // Read all along: a full pipe would stop the process.
    this.#errors = new Response(this.#child.stderr).text();
  }

  /**
   * Asks and waits for the answer.
   *
   * @throws {UserError} Where the process reports an error or has ended; with its last words.
   */
  async ask(request: Request): Promise<Record<string, unknown>> {
    try {
      await this.#requests.write(new TextEncoder().encode(`${JSON.stringify(request)}\n`));
    } catch {
      // It has ended; what it said last is told below.
    }
    return await this.next(request.do);
  }

  /** Waits for a line that was not asked for, such as a peer's first with its version. */
  async next(what: string): Promise<Record<string, unknown>> {
    const { value, done } = await this.#answers.next();
    if (done) {
      const last = (await this.#errors).trim().split("\n").at(-1) ?? "";
      // Ctrl-C at a terminal reaches it as well, and may have ended it before this program hears of it and
      // ends in its own words.
      if ((await this.#child.status).signal === "SIGINT") {
        await new Promise((resolve) => setTimeout(resolve, PRESS_MILLISECONDS));
      }
      throw new UserError(`The process of ${this.name} ended at "${what}": ${last}`);
    }
    const fields = JSON.parse(value) as Record<string, unknown>;
    if (fields.error !== undefined) {
      throw new UserError(`The process of ${this.name} failed at "${what}": ${fields.error}`);
    }
    return fields;
  }

  /** Lets the process end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#requests.write(new TextEncoder().encode('{"do":"quit"}\n'));
      await this.#requests.close();
    } catch {
      // It has ended already.
    }
    await this.#answers.return(undefined);
    await this.#child.status;
    this.#ending[Symbol.dispose]();
  }
}
