/**
 * Jupyter for this checkout: a virtual environment with JupyterLab, and the Deno kernel in a data
 * path of the project's own. Nothing is written to the user's Jupyter folders, nor read from them.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { lockFolder } from "../lock.ts";
import { Progress, type ProgressOutput } from "../progress.ts";
import { noNetwork } from "../tensorflow/provision_trouble.ts";
import { type Runner, runProgram } from "../tensorflow/runner.ts";

/** The kernel's name. */
export const KERNEL = "deno";

/** A Jupyter that is set up. */
export interface Jupyter {
  /** The environment's Python. */
  readonly python: string;
  /** What Jupyter's programs need in their environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The project's own folder for Jupyter's settings and files. */
  readonly home: string;
}

/** What {@linkcode provideJupyter} can be told. */
export interface JupyterOptions {
  readonly quiet?: boolean;
  /** How to run programs. */
  readonly run?: Runner;
  readonly output?: ProgressOutput;
  /** Where everything goes; `.cache` in the checkout. */
  readonly cache?: string;
}

/** The packages and their versions. */
const REQUIREMENTS = join(import.meta.dirname!, "requirements.txt");

/** What a complete environment holds: the requirements it was made from. */
const COMPLETE = "fer-lab-requirements.txt";

/** JupyterLab 4.6 needs this Python. */
const LEAST_PYTHON = [3, 10] as const;

/** Whether the environment has been made, so that nothing would be downloaded. */
export async function isProvided(cache: string = CHECKOUT_CACHE): Promise<boolean> {
  const complete = join(cache, "venv-lab", COMPLETE);
  return await exists(complete) &&
    await Deno.readTextFile(complete) === await Deno.readTextFile(REQUIREMENTS);
}

/**
 * Makes the environment, or finds it in a moment.
 *
 * @throws {UserError} Where Python is missing or too old, or the packages cannot be installed.
 */
export async function provideJupyter(options: JupyterOptions = {}): Promise<Jupyter> {
  const { cache = CHECKOUT_CACHE, run = runProgram } = options;
  const venv = join(cache, "venv-lab");
  const home = join(cache, "jupyter");
  const python = join(venv, Deno.build.os === "windows" ? "Scripts" : "bin", "python");
  {
    using _lock = await lockFolder(home);
    if (!await isProvided(cache)) await makeEnvironment(venv, python, { ...options, run });
    await writeKernel(home);
  }
  return { python, home, env: environment(home) };
}

async function makeEnvironment(
  venv: string,
  python: string,
  { run, quiet = false, output }: JupyterOptions & { readonly run: Runner },
): Promise<void> {
  const progress = new Progress("Setting up Jupyter", { quiet, ...(output ? { output } : {}) });
  try {
    await progress.during((async () => {
      await checkPython(run);
      // Deno itself may not touch a folder with a program that it may run.
      const made = await run("python3", ["-m", "venv", "--clear", venv]);
      if (made.code !== 0) {
        throw new UserError(
          `python3 -m venv failed (${
            lastLine(made.stdout + made.stderr)
          }): install Python's venv ` +
            "module (Debian and Ubuntu: python3-venv)",
        );
      }
      let packages = 0;
      const installed = await run(python, [
        ...["-m", "pip", "install", "--disable-pip-version-check", "--no-input"],
        ...["--progress-bar", "off", "--requirement", REQUIREMENTS],
      ], {
        onLine: (line) => {
          const [, name] = /^Collecting ([\w.-]+)/.exec(line) ?? [];
          if (name) progress.update(++packages, name);
          else if (line.startsWith("Installing")) progress.update(packages, "installing");
        },
      });
      if (installed.code !== 0) throw installTrouble(installed.stderr);
    })());
    await writeFileWhole(
      join(venv, "share", "jupyter", "lab", "settings", "overrides.json"),
      JSON.stringify(LAB_SETTINGS, null, 2) + "\n",
    );
    await writeFileWhole(join(venv, COMPLETE), await Deno.readTextFile(REQUIREMENTS));
    progress.finish("JupyterLab and the Deno kernel are ready");
  } finally {
    progress.abandon();
  }
}

/** No question at the first start, and no request to Jupyter's servers. */
const LAB_SETTINGS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

async function checkPython(run: Runner): Promise<void> {
  const [major, minor] = LEAST_PYTHON;
  const needed = `Python ${major}.${minor} or newer`;
  const program = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  let version: string;
  try {
    version = (await run("python3", ["-c", program])).stdout.trim();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(`No python3 in PATH: JupyterLab needs ${needed}; install it`);
  }
  const [a = 0, b = 0] = version.split(".").map(Number);
  if (a < major || (a === major && b < minor)) {
    throw new UserError(`python3 is ${version}: JupyterLab needs ${needed}`);
  }
}

function installTrouble(stderr: string): UserError {
  if (noNetwork(stderr)) {
    return new UserError(
      "The Jupyter packages could not be installed: no connection to the Python package index; " +
        "check the network and run it again",
    );
  }
  const line = stderr.split("\n").find((line) => line.startsWith("ERROR:")) ?? lastLine(stderr);
  return new UserError(`pip could not install Jupyter: ${line.replace(/^ERROR:\s*/, "")}`);
}

function lastLine(text: string): string {
  return text.trim().split("\n").at(-1) ?? "";
}

/** Jupyter's folders, all within the project's own. */
function environment(home: string): Record<string, string> {
  return {
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_PATH: join(home, "data"),
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
    IPYTHONDIR: join(home, "ipython"),
    // Outputs would hold colour codes.
    NO_COLOR: "1",
    PYTHONDONTWRITEBYTECODE: "1",
  };
}

/** Writes the kernel's specification: this very Deno. */
async function writeKernel(home: string): Promise<void> {
  const specification = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno",
    language: "typescript",
    env: { NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  };
  await writeFileWhole(
    join(home, "data", "kernels", KERNEL, "kernel.json"),
    JSON.stringify(specification, null, 2) + "\n",
  );
}
