/**
 * The sections of `deno task bench`: what is measured, and how.
 *
 * @module
 */

import { join } from "node:path";
import { type Case, CASES, type Execution, type Precision, type Request } from "./cases.ts";
import { gflopOf } from "./gflop.ts";
import { layoutName, layoutsOf, SIDE_BY_SIDE, type SideBySide } from "./jobs.ts";
import { noPeak, type PeakWork, WORK_NAMES } from "./peak.ts";
import { type Row, type Section, type SectionBody } from "./report.ts";
import { IN_BFLOAT16, interleave, spread } from "./rounds.ts";
import { SETTINGS } from "./settings.ts";
import { Subject } from "./subject.ts";
import { deep } from "../experiments/deep.ts";
import { CHECKOUT_CACHE } from "../lib/cache.ts";
import { UsageError, UserError } from "../lib/error.ts";
import { CHECKOUT } from "../lib/paths.ts";
import { Progress } from "../lib/progress.ts";
import { count } from "../lib/text.ts";

/** What is measured besides the cases, in order. */
export const FURTHER = {
  jobs: "Processes side by side",
  operations: "Where the plain step's time goes",
  "operations-bfloat16": "Where the plain step's time goes in bfloat16",
  "operations-deep": "Where the time of exp:deep's step goes",
  "operations-deep-bfloat16": "Where the time of exp:deep's step goes in bfloat16",
  start: "Start-up",
  load: "Data loading",
  settings: "Settings tried",
  memory: "Memory over many steps",
  epoch: "An epoch of FER2013",
} as const;

/** A case's name, or one of what is measured besides. */
export type SectionName = string;

/** What the command line asks for. */
export interface BenchRequest {
  readonly sections: readonly SectionName[];
  readonly peers: boolean;
  readonly rounds: number;
  readonly steps: number | undefined;
  readonly threads: number;
  readonly data: string | null;
  /** The folder that results go to; null writes none. */
  readonly out: string | null;
}

/** A step of `exp:deep` as it is trained, on whole images: the case is what peers can be asked for. */
const DEEP_STEP: MeasuredStep = {
  case: CASES.find(({ name }) => name === "deep")!,
  changes: deep.variants.find(({ name }) => name === "residual-whole")!.changes,
};

/** A step whose operations are timed. */
type MeasuredStep = Pick<Extract<Request, { do: "operations" }>, "case" | "changes">;

/** Products of matrices between two rounds. */
const MATMULS = 3;
/** Memory is compared with that after so many steps. */
const SETTLED = 500;

/** The processes that are measured, and how each section is. */
export class Bench implements AsyncDisposable {
  readonly #request: BenchRequest;
  /** The peers' Python. */
  readonly #python: string | undefined;
  /** Whether the CPU has it. */
  readonly #bfloat16: boolean;
  readonly #subjects = new Map<string, Subject>();
  readonly #versions = new Map<string, string>([["deno", Deno.version.deno]]);

  constructor(
    request: BenchRequest,
    { python, bfloat16 }: { readonly python: string | undefined; readonly bfloat16: boolean },
  ) {
    this.#request = request;
    this.#python = python;
    this.#bfloat16 = bfloat16;
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
      case "jobs":
        return this.#jobs();
      case "operations":
        return this.#operations("float32");
      case "operations-bfloat16":
        return this.#operations("bfloat16");
      case "operations-deep":
        return this.#operations("float32", DEEP_STEP);
      case "operations-deep-bfloat16":
        return this.#operations("bfloat16", DEEP_STEP);
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
    const add = async (
      side: string,
      subject: Subject,
      how: { readonly execution?: Execution; readonly precision?: Precision } = {},
    ) => {
      await progress.during(subject.ask({ do: "prepare", case: measured, ...how }));
      sides[side] = async () => (await subject.ask({ do: "round", steps })).milliseconds as number;
    };
    const ours = await this.#ours();
    await add("ours", ours);
    if (measured.name === "plain") {
      await add("ours, eager", await this.#ours("eager"), { execution: "eager" });
      await add("tfjs model.fit", await this.#ours("fit"), { execution: "fit" });
      const env = { TF_ENABLE_ONEDNN_OPTS: "0" };
      const subject = await this.#ours("fit, oneDNN off", env);
      await add("tfjs model.fit, oneDNN off", subject, { execution: "fit" });
    }
    // Prediction is float32 either way.
    const bfloat16 = this.#bfloat16 && measured.kind === "train";
    const precision = "bfloat16";
    if (bfloat16) await add(`ours${IN_BFLOAT16}`, await this.#ours("bfloat16"), { precision });
    if (this.#python) {
      await add("Keras", await this.#peer("Keras"));
      // Prediction is the same call either way.
      if (measured.kind === "train") await add("Keras, tuned", await this.#peer("Keras, tuned"));
      await add("PyTorch", await this.#peer("PyTorch"));
      for (const name of bfloat16 ? PEERS : []) {
        await add(`${name}${IN_BFLOAT16}`, await this.#peer(name, IN_BFLOAT16), { precision });
      }
    }
    progress.finish(Object.keys(sides).join(", "));

    const matmul: number[] = [];
    const peaks: { [Each in Precision]?: Record<PeakWork, number[]> } = {
      float32: noPeak(),
      ...bfloat16 ? { bfloat16: noPeak() } : {},
    };
    const all = Object.keys(sides).length + 1;
    const measuring = new Progress(`${measured.title}: measuring`, { total: all * rounds });
    const { sgemm: _, ...values } = await interleave(
      {
        ...sides,
        sgemm: async () => {
          const { gflops } = await ours.ask({ do: "matmul", times: MATMULS });
          matmul.push(...gflops as number[]);
          for (const [precision, peak] of Object.entries(peaks)) {
            const answer = await ours.ask({ do: "peak", precision: precision as Precision });
            const found = answer.gflops as Record<PeakWork, number>;
            for (const work of WORK_NAMES) peak[work].push(found[work]);
          }
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
      peaks,
    };
  }

  /** Each way to divide the threads among processes, in turn; the processes are the same for all cases. */
  async #jobs(): Promise<SectionBody> {
    const { rounds, steps = 20, threads } = this.#request;
    await using stack = new AsyncDisposableStack();
    const layouts = layoutsOf(threads).map((layout) => ({
      name: layoutName(layout),
      subjects: Array.from({ length: layout.processes }, (_, i) =>
        stack.use(
          this.#spawnOurs(`process ${i + 1} of ${layoutName(layout)}`, {
            FER_LAB_THREADS: String(layout.threads),
          }),
        )),
    }));
    const { tensorflow, tfjs } = await layouts[0]!.subjects[0]!.ask({ do: "versions" });
    this.#versions.set("tensorflow", String(tensorflow)).set("tfjs", String(tfjs));
    const precisions: Precision[] = this.#bfloat16 ? ["float32", "bfloat16"] : ["float32"];
    const cases: SideBySide[] = [];
    for (const measured of CASES.filter(({ name }) => SIDE_BY_SIDE.includes(name))) {
      for (const precision of precisions) {
        const { title, batchSize } = measured;
        const what = `${title}, ${precision}, side by side`;
        const preparing = new Progress(`${what}: preparing`, { keep: false });
        for (const subject of layouts.flatMap(({ subjects }) => subjects)) {
          await preparing.during(subject.ask({ do: "prepare", case: measured, precision }));
        }
        preparing.finish();
        const sides = layouts.map(({ name, subjects }) => [name, async () => {
          const begin = performance.now();
          await Promise.all(subjects.map((subject) => subject.ask({ do: "round", steps })));
          return (performance.now() - begin) / (steps * subjects.length);
        }]);
        const measuring = new Progress(`${what}: measuring`, { total: layouts.length * rounds });
        const values = await interleave(Object.fromEntries(sides), rounds, {
          onRound: (done) => measuring.update(done),
        });
        measuring.finish();
        cases.push({ title, precision, batchSize, layouts: values });
      }
    }
    return { kind: "jobs", steps, cases };
  }

  async #operations(
    precision: Precision,
    step: MeasuredStep = { case: CASES[0]! },
  ): Promise<SectionBody> {
    const subject = await this.#ours();
    const { steps = 20 } = this.#request;
    const answer = await subject.ask({ do: "operations", ...step, steps, precision });
    const { milliseconds, span, preparation, purposes, types } = answer as unknown as Required<
      Extract<SectionBody, { kind: "operations" }>
    >;
    return { kind: "operations", milliseconds, span, preparation, purposes, types };
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
      rows.push([`after ${count(step)} steps`, (rss / 1e6).toFixed(1), change]);
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

  /** A peer's process; `suffix` for another one of the same. */
  async #peer(name: Peer, suffix = ""): Promise<Subject> {
    const known = this.#subjects.get(name + suffix);
    if (known) return known;
    const subject = this.#spawnPeer(name);
    this.#subjects.set(name + suffix, subject);
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
type Peer = typeof PEERS[number];
const PEERS = ["Keras", "Keras, tuned", "PyTorch"] as const;

function minMedianMax(values: readonly number[]): number[] {
  const { min, median, max } = spread(values);
  return [min, median, max];
}
