/**
 * Faults of machines, disks and people, each carried out on a run as a process of its own: what the
 * program prints, its exit code, what is on disk after, and whether the same command then comes to
 * what it would have come to without.
 *
 * @module
 */

import { basename, join } from "node:path";
import { CHECKOUT_CACHE } from "../cache.ts";
import { generateFaces } from "../dataset/synthetic.ts";
import { EMOTIONS, IMAGE_PIXELS } from "../emotion.ts";
import { CHECKPOINT_FILES } from "../training/checkpoint.ts";
import { randomStream } from "../seed.ts";
import type { Reference } from "./kill.ts";
import { brokenFiles, describeOutput, differences, filesIn, fingerprint } from "./output.ts";
import { type Ended, killWhen, type ProcessOptions, runProcess, runTask } from "./process.ts";

/** What a fault is carried out on. */
export interface FaultOptions {
  readonly task: string;
  readonly args: readonly string[];
  /** A folder to work in, where the task may write. */
  readonly folder: string;
  readonly seed: number;
  /** The same run without a fault. */
  readonly reference: Reference;
}

/** What came of a fault. */
export interface FaultOutcome {
  readonly name: string;
  /** What the program printed of it; empty for nothing. */
  readonly printed: string;
  /** Null where the fault could not be carried out here. */
  readonly code: number | null;
  /** What was on disk then, in words. */
  readonly disk: string;
  /** What came of it in the end, in words. */
  readonly end: string;
  readonly failures: readonly string[];
}

/** A fault. */
export interface Fault {
  readonly name: string;
  carryOut(options: FaultOptions): Promise<FaultOutcome>;
}

/** A fault in the making: a folder, the run in it, and what has been seen. */
class Scene {
  readonly out: string;
  readonly failures: string[] = [];
  seen: Pick<FaultOutcome, "printed" | "code" | "disk"> = { printed: "", code: null, disk: "" };

  constructor(readonly name: string, readonly options: FaultOptions) {
    this.out = join(options.folder, name.replaceAll(/\W+/g, "-"));
  }

  /** The run's command into this scene's folder. */
  async run(how: ProcessOptions = {}, more: readonly string[] = []): Promise<Ended> {
    const { task, args } = this.options;
    return await runTask(task, [...args, ...more, "--out", this.out], how);
  }

  /** Begins the run and kills it once it has saved a checkpoint of its second epoch. */
  async begin(): Promise<string> {
    await Deno.mkdir(this.out, { recursive: true });
    const abort = new AbortController();
    const { task, args } = this.options;
    const ended = runTask(task, [...args, "--out", this.out], {
      onStart: (pid) => killWhen(pid, () => this.#hasPrevious(), abort.signal),
    });
    await ended;
    abort.abort();
    const runs = await filesIn(this.out);
    const checkpoint = runs.find((file) => basename(file) === CHECKPOINT_FILES[0]);
    if (!checkpoint) throw new Error("The run ended before it could be killed");
    return join(this.out, checkpoint);
  }

  async #hasPrevious(): Promise<boolean> {
    const names = (await filesIn(this.out)).map((file) => basename(file));
    return CHECKPOINT_FILES.every((name) => names.includes(name));
  }

  /** Notes what the run under the fault came to. */
  async see(ended: Ended, expected: { readonly code: number; readonly printed: RegExp }) {
    const lines = ended.stderr.trim().split("\n");
    const printed = lines.find((line) => expected.printed.test(line));
    this.seen = {
      printed: this.#shorten(printed ?? ""),
      code: ended.code,
      disk: await describeOutput(this.out),
    };
    if (ended.hung) this.failures.push("it hangs");
    if (ended.code !== expected.code) {
      this.failures.push(`exit code ${ended.code}, not ${expected.code}: ${ended.stderr.trim()}`);
    }
    if (printed === undefined && !expected.printed.test("")) {
      this.failures.push(`printed ${JSON.stringify(ended.stderr.trim())}`);
    }
    if (/\n\s+at |not foreseen/.test(ended.stderr)) this.failures.push(ended.stderr.trim());
    this.failures.push(...await brokenFiles(this.out));
  }

  /** Gives the command again, without the fault, and holds the result against the reference. */
  async recover(): Promise<FaultOutcome> {
    return await this.end(await this.run());
  }

  /** Holds the result of the last run against the reference. */
  async end(
    ended: Ended,
    text = "the same command goes on to the same bytes",
  ): Promise<FaultOutcome> {
    if (ended.code !== 0) {
      this.failures.push(`then exit code ${ended.code}: ${ended.stderr.trim()}`);
    }
    const expected = this.options.reference.fingerprint;
    this.failures.push(...differences(expected, await fingerprint(this.out)));
    this.failures.push(...await brokenFiles(this.out));
    const { name, seen, failures } = this;
    return { name, ...seen, end: failures.length === 0 ? text : failures.join("; "), failures };
  }

  skip(reason: string): FaultOutcome {
    const { name } = this;
    return { name, printed: "", code: null, disk: "–", end: `skipped: ${reason}`, failures: [] };
  }

  #shorten(line: string): string {
    return line.replaceAll(this.out, "OUT").replaceAll(`${CHECKOUT_CACHE}/`, ".cache/")
      .replaceAll("|", "\\|");
  }
}

const ALL_FAULTS: Fault[] = [];

function fault(name: string, carryOut: (scene: Scene) => Promise<FaultOutcome>): void {
  ALL_FAULTS.push({ name, carryOut: (options) => carryOut(new Scene(name, options)) });
}

/** Every fault there is. */
export const FAULTS: readonly Fault[] = ALL_FAULTS;

// --------------------------------------------------------------------------------- killed processes

fault("killed while it trains (kill -9)", async (scene) => {
  await scene.begin();
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /going on after epoch/ });
  return await scene.end(ended, "completes to the same bytes");
});

fault("stopped with Ctrl-C (SIGINT)", async (scene) => {
  const ended = await scene.run({
    onStart: (pid) => void signalWhen(pid, "SIGINT", scene.out, "history.jsonl"),
  });
  await scene.see(ended, { code: 130, printed: /^Interrupted/ });
  return await scene.recover();
});

fault("asked to end (SIGTERM)", async (scene) => {
  const ended = await scene.run({
    onStart: (pid) => void signalWhen(pid, "SIGTERM", scene.out, "history.jsonl"),
  });
  await scene.see(ended, { code: 130, printed: /^Interrupted/ });
  return await scene.recover();
});

async function signalWhen(pid: number, signal: Deno.Signal, folder: string, name: string) {
  await seeFile(folder, name);
  Deno.kill(pid, signal);
}

/** Waits until there is a file of a name in a folder. */
async function seeFile(folder: string, name: string): Promise<void> {
  while (!(await filesIn(folder)).some((file) => basename(file) === name)) {
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

fault("two runs on one output", async (scene) => {
  let pid = 0;
  const first = scene.run({ onStart: (started) => pid = started });
  await seeFile(scene.out, "history.jsonl");
  // It waits while the second tries.
  Deno.kill(pid, "SIGSTOP");
  const second = await scene.run();
  Deno.kill(pid, "SIGCONT");
  await scene.see(second, { code: 1, printed: /process \d+, started \d{4}-/ });
  return await scene.end(await first, "the first completes to the same bytes");
});

fault("a lock that a killed run left", async (scene) => {
  await scene.begin();
  const [lock] = (await filesIn(scene.out)).filter((file) => file.endsWith("run.lock.json"));
  // A living process's id, as a reused number would be: only the system's own lock counts.
  await Deno.writeTextFile(
    join(scene.out, lock!),
    JSON.stringify({ pid: Deno.pid, started: "2020-01-01T00:00:00.000Z" }),
  );
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /going on after epoch/ });
  return await scene.end(ended, "recognised as stale; the same bytes");
});

// -------------------------------------------------------------------------------- damaged files

fault("checkpoint cut short", async (scene) => {
  // Every power of two is tried on the reading function by its own test; as processes, a few.
  const lengths = [1, 4096, 65536];
  for (const length of lengths) {
    await Deno.remove(scene.out, { recursive: true }).catch(() => {});
    await Deno.truncate(await scene.begin(), length);
    const ended = await scene.run();
    await scene.see(ended, { code: 0, printed: /is damaged .*going back to the one before/ });
    const outcome = await scene.end(ended, `${lengths.length} lengths: the one before it is used`);
    if (outcome.failures.length > 0 || length === lengths.at(-1)) return outcome;
  }
  throw new Error("No length was tried");
});

fault("flipped bit in a checkpoint", async (scene) => {
  const checkpoint = await scene.begin();
  await flipBit(checkpoint, scene.options.seed);
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /is damaged .*going back to the one before/ });
  return await scene.end(ended, "the one before it is used; the same bytes");
});

fault("both checkpoints damaged", async (scene) => {
  const checkpoint = await scene.begin();
  await flipBit(checkpoint, scene.options.seed);
  await flipBit(previousOf(checkpoint), scene.options.seed + 1);
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /is damaged/ });
  return await scene.end(ended, "begins again; the same bytes");
});

fault("killed between the record and the clearing up", async (scene) => {
  const checkpoint = await scene.begin();
  const left = new Map<string, Uint8Array>();
  for (const path of [checkpoint, join(checkpoint, "..", "begun.json")]) {
    left.set(path, await Deno.readFile(path));
  }
  await scene.run();
  for (const [path, bytes] of left) await Deno.writeFile(path, bytes);
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /done before/ });
  const litter = (await filesIn(scene.out)).filter((file) => /checkpoint|begun/.test(file));
  scene.failures.push(...litter.map((file) => `${file} was left behind`));
  return await scene.end(ended, "found done; the litter is cleared");
});

fault("flipped bit in predictions.csv of a finished run", async (scene) => {
  await scene.run();
  const file = (await filesIn(scene.out)).find((file) => file.endsWith("predictions.csv"));
  await flipBit(join(scene.out, file!), scene.options.seed);
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /running it again/ });
  return await scene.end(ended, "run again; the same bytes");
});

fault("record.json of a finished run cut in half", async (scene) => {
  await scene.run();
  const file = join(
    scene.out,
    (await filesIn(scene.out)).find((file) => file.endsWith("record.json"))!,
  );
  await Deno.truncate(file, (await Deno.stat(file)).size / 2);
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /running it again/ });
  return await scene.end(ended, "run again; the same bytes");
});

function previousOf(checkpoint: string): string {
  return join(checkpoint, "..", CHECKPOINT_FILES[1]);
}

async function flipBit(path: string, seed: number): Promise<void> {
  const random = randomStream(seed, "faults", "flip");
  const bytes = await Deno.readFile(path);
  bytes[random.integer(0, bytes.length)]! ^= 1 << random.integer(0, 8);
  await Deno.writeFile(path, bytes);
}

// ------------------------------------------------------------------------------------- the data cache

/** FER2013's CSV form with faces of our own, so that a data set is decoded and cached. */
async function writeCsv(path: string, seed: number): Promise<void> {
  const { splits } = generateFaces({ seed, training: 140, publicTest: 70, privateTest: 70 });
  const rows = Object.entries(splits).flatMap(([usage, { samples, labels, length }]) =>
    Array.from({ length }, (_, i) => {
      const pixels = samples.subarray(i * IMAGE_PIXELS, (i + 1) * IMAGE_PIXELS);
      return `${LABELS[EMOTIONS[labels[i]!]!]},${pixels.join(" ")},${usage}`;
    })
  );
  await Deno.writeTextFile(path, ["emotion,pixels,Usage", ...rows].join("\n") + "\n");
}

/** The class numbers of the Kaggle file. */
const LABELS = { angry: 0, disgust: 1, fear: 2, happy: 3, sad: 4, surprise: 5, neutral: 6 };

/** The data set that was cached last. */
async function newestCache(): Promise<string> {
  const folder = join(CHECKOUT_CACHE, "datasets");
  const found: { path: string; time: number }[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    if (!name.endsWith(".dataset")) continue;
    const path = join(folder, name);
    found.push({ path, time: (await Deno.stat(path)).mtime!.getTime() });
  }
  return found.sort((a, b) => b.time - a.time)[0]!.path;
}

fault("damaged cache of a decoded data set", async (scene) => {
  await Deno.mkdir(scene.out, { recursive: true });
  const data = join(scene.out, "faces.csv");
  await writeCsv(data, scene.options.seed);
  const args = dataArguments(scene, data);
  const first = await runTask(scene.options.task, [...args, "--out", join(scene.out, "a")]);
  if (first.code !== 0) scene.failures.push(first.stderr);
  const cache = await newestCache();
  await flipBit(cache, scene.options.seed);
  const ended = await runTask(scene.options.task, [...args, "--out", join(scene.out, "b")]);
  await Deno.remove(data);
  await scene.see(ended, { code: 0, printed: /Cached data set is damaged/ });
  const [a, b] = [await fingerprint(join(scene.out, "a")), await fingerprint(join(scene.out, "b"))];
  scene.failures.push(...differences(a, b));
  await Deno.remove(await newestCache());
  const { name, seen, failures } = scene;
  return { name, ...seen, end: failures.join("; ") || "decoded again; the same bytes", failures };
});

fault("killed while it caches a data set", async (scene) => {
  await Deno.mkdir(scene.out, { recursive: true });
  const data = join(scene.out, "faces.csv");
  await writeCsv(data, scene.options.seed + 1);
  const args = dataArguments(scene, data);
  const folder = join(CHECKOUT_CACHE, "datasets");
  const killed = await runTask(scene.options.task, [...args, "--out", join(scene.out, "a")], {
    killAtChange: { folder, change: 1 },
  });
  const ended = await runTask(scene.options.task, [...args, "--out", join(scene.out, "a")]);
  await Deno.remove(data);
  scene.failures.push(...killed.killed ? [] : ["it ended before it could be killed"]);
  await scene.see(killed, { code: 137, printed: /|/ });
  if (ended.code !== 0) scene.failures.push(ended.stderr);
  await Deno.remove(await newestCache());
  const { name, seen, failures } = scene;
  return { name, ...seen, end: failures.join("; ") || "decodes again and completes", failures };
});

function dataArguments({ options }: Scene, data: string): string[] {
  const { args } = options;
  const faces = args.indexOf("--faces");
  return ["--data", data, ...args.filter((_, i) => i !== faces && i !== faces + 1)];
}

// ----------------------------------------------------------------------------------- disk and memory

fault("disk full", async (scene) => {
  // Room for the first checkpoint, not for the second.
  await using disk = await mountMemory(scene.out, "600k");
  if (disk.refused) return scene.skip(disk.refused);
  const ended = await scene.run();
  await scene.see(ended, { code: 1, printed: /^Error: .*the disk is full/ });
  await disk.remount("size=64m");
  return await scene.recover();
});

fault("output that can only be read", async (scene) => {
  await using disk = await mountMemory(scene.out, "64m");
  if (disk.refused) return scene.skip(disk.refused);
  await disk.remount("ro");
  const ended = await scene.run();
  await scene.see(ended, { code: 1, printed: /^Error: .*Cannot be written/ });
  await disk.remount("rw");
  return await scene.recover();
});

fault("output outside the folders that the task may write", async (scene) => {
  const { task, args } = scene.options;
  const elsewhere = await Deno.makeTempDir();
  const ended = await runTask(task, [...args, "--out", join(elsewhere, "reports")]);
  await scene.see(ended, { code: 1, printed: /^Error: .*write access/ });
  const left = await filesIn(elsewhere);
  scene.failures.push(...left.map((file) => `wrote ${file}`));
  await Deno.remove(elsewhere, { recursive: true });
  return await scene.recover();
});

fault("out of memory (killed by the kernel)", async (scene) => {
  const group = await memoryGroup(scene.options.reference.peakMemory / 2);
  if (typeof group === "string") return scene.skip(group);
  const ended = await scene.run({
    through: ["sh", "-c", `echo $$ > ${group.folder}/cgroup.procs && exec "$@"`, "sh"],
    timeout: 120_000,
  });
  await group.remove();
  await scene.see(ended, { code: 137, printed: /|/ });
  return await scene.recover();
});

fault("out of memory (an allocation that the kernel refuses)", async (scene) => {
  if (Deno.build.os !== "linux") return scene.skip("needs Linux");
  const ended = await scene.run({
    onStart: async (pid) => {
      // From the first epoch on it gets no more than it has.
      await seeFile(scene.out, "history.jsonl");
      await runProcess(["prlimit", "--pid", `${pid}`, "--data=0"]);
    },
  });
  // Which allocation is the first to fail is chance: the kernel tells TensorFlow, whose error is
  // told on, or the JavaScript engine, which ends the process as a crash.
  const crashed = ended.code > 128;
  await scene.see(ended, {
    code: crashed ? ended.code : 1,
    printed: crashed ? /out of memory|bad_alloc|OOM|failed/i : /^Error: Out of memory/,
  });
  return await scene.recover();
});

fault("clock set back during the run", async (scene) => {
  // A record holds no time, so what the run noted of its start is all that the clock could spoil.
  const checkpoint = await scene.begin();
  const begun = join(checkpoint, "..", "begun.json");
  const facts = JSON.parse(await Deno.readTextFile(begun));
  await Deno.writeTextFile(
    begun,
    JSON.stringify({ ...facts, started: "2126-01-01T00:00:00.000Z" }),
  );
  const future = new Date("2126-01-01");
  for (const file of await filesIn(scene.out)) {
    await Deno.utime(join(scene.out, file), future, future);
  }
  const ended = await scene.run();
  await scene.see(ended, { code: 0, printed: /going on after epoch/ });
  return await scene.end(ended, "the same bytes");
});

fault("loss that is no number", async (scene) => {
  // A learning rate of 10 with a weight decay of 1 makes kernels grow ninefold at every step.
  const diverging = ["learningRate=10", "weightDecay=1", "batchSize=8", "optimizer=sgd"]
    .flatMap((setting) => ["--set", setting]);
  const ended = await scene.run({}, [...diverging, "--detect-anomalies"]);
  await scene.see(ended, { code: 1, printed: /^Error: Training diverged: .*of layer/ });
  const { name, seen, failures } = scene;
  const end = failures.join("; ") || "ends at that step; no record is written";
  return { name, ...seen, end, failures };
});

interface MemoryDisk extends AsyncDisposable {
  /** Why there is none. */
  readonly refused?: string;
  remount(option: string): Promise<void>;
}

/** A disk of its own in memory, of which the size is known. */
async function mountMemory(folder: string, size: string): Promise<MemoryDisk> {
  await Deno.mkdir(folder, { recursive: true });
  const mount = async (...args: string[]) =>
    (await runProcess(["mount", ...args]).catch(() => ({ code: 1 }))).code === 0;
  const isThere = Deno.build.os === "linux" && Deno.uid() === 0 &&
    await mount("-t", "tmpfs", "-o", `size=${size}`, "fer-lab-faults", folder);
  return {
    ...isThere ? {} : { refused: "needs Linux and the right to mount a disk in memory" },
    remount: async (option) => {
      if (!await mount("-o", `remount,${option}`, folder)) {
        throw new Error(`mount ${option} failed`);
      }
    },
    [Symbol.asyncDispose]: async () => {
      if (isThere) await runProcess(["umount", folder]);
    },
  };
}

/** A group of processes that the kernel kills when they use more memory than this, or why not. */
async function memoryGroup(
  bytes: number,
): Promise<{ readonly folder: string; remove(): Promise<void> } | string> {
  if (Deno.build.os !== "linux" || bytes === 0) return "needs Linux";
  for (const [root, limit] of [["memory/", "memory.limit_in_bytes"], ["", "memory.max"]] as const) {
    const folder = `/sys/fs/cgroup/${root}fer-lab-faults-${Deno.pid}`;
    try {
      await Deno.mkdir(folder);
      await Deno.writeTextFile(`${folder}/${limit}`, String(Math.round(bytes)));
      return { folder, remove: () => Deno.remove(folder) };
    } catch {
      await Deno.remove(folder).catch(() => {});
    }
  }
  return "needs the right to make a memory control group";
}
