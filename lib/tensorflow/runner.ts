/**
 * Running other programs, in a form that a test can replace.
 *
 * @module
 */

import { endWithUs } from "../interruption.ts";

/** How a program ended and what it said. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a {@linkcode Runner} can be told besides the command line. */
export interface RunOptions {
  /** Environment variables on top of the process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** The folder to run in. */
  readonly cwd?: string;
  /** Called with each whole line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
  /** What it gets on standard input; that has ended at once where there is none. */
  readonly input?: string;
}

/**
 * Runs a program to its end.
 *
 * @throws {Deno.errors.NotFound} Where there is no such program.
 */
export type Runner = (
  command: string,
  args: readonly string[],
  options?: RunOptions,
) => Promise<RunResult>;

/** Runs a program for real. */
export const runProgram: Runner = async (command, args, options = {}) => {
  const child = new Deno.Command(command, {
    args: [...args],
    ...(options.env ? { env: { ...options.env } } : {}),
    ...(options.cwd ? { cwd: options.cwd } : {}),
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  using _ = endWithUs(child);
  const [stdout, stderr, status] = await Promise.all([
    readText(child.stdout, options.onLine),
    readText(child.stderr),
    child.status,
    options.input === undefined ? undefined : writeText(child.stdin, options.input),
  ]);
  return { code: status.code, stdout, stderr };
};

/** Whether an error says that there is no such program, or that this task may not start it. */
export function isNotStarted(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
}

/** Writes all that a program gets on standard input, and ends it. */
export async function writeText(stream: WritableStream<Uint8Array>, text: string): Promise<void> {
  const writer = stream.getWriter();
  try {
    await writer.write(new TextEncoder().encode(text));
    await writer.close();
  } catch {
    // It has read enough; what came of it its exit code and its words say.
  }
}

async function readText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = "";
  let line = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (!onLine) continue;
    const lines = (line + chunk).split("\n");
    line = lines.pop()!;
    lines.forEach(onLine);
  }
  return text;
}
