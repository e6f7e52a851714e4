/**
 * Brings native TensorFlow onto a machine: downloads the pinned wheel with pip, checks its digest,
 * unpacks the two libraries, builds tfjs-node's addon against them, and puts the whole in the
 * per-user cache in one step.
 *
 * tfjs-node's own install script cannot do this: its download of libtensorflow 2.9.1 answers 403
 * (tensorflow/tfjs#8742), and the newer library is 1.7 times as fast.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { syncFolder, writeFileWhole } from "../file.ts";
import { Progress, type ProgressOutput } from "../progress.ts";
import { ADDON, isAddon, type Manifest, nativeFolder, readManifest } from "./place.ts";
import { bytesNeeded, TENSORFLOW_VERSION, type TensorflowBuild } from "./platform.ts";
import { buildAddon } from "./provision_addon.ts";
import { diskFull, noNetwork } from "./provision_trouble.ts";
import { type Runner, runProgram } from "./runner.ts";

/** What {@linkcode provision} works with; a test puts in its own. */
export interface ProvisionOptions {
  /** The per-user cache's folder. */
  readonly cache: string;
  /** tfjs-node's package folder, with the addon's sources. */
  readonly tfjsNode: string;
  /** The folder of the Node-API headers. */
  readonly nodeApiHeaders: string;
  /** Make it again even where all is in place. */
  readonly force?: boolean;
  /** Show nothing. */
  readonly quiet?: boolean;
  /** Runs python3, the compiler and the check of the addon. */
  readonly run?: Runner;
  /** Bytes that can still be written in a folder. */
  readonly freeBytes?: (folder: string) => Promise<number>;
  /** Where progress is shown. */
  readonly output?: ProgressOutput;
}

/** Names of what a set-up that was killed may have left in the cache. */
const TEMPORARY = "setup-tmp-";

/**
 * Makes a build's native folder in the cache, unless it is there and whole: then nothing is written,
 * so that an administrator's cache may be read-only. One set-up at a time works on a cache: another
 * waits for its lock, which the system gives back when a process dies.
 *
 * @returns The manifest of what is there now.
 * @throws {UserError} One line for each way to fail, with the remedy.
 */
export async function provision(
  build: TensorflowBuild,
  options: ProvisionOptions,
): Promise<Manifest> {
  const { cache } = options;
  const folder = nativeFolder(build, cache);
  const whole = async () => {
    const there = options.force ? undefined : await readManifest(folder, build);
    return there && await isAddon(join(folder, ADDON), there) ? there : undefined;
  };
  const before = await whole();
  if (before) return before;
  using _lock = await lockCache(cache, options);
  // Another set-up may have made it while this one waited.
  const meanwhile = await whole();
  if (meanwhile) return meanwhile;

  await removeTemporaries(cache);
  const work = join(cache, `${TEMPORARY}${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`);
  try {
    await Deno.mkdir(work);
    const manifest = await make(build, work, options);
    await writeFileWhole(join(work, "new", "manifest.json"), JSON.stringify(manifest, null, 2));
    // Processes that have the old libraries open keep them; the next ones find the new folder.
    await Deno.rename(folder, join(work, "old")).catch(unlessMissing);
    await Deno.rename(join(work, "new"), folder);
    await syncFolder(cache);
    return manifest;
  } catch (error) {
    throw explained(error, cache);
  } finally {
    // All of them: programs that a killed set-up had started may have gone on writing.
    await removeTemporaries(cache);
  }
}

/** Download, check, unpack and build in the folder `work`; the result is its subfolder `new`. */
async function make(
  build: TensorflowBuild,
  work: string,
  options: ProvisionOptions,
): Promise<Manifest> {
  const run = options.run ?? runProgram;
  const made = join(work, "new");
  await Deno.mkdir(made);
  await checkPython(run);
  await checkSpace(build, options);
  const wheel = await download(build, work, run, options);
  await checkDigest(wheel, build);
  const libraries = await unpack(build, wheel, made, run, options);
  await Deno.remove(wheel);

  const progress = new Progress("Building the TensorFlow addon", shown(options));
  try {
    const { compiler, version } = await progress.during(buildAddon({
      build,
      folder: made,
      work,
      tfjsNode: options.tfjsNode,
      nodeApiHeaders: options.nodeApiHeaders,
      run,
      note: (text) => progress.update(0, text),
    }));
    await Deno.remove(join(made, "include"), { recursive: true });
    await checkLoads(join(made, ADDON), run);
    progress.finish(compiler);
    const bytes = await Deno.readFile(join(made, ADDON));
    return {
      tensorflow: TENSORFLOW_VERSION,
      tfjsNode: version,
      compiler,
      wheelSha256: build.sha256,
      files: {
        ...libraries,
        [ADDON]: { bytes: bytes.length, sha256: sha256(bytes) },
      },
    };
  } finally {
    progress.abandon();
  }
}

async function checkPython(run: Runner): Promise<void> {
  let python;
  try {
    python = await run("python3", ["-c", "import sys; print(sys.version_info >= (3, 8))"]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new UserError(
      "python3 was not found: it is needed once, to download TensorFlow; install it " +
        "(apt install python3 python3-pip, dnf install python3-pip, brew install python)",
    );
  }
  if (python.stdout.trim() !== "True") {
    throw new UserError("python3 is older than 3.8: install a newer one and put it on the PATH");
  }
  const pip = await run("python3", ["-m", "pip", "--version"]);
  if (pip.code !== 0) {
    throw new UserError(
      "python3 has no pip: install it (apt install python3-pip, or python3 -m ensurepip)",
    );
  }
}

async function checkSpace(build: TensorflowBuild, options: ProvisionOptions): Promise<void> {
  const free = await (options.freeBytes ?? freeBytes)(options.cache);
  const needed = bytesNeeded(build);
  if (free < needed) throw noSpace(options.cache, needed, free);
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function noSpace(cache: string, needed: number, free?: number): UserError {
  const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(1)} GB`;
  const left = free === undefined ? "" : `, ${gigabytes(free)} are free`;
  return new UserError(
    `Not enough space in ${cache}: the set-up needs ${gigabytes(needed)}${left}; ` +
      "free some, or set FER_LAB_CACHE to a folder on another disk",
  );
}

/** What python3 is given to have pip download a build's wheel to a folder. */
export function wheelArguments(build: TensorflowBuild, folder: string): string[] {
  return [
    ...["-m", "pip", "download", `${build.package}==${TENSORFLOW_VERSION}`],
    ...["--no-deps", "--only-binary=:all:", "--python-version", "3.11"],
    ...["--platform", build.wheelPlatform, "--dest", folder],
  ];
}

/** Downloads the wheel with pip, which knows the user's proxies and mirrors; returns its path. */
async function download(
  build: TensorflowBuild,
  work: string,
  run: Runner,
  options: ProvisionOptions,
): Promise<string> {
  const folder = join(work, "wheel");
  await Deno.mkdir(folder);
  const total = build.wheelBytes;
  const label = `Downloading TensorFlow ${TENSORFLOW_VERSION}`;
  const progress = new Progress(label, { ...shown(options), total, unit: "bytes" });
  // pip has no steady way of telling how far it is, but its file grows in the folder it is given.
  const watch = setInterval(async () => {
    progress.update(Math.min(total, await largestFile(folder)));
  }, 200);
  try {
    const result = await run("python3", [
      ...wheelArguments(build, folder),
      ...["--no-cache-dir", "--progress-bar", "off", "--retries", "3", "--quiet"],
    ], { env: { TMPDIR: folder, PIP_DISABLE_PIP_VERSION_CHECK: "1" } });
    if (result.code !== 0) throw downloadFailed(build, result.stderr, options.cache);
    for await (const entry of Deno.readDir(folder)) {
      if (!entry.isFile || !entry.name.endsWith(".whl")) continue;
      progress.update(total);
      progress.finish();
      return join(folder, entry.name);
    }
  } finally {
    clearInterval(watch);
    progress.abandon();
  }
  throw new UserError(`pip ended well but left no wheel in ${folder}: run it again`);
}

function downloadFailed(build: TensorflowBuild, stderr: string, cache: string): UserError {
  if (diskFull(stderr)) return noSpace(cache, bytesNeeded(build));
  if (noNetwork(stderr)) {
    return new UserError(
      "TensorFlow could not be downloaded: no connection to the Python package index; " +
        "check the network (pip's settings for a proxy or a mirror hold here too) and run it again",
    );
  }
  // Older versions of pip take what they have got for the whole.
  if (/Wheel .* is invalid|IncompleteRead|not enough bytes/i.test(stderr)) {
    return new UserError(
      "The download of TensorFlow broke off: check the network and run it again",
    );
  }
  if (/No matching distribution/.test(stderr)) {
    return new UserError(
      `pip found no ${build.package} ${TENSORFLOW_VERSION} for ${build.wheelPlatform}: ` +
        "update pip (python3 -m pip install --upgrade pip), or see that its index has this package",
    );
  }
  const last = stderr.trim().split("\n").findLast((line) => /error/i.test(line)) ??
    "no reason given";
  return new UserError(`pip could not download TensorFlow: ${last.replace(/^ERROR:\s*/i, "")}`);
}

async function largestFile(folder: string): Promise<number> {
  let largest = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      const bytes = entry.isDirectory ? await largestFile(path) : (await Deno.stat(path)).size;
      largest = Math.max(largest, bytes);
    }
  } catch {
    // pip moved a file away while it was looked at.
  }
  return largest;
}

async function checkDigest(wheel: string, build: TensorflowBuild): Promise<void> {
  const digest = await sha256OfFile(wheel);
  if (digest === build.sha256) return;
  throw new UserError(
    `The downloaded ${build.package} wheel has the wrong sha256 (${digest.slice(0, 12)}..., ` +
      `expected ${build.sha256.slice(0, 12)}...): run it again; if it stays wrong, do not trust ` +
      "the mirror or proxy it came through",
  );
}

/** sha256 of a file in hexadecimal, read in pieces. */
export async function sha256OfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  const file = await Deno.open(path);
  for await (const chunk of file.readable) hash.update(chunk);
  return hash.digest("hex");
}

/** Unpacks the libraries and headers into a folder; returns the libraries' sizes and digests. */
async function unpack(
  build: TensorflowBuild,
  wheel: string,
  folder: string,
  run: Runner,
  options: ProvisionOptions,
): Promise<Manifest["files"]> {
  const total = Object.values(build.libraries).reduce((sum, bytes) => sum + bytes, 0);
  const progress = new Progress("Unpacking", { ...shown(options), total, unit: "bytes" });
  const files: Record<string, { bytes: number; sha256: string }> = {};
  try {
    const script = join(import.meta.dirname!, "unpack_wheel.py");
    const libraries = Object.keys(build.libraries);
    const result = await run("python3", [script, wheel, folder, ...libraries], {
      onLine: (line) => {
        const told = JSON.parse(line);
        if (told.file) files[told.file] = { bytes: told.bytes, sha256: told.sha256 };
        else progress.update(told.done);
      },
    });
    if (result.code === 28 || diskFull(result.stderr)) {
      throw noSpace(options.cache, bytesNeeded(build));
    }
    if (result.code !== 0) {
      const last = result.stderr.trim().split("\n").at(-1);
      throw new UserError(`The TensorFlow wheel could not be unpacked: ${last}; run it again`);
    }
    for (const [name, bytes] of Object.entries(build.libraries)) {
      if (files[name]?.bytes === bytes) continue;
      throw new UserError(`The TensorFlow wheel has no ${name} of ${bytes} bytes: run it again`);
    }
    progress.update(total);
    progress.finish();
    return files;
  } finally {
    progress.abandon();
  }
}

/** Loads the addon once in a process of its own, before anything is allowed to believe in it. */
async function checkLoads(addon: string, run: Runner): Promise<void> {
  const load = 'import { createRequire } from "node:module"; createRequire("/")(Deno.args[0]);';
  const { code, stderr } = await run(Deno.execPath(), ["eval", "--no-config", load, addon], {
    env: { TF_CPP_MIN_LOG_LEVEL: "3", NO_COLOR: "1" },
  });
  if (code === 0) return;
  const reason = stderr.split("\n").find((line) => /error/i.test(line))?.replace(/^error:\s*/, "");
  throw new UserError(
    `TensorFlow was built but does not load: ${reason ?? `exit code ${code}`}; ` +
      "it needs glibc 2.27 or newer with libstdc++ (Linux) or macOS 12 or newer",
  );
}

function shown(
  options: ProvisionOptions,
): { readonly quiet: boolean; readonly output?: ProgressOutput } {
  return { quiet: options.quiet ?? false, ...(options.output ? { output: options.output } : {}) };
}

/** Holds the cache's lock until the end of its scope. */
async function lockCache(cache: string, options: ProvisionOptions): Promise<Disposable> {
  try {
    await Deno.mkdir(cache, { recursive: true });
    const file = await Deno.open(join(cache, "setup.lock"), { write: true, create: true });
    if (!await file.tryLock(true)) {
      const progress = new Progress("Waiting for another set-up on this cache", shown(options));
      await progress.during(file.lock(true));
      progress.finish();
    }
    // The system lets go of the lock when the file is closed, or the process gone.
    return { [Symbol.dispose]: () => file.close() };
  } catch (error) {
    throw explained(error, cache);
  }
}

/** Removes what set-ups that were killed have left. Only the lock's holder may. */
async function removeTemporaries(cache: string): Promise<void> {
  for await (const entry of Deno.readDir(cache)) {
    if (!entry.name.startsWith(TEMPORARY)) continue;
    await Deno.remove(join(cache, entry.name), { recursive: true }).catch(() => {});
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}

/** An error of the file system in words, with the remedy; any other as it is. */
function explained(error: unknown, cache: string): unknown {
  if (error instanceof UserError || !(error instanceof Error)) return error;
  const code = (error as { code?: string }).code ?? "";
  if (code === "ENOSPC" || code === "EDQUOT" || diskFull(error.message)) {
    return new UserError(
      `No space left in ${cache}: free some, or set FER_LAB_CACHE to a folder on another disk`,
    );
  }
  const unwritable = ["EROFS", "EACCES", "EPERM", "ENOTDIR", "EISDIR", "EEXIST"].includes(code) ||
    error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotADirectory;
  if (!unwritable) return error;
  return new UserError(
    `Cannot write to the cache ${cache}: set FER_LAB_CACHE to a folder you can write to`,
    { cause: error },
  );
}
