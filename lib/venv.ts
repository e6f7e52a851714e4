/**
 * Virtual environments of Python with pinned packages, one for each program that the project starts.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "./error.ts";
import { exists, writeFileWhole } from "./file.ts";
import { beforeLeaving } from "./interruption.ts";
import { Progress, type ProgressOutput } from "./progress.ts";
import { noNetwork } from "./tensorflow/provision_trouble.ts";
import { type Runner, runProgram } from "./tensorflow/runner.ts";

/** An environment and what it is for. */
export interface Environment {
  /** Its folder. */
  readonly venv: string;
  /** The packages and their versions, as pip reads them. */
  readonly requirements: string;
  /** The program that it is for, such as `JupyterLab`. */
  readonly program: string;
  /** What its packages are called together, such as `Jupyter`. */
  readonly packages: string;
  /** The oldest Python that the program takes. */
  readonly leastPython: readonly [major: number, minor: number];
  /** What is said when it is there. */
  readonly ready: string;
  /** What is left to do when the packages are there. */
  readonly finish?: () => Promise<void>;
}

/** What {@linkcode provideEnvironment} can be told. */
export interface EnvironmentOptions {
  readonly quiet?: boolean;
  /** How to run programs. */
  readonly run?: Runner;
  readonly output?: ProgressOutput;
}

/** What a complete environment holds: the requirements it was made from. */
const COMPLETE = "fer-lab-requirements.txt";

/** The environment's Python. */
export function pythonOf(venv: string): string {
  return join(venv, Deno.build.os === "windows" ? "Scripts" : "bin", "python");
}

/** Whether an environment has been made, so that nothing would be downloaded. */
export async function isComplete(
  { venv, requirements }: Pick<Environment, "venv" | "requirements">,
): Promise<boolean> {
  const complete = join(venv, COMPLETE);
  return await exists(complete) &&
    await Deno.readTextFile(complete) === await Deno.readTextFile(requirements);
}

/**
 * Makes an environment, or finds it in a moment. The caller sees to it that no other process does.
 *
 * @throws {UserError} Where Python is missing or too old, or the packages cannot be installed.
 */
export async function provideEnvironment(
  environment: Environment,
  { run = runProgram, quiet = false, output }: EnvironmentOptions = {},
): Promise<void> {
  if (await isComplete(environment)) return;
  const { venv, requirements, packages: name, finish, ready } = environment;
  const progress = new Progress(`Setting up ${name}`, { quiet, ...(output ? { output } : {}) });
  try {
    await progress.during((async () => {
      await checkPython(environment, run);
      using scratch = scratchBeside(venv);
      const { env } = scratch;
      // Deno itself may not touch a folder with a program that it may run.
      const made = await run("python3", ["-m", "venv", "--clear", venv], { env });
      if (made.code !== 0) {
        throw new UserError(
          `python3 -m venv failed (${
            lastLine(made.stdout + made.stderr)
          }): install Python's venv ` +
            "module (Debian and Ubuntu: python3-venv)",
        );
      }
      let packages = 0;
      const installed = await run(pythonOf(venv), [
        ...["-m", "pip", "install", "--disable-pip-version-check", "--no-input"],
        ...["--progress-bar", "off", "--requirement", requirements],
      ], {
        env,
        onLine: (line) => {
          const [, name] = /^Collecting ([\w.-]+)/.exec(line) ?? [];
          // As a note: packages a second would say nothing, and leave the name no room.
          if (name) progress.update(0, `package ${++packages}: ${name}`);
          else if (line.startsWith("Installing")) {
            progress.update(0, `installing ${packages} packages`);
          }
        },
      });
      if (installed.code !== 0) throw installTrouble(installed.stderr, name);
    })());
    await finish?.();
    await writeFileWhole(join(venv, COMPLETE), await Deno.readTextFile(requirements));
    progress.finish(ready);
  } finally {
    progress.abandon();
  }
}

/**
 * A folder for what pip unpacks, gigabytes at times: where it is cut off it leaves that, and in the
 * system's own folder nobody would find it.
 *
 * @returns Environment variables by which Python takes it; disposed of, it is gone.
 */
function scratchBeside(venv: string): Disposable & { readonly env: Record<string, string> } {
  const folder = `${venv}.tmp`;
  const remove = () => {
    try {
      Deno.removeSync(folder, { recursive: true });
    } catch {
      // It is not there, or is written to at this moment: the next to come removes it.
    }
  };
  remove();
  Deno.mkdirSync(folder, { recursive: true });
  const leaving = beforeLeaving(remove);
  return {
    env: { TMPDIR: folder },
    [Symbol.dispose]: () => {
      leaving[Symbol.dispose]();
      remove();
    },
  };
}

async function checkPython({ program, leastPython }: Environment, run: Runner): Promise<void> {
  const [major, minor] = leastPython;
  const needed = `Python ${major}.${minor} or newer`;
  const script = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  let version: string;
  try {
    version = (await run("python3", ["-c", script])).stdout.trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`No python3 in PATH: ${program} needs ${needed}; install it`);
  }
  const [a = 0, b = 0] = version.split(".").map(Number);
  if (a < major || (a === major && b < minor)) {
    throw new UserError(`python3 is ${version}: ${program} needs ${needed}`);
  }
}

function installTrouble(stderr: string, name: string): UserError {
  if (noNetwork(stderr)) {
    return new UserError(
      `The ${name} packages could not be installed: no connection to the Python package index; ` +
        "check the network and run it again",
    );
  }
  const line = stderr.split("\n").find((line) => line.startsWith("ERROR:")) ?? lastLine(stderr);
  return new UserError(`pip could not install ${name}: ${line.replace(/^ERROR:\s*/, "")}`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}
