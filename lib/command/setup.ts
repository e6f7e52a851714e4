/**
 * `deno task setup`: provisions native TensorFlow, or finds in a moment that all is in place.
 *
 * Runs without deno.json's packages (`--no-config`), since it is what brings them, and imports the
 * long way round only when there is something to do.
 *
 * @module
 */

import { join } from "node:path";
import { userCacheFolder } from "../cache.ts";
import { noteCheckoutState } from "../checkout.ts";
import { UsageError, UserError } from "../error.ts";
import { runMain } from "../main.ts";
import { decideSource } from "../std/source.ts";
import {
  CHECKOUT,
  isLinked,
  link,
  nativeFolder,
  readManifest,
  TFJS_NODE,
} from "../tensorflow/place.ts";
import { tensorflowBuild } from "../tensorflow/platform.ts";

const HELP = `Sets up native TensorFlow for this checkout; the other tasks do it by themselves.

Usage: deno task setup [--check] [--force] [--quiet]

  --check   tell what is there: versions, paths, digests, CPU, threads, one timed matmul
  --force   download and build again, even where all is in place
  --quiet   print nothing but errors
  --help    print this

TensorFlow is kept in FER_LAB_CACHE, or ~/.cache/fer-lab (Linux), ~/Library/Caches/fer-lab (macOS).
A relative FER_LAB_CACHE starts where you stand. Where all is in place there, it is only read: many can
share a folder that they may not write to.
FER_LAB_THREADS sets the number of threads it computes with.`;

const FLAGS = ["--check", "--force", "--quiet", "--help", "-h"];

/** Sets up, checks or explains, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const unknown = args.find((arg) => !FLAGS.includes(arg));
  if (unknown !== undefined) {
    throw new UsageError(`Unknown argument ${unknown}: setup takes --check, --force, --quiet`);
  }
  if (args.includes("--help") || args.includes("-h")) return console.log(HELP);
  const quiet = args.includes("--quiet");
  const force = args.includes("--force");
  const check = args.includes("--check");
  if (check && force) throw new UsageError("--check and --force exclude each other");

  const build = tensorflowBuild();
  const folder = nativeFolder(build);
  if (check) {
    const { inspect } = await import("../tensorflow/inspect.ts");
    return console.log(await inspect(build, folder));
  }
  await noteCheckoutState();
  await decideSource();
  const there = force ? undefined : await readManifest(folder, build);
  if (there && await isLinked(TFJS_NODE, folder, there)) return;

  const start = performance.now();
  const { provision } = await import("../tensorflow/provision.ts");
  const { installPackages } = await import("../tensorflow/provision_packages.ts");
  await installPackages(CHECKOUT, { quiet });
  await provision(build, {
    cache: userCacheFolder(),
    tfjsNode: TFJS_NODE,
    nodeApiHeaders: join(CHECKOUT, "node_modules", "node-api-headers", "include"),
    force,
    quiet,
  });
  try {
    await link(TFJS_NODE, folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
    throw new UserError(`Cannot write to ${TFJS_NODE}: make the checkout's node_modules writable`);
  }
  if (!quiet) {
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.error(`TensorFlow ${build.platform} is set up in ${folder} (${seconds} s)`);
  }
}

if (import.meta.main) await runMain(() => main(Deno.args));
