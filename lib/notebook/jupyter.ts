/**
 * Jupyter for this checkout: a virtual environment with JupyterLab, and the Deno kernel in a data
 * path of the project's own. Nothing is written to the user's Jupyter folders, nor read from them.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { writeFileWhole } from "../file.ts";
import { lockFolder } from "../lock.ts";
import {
  type Environment,
  type EnvironmentOptions,
  isComplete,
  provideEnvironment,
  pythonOf,
} from "../venv.ts";

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
export interface JupyterOptions extends EnvironmentOptions {
  /** Where everything goes; `.cache` in the checkout. */
  readonly cache?: string;
}

/** The packages and their versions. */
const REQUIREMENTS = join(import.meta.dirname!, "requirements.txt");

/** JupyterLab 4.6 needs this Python. */
const LEAST_PYTHON = [3, 10] as const;

/** The environment in a checkout's cache. */
function environmentIn(cache: string): Environment {
  const venv = join(cache, "venv-lab");
  const settings = join(venv, "share", "jupyter", "lab", "settings", "overrides.json");
  return {
    ...{ venv, requirements: REQUIREMENTS, program: "JupyterLab", packages: "Jupyter" },
    leastPython: LEAST_PYTHON,
    ready: "JupyterLab and the Deno kernel are ready",
    finish: () => writeFileWhole(settings, JSON.stringify(LAB_SETTINGS, null, 2) + "\n"),
  };
}

/** Whether the environment has been made, so that nothing would be downloaded. */
export async function isProvided(cache: string = CHECKOUT_CACHE): Promise<boolean> {
  return await isComplete(environmentIn(cache));
}

/**
 * Makes the environment, or finds it in a moment.
 *
 * @throws {UserError} Where Python is missing or too old, or the packages cannot be installed.
 */
export async function provideJupyter(options: JupyterOptions = {}): Promise<Jupyter> {
  const { cache = CHECKOUT_CACHE } = options;
  const lab = environmentIn(cache);
  const home = join(cache, "jupyter");
  {
    using _lock = await lockFolder(home);
    await provideEnvironment(lab, options);
    await writeKernel(home);
  }
  return { python: pythonOf(lab.venv), home, env: environment(home) };
}

/** No question at the first start, and no request to Jupyter's servers. */
const LAB_SETTINGS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
};

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
