/**
 * TensorBoard itself, from an environment of the project's own.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { lockFolder } from "../lock.ts";
import {
  type Environment,
  type EnvironmentOptions,
  isComplete,
  provideEnvironment,
  pythonOf,
} from "../venv.ts";

/** What is said before the environment is made. */
export const DOWNLOADS =
  "TensorBoard 2.21 and its dozen Python packages are downloaded once from the Python package index " +
  "into .cache/venv-tensorboard (180 MB there)";

/** The environment in a checkout's cache. */
function environmentIn(cache: string): Environment {
  return {
    venv: join(cache, "venv-tensorboard"),
    requirements: join(import.meta.dirname!, "requirements.txt"),
    ...{ program: "TensorBoard", packages: "TensorBoard", leastPython: [3, 10] },
    ready: "TensorBoard is ready",
  };
}

/** Whether TensorBoard is there, so that nothing would be downloaded. */
export async function isProvided(cache: string = CHECKOUT_CACHE): Promise<boolean> {
  return await isComplete(environmentIn(cache));
}

/**
 * Makes the environment, or finds it in a moment.
 *
 * @returns Its Python.
 * @throws {UserError} Where Python is missing or too old, or the packages cannot be installed.
 */
export async function provideTensorBoard(
  options: EnvironmentOptions & {
    /** Where it goes; `.cache` in the checkout. */
    readonly cache?: string;
  } = {},
): Promise<string> {
  const { cache = CHECKOUT_CACHE } = options;
  const environment = environmentIn(cache);
  using _lock = await lockFolder(join(cache, "tensorboard"));
  await provideEnvironment(environment, options);
  return pythonOf(environment.venv);
}

/**
 * Starts TensorBoard for this machine only.
 *
 * @param python Of {@linkcode provideTensorBoard}.
 * @param options `folder` of events; `port` on `host`; `every` so many seconds it looks for new ones.
 */
export function startTensorBoard(
  python: string,
  { folder, host, port, every }: {
    readonly folder: string;
    readonly host: string;
    readonly port: number;
    readonly every: number;
  },
): Deno.ChildProcess {
  return new Deno.Command(python, {
    args: [
      ...["-m", "tensorboard.main", "--logdir", folder, "--host", host, "--port", String(port)],
      ...["--reload_interval", String(every)],
    ],
    env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONWARNINGS: "ignore" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}
