/**
 * The tasks of deno.json, for whoever starts one as a process of its own.
 *
 * @module
 */

import { join } from "node:path";
import { parse } from "jsonc-parser";
import { UserError } from "./error.ts";
import { CHECKOUT } from "./paths.ts";

/**
 * The words of a task's `deno run ...` after `deno`, from deno.json, with the permissions that the task
 * gives and without what it depends on.
 *
 * @param task Such as `exp:baseline`.
 * @throws {UserError} For an unknown task, or one that is no single `deno run`.
 */
export async function taskCommand(task: string): Promise<string[]> {
  const command = await commandOfTask(task);
  if (!/^deno run [^&|;]+$/.test(command)) {
    throw new UserError(`deno.json's task ${task} is not one deno run`);
  }
  return command.split(" ").slice(1);
}

/**
 * The file that a task runs, from the checkout on.
 *
 * @throws {UserError} For an unknown task, or one that runs none.
 */
export async function taskFile(task: string): Promise<string> {
  const [file] = /\S+\.ts$/.exec(await commandOfTask(task)) ?? [];
  if (file === undefined) throw new UserError(`deno.json's task ${task} runs no file`);
  return file;
}

/** Deno by whichever of its names this program may start; the path itself may be behind a link. */
export async function denoProgram(): Promise<string> {
  const { state } = await Deno.permissions.query({ name: "run", command: Deno.execPath() });
  return state === "granted" ? Deno.execPath() : "deno";
}

/** The names of all tasks. */
export async function taskNames(): Promise<string[]> {
  return Object.keys(await readTasks());
}

/**
 * A task's command line, as it stands in deno.json.
 *
 * @throws {UserError} For an unknown task.
 */
export async function commandOfTask(task: string): Promise<string> {
  const tasks = await readTasks();
  const entry = tasks[task];
  const command = typeof entry === "string" ? entry : entry?.command;
  if (typeof command !== "string") throw new UserError(`deno.json has no task ${task}`);
  return command;
}

async function readTasks(): Promise<Record<string, string | { readonly command?: string }>> {
  // Deno takes comments and trailing commas in it.
  return parse(await Deno.readTextFile(join(CHECKOUT, "deno.json"))).tasks;
}
