/**
 * Experiments that somebody has added, as `deno task new` does: found by their tasks.
 *
 * @module
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { UserError } from "../error.ts";
import type { Experiment } from "../experiment.ts";
import { CHECKOUT } from "../paths.ts";
import { taskFile, taskNames } from "../task.ts";

/**
 * Those of somebody's own experiments that a command line names; no other's file is loaded.
 *
 * @param args The command line.
 * @param options `besides`: the names of those that are known already.
 * @throws {UserError} Where a file cannot be loaded, or holds no experiment of its task's name.
 */
export async function ownExperiments(
  args: readonly string[],
  { besides }: { readonly besides: readonly string[] },
): Promise<Experiment[]> {
  const known = [...besides, "all"].map((name) => `exp:${name}`);
  const tasks = (await taskNames()).filter((task) =>
    task.startsWith("exp:") && !known.includes(task) &&
    (args.includes(task) || args.includes(task.slice("exp:".length)))
  );
  return await Promise.all(tasks.map(async (task) => await load(task)));
}

async function load(task: string): Promise<Experiment> {
  const name = task.slice("exp:".length);
  const file = await taskFile(task);
  let exported: Record<string, unknown>;
  try {
    exported = await import(pathToFileURL(join(CHECKOUT, file)).href);
  } catch (error) {
    throw new UserError(`${file}: Cannot be loaded: ${(error as Error).message}`, { cause: error });
  }
  const found = Object.values(exported).find((value) =>
    typeof value === "object" && value !== null && (value as { name?: unknown }).name === name
  );
  if (found) return found as Experiment;
  throw new UserError(
    `${file}: Exports no experiment of the name "${name}": export it with name: "${name}", as its ` +
      `task ${task} has it`,
  );
}
