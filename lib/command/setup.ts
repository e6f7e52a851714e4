/**
 * `deno task setup`: provisions native TensorFlow, or finds in a moment that all is in place.
 *
 * Runs without deno.json's packages (`--no-config`), since it is what brings them, and imports the
 * long way round only when there is something to do.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { userCacheFolder } from "../cache.ts";
import { noteCheckout } from "../checkout.ts";
import { UserError } from "../error.ts";
import { checkCommandLine, type Command, commandHelp, flag, parseOptions } from "../flags.ts";
import { runMain } from "../main.ts";
import type { ParsedArgs } from "../std/parse_args.ts";
import { decideSource } from "../std/source.ts";
import { isLinked, link, nativeFolder, readManifest, TFJS_NODE } from "../tensorflow/place.ts";
import { tensorflowBuild } from "../tensorflow/platform.ts";

const COMMAND = {
  name: "setup",
  summary: "Sets up native TensorFlow for this checkout; the other tasks do it by themselves.",
  flags: {
    check: flag("Tell what is there: versions, paths, digests, CPU, threads, one timed matmul"),
    force: flag("Download and build again, even where all is in place"),
    quiet: flag("Print errors only"),
  },
  exclusive: [["check", "force"]],
  notes: [
    "TensorFlow is kept in FER_LAB_CACHE, or ~/.cache/fer-lab (Linux), ~/Library/Caches/fer-lab " +
    "(macOS). A relative FER_LAB_CACHE starts where you stand. Where all is in place there, it is only " +
    "read: many can share a folder that they may not write to. FER_LAB_THREADS sets the number of " +
    "threads it computes with.",
  ],
} as const satisfies Command;

/** Sets up, checks or explains, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const { help, flags } = checkCommandLine(COMMAND, parsePlainly(args));
  if (help) return console.log(commandHelp(COMMAND));
  const { check, force, quiet } = flags;

  const build = tensorflowBuild();
  const folder = nativeFolder(build);
  if (check) {
    const { inspect } = await import("../tensorflow/inspect.ts");
    return console.log(await inspect(build, folder));
  }
  await noteCheckout();
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

/** Without the library that reads other tasks' command lines: it comes with the packages. */
function parsePlainly(args: readonly string[]): ParsedArgs {
  const { boolean, alias } = parseOptions(COMMAND);
  const named = (arg: string) => arg.startsWith("--") ? arg.slice(2) : alias[arg.slice(1)];
  const dashed = args.filter((arg) => /^-./.test(arg));
  const on = dashed.map(named);
  return {
    boolean: Object.fromEntries(boolean.map((name) => [name, on.includes(name)])),
    string: {},
    collect: {},
    rest: args.filter((arg) => !dashed.includes(arg)),
    unknown: dashed.filter((arg) => !boolean.includes(named(arg) ?? "")),
  };
}

if (import.meta.main) await runMain(() => main(Deno.args));
