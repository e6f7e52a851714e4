/**
 * Where native TensorFlow is kept, whether it is whole, and how tfjs-node is led to it.
 *
 * The libraries and the addon lie in one folder of the per-user cache, with a manifest that is
 * written last; a checkout's tfjs-node gets a link to it. Nothing here is slow: a finished set-up
 * is recognised by a few calls of stat.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { userCacheFolder } from "../cache.ts";
import { sha256 } from "../digest.ts";
import { UserError } from "../error.ts";
import { CHECKOUT } from "../paths.ts";
import { NAPI_VERSION, TENSORFLOW_VERSION, type TensorflowBuild } from "./platform.ts";

/** The addon's file name, which tfjs-node's package.json fixes. */
export const ADDON = "tfjs_binding.node";

/** tfjs-node's package folder in the checkout. */
export const TFJS_NODE: string = join(CHECKOUT, "node_modules", "@tensorflow", "tfjs-node");

/** What is in the native folder: written last, so that where it is, the rest is whole. */
export interface Manifest {
  /** Version of TensorFlow. */
  readonly tensorflow: string;
  /** Version of tfjs-node that the addon was built from. */
  readonly tfjsNode: string;
  /** What built the addon: the compiler's first line about itself. */
  readonly compiler: string;
  /** sha256 of the wheel. */
  readonly wheelSha256: string;
  /** Size in bytes and sha256 of every file beside the manifest. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** The folder of a build's libraries and addon in the per-user cache. */
export function nativeFolder(build: TensorflowBuild, cache: string = userCacheFolder()): string {
  return join(cache, `tensorflow-${TENSORFLOW_VERSION}-${build.platform}`);
}

/**
 * The manifest of a native folder in which every file is there with the size it should have; nothing
 * where anything is missing or does not fit, for then it has to be made again.
 */
export async function readManifest(
  folder: string,
  build: TensorflowBuild,
): Promise<Manifest | undefined> {
  try {
    const manifest: Manifest = JSON.parse(await Deno.readTextFile(join(folder, "manifest.json")));
    if (manifest.tensorflow !== TENSORFLOW_VERSION) return undefined;
    if (manifest.wheelSha256 !== build.sha256) return undefined;
    for (const name of [...Object.keys(build.libraries), ADDON]) {
      const expected = manifest.files[name];
      if (!expected) return undefined;
      if ((await Deno.stat(join(folder, name))).size !== expected.bytes) return undefined;
    }
    return manifest;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    if (error instanceof TypeError || error instanceof Deno.errors.NotADirectory) return undefined;
    if (error instanceof Deno.errors.PermissionDenied) throw unreadable(folder, error);
    throw error;
  }
}

function unreadable(folder: string, cause: Error): UserError {
  return new UserError(
    `Cannot read ${folder}: have its owner make it readable (chmod -R a+rX), or set FER_LAB_CACHE to ` +
      "a folder of your own",
    { cause },
  );
}

/** Where tfjs-node's addon is, and the link that leads it to the libraries. */
function ends(tfjsNode: string): { addon: string; libraries: string } {
  return {
    addon: join(tfjsNode, "lib", `napi-v${NAPI_VERSION}`, ADDON),
    libraries: join(tfjsNode, "deps", "lib"),
  };
}

/**
 * Whether tfjs-node in a package folder is led to a whole native folder, with an addon that is to the
 * byte the one that was built: it is small enough to be looked at before every start.
 */
export async function isLinked(
  tfjsNode: string,
  folder: string,
  manifest: Manifest,
): Promise<boolean> {
  const { addon, libraries } = ends(tfjsNode);
  try {
    if (await Deno.readLink(libraries) !== folder || !(await Deno.lstat(addon)).isFile) {
      return false;
    }
    return await isAddon(addon, manifest);
  } catch {
    return false;
  }
}

/** Whether a file is to the byte the addon that was built. */
export async function isAddon(path: string, manifest: Manifest): Promise<boolean> {
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    // Another set-up may be putting a new folder in place of this one.
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.PermissionDenied) throw unreadable(dirname(path), error);
    throw error;
  }
  return sha256(bytes) === manifest.files[ADDON]!.sha256;
}

/**
 * Leads tfjs-node in a package folder to the native folder: a link to the libraries, which only the
 * system's loader follows, and a copy of the addon, so that a program needs no right to read outside
 * the checkout. Each is replaced in one step, so that two set-ups at once do no harm.
 */
export async function link(tfjsNode: string, folder: string): Promise<void> {
  const { addon, libraries } = ends(tfjsNode);
  await replace(libraries, (path) => Deno.symlink(folder, path));
  await replace(addon, (path) => Deno.copyFile(join(folder, ADDON), path));
}

/** Puts what `make` makes at a path, in place of what is there. */
async function replace(path: string, make: (path: string) => Promise<void>): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${Deno.pid}`;
  await Deno.remove(temporary).catch(() => {});
  await make(temporary);
  // What tfjs-node's own install script may have left is a folder, which a rename cannot replace.
  const there = await Deno.lstat(path).catch(() => undefined);
  if (there?.isDirectory) await Deno.remove(path, { recursive: true });
  await Deno.rename(temporary, path);
}
