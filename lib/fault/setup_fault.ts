/**
 * Faults of the set-up, each carried out on `deno task setup` as a process of its own, in a copy of
 * the checkout with packages and a cache of its own: killed, two at once, a download that breaks off,
 * files that somebody changed. What `setup --check` says then is what counts.
 *
 * The wheel is downloaded once, with pip as the user has it set up; an index on this machine then
 * serves it.
 *
 * @module
 */

import { CHECKOUT } from "../paths.ts";
import { join } from "node:path";
import { UserError } from "../error.ts";
import { exists } from "../file.ts";
import { type RandomStream, randomStream } from "../seed.ts";
import { taskCommand } from "../task.ts";
import { ADDON, nativeFolder, readManifest } from "../tensorflow/place.ts";
import { tensorflowBuild } from "../tensorflow/platform.ts";
import { wheelArguments } from "../tensorflow/provision.ts";
import { COMPILERS } from "../tensorflow/provision_addon.ts";
import { installPackages } from "../tensorflow/provision_packages.ts";
import { noNetwork } from "../tensorflow/provision_trouble.ts";
import { runProgram } from "../tensorflow/runner.ts";
import type { FaultOutcome } from "./fault.ts";
import { filesIn } from "./output.ts";
import { type Ended, killWhen, type ProcessOptions, runProcess } from "./process.ts";
import { serveWheel, type WheelServer } from "./wheel_server.ts";

/** How the set-up is broken. */
export interface SetUpFaultOptions {
  /** A folder to work in. */
  readonly folder: string;
  readonly seed: number;
  /** Hears what goes on, one line each. */
  readonly onNote: (line: string) => void;
}

/** Kills of set-ups: each stage once, the others at any stage. */
const KILLS = 8;

/** Carries out every fault of the set-up once; where that is not possible, each says why. */
export async function breakSetUp(options: SetUpFaultOptions): Promise<FaultOutcome[]> {
  const folder = join(options.folder, "set-up");
  options.onNote("set-up: a checkout of its own, and the wheel");
  let wheel: string;
  try {
    wheel = await prepare(folder);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return FAULTS.map(({ name }) => ({
      ...{ name, printed: "", code: null, disk: "–", failures: [] },
      end: `skipped: ${error.message}`,
    }));
  }
  await using server = await serveWheel(wheel);
  const outcomes: FaultOutcome[] = [];
  for (const { name, carryOut } of FAULTS) {
    options.onNote(name);
    const scene = new SetUpScene(folder, server, options);
    const end = await carryOut(scene);
    const { failures, seen } = scene;
    outcomes.push({ name, ...seen, end: failures.join("; ") || end, failures });
  }
  return outcomes;
}

/**
 * Puts the code and its packages into a folder, and the wheel beside them; returns the wheel's path.
 *
 * @throws {UserError} Where the machine cannot set up TensorFlow from nothing.
 */
async function prepare(folder: string): Promise<string> {
  const build = tensorflowBuild();
  const has = async (program: string) =>
    await runProgram(program, ["--version"]).then(({ code }) => code === 0).catch(() => false);
  if (!(await Promise.all(COMPILERS.map(has))).includes(true)) {
    throw new UserError("needs a C++ compiler");
  }
  const checkout = join(folder, "checkout");
  for (const file of await filesIn(join(CHECKOUT, "lib"))) {
    const to = join(checkout, "lib", file);
    await Deno.mkdir(join(to, ".."), { recursive: true });
    await Deno.copyFile(join(CHECKOUT, "lib", file), to);
  }
  for (const file of ["deno.json", "deno.lock"]) {
    await Deno.copyFile(join(CHECKOUT, file), join(checkout, file));
  }
  await Deno.mkdir(join(folder, "tmp"));
  await installPackages(checkout, { quiet: true });
  const wheels = join(folder, "wheel");
  const { code, stderr } = await runProgram("python3", wheelArguments(build, wheels));
  if (code !== 0) {
    const line = stderr.trim().split("\n").at(-1);
    throw new UserError(
      noNetwork(stderr) ? "no network to download the wheel once" : `no wheel: ${line}`,
    );
  }
  const [wheel] = await filesIn(wheels);
  return join(wheels, wheel!);
}

/** A checkout whose set-up is broken, and what has been seen. */
class SetUpScene {
  readonly checkout: string;
  readonly cache: string;
  readonly native: string;
  readonly tfjsNode: string;
  readonly random: RandomStream;
  readonly failures: string[] = [];
  readonly build = tensorflowBuild();
  seen: Pick<FaultOutcome, "printed" | "code" | "disk"> = { printed: "", code: null, disk: "" };

  constructor(
    readonly folder: string,
    readonly server: WheelServer,
    readonly options: SetUpFaultOptions,
  ) {
    this.checkout = join(folder, "checkout");
    this.cache = join(folder, "cache");
    this.native = nativeFolder(this.build, this.cache);
    this.tfjsNode = join(this.checkout, "node_modules", "@tensorflow", "tfjs-node");
    this.random = randomStream(options.seed, "faults", "set-up");
  }

  /** `deno task setup` with flags. */
  async run(flags: readonly string[] = [], how: ProcessOptions = {}): Promise<Ended> {
    return await runProcess([Deno.execPath(), ...await taskCommand("setup"), ...flags], {
      ...how,
      cwd: this.checkout,
      env: { ...this.server.env, FER_LAB_CACHE: this.cache, TMPDIR: join(this.folder, "tmp") },
    });
  }

  /** Takes away what earlier set-ups have made, so that the next one begins from nothing. */
  async clear(what: readonly string[] = [this.native]): Promise<void> {
    for (const path of what) await Deno.remove(path, { recursive: true }).catch(() => {});
  }

  get packages(): string {
    return join(this.checkout, "node_modules");
  }

  /** Notes what a set-up, or its check, came to. */
  async see(ended: Ended, expected: { readonly code: number; readonly printed: RegExp }) {
    this.expect(ended, expected);
    const line = ended.stderr.split("\n").find((line) => expected.printed.test(line)) ?? "";
    this.seen = {
      printed: line.replaceAll(this.folder, "…").replaceAll("|", "\\|"),
      code: ended.code,
      disk: await this.describe(),
    };
  }

  expect(ended: Ended, expected: { readonly code: number; readonly printed: RegExp }): void {
    const said = ended.stderr.trim();
    if (ended.hung) this.failures.push("it hangs");
    if (ended.code !== expected.code) {
      this.failures.push(`exit code ${ended.code}, not ${expected.code}: ${said}`);
    } else if (!said.split("\n").some((line) => expected.printed.test(line))) {
      this.failures.push(`printed ${JSON.stringify(said)}`);
    }
    if (/\n\s+at |not foreseen/.test(said)) this.failures.push(said);
  }

  /** Gives `deno task setup` again, and has `setup --check` find all whole and nothing left over. */
  async recover(flags: readonly string[] = []): Promise<void> {
    this.expect(await this.run(flags), { code: 0, printed: /is set up in|^$/ });
    await this.findWhole();
  }

  async findWhole(): Promise<void> {
    const check = await this.run(["--check"]);
    this.expect(check, { code: 0, printed: /^$/ });
    if (!/^matmul /m.test(check.stdout)) this.failures.push(`check printed ${check.stdout}`);
    for (const name of await namesIn(this.cache)) {
      if (name.startsWith("setup-tmp-")) this.failures.push(`${name} was left in the cache`);
    }
    for (const name of await namesIn(join(this.folder, "tmp"))) {
      this.failures.push(`${name} was left among the system's temporary files`);
    }
  }

  /** In words, what a set-up has made so far. */
  async describe(): Promise<string> {
    if (await readManifest(this.native, this.build)) {
      return await exists(join(this.tfjsNode, "deps", "lib", ADDON)) ? "all, linked" : "all";
    }
    const parts: string[] = [];
    for (const work of await this.works()) {
      const made = join(work, "new");
      if (await exists(join(made, "manifest.json"))) parts.push("all, not yet in place");
      else if (await exists(join(made, ADDON))) parts.push("the libraries, the addon");
      else if (await this.isCompiling(work)) parts.push("the libraries");
      else if (await this.isUnpacking(work)) parts.push("the wheel, a part of the libraries");
      else parts.push("a part of the wheel");
    }
    if (parts.length > 0) return parts.join("; ");
    return await exists(join(this.packages, "node-api-headers")) ? "packages" : "some packages";
  }

  /** The folders in which set-ups are making something, or have been. */
  async works(): Promise<string[]> {
    const names = await namesIn(this.cache);
    return names.filter((name) => name.startsWith("setup-tmp-")).map((name) =>
      join(this.cache, name)
    );
  }

  async isUnpacking(work: string): Promise<boolean> {
    const libraries = Object.keys(this.build.libraries);
    const there = await namesIn(join(work, "new"));
    return libraries.some((name) => there.includes(name));
  }

  async isCompiling(work: string): Promise<boolean> {
    const wheel = await namesIn(join(work, "wheel"));
    return await this.isUnpacking(work) && !wheel.some((name) => name.endsWith(".whl"));
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

/** Changes one bit of a file, somewhere. */
async function flipBit(path: string, random: RandomStream): Promise<void> {
  using file = await Deno.open(path, { read: true, write: true });
  const place = random.integer(0, (await file.stat()).size);
  const byte = new Uint8Array(1);
  await file.seek(place, Deno.SeekMode.Start);
  await file.read(byte);
  byte[0]! ^= 1 << random.integer(0, 8);
  await file.seek(place, Deno.SeekMode.Start);
  await file.write(byte);
}

// -------------------------------------------------------------------------------------- the faults

interface SetUpFault {
  readonly name: string;
  /** What came of it in the end, in words, where nothing failed. */
  carryOut(this: void, scene: SetUpScene): Promise<string>;
}

/** A stage of a set-up: how it is recognised on disk, and how long it may be let go on. */
interface Stage {
  readonly milliseconds: number;
  isReached(this: void, scene: SetUpScene, work: string | undefined): Promise<boolean>;
}

const STAGES: readonly Stage[] = [
  // npm packages
  {
    milliseconds: 500,
    isReached: ({ packages }) => exists(join(packages, ".deno")),
  },
  // the download
  {
    milliseconds: 4000,
    isReached: async (_, work) => work !== undefined && await exists(join(work, "wheel")),
  },
  // unpacking
  {
    milliseconds: 6000,
    isReached: async (scene, work) => work !== undefined && await scene.isUnpacking(work),
  },
  // compiling
  {
    milliseconds: 10_000,
    isReached: async (scene, work) => work !== undefined && await scene.isCompiling(work),
  },
  // putting in place, which begins with the manifest, and linking
  {
    milliseconds: 30,
    isReached: async ({ native }, work) =>
      (await namesIn(join(work ?? native, "new"))).some((name) => name.startsWith("manifest")) ||
      await exists(join(native, "manifest.json")),
  },
];

const FAULTS: readonly SetUpFault[] = [
  {
    name: "set-up: the download breaks off",
    carryOut: async (scene) => {
      scene.server.serving = "broken off";
      const ended = await scene.run();
      scene.server.serving = "whole";
      await scene.see(ended, {
        code: 1,
        printed: /^Error: .*(broke off|no connection).* run it again/,
      });
      await nothingLeft(scene);
      return "nothing is left of it";
    },
  },
  {
    name: "set-up: the mirror serves a wheel with one bit changed",
    carryOut: async (scene) => {
      scene.server.serving = "changed";
      const ended = await scene.run();
      scene.server.serving = "whole";
      await scene.see(ended, { code: 1, printed: /^Error: .*wrong sha256.*do not trust/ });
      await nothingLeft(scene);
      return "nothing is left of it";
    },
  },
  {
    name: "set-up: killed at each stage (kill -9)",
    carryOut: async (scene) => {
      const { random, failures, options } = scene;
      const found: string[] = [];
      const drawn = Array.from(
        { length: KILLS - STAGES.length },
        () => STAGES[random.integer(0, STAGES.length)]!,
      );
      for (const stage of [...STAGES, ...drawn]) {
        await scene.clear(stage === STAGES[0] ? [scene.native, scene.packages] : [scene.native]);
        const ended = await killAt(scene, stage);
        if (ended.code !== 137) {
          // On a quick machine a stage may be over before its kill: nothing was met.
          scene.expect(ended, { code: 0, printed: /is set up in/ });
          continue;
        }
        found.push(await scene.describe());
        options.onNote(
          `kill ${found.length} after ${(ended.milliseconds / 1000).toFixed(1)} s: ${found.at(-1)}`,
        );
        const check = await scene.run(["--check"]);
        if (check.code !== 0) {
          scene.expect(check, { code: 1, printed: /^Error: .*: run deno task setup$/ });
          scene.seen = {
            printed: check.stderr.trim().replaceAll(scene.folder, "…"),
            code: 137,
            disk: "",
          };
        }
        if (await readManifest(scene.native, scene.build)) await scene.recover();
      }
      scene.seen = { ...scene.seen, disk: [...new Set(found)].join("; ") };
      if (found.length === 0) failures.push("no kill met a set-up");
      await scene.recover();
      return `the same command completes; the check finds all whole (${found.length} kills met it)`;
    },
  },
  {
    name: "set-up: two at once",
    carryOut: async (scene) => {
      await scene.clear([scene.native, scene.packages]);
      scene.server.downloads = 0;
      const both = await Promise.all([scene.run(), scene.run()]);
      const [waited, other] = both[0].stderr.includes("Waiting") ? both : both.toReversed();
      await scene.see(waited!, { code: 0, printed: /^Waiting for another set-up/ });
      scene.expect(other!, { code: 0, printed: /is set up in/ });
      const { downloads } = scene.server;
      if (downloads !== 1) scene.failures.push(`${downloads} downloads`);
      await scene.findWhole();
      return "the second waits and downloads nothing; the check finds all whole";
    },
  },
  changed(
    "TensorFlow's library",
    (scene) => join(scene.native, Object.keys(scene.build.libraries)[0]!),
  ),
  changed("the addon in the cache", (scene) => join(scene.native, ADDON)),
  {
    name: "set-up: one bit of the addon in node_modules changed",
    carryOut: async (scene) => {
      await flipBit(join(scene.tfjsNode, "lib", "napi-v8", ADDON), scene.random);
      const check = await scene.run(["--check"]);
      await scene.see(check, {
        code: 1,
        printed: /^Error: .*is not led to .*: run deno task setup$/,
      });
      await scene.recover();
      return "`setup` mends it; the check finds all whole";
    },
  },
];

/** One bit of a file of the cache changed, which only making it again mends. */
function changed(what: string, path: (scene: SetUpScene) => string): SetUpFault {
  return {
    name: `set-up: one bit of ${what} changed`,
    carryOut: async (scene) => {
      await flipBit(path(scene), scene.random);
      const check = await scene.run(["--check"]);
      await scene.see(check, {
        code: 1,
        printed: /^Error: .*is damaged \(wrong sha256\): run deno task setup --force$/,
      });
      await scene.recover(["--force"]);
      return "`setup --force` mends it; the check finds all whole";
    },
  };
}

/** A set-up killed at a moment of a stage, alone or with all programs that it has started. */
async function killAt(scene: SetUpScene, stage: Stage): Promise<Ended> {
  const { random } = scene;
  const wait = random.integer(0, stage.milliseconds);
  const alone = random.integer(0, 2) === 0;
  const before = await scene.works();
  const abort = new AbortController();
  const ended = await scene.run([], {
    group: true,
    onStart: (pid) =>
      killWhen(alone ? pid : -pid, async () => {
        const work = (await scene.works()).find((work) => !before.includes(work));
        if (!await stage.isReached(scene, work)) return false;
        await new Promise((resolve) => setTimeout(resolve, wait));
        return true;
      }, abort.signal),
  });
  abort.abort();
  return ended;
}

/** A set-up that failed leaves its lock and nothing else. */
async function nothingLeft({ cache, failures }: SetUpScene): Promise<void> {
  for (const name of await namesIn(cache)) {
    if (name !== "setup.lock") failures.push(`${name} was left in the cache`);
  }
}
