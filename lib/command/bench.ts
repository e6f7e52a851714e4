/**
 * `deno task bench`: how fast training, prediction, start-up and data loading are here, beside Keras
 * and PyTorch.
 *
 * What is measured runs in processes of its own (`benchmarks/ours.ts`, `benchmarks/*_peer.py`), asked
 * for one round after the other; this process only asks, counts and writes.
 *
 * @module
 */

import { cpus } from "node:os";
import { join } from "node:path";
import { type Case, CASES, type Execution } from "../../benchmarks/cases.ts";
import { gflopOf } from "../../benchmarks/gflop.ts";
import {
  benchmarkMarkdown,
  type BenchmarkResults,
  type Machine,
  type Row,
  type Section,
  type SectionBody,
  sectionText,
} from "../../benchmarks/report.ts";
import { interleave, spread } from "../../benchmarks/rounds.ts";
import { SETTINGS } from "../../benchmarks/settings.ts";
import { Subject } from "../../benchmarks/subject.ts";
import { peerEnvironment } from "../../benchmarks/venv.ts";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path, text, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { didYouMean } from "../nearest.ts";
import { CHECKOUT, shownPath, userPath } from "../paths.ts";
import { readJson } from "../report/files.ts";
import { formatSeconds, Progress } from "../progress.ts";
import { readProcessor } from "../tensorflow/inspect.ts";

/** What is measured besides the cases, in order. */
const FURTHER = {
  operations: "Where the plain step's time goes",
  start: "Start-up",
  load: "Data loading",
  settings: "Settings tried",
  memory: "Memory over many steps",
  epoch: "An epoch of FER2013",
} as const;

type SectionName = string;

const NAMES: readonly SectionName[] = [...CASES.map(({ name }) => name), ...Object.keys(FURTHER)];

/** Sections that take minutes, and are measured only when asked for. */
const LONG = ["settings", "memory", "epoch"] as const;

const COMMAND = {
  name: "bench",
  summary: "Measures speed: training steps, prediction, start-up, data loading.",
  flags: {
    peers: flag(
      "Also Keras and PyTorch, in turn with ours; the first time this makes a virtual " +
        "environment in .cache/venv-bench (5.6 GB on Linux, a few minutes)",
    ),
    memory: flag("Instead: the process's memory over 10,000 training steps"),
    epoch: flag("Instead: one epoch with the evaluation on PublicTest, traced and by model.fit"),
    settings: flag("Instead: settings of TensorFlow and the C library, each beside the default"),
    only: text("NAME", `Only this; several with commas: ${NAMES.join(", ")}`),
    data: path(
      "PATH",
      "FER2013 for load and epoch",
      "FER_LAB_DATA or ../shared/data/fer2013.zip, else synthetic faces",
    ),
    rounds: whole("N", "Rounds of every side", { range: [1, 1_000_000], otherwise: "7" }),
    steps: whole("N", "Steps of a round; for --memory steps in all", {
      range: [1, 1_000_000],
      otherwise: "20; 10000",
    }),
    threads: whole("N", "Threads of every side", {
      range: [1, 1_000_000],
      otherwise: "all processors",
    }),
    out: path(
      "DIR",
      "Where results go; benchmarks/results is committed",
      "benchmarks/own, which git ignores",
    ),
    "no-write": flag("Write no results"),
  },
  notes: ["Results: <machine>.md and .json; benchmarks/README.md tells how to read them."],
} as const satisfies Command;

/** What the command line asks for. */
interface BenchRequest {
  readonly sections: readonly SectionName[];
  readonly peers: boolean;
  readonly rounds: number;
  readonly steps: number | undefined;
  readonly threads: number;
  readonly data: string | null;
  /** The folder that results go to; null writes none. */
  readonly out: string | null;
}

const OWN_RESULTS = join(CHECKOUT, "benchmarks", "own");
const VENV = join(CHECKOUT_CACHE, "venv-bench");
/** Products of matrices between two rounds. */
const MATMULS = 3;
/** Memory is compared with that after so many steps. */
const SETTLED = 500;

/** Measures, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const request = await parseRequest(args);
  if (request === "help") return console.log(commandHelp(COMMAND));
  const machine = await describeMachine(request.threads);
  console.log(`${machine.cpuModel}, ${machine.threads} threads, ${machine.features.join(" ")}\n`);
  const python = request.peers ? await peerEnvironment(VENV) : undefined;
  const file = request.out === null ? null : join(request.out, resultsName(machine));
  // Known now, not after what takes minutes.
  if (file !== null) await readResults(`${file}.json`, machine);
  await using bench = new Bench(request, python);
  for (const name of request.sections) {
    const section = await bench.measure(name);
    console.log(sectionText(section));
    if (file !== null) await writeSection(file, machine, name, section);
  }
  if (file !== null) console.log(`Wrote ${shownPath(file)}.md and .json`);
}

// ------------------------------------------------------------------------------- the command line

/** Reads the command line. */
export async function parseRequest(args: readonly string[]): Promise<BenchRequest | "help"> {
  const { help, flags } = readCommandLine(args, COMMAND);
  if (help) return "help";
  const only = flags.only?.split(",").map((name) => name.trim());
  const strange = only?.find((name) => !NAMES.includes(name));
  if (strange !== undefined) {
    throw new UsageError(`Unknown --only ${strange}: ${didYouMean(strange, NAMES)}`);
  }
  const long = LONG.filter((name) => flags[name]);
  const wanted = only || long.length > 0 ? [...only ?? [], ...long] : undefined;
  return {
    sections: NAMES.filter((name) => wanted?.includes(name) ?? !LONG.some((long) => long === name)),
    peers: flags.peers,
    rounds: flags.rounds ?? 7,
    steps: flags.steps,
    threads: flags.threads ?? cpus().length,
    data: await findData(flags.data),
    out: flags["no-write"] ? null : flags.out ?? OWN_RESULTS,
  };
}

async function findData(given: string | undefined): Promise<string | null> {
  if (given !== undefined) {
    if (await exists(given)) return given;
    throw new UserError(`${shownPath(given)}: Does not exist: check the path given with --data`);
  }
  const named = Deno.env.get("FER_LAB_DATA");
  const usual = named ? userPath(named) : join(CHECKOUT, "..", "shared", "data", "fer2013.zip");
  return await exists(usual) ? usual : null;
}

// ------------------------------------------------------------------------------------- measuring

/** The processes that are measured, and how each section is. */
class Bench implements AsyncDisposable {
  readonly #request: BenchRequest;
  /** The peers' Python. */
  readonly #python: string | undefined;
  readonly #subjects = new Map<string, Subject>();
  readonly #versions = new Map<string, string>([["deno", Deno.version.deno]]);

  constructor(request: BenchRequest, python: string | undefined) {
    this.#request = request;
    this.#python = python;
  }

  async measure(name: SectionName): Promise<Section> {
    const found = CASES.find((each) => each.name === name);
    const body = found ? await this.#rounds(found) : await this.#further(name);
    return {
      title: found?.title ?? FURTHER[name as keyof typeof FURTHER],
      measured: new Date().toISOString().replace(/\.\d+/, ""),
      versions: Object.fromEntries(this.#versions),
      ...body,
    };
  }

  /** Ends all processes. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const subject of this.#subjects.values()) await subject[Symbol.asyncDispose]();
    this.#subjects.clear();
  }

  #further(name: SectionName): Promise<SectionBody> {
    switch (name as keyof typeof FURTHER) {
      case "operations":
        return this.#operations();
      case "start":
        return this.#start();
      case "load":
        return this.#load();
      case "settings":
        return this.#settings();
      case "memory":
        return this.#memory();
      case "epoch":
        return this.#epoch();
    }
  }

  /** A case on all sides in turn, the machine's sgemm speed taken once a round. */
  async #rounds(measured: Case): Promise<SectionBody> {
    const { rounds, steps = 20 } = this.#request;
    const sides: Record<string, () => Promise<number>> = {};
    const progress = new Progress(`${measured.title}: preparing`);
    const add = async (side: string, subject: Subject, execution?: Execution) => {
      const request = { do: "prepare", case: measured } as const;
      await progress.during(subject.ask(execution ? { ...request, execution } : request));
      sides[side] = async () => (await subject.ask({ do: "round", steps })).milliseconds as number;
    };
    const ours = await this.#ours();
    await add("ours", ours);
    if (measured.name === "plain") {
      await add("ours, eager", await this.#ours("eager"), "eager");
      await add("tfjs model.fit", await this.#ours("fit"), "fit");
      const env = { TF_ENABLE_ONEDNN_OPTS: "0" };
      await add("tfjs model.fit, oneDNN off", await this.#ours("fit, oneDNN off", env), "fit");
    }
    if (this.#python) {
      await add("Keras", await this.#peer("Keras"));
      // Prediction is the same call either way.
      if (measured.kind === "train") await add("Keras, tuned", await this.#peer("Keras, tuned"));
      await add("PyTorch", await this.#peer("PyTorch"));
    }
    progress.finish(Object.keys(sides).join(", "));

    const matmul: number[] = [];
    const all = Object.keys(sides).length + 1;
    const measuring = new Progress(`${measured.title}: measuring`, { total: all * rounds });
    const { sgemm: _, ...values } = await interleave(
      {
        ...sides,
        sgemm: async () => {
          const { gflops } = await ours.ask({ do: "matmul", times: MATMULS });
          matmul.push(...gflops as number[]);
          return 0;
        },
      },
      rounds,
      { onRound: (done) => measuring.update(done) },
    );
    measuring.finish();
    return {
      kind: "rounds",
      steps,
      batchSize: measured.batchSize,
      gflop: gflopOf(measured),
      sides: values,
      matmul,
    };
  }

  async #operations(): Promise<SectionBody> {
    const subject = await this.#ours();
    const { steps = 20 } = this.#request;
    const answer = await subject.ask({ do: "operations", case: CASES[0]!, steps });
    const { milliseconds, span, types } = answer as unknown as Extract<
      SectionBody,
      { kind: "operations" }
    >;
    return { kind: "operations", milliseconds, span, types };
  }

  /** Process start to first step of each side, a new process every time. */
  async #start(): Promise<SectionBody> {
    const rounds = Math.min(3, this.#request.rounds);
    const rows: Row[] = [];
    const timed = async (spawn: () => Subject, ready: boolean) => {
      const begin = performance.now();
      await using subject = spawn();
      // The peers say who they are once their libraries are there.
      if (ready) await subject.next("start");
      const imported = performance.now() - begin;
      const parts = await subject.ask({ do: "start", case: CASES[0]! });
      return { total: performance.now() - begin, imported, parts };
    };
    const progress = new Progress("Start-up");
    const row = (what: string, values: readonly number[]) =>
      rows.push([what, ...minMedianMax(values).map((ms) => (ms / 1000).toFixed(2))] as Row);
    const repeat = async (spawn: () => Subject, ready: boolean) => {
      const runs = [];
      for (let i = 0; i < rounds; i++) runs.push(await progress.during(timed(spawn, ready)));
      return runs;
    };
    const ours = await repeat(() => this.#spawnOurs("ours"), false);
    row(
      "ours: process start to the first step's end",
      ours.map(({ total, parts }) => total - (parts.second as number)),
    );
    row("- import of TensorFlow", ours.map(({ parts }) => parts.importing as number));
    row("- building model and optimizer", ours.map(({ parts }) => parts.building as number));
    row("- first step: trace, graph, optimisation", ours.map(({ parts }) => parts.first as number));
    row("- second step", ours.map(({ parts }) => parts.second as number));
    for (const name of this.#python ? ["Keras", "PyTorch"] as const : []) {
      const runs = await repeat(() => this.#spawnPeer(name), true);
      row(`${name}: process start to the first step's end`, runs.map(({ total }) => total));
      row("- import", runs.map(({ imported }) => imported));
    }
    progress.finish();
    return { kind: "values", columns: ["What", "least s", "median s", "most s"], rows };
  }

  async #load(): Promise<SectionBody> {
    const { data } = this.#request;
    const cache = await Deno.makeTempDir({ dir: CHECKOUT_CACHE, prefix: "bench-" });
    const progress = new Progress("Data loading", { keep: false });
    try {
      // Without TensorFlow in the process, as `deno task dataset` loads.
      await using subject = this.#spawnOurs("data loading");
      const rows: Row[] = [];
      const faces = await progress.during(subject.ask({ do: "load", data: null, cache }));
      rows.push(["synthetic faces per second", (faces.facesPerSecond as number).toFixed(0)]);
      if (data !== null) {
        const loaded = await progress.during(subject.ask({ do: "load", data, cache }));
        const seconds = (key: string) => (loaded[key] as number).toFixed(2);
        rows.push([`FER2013 (${loaded.images} images), first time, seconds`, seconds("first")]);
        rows.push(["FER2013, cached, seconds", seconds("cached")]);
      }
      return { kind: "values", columns: ["What", "value"], rows };
    } finally {
      progress.finish();
      await Deno.remove(cache, { recursive: true });
    }
  }

  /** Each setting in a process of its own, in turn with the default. */
  async #settings(): Promise<SectionBody> {
    const { rounds, steps = 20 } = this.#request;
    const request = { do: "prepare", case: CASES[0]! } as const;
    const byDefault = await this.#ours();
    await byDefault.ask(request);
    const round = (subject: Subject) => async () =>
      (await subject.ask({ do: "round", steps })).milliseconds as number;
    const settings: Extract<SectionBody, { kind: "settings" }>["settings"][number][] = [];
    for (const { name, meaning, env } of SETTINGS) {
      const progress = new Progress(`Setting "${name}"`, { total: 2 * rounds });
      await using subject = this.#spawnOurs(name, env);
      try {
        await progress.during(subject.ask(request));
        const values = await interleave(
          { without: round(byDefault), with: round(subject) },
          rounds,
          { onRound: (done) => progress.update(done) },
        );
        settings.push({ name, meaning, ...values });
        progress.finish();
      } catch (error) {
        if (!(error instanceof UserError)) throw error;
        progress.finish("failed");
        settings.push({ name, meaning, with: [], without: [], failed: error.message });
      }
    }
    return { kind: "settings", steps, settings };
  }

  async #memory(): Promise<SectionBody> {
    const { steps = 10_000 } = this.#request;
    if (steps <= SETTLED) {
      throw new UsageError(`--memory needs more than ${SETTLED} steps to compare: --steps 1000`);
    }
    await using subject = this.#spawnOurs("memory");
    await subject.ask({ do: "prepare", case: CASES[0]! });
    const progress = new Progress("Memory", { total: steps, unit: "steps" });
    const rows: Row[] = [];
    let settled = 0;
    let done = 0;
    const until = async (step: number) => {
      while (done < step) {
        const some = Math.min(100, step - done);
        await subject.ask({ do: "round", steps: some });
        progress.update(done += some);
      }
      const { rss } = await subject.ask({ do: "memory" }) as { rss: number };
      settled ||= rss;
      const change = `${(100 * (rss / settled - 1)).toFixed(2)} %`;
      rows.push([`after ${step.toLocaleString("en-US")} steps`, (rss / 1e6).toFixed(1), change]);
    };
    for (let step = SETTLED; step < steps; step = Math.min(steps, 2 * step)) await until(step);
    await until(steps);
    progress.finish(rows.at(-1)![2]!);
    return { kind: "values", columns: ["Resident memory", "MB", `since ${SETTLED}`], rows };
  }

  async #epoch(): Promise<SectionBody> {
    const { data } = this.#request;
    const rows: Row[] = [];
    const variants = [
      ["traced step, next batch prepared meanwhile", "traced", {}],
      ["tfjs model.fit", "fit", {}],
      ["tfjs model.fit, oneDNN off", "fit", { TF_ENABLE_ONEDNN_OPTS: "0" }],
    ] as const;
    let images = { training: 0, validation: 0 };
    for (const [what, execution, env] of variants) {
      const progress = new Progress(`An epoch: ${what}`);
      await using subject = this.#spawnOurs(what, env);
      const answer = await progress.during(subject.ask({ do: "epoch", data, execution }));
      images = answer.images as typeof images;
      rows.push([what, (answer.seconds as number).toFixed(1)]);
      progress.finish();
    }
    const kind = data === null ? "synthetic faces" : "images, balanced copies included";
    const column = `${images.training} ${kind}; evaluation on ${images.validation}`;
    return { kind: "values", columns: [column, "seconds"], rows };
  }

  // ------------------------------------------------------------------------------ the processes

  /** A process of ours, started when first asked for. */
  async #ours(name = "ours", env: Readonly<Record<string, string>> = {}): Promise<Subject> {
    const known = this.#subjects.get(name);
    if (known) return known;
    const subject = this.#spawnOurs(name, env);
    this.#subjects.set(name, subject);
    const { tensorflow, tfjs } = await subject.ask({ do: "versions" });
    this.#versions.set("tensorflow", String(tensorflow)).set("tfjs", String(tfjs));
    return subject;
  }

  async #peer(name: Peer): Promise<Subject> {
    const known = this.#subjects.get(name);
    if (known) return known;
    const subject = this.#spawnPeer(name);
    this.#subjects.set(name, subject);
    const { version, python } = await subject.next("start");
    this.#versions.set(name.split(",")[0]!, String(version)).set("python", String(python));
    return subject;
  }

  #spawnOurs(name: string, env: Readonly<Record<string, string>> = {}): Subject {
    return new Subject({
      name,
      command: Deno.execPath(),
      args: [
        ...["run", "-q", "--allow-read", `--allow-write=${CHECKOUT_CACHE}`],
        ...["--allow-env", "--allow-sys", "--allow-ffi"],
        join(CHECKOUT, "benchmarks", "ours.ts"),
      ],
      env: { FER_LAB_THREADS: String(this.#request.threads), ...env },
    });
  }

  #spawnPeer(name: Peer): Subject {
    const script = name === "PyTorch" ? "torch_peer.py" : "keras_peer.py";
    return new Subject({
      name,
      command: this.#python!,
      args: [
        "-B",
        join(CHECKOUT, "benchmarks", script),
        ...(name === "Keras, tuned" ? ["tuned"] : []),
      ],
      env: { BENCH_THREADS: String(this.#request.threads) },
    });
  }
}

/** What runs beside us: `tuned` is Keras with what its guides advise for speed. */
type Peer = "Keras" | "Keras, tuned" | "PyTorch";

function minMedianMax(values: readonly number[]): number[] {
  const { min, median, max } = spread(values);
  return [min, median, max];
}

// --------------------------------------------------------------------------------------- writing

async function describeMachine(threads: number): Promise<Machine> {
  const { model, features } = await readProcessor();
  return { platform: `${Deno.build.os}-${Deno.build.arch}`, cpuModel: model, features, threads };
}

/** The machine in a file's name: system, the CPU features that decide on kernels, threads. */
export function resultsName({ platform, features, threads }: Machine): string {
  const telling = ["avx2", "avx512f", "avx512_vnni", "amx_bf16", "asimd", "sve"];
  const found = telling.filter((feature) => features.includes(feature));
  return [platform, ...found, `${threads}threads`].join("-");
}

/** Puts a section in the place of the one that was measured before. */
async function writeSection(
  file: string,
  machine: Machine,
  name: SectionName,
  section: Section,
): Promise<void> {
  const before = await readResults(`${file}.json`, machine);
  const sections = { ...before?.sections, [name]: section };
  const results: BenchmarkResults = {
    kind: "fer-lab/benchmark",
    version: 1,
    machine,
    sections: Object.fromEntries(
      NAMES.filter((each) => sections[each]).map((each) => [each, sections[each]!]),
    ),
  };
  await writeFileWhole(`${file}.json`, `${JSON.stringify(results, null, 2)}\n`);
  await writeFileWhole(`${file}.md`, benchmarkMarkdown(results));
}

/**
 * What is there of this very CPU.
 *
 * @throws {UserError} Where the file is not what was written.
 */
export async function readResults(
  file: string,
  machine: Machine,
): Promise<BenchmarkResults | undefined> {
  if (!await exists(file)) return undefined;
  const results = await readJson(file) as BenchmarkResults;
  try {
    if (results.version !== 1 || results.machine.cpuModel !== machine.cpuModel) return undefined;
    // It will be written again with the sections that are not measured now.
    benchmarkMarkdown(results);
    return results;
  } catch (error) {
    throw new UserError(`${file}: Is not what was written: delete it and measure again`, {
      cause: error,
    });
  }
}

if (import.meta.main) {
  const begin = performance.now();
  await runMain(async () => {
    await main(Deno.args);
    console.error(`Took ${formatSeconds((performance.now() - begin) / 1000)}`);
  });
}
