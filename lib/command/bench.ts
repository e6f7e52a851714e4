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
import { Bench, type BenchRequest, FURTHER, type SectionName } from "../../benchmarks/bench.ts";
import { CASES } from "../../benchmarks/cases.ts";
import {
  benchmarkMarkdown,
  type BenchmarkResults,
  type Machine,
  type Section,
  sectionText,
} from "../../benchmarks/report.ts";
import { peerEnvironment } from "../../benchmarks/venv.ts";
import { CHECKOUT_CACHE } from "../cache.ts";
import { readCommandLine } from "../command_line.ts";
import { UsageError, UserError } from "../error.ts";
import { exists, expectFolderPlace, writeFileWhole } from "../file.ts";
import { type Command, commandHelp, flag, path, text, whole } from "../flags.ts";
import { runMain } from "../main.ts";
import { didYouMean } from "../nearest.ts";
import { CHECKOUT, shownPath, userPath } from "../paths.ts";
import { readJson } from "../report/files.ts";
import { formatSeconds } from "../progress.ts";
import { readProcessor } from "../tensorflow/inspect.ts";
import { bfloat16Refusal } from "../tensorflow/precision.ts";

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
  exclusive: [["no-write", "out"]],
  notes: ["Results: <machine>.md and .json; benchmarks/README.md tells how to read them."],
} as const satisfies Command;

const OWN_RESULTS = join(CHECKOUT, "benchmarks", "own");
const VENV = join(CHECKOUT_CACHE, "venv-bench");
/** Measures, prints and writes, as the flags say. */
export async function main(args: readonly string[]): Promise<void> {
  const request = await parseRequest(args);
  if (request === "help") return console.log(commandHelp(COMMAND));
  // Known now, not after what takes minutes.
  if (request.out !== null) await expectFolderPlace(request.out);
  const machine = await describeMachine(request.threads);
  console.log(`${machine.cpuModel}, ${machine.threads} threads, ${machine.features.join(" ")}\n`);
  const python = request.peers ? await peerEnvironment(VENV) : undefined;
  const file = request.out === null ? null : join(request.out, resultsName(machine));
  if (file !== null) await readResults(`${file}.json`, machine);
  const trouble = bfloat16Refusal({
    features: machine.features,
    oneDnn: Deno.env.get("TF_ENABLE_ONEDNN_OPTS"),
  });
  if (trouble !== undefined) console.log(`Nothing is measured in bfloat16: ${trouble}\n`);
  await using bench = new Bench(request, { python, bfloat16: trouble === undefined });
  for (const name of request.sections) {
    if (name.endsWith("-bfloat16") && trouble !== undefined) continue;
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

// --------------------------------------------------------------------------------------- writing

async function describeMachine(threads: number): Promise<Machine> {
  const { model, features } = await readProcessor();
  return { platform: `${Deno.build.os}-${Deno.build.arch}`, cpuModel: model, features, threads };
}

/** Features that every CPU with `avx2` has. */
const IMPLIED = ["avx", "fma"];

/**
 * The machine in a file's name: system, the CPU features that decide on kernels, threads. A maker's CPUs
 * of several years may have one name, as every `AMD EPYC` of a cloud has; their features tell them apart.
 */
export function resultsName({ platform, features, threads }: Machine): string {
  const telling = features.filter((feature) => !IMPLIED.includes(feature));
  return [platform, ...telling, `${threads}threads`].join("-");
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
    if (results.version !== 1 || !isSameCpu(results.machine, machine)) return undefined;
    // It will be written again with the sections that are not measured now.
    benchmarkMarkdown(results);
    return results;
  } catch (error) {
    throw new UserError(`${file}: Is not what was written: delete it and measure again`, {
      cause: error,
    });
  }
}

function isSameCpu(a: Machine, b: Machine): boolean {
  return a.cpuModel === b.cpuModel && a.features.join() === b.features.join();
}

if (import.meta.main) {
  const begin = performance.now();
  await runMain(async () => {
    await main(Deno.args);
    console.error(`Took ${formatSeconds((performance.now() - begin) / 1000)}`);
  });
}
