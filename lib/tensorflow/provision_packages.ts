/**
 * Installs the npm packages of deno.json into the checkout's node_modules.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { Progress, type ProgressOutput } from "../progress.ts";
import { diskFull, noNetwork } from "./provision_trouble.ts";
import { type Runner, runProgram } from "./runner.ts";

/** What {@linkcode installPackages} can be told. */
export interface InstallOptions {
  readonly quiet?: boolean;
  readonly run?: Runner;
  readonly output?: ProgressOutput;
}

/**
 * Installs the packages where those that set-up needs are missing.
 *
 * @param checkout The folder of deno.json.
 * @throws {UserError} Where the install fails, with the remedy.
 */
export async function installPackages(
  checkout: string,
  options: InstallOptions = {},
): Promise<void> {
  const modules = join(checkout, "node_modules");
  const needed = [join(modules, "@tensorflow", "tfjs-node"), join(modules, "node-api-headers")];
  const there = await Promise.all(needed.map((path) => exists(join(path, "package.json"))));
  if (there.every(Boolean)) return;

  const progress = new Progress("Installing npm packages", {
    quiet: options.quiet ?? false,
    ...(options.output ? { output: options.output } : {}),
  });
  try {
    const run = options.run ?? runProgram;
    const install = run(Deno.execPath(), ["install"], { cwd: checkout, env: { NO_COLOR: "1" } });
    const { code, stderr } = await progress.during(install);
    if (code === 0) return progress.finish();
    if (diskFull(stderr)) {
      throw new UserError(`No space left for the npm packages in ${modules}: free some`);
    }
    if (noNetwork(stderr)) {
      throw new UserError(
        "The npm packages could not be installed: no connection to the npm registry; " +
          "check the network and run it again",
      );
    }
    const line = stderr.split("\n").find((line) => line.startsWith("error:")) ?? stderr.trim();
    throw new UserError(`deno install failed: ${line.replace(/^error:\s*/, "")}`);
  } finally {
    progress.abandon();
  }
}
