/**
 * The Pythons that exports need: a small one to open them again, and TensorFlow with Keras to write and
 * open its own formats.
 *
 * @module
 */

import { join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { UserError } from "../error.ts";
import { lockFolder } from "../lock.ts";
import { type Runner, runProgram } from "../tensorflow/runner.ts";
import {
  type Environment,
  type EnvironmentOptions,
  isComplete,
  provideEnvironment,
  pythonOf,
} from "../venv.ts";
import { inScratch } from "./scratch.ts";

/** What there is. */
export type EnvironmentName = "export" | "keras";

/** The Pythons of environments. */
export type Pythons = Partial<Record<EnvironmentName, string>>;

const ENVIRONMENTS = {
  export: {
    requirements: "requirements.txt",
    program: "onnxruntime",
    packages: "onnxruntime",
    downloads: "onnxruntime 1.32 and safetensors, with NumPy,",
    size: "180 MB",
  },
  keras: {
    requirements: "requirements_keras.txt",
    program: "TensorFlow",
    packages: "TensorFlow and Keras",
    downloads: "TensorFlow 2.21 and Keras 3.15, with 40 packages that they need,",
    size: "1.6 GB",
  },
} as const;

/** What is said before an environment is made. */
function downloadsOf(name: EnvironmentName): string {
  const { downloads, size } = ENVIRONMENTS[name];
  return `${downloads} are downloaded once from the Python package index into .cache/venv-${name} ` +
    `(${size} there)`;
}

function environmentIn(cache: string, name: EnvironmentName): Environment {
  const { requirements, program, packages } = ENVIRONMENTS[name];
  return {
    venv: join(cache, `venv-${name}`),
    requirements: join(import.meta.dirname!, requirements),
    // NumPy's.
    ...{ program, packages, leastPython: [3, 11] },
    ready: "ready",
  };
}

/** What {@linkcode providePythons} can be told. */
export interface ProvideOptions extends EnvironmentOptions {
  /** Where environments go; `.cache` in the checkout. */
  readonly cache?: string;
  /** Hears of what is downloaded, all of it before any is. */
  readonly say?: (line: string) => void;
}

/** Whether an environment is there, so that nothing would be downloaded. */
export async function isProvided(
  name: EnvironmentName,
  cache: string = CHECKOUT_CACHE,
): Promise<boolean> {
  return await isComplete(environmentIn(cache, name));
}

/**
 * Makes environments, or finds them in a moment.
 *
 * @returns Their Pythons.
 * @throws {UserError} Where Python is missing or too old, or the packages cannot be installed.
 */
export async function providePythons(
  names: Iterable<EnvironmentName>,
  options: ProvideOptions = {},
): Promise<Pythons> {
  const { cache = CHECKOUT_CACHE, say = console.log } = options;
  const wanted = [...names];
  // Whoever lacks the room or the time for the second wants to know before the first.
  for (const name of wanted) if (!await isProvided(name, cache)) say(downloadsOf(name));
  const pythons: Pythons = {};
  for (const name of wanted) {
    const environment = environmentIn(cache, name);
    using _lock = await lockFolder(join(cache, `lock-${name}`));
    await provideEnvironment(environment, options);
    pythons[name] = pythonOf(environment.venv);
  }
  return pythons;
}

/**
 * Runs a script of this folder.
 *
 * @param python Of {@linkcode providePythons}.
 * @param script Its name.
 * @param jobs What it is to do; it reads them as JSON.
 * @returns What it prints.
 * @throws {UserError} Where it fails, with its last words.
 */
export async function runScript(
  python: string,
  script: string,
  jobs: readonly object[],
  { run = runProgram }: { readonly run?: Runner } = {},
): Promise<string> {
  return await inScratch(async (home) => {
    const { code, stdout, stderr } = await run(
      python,
      ["-W", "ignore", join(import.meta.dirname!, script)],
      {
        input: JSON.stringify(jobs),
        env: {
          PYTHONDONTWRITEBYTECODE: "1",
          PYTHONUTF8: "1",
          TF_CPP_MIN_LOG_LEVEL: "3",
          // Whatever the person's Keras is set to; it would also leave its settings in their home.
          KERAS_BACKEND: "tensorflow",
          KERAS_HOME: home,
          // What TensorFlow writes for itself it leaves where it is cut off.
          TMPDIR: home,
          CUDA_VISIBLE_DEVICES: "-1",
        },
      },
    );
    if (code === 0) return stdout;
    const last = stderr.trim().split("\n").at(-1) || `exit code ${code}`;
    throw new UserError(
      `${script} failed (${last}): delete the environment of ${python} to have it made again`,
    );
  });
}
