/**
 * Builds tfjs-node's addon: two C++ files against the C API of the unpacked TensorFlow.
 *
 * @module
 */

import { join } from "node:path";
import { UserError } from "../error.ts";
import { ADDON } from "./place.ts";
import { NAPI_VERSION, type TensorflowBuild } from "./platform.ts";
import { diskFull, noNetwork } from "./provision_trouble.ts";
import type { Runner, RunOptions, RunResult } from "./runner.ts";

/** What {@linkcode buildAddon} needs to know. */
export interface BuildAddonOptions {
  readonly build: TensorflowBuild;
  /** The folder with the libraries and `include`; the addon is put beside the libraries. */
  readonly folder: string;
  /** A folder for what is needed in between. */
  readonly work: string;
  /** tfjs-node's package folder. */
  readonly tfjsNode: string;
  /** The folder of the Node-API headers. */
  readonly nodeApiHeaders: string;
  readonly run: Runner;
  /** Told what is going on when it takes longer than usual. */
  readonly note?: (text: string) => void;
}

/** Compilers in the order in which they are tried. */
export const COMPILERS: readonly string[] = ["c++", "g++", "clang++"];

/** The compiler that pip can bring where the machine has none. */
const ZIG = "ziglang==0.17.1";

/**
 * Builds the addon with the first compiler that can, or with the one pip can bring.
 *
 * @returns What the compiler calls itself, and the version of tfjs-node.
 * @throws {UserError} Where there is no compiler and none could be brought.
 */
export async function buildAddon(
  options: BuildAddonOptions,
): Promise<{ compiler: string; version: string }> {
  const { build, folder, run, note } = options;
  const { version } = JSON.parse(await Deno.readTextFile(join(options.tfjsNode, "package.json")));
  const args = compilerArguments(options);
  let failed = "";
  for (const compiler of COMPILERS) {
    // What a compiler that is killed leaves behind lies where the next set-up clears up.
    const result = await tryRun(run, compiler, args, { env: { TMPDIR: options.work } });
    if (result?.code === 0) return { compiler: await nameOf(run, compiler), version };
    if (result && diskFull(result.stderr)) throw new UserError(`No space left in ${folder}`);
    if (result && !failed) failed = `${compiler} failed (${firstError(result.stderr)})`;
  }

  note?.("without a compiler of its own, the machine borrows zig (a few minutes)");
  const zigFolder = join(options.work, "zig");
  const without = failed || "no C++ compiler was found";
  const remedy = "install one (apt install g++, dnf install gcc-c++, xcode-select --install)";
  const install = await run("python3", [
    ...["-m", "pip", "install", ZIG, "--target", zigFolder, "--only-binary=:all:"],
    ...["--no-cache-dir", "--progress-bar", "off", "--retries", "3", "--quiet"],
  ], { env: { TMPDIR: options.work, PIP_DISABLE_PIP_VERSION_CHECK: "1" } });
  if (install.code !== 0) {
    const why = diskFull(install.stderr)
      ? "no space"
      : noNetwork(install.stderr)
      ? "no network"
      : firstError(install.stderr);
    throw new UserError(
      `The addon cannot be built: ${without} and ziglang could not be installed (${why}); ${remedy}`,
    );
  }
  const zig = ["-m", "ziglang", "c++", "-target", build.zigTarget];
  const env = {
    PYTHONPATH: zigFolder,
    ZIG_GLOBAL_CACHE_DIR: join(options.work, "zig-cache"),
    ZIG_LOCAL_CACHE_DIR: join(options.work, "zig-cache"),
  };
  const result = await run("python3", [...zig, ...args], { env });
  if (result.code === 0) return { compiler: ZIG.replace("==", " "), version };
  throw new UserError(
    `The addon cannot be built: ${without} and zig failed (${
      firstError(result.stderr)
    }); ${remedy}`,
  );
}

/** The compiler's arguments, the same for gcc, clang and zig. */
export function compilerArguments(options: BuildAddonOptions): string[] {
  const { build, folder, tfjsNode } = options;
  const mac = build.platform.startsWith("macos");
  const here = mac ? "@loader_path" : "$ORIGIN";
  return [
    ...["-O2", "-fPIC", "-std=c++17", "-shared", "-w", `-DNAPI_VERSION=${NAPI_VERSION}`],
    ...["-I", options.nodeApiHeaders, "-I", join(folder, "include")],
    join(tfjsNode, "binding", "tfjs_backend.cc"),
    join(tfjsNode, "binding", "tfjs_binding.cc"),
    ...Object.keys(build.libraries).map((name) => join(folder, name)),
    // Beside the addon, or where tfjs-node has its libraries: the addon is reached through a link,
    // and loaders differ in whether they follow it first.
    `-Wl,-rpath,${here}`,
    `-Wl,-rpath,${here}/../../deps/lib`,
    // Node-API's functions are in the program that loads the addon.
    ...(mac ? ["-Wl,-undefined,dynamic_lookup"] : []),
    ...["-o", join(folder, ADDON)],
  ];
}

async function tryRun(
  run: Runner,
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult | undefined> {
  try {
    return await run(command, args, options);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function nameOf(run: Runner, compiler: string): Promise<string> {
  const { stdout } = await run(compiler, ["--version"]);
  return stdout.split("\n")[0]!.trim() || compiler;
}

/** The first line that tells of an error, short enough for one line. */
function firstError(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const line = lines.find((line) => /error/i.test(line)) ?? lines[0] ?? "";
  return line.replace(/^.*?error:\s*/i, "").trim().slice(0, 160) || "no reason given";
}
