/**
 * Which of two libraries serves `lib/std`: Deno's own from jsr, or its stand-in from npm.
 *
 * Asking a registry that does not answer costs time and prints "Download ..." lines, so no run ever
 * asks. `deno task setup` asks once ({@linkcode decideSource}), fetches what is needed, and writes the
 * answer into the checkout's cache; every run reads that file, and without it uses npm, which is
 * installed with all other dependencies. Remove the file to be asked again.
 *
 * The names from jsr are kept in variables: Deno looks up an `import("...")` of a literal name before
 * the program starts, and would download at that moment.
 *
 * @module
 */

import { dirname, join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { writeFileWhole } from "../file.ts";

/** Where the libraries behind `lib/std` come from. */
export type StdSource = "jsr" | "npm";

/** The modules of jsr that `lib/std` uses, by their aliases in deno.json. */
export const JSR_MODULES = {
  parseArgs: "@std/cli/parse-args",
  csvParse: "@std/csv/parse",
  csvStringify: "@std/csv/stringify",
} as const satisfies Record<string, string>;

/** Where the answer is kept. */
const ANSWER_FILE = join(CHECKOUT_CACHE, "std-source");

/** The source that was decided on, `npm` where nothing was or the file may not be read. */
export function rememberedSource(file: string = ANSWER_FILE): StdSource {
  try {
    const allowed = Deno.permissions.querySync({ name: "read", path: file }).state === "granted";
    return allowed && Deno.readTextFileSync(file).trim() === "jsr" ? "jsr" : "npm";
  } catch {
    return "npm";
  }
}

/** A module with the source it came from. */
export interface Loaded<Module> {
  readonly source: StdSource;
  readonly module: Module;
}

/**
 * Loads a module from jsr where that was decided on and works, else its stand-in. Prints nothing.
 *
 * @param fromJsr Imports from jsr; may reject (a cache that was emptied, a frozen lock file).
 * @param fromNpm Imports the stand-in.
 */
export async function loadStd<Module>(
  fromJsr: () => Promise<Module>,
  fromNpm: () => Promise<Module>,
  source: StdSource = rememberedSource(),
): Promise<Loaded<Module>> {
  if (source === "jsr") {
    try {
      return { source, module: await fromJsr() };
    } catch {
      // The stand-in behaves the same: nothing is lost and nothing needs saying.
    }
  }
  return { source: "npm", module: await fromNpm() };
}

/**
 * Asks jsr whether it answers, fetches its modules into Deno's cache where it does, and remembers the
 * answer. For `deno task setup` only: needs network, run and write permission. Prints nothing, and
 * costs at most `timeout` where jsr does not answer and nothing where the answer is known.
 *
 * @param options.timeout Milliseconds to wait for jsr's first answer.
 * @param options.file Where the answer is kept.
 * @param options.registry Where jsr is.
 */
export async function decideSource(
  { timeout = 300, file = ANSWER_FILE, registry = registryOfDeno() }: {
    timeout?: number;
    file?: string;
    registry?: string;
  } = {},
): Promise<StdSource> {
  const known = await Deno.readTextFile(file).then((text) => text.trim()).catch(() => "");
  if (known === "jsr" || known === "npm") return known;
  const source = await answers(registry, timeout) && await fetchModules() ? "jsr" : "npm";
  await writeFileWhole(file, `${source}\n`);
  return source;
}

/** Deno itself goes by JSR_URL where a mirror of jsr is used. */
function registryOfDeno(): string {
  return Deno.env.get("JSR_URL") || "https://jsr.io";
}

async function answers(registry: string, timeout: number): Promise<boolean> {
  try {
    const url = `${registry.replace(/\/$/, "")}/@std/cli/meta.json`;
    const response = await fetch(url, { signal: AbortSignal.timeout(timeout) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}

/** In a process of its own, so that its download lines and its failures stay there. */
async function fetchModules(): Promise<boolean> {
  const imports = Object.values(JSR_MODULES).map((name) => `await import("${name}");`).join("");
  try {
    const command = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--quiet", imports],
      cwd: dirname(CHECKOUT_CACHE),
      stdin: "null",
      stdout: "null",
      stderr: "null",
      signal: AbortSignal.timeout(20_000),
    });
    return (await command.output()).success;
  } catch {
    return false;
  }
}
